"""Reading a transaction of the US pharmaceutical trade, and telling what it lacks.

Of the events only what a buyer needs is kept: which things were shipped, what is in them, and which
product, lot and expiry each unit has. EPCs are compared by what they name, not by how they are
spelt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.dscsa import (
    AFFIRMATION,
    DIRECT_PURCHASE,
    NAMESPACE,
    NOTICE,
    STATEMENT,
    step_of,
)
from chalicelib.epcis.faults import Faults, described
from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.masterdata import MasterData, read_master_data
from chalicelib.errors import FieldError, Malformed
from chalicelib.gs1.epc import parse_epc
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln, Sgtin

_EVENTS = "/epcisBody/eventList"
_HEADER = "/epcisHeader"
OF_PARTIES = ("name", "streetAddressOne", "city", "state", "postalCode", "countryCode")
"""What the profile wants to be told of seller and buyer, by CBV's names."""

OF_PRODUCTS = (
    "regulatedProductName",
    "dosageFormType",
    "strengthDescription",
    "netContentDescription",
    "additionalTradeItemIdentification",
)
"""What it wants to be told of each product; the last one is its National Drug Code."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What its commissioning says of one unit.

    Attributes:
        epc: as sent.
        gtin: what it is; None for a logistic unit.
        lot: empty when it was not told.
        expiry: as sent; empty when it was not told.
    """

    epc: str
    gtin: Gtin | None = None
    lot: str = ""
    expiry: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One change of ownership.

    Attributes:
        seller: URI of who gives up ownership: the shipping event's source, else the sender; empty
            when nobody is named.
        buyer: URI of who gains it: the shipping event's destination, else the receiver.
        affirmed: whether the seller affirms the statement; None when there is no statement.
        legal_notice: words of the statement.
        direct_purchase: what the seller says of it; None when nothing.
        shipped: canonical URIs of the outermost things.
        contents: canonical URI of each container to those of what is in it.
        units: by canonical URI.
        documents: business transactions of the shipping, each type and URI.
        shipped_at: times of the shipping events, as sent.
        master_data: products, parties and places.
        faults: what the profile wants and the document lacks; pointers are into the document.
    """

    seller: str
    buyer: str
    affirmed: bool | None
    legal_notice: str
    direct_purchase: bool | None
    shipped: tuple[str, ...]
    contents: Mapping[str, tuple[str, ...]]
    units: Mapping[str, Unit]
    documents: tuple[tuple[str, str], ...]
    shipped_at: tuple[str, ...]
    master_data: MasterData
    faults: list[FieldError]

    def tree(self) -> Iterator[tuple[int, str]]:
        """Yield all that was shipped with its depth, containers before what is in them."""
        return _walk(self.shipped, self.contents)


def read_transaction(document: EpcisDocument) -> Transaction:
    """Return the transaction that a document tells, whatever it lacks.

    The events of the document are read, which may be possible only once.
    """
    faults = Faults()
    tale = _Tale(faults)
    header = _customary(document.header, document.namespaces)
    for index, event in enumerate(document.events):
        tale.hear(event, f"{_EVENTS}/{index}")
    master = read_master_data(document)
    seller, buyer = (tale.parties.get(kind) or _named(header, name) for kind, name in _ENDS)
    affirmed, notice = _statement(header, faults)
    for (kind, name), uri in zip(_ENDS, (seller, buyer), strict=True):
        _check_party(uri, kind, f"{_HEADER}/{name}", master, faults)
    contents = tale.contents()
    if not tale.shipped:
        faults.add(_EVENTS, "missing", "no shipping event", "at least one that names things")
    _check_units(list(tale.shipped), contents, tale, master, faults)
    return Transaction(
        seller=seller,
        buyer=buyer,
        affirmed=affirmed,
        legal_notice=notice,
        direct_purchase=_boolean(header.get(DIRECT_PURCHASE)),
        shipped=tuple(tale.shipped),
        contents=contents,
        units=tale.units,
        documents=tuple(tale.documents),
        shipped_at=tuple(tale.shipped_at),
        master_data=master,
        faults=[*faults.found, *master.faults],
    )


_ENDS = (("source", "sender"), ("destination", "receiver"))


@dataclass(slots=True)
class _Tale:
    """What the events tell, one after another."""

    faults: Faults
    units: dict[str, Unit] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    shipped: dict[str, str] = field(default_factory=dict)
    """Of each thing shipped: pointer to where it was said."""
    documents: dict[tuple[str, str], None] = field(default_factory=dict)
    shipped_at: list[str] = field(default_factory=list)
    parties: dict[str, str] = field(default_factory=dict)

    def hear(self, event: EventObject, at: str) -> None:
        if not isinstance(event, Mapping):
            self.faults.add(at, "type", described(event), "an event")
            return
        kind, step, action = event.get("type"), step_of(event), event.get("action")
        if kind == "AggregationEvent":
            self._pack(event, at)
        elif kind == "ObjectEvent" and step == "commissioning" and action == "ADD":
            self._commission(event, at)
        elif kind == "ObjectEvent" and step == "shipping":
            self._ship(event, at)

    def contents(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for child, parent in self.parents.items():
            found.setdefault(parent, []).append(child)
        return {parent: tuple(children) for parent, children in found.items()}

    def _commission(self, event: EventObject, at: str) -> None:
        ilmd = event.get("ilmd")
        said = _bare(ilmd) if isinstance(ilmd, Mapping) else {}
        lot, expiry = (_text(said.get(name)) for name in ("lotNumber", "itemExpirationDate"))
        for epc, pointer in _strings(event.get("epcList"), f"{at}/epcList"):
            gtin = self._gtin(epc, pointer)
            self.units[canonical_uri(epc)] = Unit(epc, gtin, lot, expiry)

    def _gtin(self, epc: str, pointer: str) -> Gtin | None:
        try:
            key = parse_epc(epc)
        except Malformed as error:
            self.faults.add(pointer, error.errors[0].code, described(epc), "a GS1 key")
            return None
        return key.gtin if isinstance(key, Sgtin | Lgtin) else None

    def _pack(self, event: EventObject, at: str) -> None:
        parent = _text(event.get("parentID"))
        children = [canonical_uri(epc) for epc, _ in _strings(event.get("childEPCs"), at)]
        if event.get("action") == "DELETE":
            parent = canonical_uri(parent)
            for child in children or [c for c, p in self.parents.items() if p == parent]:
                self.parents.pop(child, None)
        elif event.get("action") == "ADD" and not parent:
            self.faults.add(f"{at}/parentID", "missing", "nothing", "what the children are in")
        elif event.get("action") == "ADD":
            for child in children:
                self.parents[child] = canonical_uri(parent)

    def _ship(self, event: EventObject, at: str) -> None:
        for epc, pointer in _strings(event.get("epcList"), f"{at}/epcList"):
            self.shipped.setdefault(canonical_uri(epc), pointer)
        for each in _objects(event.get("bizTransactionList")):
            self.documents[_text(each.get("type")), _text(each.get("bizTransaction"))] = None
        self.shipped_at.append(_text(event.get("eventTime")))
        for kind, _ in _ENDS:
            owners = [
                _text(each.get(kind))
                for each in _objects(event.get(f"{kind}List"))
                if _text(each.get("type")).endswith("owning_party")
            ]
            if not owners:
                expected = "an owning_party: who owned the goods before and after"
                self.faults.add(f"{at}/{kind}List", "missing", "none", expected)
            elif canonical_uri(self.parties.setdefault(kind, owners[0])) != canonical_uri(
                owners[0]
            ):
                pointer = f"{at}/{kind}List"
                self.faults.add(pointer, "conflict", described(owners[0]), "one for all shippings")


def _walk(
    shipped: tuple[str, ...] | list[str], contents: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, str]]:
    waiting = [(0, epc) for epc in reversed(shipped)]
    seen: set[str] = set()
    while waiting:
        depth, epc = waiting.pop()
        if epc not in seen:  # a ring of containers ends where it began
            seen.add(epc)
            yield depth, epc
            waiting += [(depth + 1, child) for child in reversed(contents.get(epc, ()))]


def _check_units(
    shipped: list[str],
    contents: Mapping[str, tuple[str, ...]],
    tale: _Tale,
    master: MasterData,
    faults: Faults,
) -> None:
    """Every unit has its lot and expiry, and every product its particulars, told once."""
    top, missing = "", set()
    described_as = {
        entry.key.gtin if isinstance(entry.key, Lgtin) else entry.key: entry
        for entry in master.products
    }
    for depth, epc in _walk(shipped, contents):
        top = epc if depth == 0 else top
        unit = tale.units.get(epc)
        if "/01/" in epc and (unit is None or not unit.lot or not unit.expiry):
            expected = f"lot and expiry of {epc} from its commissioning"
            faults.add(tale.shipped[top], "commissioning", "nothing or only one", expected)
        if unit is None or unit.gtin is None or unit.gtin in missing:
            continue
        missing.add(unit.gtin)
        entry = described_as.get(unit.gtin)
        lacking = [name for name in OF_PRODUCTS if entry is None or not entry.text(name)]
        if lacking:
            expected = f"{', '.join(lacking)} of product {unit.gtin}"
            faults.add(f"{_HEADER}/epcisMasterData", "product", "nothing", expected)


def _check_party(uri: str, kind: str, at: str, master: MasterData, faults: Faults) -> None:
    """Seller and buyer have a GLN, a name and an address."""
    who = "the seller" if kind == "source" else "the buyer"
    if not uri:
        faults.add(at, "missing", "nothing", f"{who}'s SGLN")
        return
    try:
        key = parse_epc(uri)
    except Malformed as error:
        faults.add(at, error.errors[0].code, described(uri), f"{who}'s SGLN")
        return
    gln = key.gln if isinstance(key, Sgln) else key
    if not isinstance(gln, Gln):
        faults.add(at, "kind", described(uri), f"{who}'s SGLN")
        return
    known = [each for each in master.places if each.key == key]
    entries = [*known, *(each for each in master.parties if each.key == gln)]
    lacking = [name for name in OF_PARTIES if not any(each.text(name) for each in entries)]
    if lacking:
        expected = f"{', '.join(lacking)} of {who}, {uri}"
        faults.add(f"{_HEADER}/epcisMasterData", "party", "nothing", expected)


def _customary(said: Any, namespaces: Mapping[str, str]) -> Any:
    """Return a header with the words of GS1 US under their customary prefix."""
    if not isinstance(said, Mapping):
        return said
    theirs = {prefix for prefix, uri in namespaces.items() if uri == NAMESPACE}
    named = {
        name: f"gs1ushc:{name.partition(':')[2]}" if name.partition(":")[0] in theirs else name
        for name in said
    }
    return {named[name]: _customary(each, namespaces) for name, each in said.items()}


def _statement(header: Mapping[str, Any], faults: Faults) -> tuple[bool | None, str]:
    statement = header.get(STATEMENT)
    at = f"{_HEADER}/{STATEMENT}"
    if not isinstance(statement, Mapping):
        faults.add(at, "missing", described(statement), "the transaction statement")
        return None, ""
    affirmed = _boolean(statement.get(AFFIRMATION))
    if not affirmed:
        found = described(statement.get(AFFIRMATION))
        faults.add(f"{at}/{AFFIRMATION}", "statement", found, "true")
    notice = " ".join(_text(statement.get(NOTICE)).split())
    if not notice:
        faults.add(f"{at}/{NOTICE}", "missing", "nothing", "the words of the statement")
    return affirmed, notice


def _named(header: Mapping[str, Any], name: str) -> str:
    """Return who sends or receives, as the header says it, or else its business header."""
    said = _text(header.get(name))
    if said:
        return said
    business = header.get("sbdh")
    partner = business.get(name.capitalize()) if isinstance(business, Mapping) else None
    return _text(partner.get("Identifier")) if isinstance(partner, Mapping) else ""


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("#text")
    return value.strip() if isinstance(value, str) else ""


def _boolean(value: Any) -> bool | None:
    text = str(value).lower() if isinstance(value, bool) else _text(value)
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def _bare(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name.rpartition(":")[2]: value for name, value in said.items()}


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return (
        [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    )


def _strings(listed: Any, at: str) -> list[tuple[str, str]]:
    values = listed if isinstance(listed, list) else []
    return [(each, f"{at}/{n}") for n, each in enumerate(values) if isinstance(each, str)]
