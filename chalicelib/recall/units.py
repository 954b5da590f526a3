"""What became of single units: to whom a shipper sent the serials of a partial recall.

The lists of deliveries count lots, not serials. Here each serial's own history is read, containers
included, so that a party hears of a partial recall only when it got recalled units, and of which.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.epcis.model import Event
from chalicelib.goods.history import sent
from chalicelib.goods.model import Entry, Kind, Things, references
from chalicelib.goods.store import GoodsStore
from chalicelib.gs1.keys import Gln, Lgtin, Sgtin
from chalicelib.ledger.model import place_of
from chalicelib.ledger.store import RecordItem, record_key, summary
from chalicelib.lots import scopes
from chalicelib.recall.model.notice import Sent
from chalicelib.serial.store import Numbers
from chalicelib.table.read import get_many
from chalicelib.trace.model import Delivery

AT_ONCE = 500
"""Units whose histories are read together."""

Shipment = tuple[str, str]
"""Bare id of a shipping event, and GLN of the party that it went to."""


def sent_units(recall_id: str, lgtin: Lgtin, shipper: Gln) -> Iterator[Sent]:
    """Yield the shipments in which a shipper sent recalled serials of a lot, with these serials.

    Reads are strong: what a transaction has shipped is seen, whether or not it is projected.
    """
    serials = sorted(scopes.serials(recall_id, lgtin))
    shipments: dict[Shipment, _Found] = {}
    for start in range(0, len(serials), AT_ONCE):
        for shipment, serial, changes in _shipped(serials[start : start + AT_ONCE], lgtin, shipper):
            found = shipments.setdefault(shipment, _Found())
            found.changes += changes
            if serial:
                found.serials.add(serial)
    heads = _events(shipments)
    for (event_id, party), found in shipments.items():
        event = heads[event_id]
        numbers = tuple(sorted(found.serials))
        yield (
            Delivery(
                lgtin,
                shipper,
                Gln(party),
                len(numbers),
                event_id,
                event.event_time,
                event.documents,
                changes=found.changes,
            ),
            numbers,
        )


@dataclass(slots=True)
class _Found:
    """What a shipment held of the recalled serials, and how often any of that was taken back."""

    serials: set[str] = field(default_factory=set)
    changes: int = 0


def _shipped(
    serials: Sequence[str], lgtin: Lgtin, shipper: Gln
) -> Iterator[tuple[Shipment, str, int]]:
    """Yield each shipment in which the shipper sent a serial of the lot.

    With the serial, or with nothing where it was taken back; and how often anything was.
    """
    units = [Sgtin.of(lgtin.gtin, serial) for serial in serials]
    things = GoodsStore(Numbers()).see(units, now_us=0).things
    for unit in units:
        key = str(unit)
        if key not in things or things[key].lot != lgtin.lot:
            continue
        entries = list(_ever(key, things))
        changes = sum(entry.kind in (Kind.VOIDED, Kind.WITHDRAWN) for entry in entries)
        stand = {step.entry.event for step in sent(key, things)}
        for entry in entries:
            if entry.kind is not Kind.SHIPPED or entry.by != shipper.digits:
                continue
            if entry.event in stand or changes:
                serial = unit.serial if entry.event in stand else ""
                yield (entry.event, entry.party), serial, changes


def _ever(key: str, things: Things) -> Iterator[Entry]:
    """Yield the entries of a thing and of all containers that it ever was in, at any time.

    A packing may have been withdrawn after the shipment of the container was: nothing leads from
    the unit to that shipment any more, and still its party may have been told.
    """
    known, todo = set[str](), {key}
    while todo:
        name = todo.pop()
        known.add(name)
        yield from things[name].trail
        todo |= references(things[name]) - known


def _events(shipments: Mapping[Shipment, object]) -> dict[str, Event]:
    """Return the shipping events, without their EPCs, by bare id."""
    places = {event_id: place_of(event_id) for event_id, _ in shipments}
    found = get_many(record_key(record) for record, _ in places.values())
    records = {item.pk: summary(item) for item in found.values() if isinstance(item, RecordItem)}
    return {event_id: records[str(record)][number] for event_id, (record, number) in places.items()}
