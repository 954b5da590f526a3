"""The place tree of an organisation, for queries that ask for a place with all that is in it.

A place that the organisation entered is part of what the entry says; any other is part of what the
newest document says that described it.
"""

from chalicelib.directory.book import PlaceStore
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.errors import QueryTooComplex
from chalicelib.gs1.keys import Sgln

MOST_PLACES = 50_000
"""Places that one query looks through."""


class PlaceTree:
    """The places of an organisation as they were when it was first asked."""

    def __init__(self, organisation: str) -> None:
        self._organisation = organisation
        self._parts: dict[str, set[str]] | None = None
        self._within: dict[str, frozenset[str]] = {}

    def within(self, place: str) -> frozenset[str]:
        """Return the canonical URIs of a place and of every place inside it.

        Raises:
            QueryTooComplex: the organisation has too many places.
        """
        if place not in self._within:
            self._within[place] = frozenset(self._below(canonical_uri(place)))
        return self._within[place]

    def _below(self, place: str) -> set[str]:
        if self._parts is None:
            self._parts = self._read()
        todo, found = [place], set[str]()
        while todo:
            each = todo.pop()
            if each not in found:
                found.add(each)
                todo += self._parts.get(each, ())
        return found

    def _read(self) -> dict[str, set[str]]:
        parts: dict[str, set[str]] = {}
        for place, parent in self._parents().items():
            if parent:
                parts.setdefault(parent.digital_link(), set()).add(place.digital_link())
        return parts

    def _parents(self) -> dict[Sgln, Sgln | None]:
        parents: dict[Sgln, Sgln | None] = {}
        for place, above in ToldStore(self._organisation).parents():
            parents[place] = above
            _check(len(parents))
        store, after = PlaceStore(self._organisation), None
        while True:
            page, after = store.page(after=after, limit=500)
            parents |= {each.sgln: each.parent for each in page}
            _check(len(parents))
            if after is None:
                return parents


def _check(places: int) -> None:
    if places > MOST_PLACES:
        raise QueryTooComplex(f"Found more than {MOST_PLACES} places; expected at most that.")
