"""From recorded events to the lists of those that want to hear of them.

What a record says without its EPCs decides whether it may concern a subscription; the worker that
tells it reads the whole record and decides for good. So a batch of the stream costs one read for
all of its parties and a write for each record and subscription that may belong together, and no
serial number is computed here.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.epcis.jsonld import render
from chalicelib.epcis.query.index import keys
from chalicelib.epcis.query.model import EventQuery
from chalicelib.errors import QueryParameter, QueryTooComplex
from chalicelib.gs1.keys import Gln
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, summary
from chalicelib.notify import queue
from chalicelib.query.model import parties, shortened
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.store import put_pending, subscriptions_of

QUEUE = "subscriptions"

Told = frozenset[tuple[str, str]]
"""What an event says: dimensions and values, as the index spells them."""


class Hearing:
    """Collects records that come together, and puts them on the lists that they belong to."""

    def __init__(self) -> None:
        self._heard: list[tuple[RecordItem, frozenset[Gln]]] = []

    def add(self, item: RecordItem) -> None:
        """Note a record, as stored."""
        whose = frozenset(party for event in summary(item) for party in parties(event))
        self._heard.append((item, whose))

    def write(self) -> None:
        """Put what was noted on the lists, and have it told; again is the same.

        Raises:
            Busy: throttled, or no answer; a repeat is safe.
        """
        everybody = {party for _, whose in self._heard for party in whose}
        by_party = subscriptions_of(everybody) if everybody else {}
        if not by_party:
            return
        wanting = {gln: [(each, readable(each)) for each in of] for gln, of in by_party.items()}
        found = [each for heard in self._heard for each in _listed(*heard, wanting)]
        put_pending((sub.id, at, record) for sub, at, record in found)
        at_once = {sub.id: sub for sub, _, _ in found if sub.stream}
        queue.send(QUEUE, [tell_body(sub.gln, sub.id) for sub in at_once.values()])
        self._heard.clear()


def tell_body(gln: Gln, subscription: str, run: datetime | None = None) -> dict[str, Any]:
    """Return the message that has a subscription told what is on its list.

    Args:
        gln: whose it is.
        subscription: which.
        run: by the clock: the instant of the run.
    """
    which = {"gln": str(gln), "id": subscription}
    return {"tell": which | ({"run": run.isoformat()} if run else {})}


_Wanting = dict[Gln, list[tuple[Subscription, EventQuery | None]]]


def _listed(
    item: RecordItem, whose: frozenset[Gln], wanting: _Wanting
) -> Iterator[tuple[Subscription, datetime, str]]:
    """Yield on which lists a record belongs."""
    possible = [each for gln in whose for each in wanting.get(gln, ())]
    if not possible:
        return
    recorded = datetime.fromisoformat(item.recorded)
    says = list(_says(item, recorded))
    for subscription, asked in possible:
        if subscription.disabled or recorded < subscription.initial:
            continue
        if any(subscription.gln in of and may_match(told, asked) for of, told in says):
            yield subscription, recorded, item.pk


def _says(item: RecordItem, recorded: datetime) -> Iterator[tuple[set[Gln], Told]]:
    record, _ = place_of(item.pk)
    for number, event in enumerate(summary(item)):
        found = render(event, event_uri(record, number), recorded)
        yield parties(event), frozenset((name, shortened(value)) for name, value in keys(found))


def may_match(told: Told, asked: EventQuery | None) -> bool:
    """Whether what an event says without its EPCs does not contradict a query.

    Args:
        told: as rows of the index tell it.
        asked: the query; None for one that cannot be read any more.
    """
    if asked is None:
        return True
    demanded = {
        "type": asked.event_types,
        "bizStep": asked.biz_steps,
        "disposition": asked.dispositions,
        "bizLocation": asked.biz_locations,
        "readPoint": asked.read_points,
    }
    return all(
        not wanted or any((name, shortened(value)) in told for value in wanted)
        for name, wanted in demanded.items()
    )


def readable(subscription: Subscription) -> EventQuery | None:
    """Return the query; None when it cannot be read any more, which stops no stream."""
    try:
        return subscription.asked()
    except (QueryParameter, QueryTooComplex):
        return None  # its worker says so
