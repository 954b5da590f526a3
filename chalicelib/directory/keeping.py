"""Keeping master data: the products an organisation owns, the parties and places that it knows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.model import DEEPEST_PLACE, Party, Place, Product
from chalicelib.directory.store import Directory, ProductStore, gtin_registered
from chalicelib.errors import Malformed, Stale

V = TypeVar("V", Product, Party, Place)

_MEMBERS = "member#"


@dataclass(frozen=True, slots=True)
class Kept(Generic[V]):
    """Master data as it is now, and whether it is new."""

    value: V
    created: bool


def keep_product(wanted: Product, expected: int | None, *, products: ProductStore) -> Kept[Product]:
    """Register a product, or describe it anew.

    Args:
        wanted: as it shall be; its version does not count.
        expected: version that the caller saw; None for whatever it is.
        products: where it is kept.

    Raises:
        Conflict: `gtin_registered`: the GTIN is another organisation's.
        Stale: it is not the expected version.
        Raced: somebody was faster.
    """
    there = products.get(wanted.gtin)
    if there and there.owner != wanted.owner:
        raise gtin_registered(wanted.gtin)
    return _kept(there, wanted, expected, products.put)


def keep_party(wanted: Party, expected: int | None, *, parties: PartyStore) -> Kept[Party]:
    """Enter a party into the address book, or describe it anew; see `keep_product`."""
    there = parties.get(wanted.gln)
    if there is None:
        return _kept(None, wanted, expected, parties.put)
    own = there if there.version else None
    return _kept(own, replace(wanted, member=there.member), expected, parties.put)


def keep_place(wanted: Place, expected: int | None, *, places: PlaceStore) -> Kept[Place]:
    """Enter a place, or describe it anew; see `keep_product`.

    Raises:
        Malformed: its parent is unknown, or is part of the place itself.
    """
    above = _above(wanted, places)
    there = places.get(wanted.sgln)
    return _kept(there, wanted, expected, lambda place: places.put(place, above))


def parties_page(
    position: str | None, limit: int, *, parties: PartyStore, directory: Directory
) -> tuple[list[Party], str | None]:
    """Return a stretch of all known parties: own entries by GLN, then other members by id.

    Args:
        position: where the stretch before ended; None for the beginning.
        limit: at most so many, at least 1.
        parties: the address book.
        directory: the network.

    Returns:
        0 to `limit` parties, and where to go on; None at the end. A stretch may be empty before
        the end.
    """
    own: list[Party] = []
    members_after = (position or "").removeprefix(_MEMBERS) or None
    if position is None or not position.startswith(_MEMBERS):
        own, last = parties.page(after=position, limit=limit)
        if last or len(own) == limit:
            return own, last or _MEMBERS
        members_after = None
    members, last = directory.page(after=members_after, limit=limit - len(own))
    return own + parties.without_entry(members), f"{_MEMBERS}{last}" if last else None


def _kept(there: V | None, wanted: V, expected: int | None, put: Callable[[V], V]) -> Kept[V]:
    """Write what is wanted over what is there, unless it is there already.

    Equal content is not written again. That also answers a repeat whose first answer was lost: it
    then expects the version before (RFC 9110, 13.1.1: a change that was applied may succeed).
    """
    version = there.version if there else 0
    same = replace(wanted, version=version) == there
    if there is not None and same and (expected is None or version - 1 <= expected <= version):
        return Kept(there, created=False)
    if expected is not None and expected != version:
        found = f"the current version is {version}" if version else "there is nothing yet"
        raise Stale(f"If-Match names version {expected}, but {found}.")
    return Kept(put(replace(wanted, version=version)), created=version == 0)


def _above(place: Place, places: PlaceStore) -> list[Place]:
    """Return the places that this one is part of, nearest first."""
    above: list[Place] = []
    parent = place.parent
    while parent is not None:
        if parent == place.sgln:
            message = f"found {place.parent}, which is part of {place.sgln}, expected no ring"
            raise Malformed.field("/parent", "ring", message)
        upper = places.get(parent)
        if upper is None:
            message = f"found {parent}, which is no place of yours, expected one that is"
            raise Malformed.field("/parent", "unknown_place", message)
        if len(above) == DEEPEST_PLACE:
            message = f"found more than {DEEPEST_PLACE} places above it, expected at most that"
            raise Malformed.field("/parent", "too_deep", message)
        above.append(upper)
        parent = upper.parent
    return above
