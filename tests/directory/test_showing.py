"""Own entries, members, and what documents told, in one list."""

from datetime import UTC, datetime

import pytest

from chalicelib.directory import showing
from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.model import Party, Place, Request
from chalicelib.directory.store import Directory
from chalicelib.directory.told import Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.gs1.keys import Sgln
from tests.directory.web import MEDDIST, gln

pytestmark = pytest.mark.usefixtures("aws")

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOURCE = Source(NOON, NOON, "j1")
TOLD, PARTIES, PLACES = ToldStore("acme"), PartyStore("acme"), PlaceStore("acme")


def all_parties(limit: int) -> list[tuple[str, str | None]]:
    found, position = list[tuple[str, str | None]](), None
    for _ in range(20):
        page, position = showing.party_list(
            position, limit, parties=PARTIES, directory=Directory(), told=TOLD
        )
        found += [(each.value.name, each.told and each.told.name) for each in page]
        if position is None:
            return found
    pytest.fail("the list has no end")


def test_own_entries_come_first_then_members_then_what_was_told() -> None:
    Directory().add(MEDDIST, Request("op", "f", NOON))
    PARTIES.put(Party(gln(7), "Our clinic", ("hospital",)))
    for number, name in ((7, "Clinic"), (2, "MED DIST INC"), (8, "Depot"), (6, "")):
        TOLD.put(Told(gln(number), SOURCE, name))

    for limit in range(1, 6):
        assert all_parties(limit) == [
            ("Our clinic", "Clinic"),
            ("MedDist", "MED DIST INC"),
            (str(gln(6)), ""),
            ("Depot", "Depot"),
        ]


def test_a_party_is_shown_by_the_first_that_names_it() -> None:
    TOLD.put(Told(gln(7), SOURCE, "Clinic"))
    told = showing.party(gln(7), parties=PARTIES, told=TOLD)
    PARTIES.put(Party(gln(7), "Our clinic", ()))
    own = showing.party(gln(7), parties=PARTIES, told=TOLD)

    assert told
    assert (told.value.name, told.value.version) == ("Clinic", 0)
    assert own
    assert (own.value.name, own.value.version) == ("Our clinic", 1)
    assert own.told == told.told
    assert showing.party(gln(9), parties=PARTIES, told=TOLD) is None


def test_parties_are_called_by_the_first_that_names_them() -> None:
    Directory().add(MEDDIST, Request("op", "f", NOON))
    PARTIES.put(Party(gln(7), "Our clinic", ()))
    for number, name in ((2, "MED DIST INC"), (6, ""), (7, "Clinic"), (8, "Depot")):
        TOLD.put(Told(gln(number), SOURCE, name))

    names = showing.party_names({gln(n) for n in (2, 6, 7, 8, 9)}, parties=PARTIES, told=TOLD)

    assert names == {gln(2): "MedDist", gln(7): "Our clinic", gln(8): "Depot"}


def test_places_are_listed_once_each() -> None:
    site, dock, yard = Sgln(gln(7)), Sgln(gln(7), "D1"), Sgln(gln(7), "Y")
    PLACES.put(Place(dock, "Our dock"))
    TOLD.put(Told(site, SOURCE, "North"))
    TOLD.put(Told(dock, SOURCE, "Dock 1", parent=site))
    TOLD.put(Told(yard, SOURCE, parent=site))

    first, position = showing.place_list(None, 2, places=PLACES, told=TOLD)
    second, end = showing.place_list(position, 2, places=PLACES, told=TOLD)

    shown = [(each.value.name, each.value.parent) for each in (*first, *second)]
    assert shown == [("Our dock", None), ("North", None), (str(yard), site)]
    assert first[0].told
    assert first[0].told.parent == site
    assert end is None
    alone = showing.place(yard, places=PLACES, told=TOLD)
    assert alone == second[0]
    assert showing.place(Sgln(gln(9)), places=PLACES, told=TOLD) is None
