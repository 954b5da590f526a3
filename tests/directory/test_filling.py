"""Documents fill the directory and take nothing from anybody."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.directory import filling
from chalicelib.directory.filling import LARGEST, fill, judge
from chalicelib.directory.told import Filled, Source
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.masterdata import MDA, read_master_data
from chalicelib.gs1.keys import Sgln
from tests.directory.web import gln, gtin

pytestmark = pytest.mark.usefixtures("aws")

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SITE, DOCK = Sgln(gln(7)), Sgln(gln(7), "D1")
CLASS, LOCATION, PARTY = "EPCClass", "Location", "Party"


def element(uri: str, children: list[str] | None = None, **attributes: str) -> dict[str, Any]:
    listed = [{"id": MDA + name, "attribute": value} for name, value in attributes.items()]
    return {"id": uri, "attributes": listed, "children": children or []}


def filled(job: str = "j1", at: datetime = NOON, **vocabularies: Any) -> Filled:
    listed = tuple(
        {"type": f"urn:epcglobal:epcis:vtype:{kind}", "vocabularyElementList": elements}
        for kind, elements in vocabularies.items()
    )
    master = read_master_data(EpcisDocument(events=(), vocabularies=listed))
    return fill(master, Source.of(at, NOON, job), told=ToldStore("acme"))


def test_products_parties_and_places_fill_the_directory() -> None:
    done = filled(
        EPCClass=[element(gtin(1).digital_link(), regulatedProductName="Painless")],
        Party=[element(gln(8).digital_link(), name="Clinic", city="Omaha")],
        Location=[element(SITE.digital_link(), [DOCK.digital_link()], name="North")],
    )

    told = ToldStore("acme").of([gtin(1), gln(8), SITE, DOCK])
    assert (done.taken, done.kept, done.refused, done.faults) == (4, 0, 0, ())
    assert {thing: each.name for thing, each in told.items()} == {
        gtin(1): "Painless", gln(8): "Clinic", SITE: "North", DOCK: "",
    }  # fmt: skip
    assert told[DOCK].parent == SITE
    assert told[gln(8)].attributes == {"name": "Clinic", "city": "Omaha"}


def test_a_location_without_extension_tells_of_its_party_as_well() -> None:
    filled(Location=[element(SITE.digital_link(), name="North"), element(DOCK.digital_link())])

    found = ToldStore("acme").one(gln(7))
    assert found
    assert found.name == "North"


def test_what_is_said_of_a_party_itself_counts_before_what_its_place_says() -> None:
    filled(
        Location=[element(SITE.digital_link(), name="North Warehouse")],
        Party=[element(gln(7).digital_link(), name="Clinic")],
    )

    found = ToldStore("acme").one(gln(7))
    assert found
    assert found.name == "Clinic"


def test_a_repeat_says_the_same_and_an_older_document_changes_nothing() -> None:
    site = element(SITE.digital_link(), name="North")
    first = filled(Location=[site])
    again = filled(Location=[site])
    older = filled("j0", NOON.replace(year=2025), Location=[element(SITE.digital_link(), name="X")])

    found = ToldStore("acme").one(SITE)
    assert first == again == Filled(taken=1)
    assert older == Filled(kept=1)
    assert found
    assert found.name == "North"


def test_what_cannot_be_taken_is_told_with_its_place_and_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filling, "MOST", 2)
    done = filled(
        EPCClass=[
            element("urn:example:1"),
            element(gtin(1).digital_link(), name="x" * LARGEST),
            element(gtin(2).digital_link(), name="y" * 300),
            element(gtin(3).digital_link()),
        ],
        Vessel=[element("urn:example:2")],
    )

    found = ToldStore("acme").one(gtin(2))
    assert (done.taken, done.kept, done.refused, done.others) == (1, 0, 3, 1)
    assert [(each.pointer[-2:], each.code) for each in done.faults] == [
        ("id", "syntax"), ("/1", "too_large"), ("/3", "too_many"),
    ]  # fmt: skip
    assert found
    assert found.name == "y" * 200
    assert ToldStore("acme").of([gtin(1), gtin(3)]) == {}


def test_what_is_only_judged_is_not_taken() -> None:
    vocabulary = {"type": "x:Location", "vocabularyElementList": [element(SITE.digital_link()), 5]}
    master = read_master_data(EpcisDocument(events=(), vocabularies=(vocabulary,)))

    done = judge(master)

    assert (done.taken, done.refused, [each.code for each in done.faults]) == (0, 1, ["type"])
    assert ToldStore("acme").one(SITE) is None
