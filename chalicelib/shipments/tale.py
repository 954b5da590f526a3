"""How the goods of a shipment came to be, went into containers, and were sent: as EPCIS events.

Each event is the one that was recorded, with those of its things that are in the shipment and no
others; commercial documents are told of the shipping alone. What came from outside is told as the
seller's own document told it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import TypeVar

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.identifiers import to_urn
from chalicelib.epcis.interpretation import restored, thing_of
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.masterdata import PlaceEntry, ProductEntry
from chalicelib.epcis.model import BizStep, Epc, Event, EventType
from chalicelib.epcis.spelling import spelt
from chalicelib.errors import Conflict, FieldError
from chalicelib.goods.model import Kind, Thing, standing
from chalicelib.goods.store import GoodsStore
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln, Sgtin, Sscc
from chalicelib.serial.store import Numbers
from chalicelib.shipments.contents import Ledger, packings, shipped_at
from chalicelib.shipments.model import Shipment, called_back

Described = TypeVar("Described", ProductEntry, PlaceEntry)

_AT_ONCE = 5_000
"""Things that are read and held together."""

_TRADE = frozenset({Kind.SHIPPED, Kind.VOIDED, Kind.RECEIVED})
_OTHER_GOODS = ("quantityList", "childQuantityList")
_LISTS = ("epcList", "childEPCs")
_OWN_TIME = ("eventID", "recordTime")
"""What is true of an event with all its things only."""


class Tale:
    """The events of one shipment.

    Args:
        shipment: whose events are told.
        numbers: spells serial numbers.
    """

    def __init__(self, shipment: Shipment, numbers: Numbers) -> None:
        self._shipment = shipment
        self._numbers = numbers
        self._goods = GoodsStore(numbers)
        self._ledger = Ledger()
        self._at = 0
        self._named: list[Epc] = []
        self._made: dict[str, list[Epc]] = {}
        self._packed: list[tuple[str, Epc, tuple[Epc, ...]]] = []
        self._expiries: dict[Lgtin, date] = {}
        self._spell = _Urns(())

    def events(self) -> list[EventObject]:
        """Return commissionings, packings (inner ones first) and the shipping, EPCs as URNs.

        Raises:
            Conflict: `company_prefix`: an identifier has no URN, which EPCIS 1.2 demands; or
                `called_back`: nothing of the shipment is left.
            Busy: a capture has been committed this instant, and its records are not there yet.
        """
        level = list(self._shipment.things.epcs(self._numbers))
        named = True
        while level:
            level = [
                inner for some in _batches(level) for inner in self._look_into(some, named=named)
            ]
            named = False
        if not self._named:  # the rows that say so may be a second behind
            raise called_back()
        self._ledger.read(self._made)
        found = [self._commissioning(event, epcs) for event, epcs in self._made.items()]
        found += [self._packing(*each) for each in reversed(self._packed)]
        found.append(self._shipping())
        self._spell = _Urns(self._prefixes())
        told = [spelt(event, self._spell) for event in found]
        self._spell.check()
        return told

    def named(self, entry: Described) -> Described:
        """Return master data under the URN by which the events name what it describes.

        Raises:
            Conflict: `company_prefix`: it has none.
        """
        if isinstance(entry, ProductEntry):
            gtin = entry.key if isinstance(entry.key, Gtin) else entry.key.gtin
            unit = self._spell(Sgtin.of(gtin, "1").digital_link())
            uri = f"{unit[:-1].replace(':id:', ':idpat:', 1)}*"
        else:
            uri = self._spell(entry.key.digital_link())
        self._spell.check()
        return replace(entry, uri=uri)

    def _look_into(self, epcs: Sequence[Epc], *, named: bool) -> Iterator[Epc]:
        """Note by which events things came to be; yield what was in them.

        Args:
            epcs: things of the shipment.
            named: whether the shipment names them; else they are in what it names.
        """
        world = self._goods.see(epcs, now_us=0)
        self._expiries |= {lgtin: lot.expiry for lgtin, lot in world.lots.items()}
        things = {epc: world.things[str(epc)] for epc in epcs}
        if named:
            self._at = self._at or shipped_at(self._shipment.id, things.values())
            things = {epc: each for epc, each in things.items() if not self._called_back(each)}
            self._named += things
        for epc, thing in things.items():
            counts = standing(thing.trail)
            made = [entry.event for entry in counts if entry.kind is Kind.COMMISSIONED]
            if made:
                self._made.setdefault(made[-1], []).append(epc)
        filled = {epc: thing for epc, thing in things.items() if _was_filled(thing)}
        self._ledger.read(
            entry.event
            for thing in filled.values()
            for entry in thing.trail
            if entry.kind is Kind.FILLED and entry.at <= self._at
        )
        for epc, thing in filled.items():
            for packing in packings(str(epc), thing, self._at, self._ledger):
                children = packing.children.epcs(self._numbers)
                self._packed.append((packing.event, epc, children))
                yield from children

    def _called_back(self, thing: Thing) -> bool:
        """Whether the sender called back what the shipment names."""
        trade = [entry for entry in standing(thing.trail) if entry.kind in _TRADE]
        sent = [entry.event for entry in trade].index(self._shipment.id)
        return sent + 1 < len(trade) and trade[sent + 1].kind is Kind.VOIDED

    def _commissioning(self, event_id: str, epcs: Sequence[Epc]) -> EventObject:
        event, _ = self._ledger.event(event_id)
        if event.type is EventType.TRANSFORMATION:  # what went in is no business of a buyer
            event = replace(event, biz_step=BizStep.COMMISSIONING, captured=None)
        if event.lot and event.expiry is None:
            gtins = {epc.gtin for epc in epcs if isinstance(epc, Sgtin)}
            expiries = {self._expiries.get(Lgtin.of(gtin, event.lot)) for gtin in gtins}
            event = replace(event, expiry=next(iter(expiries), None))
        return self._told(event_id, event, epcs)

    def _packing(self, event_id: str, parent: Epc, children: Sequence[Epc]) -> EventObject:
        event, _ = self._ledger.event(event_id)
        return self._told(event_id, replace(event, parent=parent), children)

    def _told(self, event_id: str, event: Event, epcs: Sequence[Epc]) -> EventObject:
        """Return an event with some of its things."""
        _, whole = self._ledger.event(event_id)
        event = replace(event, epcs=tuple(epcs), documents=(), reason=None)
        if event.captured is not None and len(epcs) < len(whole):
            kept = {
                name: each
                for name, each in event.captured.object.items()
                if name not in (*_OTHER_GOODS, *_LISTS)
            }
            event = replace(event, captured=replace(event.captured, object=kept))
        found = _rendered(event, event_id)
        without = {*_OWN_TIME, "bizTransactionList"}
        return {name: each for name, each in found.items() if name not in without}

    def _shipping(self) -> EventObject:
        event = replace(self._shipment.event, epcs=tuple(self._named), reason=None)
        found = _rendered(event, self._shipment.id)
        found.pop("recordTime", None)
        if len(self._named) < len(self._shipment.things):
            found.pop("eventID", None)  # with other things it is another event
        if event.captured is None:  # who has the goods, as CBV 2.0 says it; 1.2 has no PGLN
            found |= {"sourceList": [], "destinationList": []}
            if event.read_point and event.read_point != Sgln(event.source or event.by):
                place = event.read_point.digital_link()
                found["sourceList"].append({"type": "location", "source": place})
        for name, party in (("source", event.source), ("destination", event.destination)):
            found[f"{name}List"] = _owned(found.get(f"{name}List") or [], name, party)
        return found

    def _prefixes(self) -> set[str]:
        """Return the company prefixes that sellers spelled: they know how long theirs are."""
        heads = [self._ledger.event(event)[0] for event in self._made]
        heads += [self._ledger.event(event)[0] for event, *_ in self._packed]
        told = (head.captured.prefixes for head in (*heads, self._shipment.event) if head.captured)
        return {prefix for prefixes in told for prefix in prefixes}


class _Urns:
    """Spells URIs as EPCIS 1.2 wants them, and notes which cannot be."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._prefixes = sorted(prefixes, key=len, reverse=True)
        self._not_spelled: dict[str, None] = {}

    def __call__(self, uri: str) -> str:
        thing = thing_of(uri) if self._prefixes else None
        if thing is not None:
            digits = thing.digits if isinstance(thing, Sscc) else thing.gtin.digits
            for prefix in self._prefixes:
                if digits.startswith(prefix, 1):
                    return thing.urn(len(prefix))
        urn = to_urn(uri)
        if urn.startswith("http"):
            self._not_spelled[urn] = None
        return urn

    def check(self) -> None:
        """Refuse what was not spelled.

        Raises:
            Conflict: `company_prefix`.
        """
        if self._not_spelled:
            message = "found a company prefix that GS1 has not allocated, expected one of GS1's"
            raise Conflict(
                "EPCIS 1.2 names things by EPC URN, and some of the shipment's have none.",
                code="company_prefix",
                errors=[
                    FieldError(uri, "company_prefix", message)
                    for uri in islice(self._not_spelled, 100)
                ],
            )


def _rendered(event: Event, event_id: str) -> EventObject:
    """Return an event as JSON-LD; of one that was captured, what its sender said."""
    if event.captured is None:
        return render(event, f"urn:uuid:{event_id}", datetime.fromtimestamp(0, UTC))
    found = restored(event)
    ilmd = found.get("ilmd") or {}
    if event.expiry and event.lot and not any("itemExpirationDate" in name for name in ilmd):
        found["ilmd"] = ilmd | {"cbvmda:itemExpirationDate": event.expiry.isoformat()}
    return found


def _owned(listed: list[EventObject], name: str, party: Gln | None) -> list[EventObject]:
    """Return sources or destinations with the owner, whom the profile wants to be named."""
    if party is None or any(each.get("type") == "owning_party" for each in listed):
        return listed
    return [{"type": "owning_party", name: Sgln(party).digital_link()}, *listed]


def _was_filled(thing: Thing) -> bool:
    return any(entry.kind is Kind.FILLED for entry in thing.trail)


def _batches(epcs: Sequence[Epc]) -> Iterator[Sequence[Epc]]:
    for start in range(0, len(epcs), _AT_ONCE):
        yield epcs[start : start + _AT_ONCE]
