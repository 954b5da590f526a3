"""What was recorded before a subscription was heard of, put on its list.

A subscription may want what was recorded long before it was made; and what was recorded while it
was being made, the stream may have taken before it stood there. Both stand in the index by then:
the stream writes the index first, and only then asks who has subscribed. So every subscription goes
once through the index, from its first record time to the end; what the stream lists as well is one
name on the list, and told once.
"""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from chalicelib.gs1.keys import Gln
from chalicelib.ledger.model import place_of
from chalicelib.notify import queue
from chalicelib.query.model import Position, micros
from chalicelib.query.search import recorded
from chalicelib.query.subscriptions.hearing import QUEUE, may_match, readable, tell_body
from chalicelib.query.subscriptions.store import SubscriptionStore, put_pending

ROWS = 1_000
"""Rows of the index that one message of the queue goes through."""

_BEGIN = datetime(1, 1, 1, tzinfo=UTC)


def catch_up_body(gln: Gln, subscription: str, after: Position | None = None) -> dict[str, Any]:
    """Return the message that has a subscription catch up, from a place on."""
    return {"catchUp": {"gln": str(gln), "id": subscription, "after": after}}


def catch_up(gln: Gln, subscription: str, after: Position | None) -> None:
    """Go through a stretch of the index; again lists the same.

    Raises:
        Busy: throttled, or no answer; to be called again.
    """
    found = SubscriptionStore(gln).find(subscription)
    if found is None or found.disabled:
        return
    asked = readable(found)
    low = micros(found.initial)
    rows = list(islice(recorded(gln, newest_first=False, after=after, low=low), ROWS))
    put_pending(
        (found.id, _BEGIN + timedelta(microseconds=row.recorded), str(place_of(row.event)[0]))
        for row in rows
        if may_match(row.told, asked)
    )
    if len(rows) == ROWS:
        queue.send(QUEUE, [catch_up_body(gln, found.id, rows[-1].by_record_time)])
    if rows and found.stream:
        queue.send(QUEUE, [tell_body(gln, found.id)])
