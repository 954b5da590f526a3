"""What the queue `captures` brings for shipments: transaction documents that are to be made."""

import json
from typing import Any
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.errors import Busy
from chalicelib.gs1.keys import Gln
from chalicelib.shipments.queue import enqueue

FIRST_PAUSE = 15
"""Seconds until what met something busy is tried again; twice as many after each further time."""

MOST_TRIES = 6
"""How often in a row it is put off before the queue's own retries take over."""


def asks(body: str) -> bool:
    """Return whether a message is one for this worker."""
    return "transaction" in json.loads(body)


def transactions(body: str) -> None:
    """Take one message: make a document.

    Args:
        body: JSON, as `queue.enqueue` makes it.

    Raises:
        Busy: put off too often in a row, or the queue is busy too.
    """
    # Imported here: every function of the app imports this module (cold start).
    from chalicelib.shipments import exporting  # noqa: PLC0415

    asked = json.loads(body)
    actor = _actor(asked)
    try:
        exporting.prepare(actor, UUID(asked["transaction"]))
    except Busy:
        if asked["tries"] >= MOST_TRIES:
            raise
        pause = FIRST_PAUSE * 2 ** asked["tries"]
        enqueue(asked["transaction"], actor, pause, tries=asked["tries"] + 1)


def _actor(asked: dict[str, Any]) -> Actor:
    """Return who asked; it needs no role: what it asked for was allowed when it asked."""
    return Actor(asked["organisation"], Gln(asked["gln"]), asked["client"], frozenset())
