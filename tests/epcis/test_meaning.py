"""The second gate: what cannot be so."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.epcis.meaning import check

ITEM = "urn:epc:id:sgtin:0614141.812345.6789"
ITEM_LINK = "https://id.gs1.org/01/80614141123458/21/6789"
CASE = "urn:epc:id:sscc:0614141.1234567890"
CASE_LINK = "https://acme.example/00/106141412345678908"
LOT = "urn:epc:class:lgtin:4012345.012345.L1"


def told(**event: Any) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in check(event)}


def linked(action: str, **more: Any) -> dict[str, Any]:
    return {"type": "AggregationEvent", "action": action, **more}


@pytest.mark.parametrize("action", ["ADD", "DELETE"])
def test_adding_and_removing_need_a_parent(action: str) -> None:
    assert told(**linked(action)) == {"/parentID": "missing"}


def test_observing_needs_no_parent() -> None:
    assert told(**linked("OBSERVE", childEPCs=[ITEM])) == {}


def test_an_item_in_two_spellings_is_one_item() -> None:
    assert told(epcList=[ITEM, CASE, ITEM_LINK]) == {"/epcList/2": "duplicate"}


def test_a_container_is_not_in_itself() -> None:
    found = told(**linked("ADD", parentID=CASE, childEPCs=[ITEM, CASE_LINK]))

    assert found == {"/childEPCs/1": "own_parent"}


def test_an_item_with_an_impossible_key_is_refused_where_it_stands() -> None:
    assert told(epcList=[ITEM, "https://id.gs1.org/01/80614141123459/21/1"]) == {
        "/epcList/1": "check_digit"
    }


def test_classes_and_single_things_do_not_change_places() -> None:
    found = told(epcList=[LOT], quantityList=[{"epcClass": ITEM}, {"epcClass": LOT}])

    assert found == {"/epcList/0": "kind", "/quantityList/0/epcClass": "kind"}


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({}, {}),
        ({"quantity": 3}, {}),
        ({"quantity": 3.0}, {}),
        ({"quantity": Decimal("3.00")}, {}),
        ({"quantity": Decimal("1e999999999")}, {}),
        ({"quantity": 2.5, "uom": "KGM"}, {}),
        ({"quantity": 2.5}, {"/quantityList/0/quantity": "value"}),
        ({"quantity": Decimal("2.5")}, {"/quantityList/0/quantity": "value"}),
        ({"quantity": 0}, {"/quantityList/0/quantity": "value"}),
        pytest.param({"quantity": -(10**5000)}, {"/quantityList/0/quantity": "value"}, id="huge"),
        ({"uom": "KGM"}, {"/quantityList/0/uom": "requisite"}),
    ],
)
def test_a_quantity_is_positive_and_whole_without_a_unit(
    element: dict[str, Any], expected: dict[str, str]
) -> None:
    assert told(quantityList=[{"epcClass": LOT, **element}]) == expected


@pytest.mark.parametrize(
    ("event", "pointer", "code"),
    [
        ({"eventTime": "2919-05-17T08:30:00Z"}, "/eventTime", "value"),
        ({"readPoint": {"id": "urn:epc:id:sgln:0614141.1.0"}}, "/readPoint/id", "syntax"),
        (
            {"sourceList": [{"source": "https://id.gs1.org/417/0614141000013"}]},
            "/sourceList/0/source",
            "check_digit",
        ),
        ({"parentID": LOT}, "/parentID", "kind"),
        (
            {"bizTransactionList": [{"bizTransaction": "urn:epcglobal:cbv:bt:456"}]},
            "/bizTransactionList/0/bizTransaction",
            "syntax",
        ),
        ({"transformationID": "urn:epc:id:gdti:0614141.1.1"}, "/transformationID", "syntax"),
        (
            {"eventID": "urn:a:1", "errorDeclaration": {"correctiveEventIDs": ["urn:a:1"]}},
            "/errorDeclaration/correctiveEventIDs/0",
            "own_correction",
        ),
        (
            {"persistentDisposition": {"set": ["recalled"], "unset": ["recalled"]}},
            "/persistentDisposition/unset/0",
            "contradiction",
        ),
        (
            {
                "sensorElementList": [
                    {"sensorReport": [{"minValue": 9, "maxValue": Decimal("8.5")}]}
                ]
            },
            "/sensorElementList/0/sensorReport/0/minValue",
            "value",
        ),
        (
            {
                "sensorElementList": [
                    {
                        "sensorMetadata": {
                            "startTime": "2026-11-25T08:30:00+01:00",
                            "endTime": "2026-11-25T07:29:00Z",
                        },
                        "sensorReport": [{}],
                    }
                ]
            },
            "/sensorElementList/0/sensorMetadata/endTime",
            "value",
        ),
    ],
)
def test_what_cannot_be_so_is_told(event: dict[str, Any], pointer: str, code: str) -> None:
    assert told(**event) == {pointer: code}


@pytest.mark.parametrize(
    "id_", ["urn:epcglobal:cbv:bt:9524141000029:a:1", "http://acme.example/po/1"]
)
def test_an_id_of_a_document_needs_no_check_digit(id_: str) -> None:
    assert told(bizTransactionList=[{"bizTransaction": id_}]) == {}


def test_no_rule_reads_a_field_that_is_at_fault_already() -> None:
    assert check({"epcList": [1], "quantityList": 2}, frozenset({"epcList", "quantityList"})) == []


def test_the_offset_of_the_time_and_of_the_place_may_differ() -> None:
    assert told(eventTime="2026-11-25T08:30:00Z", eventTimeZoneOffset="+05:30") == {}


def test_a_declaration_may_be_older_than_the_wrong_time_it_corrects() -> None:
    declared = {"declarationTime": "2026-11-25T08:30:00Z"}

    assert told(eventTime="2029-11-25T08:30:00Z", errorDeclaration=declared) == {}
