"""Deleting many items: in bulk, each for itself, at a price by their size alone."""

from collections.abc import Sequence
from typing import Any, cast

from chalicelib.errors import Busy
from chalicelib.table.client import client, failures
from chalicelib.table.items import Key

BATCH = 25
"""Items in one BatchWriteItem (DynamoDB's limit)."""

_ROUNDS = 8
"""Rounds of unprocessed items before it gives up as busy."""


def delete_many(keys: Sequence[Key]) -> None:
    """Delete items whatever they say; safe to repeat.

    Raises:
        Busy: throttled, no answer, or items left unprocessed time and again; some are gone.
    """
    for start in range(0, len(keys), BATCH):
        _delete(keys[start : start + BATCH])


def _delete(keys: Sequence[Key]) -> None:
    request: dict[str, Any] = {}
    for key in keys:
        deletes = request.setdefault(key.model.table(), [])
        deletes.append({"DeleteRequest": {"Key": key.raw}})
    for _ in range(_ROUNDS):
        with failures():
            answer = cast("dict[str, Any]", client().batch_write_item(RequestItems=request))
        request = answer.get("UnprocessedItems") or {}
        if not request:
            return
    raise Busy("The database is busy; try again.", code="throttled")
