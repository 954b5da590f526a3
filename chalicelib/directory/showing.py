"""Parties and places as they are shown: what is in the books first, then what documents told.

An entry of an organisation's own hides nothing: what documents say of the same party or place is
shown beside it. Of two names for one thing the first of these counts: the own entry; what a member
says of itself; the newest document.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.keeping import parties_page
from chalicelib.directory.model import Party, Place
from chalicelib.directory.store import Directory
from chalicelib.directory.told import Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.gs1.keys import Gln, Sgln

V = TypeVar("V", Party, Place)

_TOLD = "told#"
"""What positions among things that only documents know begin with; alone, it is before them."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[V]):
    """A party or place, and what documents say of it."""

    value: V
    told: Told | None


def party(gln: Gln, *, parties: PartyStore, told: ToldStore) -> Shown[Party] | None:
    """Return a party that is in the book, is a member, or was told of."""
    said = told.one(gln)
    known = parties.get(gln) or (said and _party(gln, said))
    return Shown(known, said) if known else None


def party_names(glns: Collection[Gln], *, parties: PartyStore, told: ToldStore) -> dict[Gln, str]:
    """Return what parties are called, where anybody knows; a few requests per 100."""
    said = told.of(glns)
    named = {gln: said[gln].name for gln in glns if gln in said and said[gln].name}
    return named | parties.names_of(glns)


def place(sgln: Sgln, *, places: PlaceStore, told: ToldStore) -> Shown[Place] | None:
    """Return a place that is entered, or was told of."""
    said = told.one(sgln)
    known = places.get(sgln) or (said and _place(sgln, said))
    return Shown(known, said) if known else None


def party_list(
    position: str | None, limit: int, *, parties: PartyStore, directory: Directory, told: ToldStore
) -> tuple[list[Shown[Party]], str | None]:
    """Return a stretch of all parties: own entries, other members, then those told of.

    Args:
        position: where the stretch before ended; None for the beginning.
        limit: at most so many, at least 1.
        parties: the address book.
        directory: the network.
        told: what documents told.

    Returns:
        0 to `limit` parties, and where to go on; None at the end. A stretch may be empty before
        the end.
    """
    found: list[Shown[Party]] = []
    if position is None or not position.startswith(_TOLD):
        known, last = parties_page(position, limit, parties=parties, directory=directory)
        said = told.of(each.gln for each in known)
        found = [Shown(each, said.get(each.gln)) for each in known]
        if last or len(found) == limit:
            return found, last or _TOLD
    more, last = told.page(Gln, after=_after(position), limit=limit - len(found))
    only = {gln: each for each in more if isinstance(gln := each.thing, Gln)}
    shown = parties.names_of(only)
    found += [Shown(_party(gln, each), each) for gln, each in only.items() if gln not in shown]
    return found, last


def place_list(
    position: str | None, limit: int, *, places: PlaceStore, told: ToldStore
) -> tuple[list[Shown[Place]], str | None]:
    """Return a stretch of all places: those entered, then those told of; see `party_list`."""
    found: list[Shown[Place]] = []
    if position is None or not position.startswith(_TOLD):
        known, last = places.page(after=position, limit=limit)
        said = told.of(each.sgln for each in known)
        found = [Shown(each, said.get(each.sgln)) for each in known]
        if last or len(found) == limit:
            return found, last or _TOLD
    more, last = told.page(Sgln, after=_after(position), limit=limit - len(found))
    only = {sgln: each for each in more if isinstance(sgln := each.thing, Sgln)}
    shown = places.names(only)
    found += [Shown(_place(sgln, each), each) for sgln, each in only.items() if sgln not in shown]
    return found, last


def _after(position: str | None) -> str | None:
    return position if position and position.startswith(_TOLD) and position != _TOLD else None


def _party(gln: Gln, told: Told) -> Party:
    return Party(gln, told.name or str(gln), ())


def _place(sgln: Sgln, told: Told) -> Place:
    return Place(sgln, told.name or str(sgln), parent=told.parent)
