"""A place with all that is in it."""

from datetime import UTC, datetime

import pytest

from chalicelib.directory.book import PlaceStore
from chalicelib.directory.model import Place
from chalicelib.directory.told import Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.errors import QueryTooComplex
from chalicelib.gs1.keys import Sgln
from chalicelib.query import places
from chalicelib.query.places import PlaceTree
from tests.builders import gln
from tests.harness.faults import injected

pytestmark = pytest.mark.usefixtures("aws")

SITE = Sgln(gln("acme"))
ZONE, SHELF, OTHER = (Sgln(gln("acme"), name) for name in ("Z", "Z-1", "Y"))
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def told(place: Sgln, parent: Sgln | None) -> None:
    ToldStore("acme").put(Told(place, Source(NOON, NOON, "j"), parent=parent))


def test_a_place_is_asked_for_with_every_place_inside_it() -> None:
    store = PlaceStore("acme")
    for place, upper in ((SITE, None), (ZONE, SITE), (SHELF, ZONE), (OTHER, SITE)):
        store.put(Place(place, "x", parent=upper))

    links = [each.digital_link() for each in (ZONE, SHELF)]
    tree = PlaceTree("acme")
    assert tree.within(ZONE.urn(7)) == frozenset(links)
    assert len(tree.within(SITE.digital_link())) == 4
    assert PlaceTree("meddist").within(ZONE.digital_link()) == {links[0]}


def test_places_that_documents_told_of_are_inside_too_and_own_entries_count_first() -> None:
    told(ZONE, SITE)
    told(SHELF, ZONE)
    told(OTHER, ZONE)
    PlaceStore("acme").put(Place(OTHER, "Yard"))

    found = PlaceTree("acme").within(SITE.digital_link())

    assert found == {each.digital_link() for each in (SITE, ZONE, SHELF)}


def test_a_ring_that_several_documents_make_is_gone_round_once() -> None:
    told(ZONE, SHELF)
    told(SHELF, ZONE)

    found = PlaceTree("acme").within(ZONE.digital_link())

    assert found == {each.digital_link() for each in (ZONE, SHELF)}


def test_the_tree_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    PlaceStore("acme").put(Place(SITE, "x"))
    tree = PlaceTree("acme")
    with injected() as calls:
        for place in (SITE, ZONE, SITE):
            tree.within(place.digital_link())
    assert len(calls.made) == 2

    monkeypatch.setattr(places, "MOST_PLACES", 1)
    PlaceStore("acme").put(Place(ZONE, "x"))
    with pytest.raises(QueryTooComplex, match="at most that"):
        PlaceTree("acme").within(SITE.digital_link())
