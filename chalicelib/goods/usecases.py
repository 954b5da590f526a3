"""Recording events: load what they touch, decide, write everything at once.

`record` is the one way in: the friendly endpoints build events from a few fields and end here.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.directory.book import PartyStore
from chalicelib.epcis.model import Event
from chalicelib.errors import AlreadyExists, Busy, KeyReused, Malformed, Raced
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.steps import take
from chalicelib.goods.store import GoodsStore
from chalicelib.ledger.model import Record
from chalicelib.ledger.store import RecordItem, to_record
from chalicelib.serial.store import Numbers

ATTEMPTS = 12
"""Rounds of read, decide, write before a crowd at the same goods is told to come back."""

AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks to record what, and under which identity.

    Attributes:
        id: of the record: UUID with a last byte of zero, the same for every repeat.
        fingerprint: of the payload.
        actor: who asks.
        at: record time.
    """

    id: UUID
    fingerprint: str
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record, and whether it was there before this request."""

    record: Record
    replayed: bool = False


def record(
    request: Request,
    events: Sequence[tuple[Event, str]],
    numbers: Numbers,
    *,
    time_at: str | None = None,
) -> Recorded:
    """Record events and all that follows from them, once and completely.

    Args:
        request: who asks, under which identity.
        events: what happened, in order, each with the JSON pointer where the request says it.
        numbers: knows which serial numbers we issued.
        time_at: JSON pointer of the time that they share; None where each says its own.

    Returns:
        The record; the one of the first time when this is a repeat.

    Raises:
        Conflict: the state of goods forbids one of the events; nothing was written.
        NotFound: goods do not exist for this organisation.
        Malformed: an event contradicts itself, or lies in the future.
        KeyReused: the same identity with another payload.
        TooLarge: more than one transaction holds.
        Busy: throttled, unanswered, or too many writers at the same goods; a repeat is safe.
    """
    for event, pointer in events:
        not_ahead(request.at, event, time_at or f"{pointer}/eventTime")
    store = GoodsStore(numbers)
    for attempt in range(ATTEMPTS):
        try:
            return _record_once(request, events, store, numbers)
        except Raced:
            give_way(attempt)
    raise Busy("Too many writers are at these goods; try again.", code="contended")


def _record_once(
    request: Request, events: Sequence[tuple[Event, str]], store: GoodsStore, numbers: Numbers
) -> Recorded:
    loaded = store.load([event for event, _ in events], [request.id], now_us=micros(request.at))
    if standing := loaded.records.get(request.id):
        return _repeat(request, standing, numbers)
    decision = Decision(loaded.world, request.actor, request.id)
    for event, pointer in events:
        take(decision, event, pointer)
    made = Record(
        id=request.id,
        organisation=request.actor.organisation,
        client=request.actor.client_id,
        fingerprint=request.fingerprint,
        recorded=request.at,
        events=tuple(decision.events),
        places=loaded.world.places,
    )
    try:
        store.save(loaded, made)
    except AlreadyExists as refusal:
        if not isinstance(refusal.existing, RecordItem):
            raise
        return _repeat(request, refusal.existing, numbers)
    return Recorded(made)


def check_destination(event: Event, organisation: str, pointer: str) -> None:
    """Refuse a shipment to somebody of whom nothing is known: nobody could be told of a recall.

    Raises:
        Malformed: `unknown_party`.
    """
    to = event.destination
    if to and PartyStore(organisation).get(to) is None:
        message = f"Found {to}, which is no party in your address book; expected one that is."
        raise Malformed.field(pointer, "unknown_party", message)


def micros(at: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    return round(at.timestamp() * 1_000_000)


def _repeat(request: Request, item: RecordItem, numbers: Numbers) -> Recorded:
    if item.fingerprint != request.fingerprint or item.organisation != request.actor.organisation:
        raise KeyReused("This Idempotency-Key was used with another payload.")
    return Recorded(to_record(item, numbers), replayed=True)


def give_way(attempt: int) -> None:
    """Wait a random while, longer each time: who raced together shall not race together again."""
    time.sleep(random.uniform(0, min(0.005 * 2**attempt, 0.2)))  # noqa: S311  not a secret


def not_ahead(at: datetime, event: Event, pointer: str) -> None:
    """Refuse an event that lies in the future; clocks may differ a little.

    Raises:
        Malformed: `in_the_future`.
    """
    if event.event_time > at + AHEAD:
        found, latest = event.event_time.isoformat(), (at + AHEAD).isoformat()
        message = f"Found {found}; expected a time not after {latest}."
        raise Malformed.field(pointer, "in_the_future", message)
