"""What leads to an event, and whose event it is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.epcis.model import Event
from chalicelib.gs1.keys import Gln

ALL = ("all", "")
"""The key under which every event stands."""

IN_ROW = frozenset({"type", "bizStep", "disposition", "bizLocation", "readPoint"})
"""Dimensions with few values: no rows of their own, they are told in the row under `ALL`."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where an event is found.

    Attributes:
        at: event time, as `time_text`.
        event: its id in the events table.
        about: plain key of the thing in whose trail it was found; empty when found otherwise.
        told: what the event says in the dimensions `IN_ROW`; empty where the row tells nothing.
    """

    at: str
    event: str
    about: str = ""
    told: frozenset[tuple[str, str]] = frozenset()

    @property
    def position(self) -> str:
        """Its place in the order of time."""
        return f"{self.at}#{self.event}"


def time_text(at: datetime) -> str:
    """Return an instant so that text order is time order.

    >>> time_text(datetime(2026, 3, 1, 8, 30, tzinfo=UTC))
    '2026-03-01T08:30:00.000000'
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")


def parties(event: Event) -> set[Gln]:
    """Return whose event it is: who recorded it, and both sides of a hand-over."""
    return {each for each in (event.by, event.source, event.destination) if each}
