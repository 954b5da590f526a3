from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.keeping import keep_party, keep_place, keep_product, parties_page
from chalicelib.directory.model import DEEPEST_PLACE, Party, Place, Product, Request
from chalicelib.directory.store import Directory, ProductStore
from chalicelib.errors import Conflict, Malformed, Stale
from chalicelib.gs1.keys import Sgln
from tests.directory.web import ACME, CITYPHARM, MEDDIST, gln, gtin
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

PRODUCT = Product(gtin(1), "acme", ACME.gln, "Painless 500 mg")
CLINIC = Party(gln(7), "Clinic", ("hospital",))


def place(name: str, parent: str | None = None) -> Place:
    return Place(Sgln(gln(1), name), name, None, Sgln(gln(1), parent) if parent else None)


def test_a_product_is_registered_and_then_described_anew(aws: Aws) -> None:
    first = keep_product(PRODUCT, None, products=ProductStore())
    second = keep_product(replace(PRODUCT, name="Painless"), 1, products=ProductStore())

    assert (first.created, first.value.version) == (True, 1)
    assert (second.created, second.value.version) == (False, 2)


def test_a_gtin_stays_with_who_registered_it(aws: Aws) -> None:
    keep_product(PRODUCT, None, products=ProductStore())

    with pytest.raises(Conflict) as refusal:
        keep_product(replace(PRODUCT, owner="meddist"), None, products=ProductStore())

    assert refusal.value.code == "gtin_registered"


@pytest.mark.parametrize("expected", [None, 1, 0])
def test_what_is_there_already_is_not_written_again(expected: int | None, aws: Aws) -> None:
    keep_product(PRODUCT, None, products=ProductStore())
    before = aws.snapshot()

    again = keep_product(PRODUCT, expected, products=ProductStore())

    assert (again.created, again.value.version) == (False, 1)
    assert aws.snapshot() == before


@pytest.mark.parametrize("expected", [0, 2, 99])
def test_another_version_than_expected_is_refused(expected: int, aws: Aws) -> None:
    keep_product(PRODUCT, None, products=ProductStore())

    with pytest.raises(Stale, match="the current version is 1"):
        keep_product(replace(PRODUCT, name="New"), expected, products=ProductStore())


def test_a_version_is_expected_of_what_is_there_only(aws: Aws) -> None:
    with pytest.raises(Stale, match="there is nothing yet"):
        keep_product(PRODUCT, 1, products=ProductStore())
    with pytest.raises(Stale):
        keep_product(replace(PRODUCT), 7, products=ProductStore())


def test_an_entry_for_a_member_of_the_network_is_new(aws: Aws, at: datetime) -> None:
    Directory().add(MEDDIST, Request("op-1", "f", at))
    wanted = Party(MEDDIST.gln, MEDDIST.name, MEDDIST.roles)

    kept = keep_party(wanted, None, parties=PartyStore("acme"))
    again = keep_party(wanted, 1, parties=PartyStore("acme"))

    assert (kept.created, kept.value.member, kept.value.version) == (True, True, 1)
    assert not again.created


def test_an_entry_for_somebody_else_is_kept_too(aws: Aws) -> None:
    kept = keep_party(CLINIC, None, parties=PartyStore("acme"))

    assert kept.created
    assert kept.value == replace(CLINIC, version=1)


def test_all_parties_are_listed_once_own_entries_first(aws: Aws, at: datetime) -> None:
    for number, organisation in enumerate([ACME, MEDDIST, CITYPHARM]):
        Directory().add(organisation, Request(f"op-{number}", "f", at))
    book = PartyStore("acme")
    keep_party(CLINIC, None, parties=book)
    keep_party(replace(Party.of(MEDDIST), name="Ours"), None, parties=book)

    for limit in range(1, 7):
        names: list[str] = []
        position, pages = None, 0
        while pages == 0 or position is not None:
            found, position = parties_page(position, limit, parties=book, directory=Directory())
            assert len(found) <= limit
            names += [party.name for party in found]
            pages += 1
            assert pages < 9
        assert names == ["Ours", "Clinic", "Acme Pharma", "City Pharmacy"], limit


def test_a_place_is_part_of_a_place_that_is_known(aws: Aws) -> None:
    places = PlaceStore("acme")
    keep_place(place("A"), None, places=places)

    assert keep_place(place("B", "A"), None, places=places).created
    with pytest.raises(Malformed) as refusal:
        keep_place(place("C", "X"), None, places=places)
    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/parent", "unknown_place")]


def test_no_place_is_part_of_itself(aws: Aws) -> None:
    places = PlaceStore("acme")
    keep_place(place("A"), None, places=places)
    keep_place(place("B", "A"), None, places=places)

    for wanted in (place("A", "A"), place("A", "B")):
        with pytest.raises(Malformed) as refusal:
            keep_place(wanted, None, places=places)
        assert refusal.value.errors[0].code == "ring"


def test_places_nest_only_so_deep(aws: Aws) -> None:
    places = PlaceStore("acme")
    keep_place(place("P0"), None, places=places)
    for depth in range(1, DEEPEST_PLACE + 1):
        keep_place(place(f"P{depth}", f"P{depth - 1}"), None, places=places)

    with pytest.raises(Malformed) as refusal:
        keep_place(place("P9", "P8"), None, places=places)

    assert refusal.value.errors[0].code == "too_deep"


def test_keeping_survives_every_fault(aws: Aws) -> None:
    book, places = PartyStore("acme"), PlaceStore("acme")
    keep_place(place("A"), None, places=places)
    keep_product(PRODUCT, None, products=ProductStore())
    renamed = replace(PRODUCT, name="New")
    cases = [
        Case("rename", lambda: keep_product(renamed, 1, products=ProductStore()).value),
        Case("add a party", lambda: keep_party(CLINIC, 0, parties=book).value),
        Case("add a place", lambda: keep_place(place("B", "A"), None, places=places).value),
    ]

    for case in cases:
        assert survives_everything(case, aws) > 20
