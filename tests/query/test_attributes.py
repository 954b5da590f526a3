"""Attributes that an organisation knows: its own names first, then what documents told."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.capture import usecases
from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.model import Party, Place
from chalicelib.directory.told import Source, Thing, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.gs1.keys import Lgtin, Sgln
from chalicelib.query.attributes import MasterData
from tests.builders import gln, gtin
from tests.harness.faults import injected
from tests.harness.network import Network
from tests.query.world import SEEN, events, settle

pytestmark = pytest.mark.usefixtures("aws")

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SITE = Sgln(gln("meddist"))
CBV = "urn:epcglobal:cbv:mda#"


def told(thing: Thing, **attributes: Any) -> str:
    ToldStore("acme").put(Told(thing, Source(NOON, NOON, "j"), "", attributes))
    return thing.digital_link()


def test_attributes_are_named_in_full_and_of_one_organisation_alone() -> None:
    told(SITE, city="Omaha", **{"https://example.com/mda/gate": "7"})

    assert MasterData("acme")(SITE.digital_link()) == {
        CBV + "city": {"Omaha"}, "https://example.com/mda#gate": {"7"},
    }  # fmt: skip
    assert MasterData("meddist")(SITE.digital_link()) == {}


def test_only_what_can_be_compared_is_a_value() -> None:
    uri = told(SITE, site=[" a ", 7, Decimal("1.50"), True, None, {"x": "y"}])

    assert MasterData("acme")(uri) == {CBV + "site": {"a", "7", "1.50", "true"}}


def test_a_lot_has_what_its_product_has_and_a_place_what_its_party_has() -> None:
    told(gtin(1), dosageFormType="TABLET", descriptionShort="Painless")
    lot = told(Lgtin(gtin(1), "L1"), descriptionShort="Painless, blue")
    told(gln("meddist"), name="MedDist", city="Omaha")

    known = MasterData("acme")
    assert known(lot) == {
        CBV + "dosageFormType": {"TABLET"}, CBV + "descriptionShort": {"Painless, blue"},
    }  # fmt: skip
    assert known(SITE.digital_link()) == {CBV + "name": {"MedDist"}, CBV + "city": {"Omaha"}}
    assert known(Sgln(gln("meddist"), "D1").digital_link()) == {}


def test_the_names_that_the_organisation_gave_come_first() -> None:
    told(SITE, name="MED DIST INC")
    PartyStore("acme").put(Party(gln("meddist"), "MedDist", ()))
    by_party = MasterData("acme")(gln("meddist").digital_link())
    PlaceStore("acme").put(Place(SITE, "Their hall"))

    assert by_party == {CBV + "name": {"MedDist"}}
    assert MasterData("acme")(SITE.digital_link()) == {CBV + "name": {"Their hall"}}


def test_many_things_are_read_together_and_once() -> None:
    shelves = [Sgln(gln("acme"), str(number)).digital_link() for number in range(1, 50)]
    known = MasterData("acme")

    with injected() as calls:
        known.load([*shelves, "urn:example:1", "shipping"])
        assert known(shelves[0]) == known("shipping") == {}
        known.load(shelves)
        known.load([])

    assert calls.made == ["dynamodb.BatchGetItem"] * 2


HALL, GATE = "urn:epc:id:sgln:9521000.00001.0", "urn:epc:id:sgln:9521000.00001.GATE"
HEADER = [
    {
        "type": "urn:epcglobal:epcis:vtype:Location",
        "vocabularyElementList": [
            {
                "id": HALL,
                "attributes": [
                    {"id": CBV + "city", "attribute": "Omaha"},
                    {"id": "urn:epcglobal:cbv:mda:site", "attribute": "http://example.com/7"},
                ],
                "children": [GATE],
            },
        ],
    }
]


def test_a_captured_header_answers_queries_for_attributes_and_for_what_is_within(
    network: Network,
) -> None:
    body = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-01T08:00:00Z",
        "epcisHeader": {"epcisMasterData": {"vocabularyList": HEADER}},
        "epcisBody": {"eventList": [SEEN]},
    }
    accepted = network.ask("acme-line", "POST", "/capture", body)
    usecases.run(accepted.headers["Location"].rpartition("/")[2])
    settle(network)
    job = network.get("acme-line", accepted.headers["Location"])
    assert job["masterData"] == {"taken": 2, "kept": 0, "refused": 0, "others": 0, "faults": []}

    def found(asked: str) -> int:
        time = "GE_eventTime=2026-10-30T00:00:00Z&LT_eventTime=2026-12-01T00:00:00Z"
        return len(events(network.ask("acme-line", "GET", f"/events?{time}&{asked}")))

    assert found("HASATTR_bizLocation=cbvmda:city") == 1
    assert found("HASATTR_bizLocation=cbvmda:street|cbvmda:site") == 1
    assert found("HASATTR_readPoint=cbvmda:city") == 0
    assert found("EQ_ATTR_bizLocation_cbvmda:city=Omaha|Paris") == 1
    assert found("EQ_ATTR_bizLocation_urn:epcglobal:cbv:mda%23city=Paris") == 0
    assert found(f"WD_readPoint={HALL}") == 1
    assert found(f"EQ_readPoint={HALL}") == 0
    shown = network.get("acme-line", f"/v1/places/{gln('acme')}/GATE")
    assert shown["parent"] == f"https://id.gs1.org/414/{gln('acme')}"
    assert shown["masterData"]["parent"] == shown["parent"]
    assert network.ask("meddist-line", "GET", f"/v1/places/{gln('acme')}/GATE").status == 404
