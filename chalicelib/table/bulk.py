"""Writing or deleting many items that depend on nothing and on which nothing depends.

Promises: each item is as asked when the call returns; after a refusal any of them may be. Nothing
is compared, so the same call again is the same.
"""

from collections.abc import Iterable
from typing import Any, cast

from chalicelib.errors import Busy
from chalicelib.table.client import client, failures
from chalicelib.table.items import Item, Key

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
    last = {item.key: item for item in items}.values()
    _send_all([(item.table(), {"PutRequest": {"Item": item.raw()}}) for item in last])


def delete_many(keys: Iterable[Key]) -> None:
    """Delete items whatever they say, in requests of at most 25.

    Args:
        keys: of any tables, each once; nothing need stand there.

    Raises:
        Busy: throttled, no answer, or items left unprocessed time and again; a repeat is safe.
    """
    _send_all([(key.model.table(), {"DeleteRequest": {"Key": key.raw}}) for key in keys])


def _send_all(wanted: list[tuple[str, dict[str, Any]]]) -> None:
    for start in range(0, len(wanted), BATCH):
        request: dict[str, Any] = {}
        for table, one in wanted[start : start + BATCH]:
            request.setdefault(table, []).append(one)
        _send(request)


def _send(request: dict[str, Any]) -> None:
    for _ in range(_ROUNDS):
        with failures():
            answer = cast("dict[str, Any]", client().batch_write_item(RequestItems=request))
        request = answer.get("UnprocessedItems") or {}
        if not request:
            return
    raise Busy("The database is busy; try again.", code="throttled")
