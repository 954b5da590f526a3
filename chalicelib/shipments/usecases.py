"""The inbox of an organisation: what is on its way to it, what came of that, and what is in it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.directory.book import PartyStore
from chalicelib.directory.showing import party_names
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.model import Epc
from chalicelib.errors import Busy, NotFound
from chalicelib.goods.store import GoodsStore
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.ledger.model import place_of
from chalicelib.ledger.statements import statements
from chalicelib.ledger.store import RecordItem, epcsets, record_key, summary
from chalicelib.lots.store import LotStore
from chalicelib.serial.store import Numbers
from chalicelib.shipments.contents import (
    Ledger,
    arrived,
    belongs,
    contents,
    packings,
    shipped_at,
)
from chalicelib.shipments.model import EVERY, Expected, Known, Line, Received, Shipment, expected
from chalicelib.shipments.store import expected_by, settled_of
from chalicelib.table.read import get_many

LOOKED_AT = 200
"""Shipments that one request looks at, to find those that are wanted."""


def inbox(
    actor: Actor, *, after: str | None, limit: int, wanted: frozenset[Received] = EVERY
) -> tuple[list[Shipment], str | None]:
    """Return a stretch of what was shipped to an organisation, newest first, and where to go on.

    Args:
        actor: to whose organisation.
        after: where the stretch before ended; None for the newest.
        limit: at most so many.
        wanted: how much of a shipment has arrived. Where few are such a stretch may be short, or
            empty, before the end.
    """
    found: list[Shipment] = []
    for _ in range(max(1, LOOKED_AT // limit)):
        rows, after = expected_by(actor.gln, after=after, limit=limit - len(found))
        found += [each for each in _shipments(rows) if each.received in wanted]
        if after is None or len(found) == limit:
            break
    return found, after


def shipment(actor: Actor, event: UUID) -> Shipment:
    """Return a shipment to or from an organisation.

    Raises:
        NotFound: there is none that it is a party of.
    """
    found = _shipment(str(event))
    if found is None or actor.gln not in (found.event.source, found.event.destination):
        raise NotFound("There is no such shipment here.")
    return found


def incoming(actor: Actor, event: UUID) -> Shipment:
    """Return a shipment to an organisation.

    Raises:
        NotFound: there is none.
    """
    found = shipment(actor, event)
    if found.event.destination != actor.gln:
        raise NotFound("There is no such shipment here.")
    return found


def known(actor: Actor, shipments: Sequence[Shipment]) -> Known:
    """Return what is to be said of shipments besides what happened."""
    senders = {each.event.source for each in shipments if each.event.source}
    lots = {lot.lgtin for each in shipments for lot in each.lots()}
    held = LotStore().get_many(lots)
    return Known(
        names=party_names(
            senders,
            parties=PartyStore(actor.organisation),
            told=ToldStore(actor.organisation),
        ),
        expiries={lgtin: lot.expiry for lgtin, lot in held.items()},
    )


def lines(
    found: Shipment, inside: Epc | None, *, first: int, limit: int, numbers: Numbers
) -> tuple[list[Line], bool]:
    """Return things of a shipment as they were shipped, and whether there are more.

    Args:
        found: the shipment.
        inside: a container of it, whose direct contents are wanted; None for what it names.
        first: how many to leave out.
        limit: at most so many.
        numbers: spells serial numbers.

    Raises:
        NotFound: the container was not in the shipment.
        Busy: a capture has been committed this instant, and its records are not there yet.
    """
    one = found.things.one(numbers)
    goods = GoodsStore(numbers)
    things = goods.see({one, inside or one}, now_us=0).things
    at = shipped_at(found.id, [things[str(one)]])
    named = found.things
    if inside is not None:
        if not belongs(inside, found.id, things, at):
            raise NotFound("There is no such thing in this shipment.")
        named = contents(packings(str(inside), things[str(inside)], at, Ledger()))
    epcs = named.epcs(numbers)[first : first + limit]
    return _lines(epcs, at, goods), len(named) > first + limit


def _lines(epcs: Sequence[Epc], at: int, goods: GoodsStore) -> list[Line]:
    world = goods.see(epcs, now_us=0)
    found = []
    for epc in epcs:
        lot = world.things[str(epc)].lot
        kept = world.lots.get(Lgtin.of(epc.gtin, lot)) if lot and isinstance(epc, Sgtin) else None
        received = arrived(str(epc), world.things, at)
        found.append(Line(epc, lot, kept.expiry if kept else None, received))
    return found


def _shipments(rows: Sequence[Expected]) -> list[Shipment]:
    items = get_many(record_key(place_of(row.event)[0]) for row in rows)
    stated = statements(row.event for row in rows)
    found = []
    for row in rows:
        record, number = place_of(row.event)
        item = items.item(RecordItem, str(record))
        if item is None:
            raise Busy("An event of the list could not be read; try again.")
        found.append(
            Shipment(
                id=row.event,
                event=summary(item)[number],
                things=epcsets(item)[number],
                recorded=row.recorded,
                settled=list(settled_of(row.event)),
                statement=stated.get(row.event),
            )
        )
    return found


def _shipment(event: str) -> Shipment | None:
    record, number = place_of(event)
    items = get_many([record_key(record)])
    item = items.item(RecordItem, str(record))
    events = summary(item) if item else ()
    if item is None or number >= len(events):
        return None
    rows = list(expected(events[number], event, datetime.fromisoformat(item.recorded)))
    return _shipments(rows)[0] if rows else None
