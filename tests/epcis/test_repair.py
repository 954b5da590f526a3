"""The tolerant mode for EPCIS 1.x."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.faults import MOST_FAULTS
from chalicelib.epcis.gates import check_event
from chalicelib.epcis.repair import Repair, Repaired, repair, repair_header
from chalicelib.epcis.shape import FIELDS
from tests.epcis.samples import events, json_like, resolves
from tests.epcis.test_shape import OBJECT

ITEM = "urn:epc:id:sgtin:0614141.812345.1"
LINK = "https://id.gs1.org/01/80614141123458/21/1"
LOT = "urn:epc:class:lgtin:4012345.012345.L1"


def repaired(**change: Any) -> Repaired:
    return repair(OBJECT | change, "1.2")


@pytest.mark.parametrize(
    ("change", "code", "made"),
    [
        ({"eventTime": " 2016-03-15T10:11:12Z\n"}, "time", {"eventTime": "2016-03-15T10:11:12Z"}),
        ({"eventTimeZoneOffset": "Z"}, "time_zone", {"eventTimeZoneOffset": "+00:00"}),
        ({"action": "add"}, "word", {"action": "ADD"}),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:Shipping"}, "word", {"bizStep": "shipping"}),
        ({"disposition": "In Transit"}, "word", {"disposition": "in_transit"}),
        ({"epcList": [f" {ITEM}\t"]}, "spelling", {"epcList": [ITEM]}),
        ({"epcList": ITEM}, "list", {"epcList": [ITEM]}),
        ({"epcList": [ITEM, LINK]}, "duplicate", {"epcList": [ITEM]}),
        ({"epcList": [ITEM, "", ITEM]}, "empty", {"epcList": [ITEM]}),
        (
            {"quantityList": [{"epcClass": LOT, "quantity": " 10 "}]},
            "number",
            {"quantityList": [{"epcClass": LOT, "quantity": 10}]},
        ),
        (
            {"quantityList": [{"epcClass": LOT, "quantity": {"@value": "2.50"}, "uom": " KGM"}]},
            "number",
            {"quantityList": [{"epcClass": LOT, "quantity": Decimal("2.50"), "uom": "KGM"}]},
        ),
        ({"eventID": "\n0f2c1d3e-0000-4000-8000-00000000000a"}, "spelling", None),
        (
            {"bizTransactionList": [{"type": "urn:epcglobal:cbv:btt:PO", "bizTransaction": ITEM}]},
            "word",
            {"bizTransactionList": [{"type": "po", "bizTransaction": ITEM}]},
        ),
    ],
)
def test_what_can_mean_only_one_thing_is_put_right_and_told(
    change: dict[str, Any], code: str, made: dict[str, Any] | None
) -> None:
    found = repaired(**change)

    assert found.faults == []
    assert code in {each.code for each in found.repairs}
    assert made is None or found.event == OBJECT | made


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        ("bizStep", ""),
        ("disposition", " "),
        ("readPoint", {}),
        ("bizLocation", {"id": ""}),
        ("ilmd", {}),
        ("eventID", ""),
    ],
)
def test_a_field_that_says_nothing_is_left_out(field: str, empty: Any) -> None:
    found = repaired(**{field: empty})

    assert (found.event, found.faults) == (OBJECT, [])
    assert "empty" in {each.code for each in found.repairs}


def test_a_field_in_other_case_is_that_field() -> None:
    event = {name: value for name, value in OBJECT.items() if name != "epcList"}
    found = repair(event | {"EPClist": [f" {ITEM}"]}, "1.2")

    assert (found.event, found.faults) == (OBJECT, [])
    told = [(each.pointer, each.code) for each in found.repairs]
    assert told == [("/EPClist", "field"), ("/EPClist/0", "spelling")]


@pytest.mark.parametrize("name", ["epcList", "bizStep"])
def test_a_field_that_two_names_could_mean_stays_at_fault(name: str) -> None:
    found = repaired(**{name.upper(): [], name.lower(): []})

    assert (found.repairs, len(found.faults)) == ([], 2)


def test_an_offset_that_only_the_time_tells_is_taken_from_there() -> None:
    event = OBJECT | {"eventTime": "2016-03-15T10:11:12-0500"}
    del event["eventTimeZoneOffset"]

    found = repair(event, "1.1")

    assert found.event["eventTimeZoneOffset"] == "-05:00"
    assert [each.code for each in found.repairs] == ["time", "time_zone"]


def test_a_repair_says_what_was_found_and_what_it_was_taken_as() -> None:
    message = "found 'add', took it as 'ADD'"

    assert repaired(action="add").repairs == [Repair("/action", "word", "add", "ADD", message)]


def test_what_is_left_out_is_said_so() -> None:
    found = repaired(epcList=[ITEM, LINK])

    message = f"found '{LINK}', left it out"
    assert found.repairs == [Repair("/epcList/1", "duplicate", LINK, None, message)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"eventTime": "2016-03-15T10:11:12"}, "/eventTime"),
        ({"eventTimeZoneOffset": "05:00"}, "/eventTimeZoneOffset"),
        ({"bizStep": "polishing"}, "/bizStep"),
        (
            {"bizTransactionList": [{"type": "po", "bizTransaction": "4711"}]},
            "/bizTransactionList/0/bizTransaction",
        ),
        ({"quantityList": [{"epcClass": LOT, "quantity": "1,000"}]}, "/quantityList/0/quantity"),
        (
            {"quantityList": [{"epcClass": LOT, "quantity": 1, "uom": "kg"}]},
            "/quantityList/0/uom",
        ),
        ({"quantityList": [{"quantity": 1}]}, "/quantityList/0/epcClass"),
        ({"epcList": ["urn:epc:id:sscc:0614141.1"]}, "/epcList/0"),
        ({"SAPExtension": {"a": 1}}, "/SAPExtension"),
        ({"bizLocation": {"acme": 1}}, "/bizLocation/id"),
    ],
)
def test_what_could_mean_two_things_stays_at_fault(change: dict[str, Any], pointer: str) -> None:
    found = repaired(**change)

    assert found.event == OBJECT | change
    assert found.repairs == []
    assert pointer in {fault.pointer for fault in found.faults}


def test_an_event_of_epcis_2_is_not_repaired() -> None:
    event = OBJECT | {"action": "add"}

    assert repair(event, "2.0") == Repaired(event, [], check_event(event))


def test_an_extension_is_never_touched() -> None:
    event = OBJECT | {"@context": {"a": "urn:a:"}, "a:x": " x ", "action": "add"}

    assert repair(event, "1.2").event["a:x"] == " x "


def test_a_hundred_thousand_blanks_are_put_right_and_a_hundred_told() -> None:
    epcs = [f"urn:epc:id:sgtin:0614141.812345.{number} " for number in range(100_000)]
    found = repaired(epcList=epcs, bizStep="Shipping")

    assert (found.faults, len(found.repairs)) == ([], MOST_FAULTS)
    assert found.event["bizStep"] == "shipping"


def test_no_published_event_that_is_valid_is_touched() -> None:
    touched = [
        name
        for name, event in events().items()
        if not check_event(event) and repair(event, "1.2") != Repaired(event, [], [])
    ]

    assert touched == []


def test_the_date_of_a_document_is_put_right_like_that_of_an_event() -> None:
    found = repair_header(EpcisDocument([], version="1.2", created="2016‐03‐ 15T10:11:16Z"))

    assert found.document.created == "2016-03-15T10:11:16Z"
    assert ([each.pointer for each in found.repairs], found.faults) == (["/creationDate"], [])


@pytest.mark.parametrize(
    ("version", "created", "codes"),
    [
        ("1.2", "2016-03-15T10:11:16Z", []),
        ("1.2", "2016-03-15", ["date_time"]),
        ("1.2", "", ["missing"]),
        ("1.2", " ", ["date_time"]),
        ("2.0", "2016-03-15 10:11:16Z", ["date_time"]),
    ],
)
def test_a_document_is_left_alone_that_is_right_or_unclear(
    version: str, created: str, codes: list[str]
) -> None:
    document = EpcisDocument([], version=version, created=created)
    found = repair_header(document)

    assert (found.document, found.repairs) == (document, [])
    assert [fault.code for fault in found.faults] == codes


@settings(max_examples=100, deadline=None)
@given(
    json_like
    | st.builds(
        lambda kind, more: {**OBJECT, "type": kind, **more},
        st.sampled_from(sorted(FIELDS)),
        st.dictionaries(
            st.sampled_from(sorted({name for fields in FIELDS.values() for name in fields})),
            json_like,
            max_size=4,
        ),
    )
)
def test_repair_never_raises_changes_nothing_given_and_is_done_once(event: Any) -> None:
    before = deepcopy(event)
    found = repair(event, "1.2")

    assert repr(event) == repr(before)
    assert all(resolves(each.pointer, event) for each in found.repairs)
    again = repair(found.event, "1.2")
    assert again.repairs == []
    assert again.faults == found.faults
