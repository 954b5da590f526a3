"""What was in a shipment when it was shipped, whatever happened to it since.

The trail of a container says which events filled and emptied it; the records of these events say
with what. Played forward to the moment of the shipping, they tell what was inside, and by which
packing it got there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chalicelib.epcis.model import Epc, Event
from chalicelib.errors import Busy
from chalicelib.goods.history import history, situation_at, standing_steps
from chalicelib.goods.model import Entry, Kind, Thing, Things, standing
from chalicelib.goods.store import spilled
from chalicelib.ledger.epcset import EMPTY, EpcSet
from chalicelib.ledger.model import place_of
from chalicelib.ledger.store import RecordItem, epcsets, record_key, summary
from chalicelib.table.read import get_many

_CHANGES = frozenset({Kind.FILLED, Kind.RELIEVED, Kind.EMPTIED})


@dataclass(frozen=True, slots=True)
class Packing:
    """What one event put into a container, as far as it was inside when that was shipped.

    Attributes:
        event: id of the event, a bare UUID.
        children: what it put in.
    """

    event: str
    children: EpcSet


class Ledger:
    """Records that were read, by id, so that each is read once."""

    def __init__(self) -> None:
        self._heads: dict[UUID, tuple[Event, ...]] = {}
        self._sets: dict[UUID, tuple[EpcSet, ...]] = {}

    def read(self, events: Iterable[str]) -> None:
        """Read the records of events that were not read yet.

        Raises:
            Busy: what a batch has committed is true before its records are written.
        """
        wanted = {place_of(event)[0] for event in events} - self._heads.keys()
        found = get_many(map(record_key, wanted))
        for record in wanted:
            item = found.get(record_key(record))
            if not isinstance(item, RecordItem):
                raise Busy("An event of these goods is being written down; try again.")
            self._heads[record], self._sets[record] = summary(item), epcsets(item)

    def event(self, event: str) -> tuple[Event, EpcSet]:
        """Return an event that was read, without its EPCs, and these."""
        record, number = place_of(event)
        return self._heads[record][number], self._sets[record][number]


def shipped_at(shipment: str, things: Iterable[Thing]) -> int:
    """Return when a shipment took effect, as the trail of one of its things says."""
    entries = (entry for thing in things for entry in thing.trail)
    return next(e.at for e in entries if e.kind is Kind.SHIPPED and e.event == shipment)


def packings(key: str, thing: Thing, until: int, ledger: Ledger) -> list[Packing]:
    """Return what was directly in a container at a moment, by the events that put it in.

    Args:
        key: plain key of the container.
        thing: the container.
        until: effective time in microseconds, inclusive.
        ledger: reads what it needs.
    """
    changes = _changes(key, thing, until)
    ledger.read(entry.event for entry in changes)
    inside: dict[str, EpcSet] = {}
    for entry in changes:
        event, epcs = ledger.event(entry.event)
        if entry.kind is Kind.EMPTIED:
            inside = {}
        elif str(event.parent) != key:
            continue  # it happened in a container within this one
        elif entry.kind is Kind.FILLED:
            inside[entry.event] = epcs
        else:
            inside = {packing: found - epcs for packing, found in inside.items()}
    return [Packing(event, children) for event, children in inside.items() if len(children)]


def contents(found: Sequence[Packing]) -> EpcSet:
    """Return everything that packings put in."""
    inside = EMPTY
    for packing in found:
        inside |= packing.children
    return inside


def belongs(epc: Epc, shipment: str, things: Things, until: int) -> bool:
    """Return whether a thing was part of a shipment: it was shipped, or what it was inside of."""
    if str(epc) not in things:
        return False
    chain = situation_at(str(epc), things, until).chain
    top = things[chain[-1] if chain else str(epc)]
    return any(e.kind is Kind.SHIPPED and e.event == shipment for e in top.trail)


def arrived(key: str, things: Things, since: int) -> bool:
    """Return whether a thing was received after it was shipped, itself or in a container."""
    steps = standing_steps(history(key, things))
    return any(step.entry.kind is Kind.RECEIVED and step.entry.at > since for step in steps)


def _changes(key: str, thing: Thing, until: int) -> list[Entry]:
    entries = standing([*thing.trail, *spilled(key, thing)])
    changes = [entry for entry in entries if entry.kind in _CHANGES and entry.at <= until]
    return sorted(changes, key=lambda entry: entry.at)
