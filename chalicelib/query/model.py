"""What leads to an event, whose event it is, and in which order events are gone through."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.model import Event
from chalicelib.gs1.keys import Gln

PROMPT = ("all", "prompt")
"""The key under which every event stands that was recorded when it happened."""

LATE = ("all", "late")
"""The key of all others. The two together hold every event, by event time."""

LATE_RECORDED = ("recorded", "late")
"""The key under which those of `LATE` stand once more, by record time."""

IN_ROW = frozenset({"type", "bizStep", "disposition", "bizLocation", "readPoint", "gtin"})
"""Dimensions with few values: no rows of their own, they are told in the rows of every event."""

SLACK = 15 * 60 * 1_000_000
"""An event is recorded when it happens if no more microseconds lie between the two times."""

MOST_GTINS = 50
"""So many GTINs are told of one event; of one with more, `MANY_GTINS` is told instead."""

MANY_GTINS = ("gtin", "*")

LONG = 100
"""Characters of a value that a row tells in full."""

Position = tuple[int, str]
"""A place in an order: microseconds, then the event's id, so that no two events share one."""

_BEGIN = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """Where an event is found.

    Attributes:
        at: event time, as its JSON-LD says it, in `micros`.
        event: its id in the events table, 32 hexadecimal digits.
        recorded: record time, as its JSON-LD says it, in `micros`.
        told: what the event says in the dimensions `IN_ROW`; empty where the row tells nothing.
        about: plain keys of the things in whose trails it was found; none when found otherwise.
    """

    at: int
    event: str
    recorded: int
    told: frozenset[tuple[str, str]] = frozenset()
    about: tuple[str, ...] = ()

    @property
    def by_event_time(self) -> Position:
        """Its place in the order of event time."""
        return self.at, self.event

    @property
    def by_record_time(self) -> Position:
        """Its place in the order of record time."""
        return self.recorded, self.event

    @property
    def prompt(self) -> bool:
        """Whether it was recorded when it happened."""
        return abs(self.recorded - self.at) <= SLACK


def micros(at: datetime) -> int:
    """Return an instant as microseconds since the year 1, which is before all events.

    >>> micros(datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (at - _BEGIN) // timedelta(microseconds=1)


def row(
    found: EventObject, uri: str, told: Iterable[tuple[str, str]] = (), about: tuple[str, ...] = ()
) -> Row:
    """Return where an event is found.

    Args:
        found: the event, rendered: what it says of its times is what queries compare.
        uri: its id in the events table.
        told: dimensions and values; of those `IN_ROW` what fits is kept.
        about: as for `Row`.
    """
    told = {(name, shortened(value)) for name, value in told if name in IN_ROW}
    gtins = {each for each in told if each[0] == "gtin"}
    if len(gtins) > MOST_GTINS:
        told = told - gtins | {MANY_GTINS}
    at, recorded = (micros(_instant(found[name])) for name in ("eventTime", "recordTime"))
    return Row(at, UUID(uri.removeprefix("urn:uuid:")).hex, recorded, frozenset(told), about)


def _instant(text: object) -> datetime:
    at = instant_of(text)
    if at is None:
        raise ValueError(f"found {text!r} in a record, expected an instant: gates let no other in")
    return at


def shortened(value: str) -> str:
    """Return a value as rows tell it: what is long is told by its digest."""
    return value if len(value) <= LONG else digest(value)


def digest(value: str) -> str:
    """Return what stands for a value that is too long, or may be."""
    return sha256(value.encode()).hexdigest()[:32]


def parties(event: Event) -> set[Gln]:
    """Return whose event it is: who recorded it, and both sides of a hand-over."""
    return {each for each in (event.by, event.source, event.destination) if each}
