"""Writing many items that depend on nothing and on which nothing depends: rows of views.

Promises: each item is durable when `put_many` returns; after a refusal any of them may be. Nothing
is compared, so the same call again is the same.
"""

from collections.abc import Iterable
from typing import Any, cast

from chalicelib.errors import Busy
from chalicelib.table.client import client, failures
from chalicelib.table.items import Item

BATCH = 25
"""Items in one BatchWriteItem (DynamoDB's limit)."""

_ROUNDS = 8
"""Requests for one batch, the first among them, before it is given up as busy."""


def put_many(items: Iterable[Item]) -> None:
    """Write items whatever stands there, in requests of at most 25.

    Args:
        items: of any tables; of those under one key the last counts.

    Raises:
        Busy: throttled, no answer, or items left unprocessed time and again; a repeat is safe.
    """
    wanted = list({item.key: item for item in items}.values())
    for start in range(0, len(wanted), BATCH):
        _write_batch(wanted[start : start + BATCH])


def _write_batch(items: list[Item]) -> None:
    request: dict[str, Any] = {}
    for item in items:
        puts = request.setdefault(item.table(), [])
        puts.append({"PutRequest": {"Item": item.raw()}})
    for _ in range(_ROUNDS):
        with failures():
            answer = cast("dict[str, Any]", client().batch_write_item(RequestItems=request))
        request = answer.get("UnprocessedItems") or {}
        if not request:
            return
    raise Busy("The database is busy; try again.", code="throttled")
