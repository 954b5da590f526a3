"""Master data that travels in documents: products, parties and places as values, and back.

A vocabulary lists elements by URI, each with attributes and, for places, parts (EPCIS 2.0, 9.4;
CBV 2.0, section 9). Attributes of CBV are known here by their bare names such as `postalCode`,
however a document spells them; all others by their URIs. What cannot be read is a fault, and the
rest is read all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.faults import Faults, described
from chalicelib.epcis.identifiers import to_urn
from chalicelib.errors import FieldError, Malformed
from chalicelib.gs1.epc import AnyKey, parse_epc
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln, Sgtin

MDA = "urn:epcglobal:cbv:mda#"
"""What the URIs of CBV's attributes begin with in a header of master data."""

DEEPEST = 64
"""Places above a place; more than any organisation of a site has."""

_MDA_SPELLINGS = (MDA, "urn:epcglobal:cbv:mda:", "cbvmda:")
_VTYPE = "urn:epcglobal:epcis:vtype:"
_AT = "/epcisHeader/epcisMasterData/vocabularyList"
_TYPES = {
    "epcclass": "EPCClass",
    "party": "Party",
    "tradingparty": "Party",
    "location": "Location",
    "businesslocation": "BusinessLocation",
    "bizlocation": "BusinessLocation",
    "readpoint": "ReadPoint",
    "sourcedest": "SourceDest",
}
"""Vocabularies by the last word of their type in small letters: many systems misspell it."""

Attributes = Mapping[str, Any]
"""Values by name; a list where the attribute is given more than once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a vocabulary.

    Attributes:
        uri: of the element, as the document spells it; empty for one that is made here.
        attributes: all of them, those of CBV by bare name, others by URI.
        at: where a document has it first, as a JSON pointer.
    """

    uri: str = ""
    attributes: Attributes = field(default_factory=dict)
    at: str = field(default="", compare=False, kw_only=True)

    def text(self, name: str) -> str:
        """Return an attribute; empty when it is missing or no text."""
        value = self.attributes.get(name)
        return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEntry(Entry):
    """A kind of goods, or one lot of it (CBV 2.0, 9.2).

    Attributes:
        key: the GTIN, with the lot where only that is described.
    """

    key: Gtin | Lgtin

    @property
    def name(self) -> str:
        """Return what people call it: the regulated name before the description."""
        names = ("regulatedProductName", "descriptionShort", "tradeItemDescription", "name")
        return next(filter(None, map(self.text, names)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyEntry(Entry):
    """A party (CBV 2.0, 9.3.2).

    Attributes:
        key: its GLN.
    """

    key: Gln

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.text("name")

    @property
    def address(self) -> "Address":
        """Return where it is."""
        return _address(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceEntry(Entry):
    """A place (CBV 2.0, 9.3.1).

    Attributes:
        key: GLN and perhaps extension.
        parent: the place that it is part of.
    """

    key: Sgln
    parent: Sgln | None = None

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.text("name")

    @property
    def address(self) -> "Address":
        """Return where it is."""
        return _address(self)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address.

    Attributes:
        street: up to three lines.
        city: or town.
        state: or province, as the country writes it.
        postal_code: as the country writes it.
        country: ISO 3166-1 alpha-2.
    """

    street: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class MasterData:
    """What the vocabularies of a document say.

    Attributes:
        products: in document order, as are parties and places; each key once.
        parties: those of vocabularies of parties.
        places: of business locations, read points and locations.
        faults: what could not be read, or is said in two ways; pointers are into the document.
        refused: how many elements say nothing here, for they could not be read at all.
        others: how many elements are of vocabularies that are left aside.
    """

    products: tuple[ProductEntry, ...]
    parties: tuple[PartyEntry, ...]
    places: tuple[PlaceEntry, ...]
    faults: list[FieldError]
    refused: int = 0
    others: int = 0


def attributes_of_address(name: str, address: Address) -> dict[str, Any]:
    """Return the attributes of a party or place of that name and address."""
    lines = zip(_STREET, address.street, strict=False)
    rest = (address.city, address.state, address.postal_code, address.country)
    found = {"name": name, **dict(lines), **dict(zip(_REST, rest, strict=True))}
    return {each: value for each, value in found.items() if value}


def read_master_data(document: EpcisDocument) -> MasterData:
    """Return the products, parties and places of a document; its events are not read.

    Vocabularies of other things (documents, words) are left aside.
    """
    reading = _Reading(document.namespaces)
    for number, vocabulary in enumerate(document.vocabularies):
        reading.vocabulary(vocabulary, f"{_AT}/{number}")
    return reading.done()


def vocabularies(
    products: Iterable[ProductEntry] = (),
    parties: Iterable[PartyEntry] = (),
    places: Iterable[PlaceEntry] = (),
) -> tuple[Mapping[str, Any], ...]:
    """Return vocabularies that `read_master_data` reads as these values; empty ones are left out.

    An element without a URI is named by its EPC URN, or by its Digital Link where the length of
    its company prefix is not known.
    """
    places = list(places)
    parts: dict[Sgln, list[str]] = {}
    for place in places:
        if place.parent is not None:
            parts.setdefault(place.parent, []).append(_uri(place))
    found = {
        "EPCClass": [_element(each) for each in products],
        "Party": [_element(each) for each in parties],
        "Location": [_element(each, parts.get(each.key)) for each in places],
    }
    return tuple(
        {"type": _VTYPE + kind, "vocabularyElementList": elements}
        for kind, elements in found.items()
        if elements
    )


_STREET = ("streetAddressOne", "streetAddressTwo", "streetAddressThree")
_REST = ("city", "state", "postalCode", "countryCode")


def _address(entry: Entry) -> Address:
    street = tuple(filter(None, map(entry.text, _STREET)))
    return Address(street, *map(entry.text, _REST))


def _uri(entry: ProductEntry | PartyEntry | PlaceEntry) -> str:
    if entry.uri:
        return entry.uri
    if not isinstance(entry.key, Gtin):
        return to_urn(entry.key.digital_link())
    # A GTIN alone has no URN of its own: it is the pattern of all its serials (TDS 2.0, 8).
    one = to_urn(Sgtin(entry.key, "1").digital_link())
    if not one.startswith("urn:"):
        return entry.key.digital_link()
    return f"{one[:-1].replace(':id:', ':idpat:', 1)}*"


def _element(
    entry: ProductEntry | PartyEntry | PlaceEntry, parts: list[str] | None = None
) -> dict[str, Any]:
    attributes = [
        {"id": name if ":" in name else MDA + name, "attribute": each}
        for name, value in entry.attributes.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    found: dict[str, Any] = {"id": _uri(entry)}
    found |= {"attributes": attributes} if attributes else {}
    return found | ({"children": parts} if parts else {})


_Key = TypeVar("_Key")
_Made = TypeVar("_Made", ProductEntry, PartyEntry, PlaceEntry)


class _Reading:
    """Elements as they are read, each key once."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces
        self._faults = Faults()
        self._refused = 0
        self._others = 0
        self._products: dict[Gtin | Lgtin, ProductEntry] = {}
        self._parties: dict[Gln, PartyEntry] = {}
        self._places: dict[Sgln, PlaceEntry] = {}
        self._named: dict[Sgln, PlaceEntry] = {}
        self._parents: dict[Sgln, Sgln] = {}
        self._above: dict[Sgln, dict[Sgln, str]] = {}

    def done(self) -> MasterData:
        self._find_parents()
        # A place of which only is said that it is a part of another is a place, too.
        named = {key: self._named[key] for key in self._parents if key not in self._places}
        places = tuple(
            replace(place, parent=self._parents.get(key))
            for key, place in (self._places | named).items()
        )
        products, parties = tuple(self._products.values()), tuple(self._parties.values())
        found = self._faults.found
        return MasterData(products, parties, places, found, self._refused, self._others)

    def vocabulary(self, vocabulary: Any, at: str) -> None:
        if not isinstance(vocabulary, Mapping):
            self._faults.add(at, "type", described(vocabulary), "a vocabulary")
            return
        elements = self._listed(vocabulary, "vocabularyElementList", at)
        kind = _TYPES.get(_last(vocabulary.get("type")).lower())
        if kind is None:
            self._others += len(elements)
            return
        for index, element in enumerate(elements):
            if not self._element(kind, element, f"{at}/vocabularyElementList/{index}"):
                self._refused += 1

    def _listed(self, owner: Mapping[str, Any], name: str, at: str) -> Sequence[Any]:
        listed = owner.get(name, ())
        if isinstance(listed, list | tuple):
            return listed
        self._faults.add(f"{at}/{name}", "type", described(listed), "a list")
        return ()

    def _element(self, kind: str, element: Any, at: str) -> bool:
        """Read an element; return whether it tells of a product, party or place."""
        if not isinstance(element, Mapping):
            self._faults.add(at, "type", described(element), "an element of a vocabulary")
            return False
        key = self._key(element.get("id"), f"{at}/id")
        if key is None:
            return False
        uri, attributes = element["id"], self._attributes(element, at)
        if kind == "EPCClass" and isinstance(key, Gtin | Lgtin):
            self._keep(self._products, key, ProductEntry(uri, attributes, at=at, key=key), at)
        elif kind != "EPCClass" and isinstance(key, Gln):
            self._keep(self._parties, key, PartyEntry(uri, attributes, at=at, key=key), at)
        elif kind == "Party" and isinstance(key, Sgln):
            self._keep(self._parties, key.gln, PartyEntry(uri, attributes, at=at, key=key.gln), at)
        elif kind not in ("EPCClass", "Party") and isinstance(key, Sgln):
            self._keep(self._places, key, PlaceEntry(uri, attributes, at=at, key=key), at)
            self._parts(key, self._listed(element, "children", at), at)
        else:
            self._faults.add(f"{at}/id", "kind", described(uri), f"a key of a {kind}")
            return False
        return True

    def _key(self, uri: Any, at: str) -> AnyKey | None:
        if not isinstance(uri, str):
            self._faults.add(at, "missing", described(uri), "a URI")
            return None
        try:
            return parse_epc(uri.strip())
        except Malformed as error:
            self._faults.add(at, error.errors[0].code, described(uri), "a GS1 key")
            return None

    def _attributes(self, element: Mapping[str, Any], at: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for index, each in enumerate(self._listed(element, "attributes", at)):
            name = each.get("id") if isinstance(each, Mapping) else None
            if not isinstance(name, str):
                pointer = f"{at}/attributes/{index}"
                self._faults.add(pointer, "missing", described(each), "an attribute with a URI")
                continue
            name, value = self._name(name), each.get("attribute", "")
            if name in found:
                before = found[name]
                found[name] = [*(before if isinstance(before, list) else [before]), value]
            else:
                found[name] = value
        return found

    def _name(self, name: str) -> str:
        """Return the bare name of an attribute of CBV, or the URI of another."""
        name = name.strip()
        for spelling in _MDA_SPELLINGS:
            if name.startswith(spelling):
                return name.removeprefix(spelling)
        prefix, _, local = name.partition(":")
        return self._namespaces[prefix] + local if prefix in self._namespaces else name

    def _keep(self, kept: dict[_Key, _Made], key: _Key, made: _Made, at: str) -> None:
        """Keep what is said first; the same element may stand in several vocabularies."""
        before = kept.get(key)
        if before is None:
            kept[key] = made
            return
        said = before.attributes
        for name, value in made.attributes.items():
            if said.get(name, value) != value:
                self._faults.add(at, "conflict", f"two values of {name}", "one")
        kept[key] = replace(before, attributes={**made.attributes, **said})

    def _parts(self, place: Sgln, children: Sequence[Any], at: str) -> None:
        for index, uri in enumerate(children):
            pointer = f"{at}/children/{index}"
            part = self._key(uri, pointer)
            if isinstance(part, Sgln):
                self._above.setdefault(part, {}).setdefault(place, pointer)
                self._named.setdefault(part, PlaceEntry(uri, at=pointer, key=part))
            elif part is not None:
                self._faults.add(pointer, "kind", described(uri), "a place")

    def _find_parents(self) -> None:
        """Find what each place is directly part of: children may be told with theirs or without.

        Where all descendants are told, the direct parent is the one that most others are above.
        """
        for part, above in self._above.items():
            parent = max(above, key=lambda each: len(self._above.get(each, ())))
            others = above.keys() - {parent} - self._above.get(parent, {}).keys()
            for pointer in (pointer for each, pointer in above.items() if each in others):
                self._faults.add(pointer, "conflict", str(part), "one place above a place")
            if self._open(parent, part):
                self._parents[part] = parent
            else:
                expected = f"places at most {DEEPEST} deep, none of which is within itself"
                self._faults.add(above[parent], "cycle", str(part), expected)

    def _open(self, place: Sgln, part: Sgln) -> bool:
        """Return whether the place may be above the part: parents never form a ring."""
        above: Sgln | None = place
        for _ in range(DEEPEST):
            if above is None or above == part:
                break
            above = self._parents.get(above)
        return above is None


def _last(uri: Any) -> str:
    """Return the word that a URI ends in: vocabulary types are spelt in three ways."""
    return (
        uri.replace("#", ":").replace("/", ":").rpartition(":")[2] if isinstance(uri, str) else ""
    )
