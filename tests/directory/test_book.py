from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.model import Party, Place, Request
from chalicelib.directory.store import Directory
from chalicelib.errors import PacktrailError, Raced
from chalicelib.gs1.keys import Sgln
from tests.directory.web import ACME, MEDDIST, gln
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

CLINIC = Party(gln(7), "Clinic", ("hospital",), "ward@clinic.example")
SITE = Place(Sgln(gln(1)), "Site")
SHELF = Place(Sgln(gln(1), "A/1"), "Shelf", "shelf", SITE.sgln)


@pytest.fixture
def network(aws: Aws, at: datetime) -> None:
    Directory().add(ACME, Request("op-1", "f", at))
    Directory().add(MEDDIST, Request("op-2", "f", at))


def test_a_party_is_kept_whole(aws: Aws) -> None:
    kept = PartyStore("acme").put(CLINIC)

    assert kept == replace(CLINIC, version=1)
    assert PartyStore("acme").get(CLINIC.gln) == kept


def test_whom_to_tell_at_parties_is_read_together(aws: Aws) -> None:
    PartyStore("acme").put(CLINIC)
    PartyStore("acme").put(replace(CLINIC, gln=gln(8), email=None))
    PartyStore("meddist").put(replace(CLINIC, gln=gln(9)))

    found = PartyStore("acme").emails_of([gln(7), gln(8), gln(9)])

    assert found == {gln(7): "ward@clinic.example"}
    assert PartyStore("acme").emails_of([]) == {}


def test_no_organisation_sees_what_another_wrote(aws: Aws) -> None:
    PartyStore("acme").put(CLINIC)
    PlaceStore("acme").put(SITE)

    assert PartyStore("meddist").get(CLINIC.gln) is None
    assert PartyStore("meddist").page(after=None, limit=9) == ([], None)
    assert PlaceStore("meddist").get(SITE.sgln) is None
    assert PlaceStore("meddist").page(after=None, limit=9) == ([], None)


@pytest.mark.usefixtures("network")
def test_a_member_is_known_without_an_entry(aws: Aws) -> None:
    assert PartyStore("acme").get(MEDDIST.gln) == Party.of(MEDDIST)


@pytest.mark.usefixtures("network")
def test_the_own_entry_goes_before_what_the_network_says(aws: Aws) -> None:
    known = PartyStore("acme").get(MEDDIST.gln)
    assert known is not None
    PartyStore("acme").put(replace(known, name="Our wholesaler", roles=("wholesaler",)))

    found = PartyStore("acme").get(MEDDIST.gln)

    assert found == Party(MEDDIST.gln, "Our wholesaler", ("wholesaler",), None, True, 1)


@pytest.mark.usefixtures("network")
def test_a_page_of_entries_says_who_is_a_member(aws: Aws) -> None:
    book = PartyStore("acme")
    book.put(CLINIC)
    book.put(replace(Party.of(MEDDIST), version=0))

    first, last = book.page(after=None, limit=1)
    rest, _ = book.page(after=last, limit=5)

    assert [(party.name, party.member) for party in first + rest] == [
        ("MedDist", True),
        ("Clinic", False),
    ]
    assert book.without_entry([ACME, MEDDIST]) == [Party.of(ACME)]


def test_a_place_is_kept_whole(aws: Aws) -> None:
    places = PlaceStore("acme")
    site = places.put(SITE)

    kept = places.put(SHELF, [site])

    assert kept == replace(SHELF, version=1)
    assert places.get(SHELF.sgln) == kept
    assert places.page(after=None, limit=9) == ([site, kept], None)


def test_places_are_listed_in_pages(aws: Aws) -> None:
    places = PlaceStore("acme")
    for name in "ABC":
        places.put(Place(Sgln(gln(1), name), name))

    first, last = places.page(after=None, limit=2)
    rest, _ = places.page(after=last, limit=2)

    assert [place.name for place in first + rest] == ["A", "B", "C"]


def test_a_place_is_not_put_under_one_that_has_changed(aws: Aws) -> None:
    places = PlaceStore("acme")
    site = places.put(SITE)
    places.put(replace(site, name="Moved"))

    with pytest.raises(Raced, match="changed meanwhile"):
        places.put(SHELF, [site])
    assert places.get(SHELF.sgln) is None


def test_two_writers_cannot_put_two_places_into_each_other(aws: Aws) -> None:
    places = PlaceStore("acme")
    pair = [places.put(Place(Sgln(gln(1), name), name)) for name in "AB"]

    def nest(inner: Place, outer: Place) -> bool:
        try:
            places.put(replace(inner, parent=outer.sgln), [outer])
        except PacktrailError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(nest, pair, reversed(pair)))

    assert done.count(True) <= 1


def test_keeping_master_data_survives_every_fault(aws: Aws) -> None:
    site = PlaceStore("acme").put(SITE)
    shelf = Case("put a place", lambda: PlaceStore("acme").put(SHELF, [site]))
    clinic = Case("put a party", lambda: PartyStore("acme").put(CLINIC))

    assert survives_everything(shelf, aws) > 10
    assert survives_everything(clinic, aws) > 10
