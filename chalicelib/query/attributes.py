"""Attributes of master data that an organisation has, for queries that ask for them.

They are what documents told it; names that it gave itself, or that members have, come first. What
holds of a product holds of its lots, and what holds of a party holds of its place, unless something
else is said of these.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.told import Thing, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.masterdata import MDA
from chalicelib.epcis.query.spelling import qualified
from chalicelib.errors import Malformed
from chalicelib.gs1.epc import parse_epc
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln

Values = Mapping[str, frozenset[str]]
"""Values by qualified name of their attribute."""


class MasterData:
    """What one organisation knows of things, read as it is asked for and remembered.

    For one request only: it does not hear of changes.
    """

    def __init__(self, organisation: str) -> None:
        self._told = ToldStore(organisation)
        self._parties = PartyStore(organisation)
        self._places = PlaceStore(organisation)
        self._known: dict[str, Values] = {}

    def __call__(self, uri: str) -> Values:
        """Return the attributes of what a canonical URI names."""
        self.load({uri})
        return self._known[uri]

    def load(self, uris: Collection[str]) -> None:
        """Read of many things what is not known yet; a few requests per 100."""
        chains = {uri: list(_chain(uri)) for uri in uris if uri not in self._known}
        things = {thing for chain in chains.values() for thing in chain}
        told = self._told.of(things) if things else {}
        names = self._names(things)
        for uri, chain in chains.items():
            self._known[uri] = _values(chain, told, names)

    def _names(self, things: Collection[Thing]) -> dict[Thing, str]:
        parties = [each for each in things if isinstance(each, Gln)]
        places = [each for each in things if isinstance(each, Sgln)]
        found: dict[Thing, str] = {}
        found.update(self._parties.names_of(parties).items())
        found.update(self._places.names(places).items())
        return found


def _chain(uri: str) -> Iterator[Thing]:
    """Yield what a URI names, and what else tells of it; nothing for other people's URIs."""
    try:
        key = parse_epc(uri)
    except Malformed:
        return
    if isinstance(key, Gtin | Lgtin | Gln | Sgln):
        yield key
    if isinstance(key, Lgtin):
        yield key.gtin
    if isinstance(key, Sgln) and key.extension is None:
        yield key.gln


def _values(
    chain: list[Thing], told: Mapping[Thing, Told], names: Mapping[Thing, str]
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for thing in reversed(chain):
        said = told[thing].attributes if thing in told else {}
        found |= {_name(name): frozenset(_texts(value)) for name, value in said.items()}
        if thing in names:
            found[_name("name")] = frozenset({names[thing]})
    return found


def _name(name: str) -> str:
    return qualified(name if ":" in name else MDA + name, {})


def _texts(value: Any) -> Iterator[str]:
    """Yield the values that can be compared: texts, and numbers as they are written."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, bool):
            yield "true" if each else "false"
        elif each is not None and not isinstance(each, Mapping | list):
            yield str(each).strip()
