"""The first gate, held against GS1's JSON Schema on every published event."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.faults import MOST_FAULTS
from chalicelib.epcis.shape import FIELDS, at_fault, check
from chalicelib.errors import FieldError
from tests.epcis.samples import events, json_like, resolves
from tests.epcis.schemas import breaches

STRICTER = {
    # The schema takes any prefix; what is bound nowhere names nothing, and cannot become XML.
    "evrythng-epcis2js/epcisDocWithXMLstartTagAndErrorDeclaration.json#0",
    "evrythng-epcis2js/event-hash-reference-document.json#0",
}
"""Events that GS1's schema takes and we do not."""

SENSOR_DATA = (
    "event-hash-openepcis/SensorDataExample.json",
    "openepcis-test-resources/2.0/json/capture/documents/SensorData_with_combined_events.json",
    "openepcis-test-resources/2.0/json/query/SensorData_with_combined_events.json",
)
MILDER = {
    # An alarm without type, which GS1's XML Schema takes and its JSON Schema does not.
    f"{name}#8"
    for name in SENSOR_DATA
}
"""Events that GS1's schema refuses and we take."""

OBJECT = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-25T08:30:00.000Z",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:0614141.812345.1"],
}
OWN = OBJECT | {"@context": {"acme": "https://acme.example/"}}


def told(event: Any) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in check(event)}


def test_every_published_event_has_the_schemas_verdict() -> None:
    differing = {
        name for name, event in events().items() if bool(check(event)) != bool(breaches(event))
    }

    assert differing == STRICTER | MILDER


def test_the_published_events_include_invalid_ones() -> None:
    assert sum(bool(check(event)) for event in events().values()) > 20


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"epcList": []}, {}),
        ({"action": "ADD", "ilmd": {"cbvmda:lotNumber": "L1"}}, {}),
        ({"acme:colour": "red"}, {}),
        ({"readPoint": {"id": "urn:acme:gate", "acme:colour": "red"}}, {}),
        ({"certificationInfo": "https://acme.example/cert"}, {}),
        ({"ilmd": {"cbvmda:lotNumber": "L1"}}, {"/ilmd": "unknown_field"}),
        ({"action": "ADD", "ilmd": {"lot": "L1"}}, {"/ilmd/lot": "unknown_field"}),
        ({"colour": "red"}, {"/colour": "unknown_field"}),
        ({"other:colour": "red"}, {"/other:colour": "unknown_prefix"}),
        ({"a/b~c": 1}, {"/a~1b~0c": "unknown_field"}),
        ({"parentID": "urn:acme:1"}, {"/parentID": "unknown_field"}),
        ({"readPoint": "urn:acme:gate"}, {"/readPoint": "type"}),
        ({"persistentDisposition": {}}, {"/persistentDisposition": "missing"}),
        ({"persistentDisposition": {"set": []}}, {"/persistentDisposition/set": "empty"}),
        ({"errorDeclaration": {}}, {"/errorDeclaration/declarationTime": "missing"}),
        ({"sensorElementList": [{}]}, {"/sensorElementList/0/sensorReport": "missing"}),
        ({"quantityList": [{"quantity": 1}]}, {"/quantityList/0/epcClass": "missing"}),
        ({"sourceList": [{"source": "urn:a:b"}]}, {"/sourceList/0/type": "missing"}),
        ({"sensorElementList": [{"sensorReport": [{"exception": "ALARM_CONDITION"}]}]}, {}),
        (
            {"sensorElementList": [{"sensorReport": [{"value": 1}]}]},
            {"/sensorElementList/0/sensorReport/0/type": "missing"},
        ),
        ({"@context": 1}, {"/@context": "type"}),
        (
            {"bizStep": "x", "disposition": "y"},
            {"/bizStep": "unknown_word", "/disposition": "unknown_word"},
        ),
    ],
)
def test_an_object_event_is_judged_field_by_field(
    change: dict[str, Any], expected: dict[str, str]
) -> None:
    assert told(OWN | change) == expected


@pytest.mark.parametrize(
    "missing", ["eventTime", "eventTimeZoneOffset", "action", "epcList", "type"]
)
def test_a_required_field_that_is_missing_is_told(missing: str) -> None:
    event = {name: value for name, value in OBJECT.items() if name != missing}

    assert told(event) == {f"/{missing}": "missing"}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"type": "AggregationEvent", "action": "ADD"}, {"/childEPCs": "missing"}),
        ({"type": "AggregationEvent", "action": "DELETE"}, {}),
        (
            {
                "type": "AggregationEvent",
                "action": "DELETE",
                "persistentDisposition": {"set": ["damaged"]},
            },
            {},
        ),
        ({"type": "AssociationEvent", "action": "DELETE"}, {"/parentID": "missing"}),
        ({"type": "TransactionEvent", "action": "DELETE"}, {"/bizTransactionList": "missing"}),
        (
            {"type": "TransformationEvent"},
            {"/inputEPCList": "missing", "/outputEPCList": "missing"},
        ),
        (
            {"type": "TransformationEvent", "inputEPCList": ["urn:a:1"]},
            {"/outputEPCList": "missing"},
        ),
        (
            {
                "type": "TransformationEvent",
                "inputEPCList": ["urn:a:1"],
                "transformationID": "urn:a:t",
            },
            {},
        ),
        ({"type": "acme:AuditEvent"}, {}),
        ({"type": "AuditEvent"}, {"/type": "unknown_word"}),
        ({"type": 7}, {"/type": "unknown_word"}),
    ],
)
def test_other_events_need_what_they_are_about(
    event: dict[str, Any], expected: dict[str, str]
) -> None:
    times = {name: OBJECT[name] for name in ("eventTime", "eventTimeZoneOffset")}

    assert told(times | event) == expected


def test_an_object_event_of_a_sensor_needs_only_the_place() -> None:
    report = [{"sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}]}]
    event = OBJECT | {"sensorElementList": report, "readPoint": {"id": "urn:acme:gate"}}
    del event["epcList"]

    assert told(event) == {}
    del event["readPoint"]
    assert told(event) == {"/epcList": "missing"}


@pytest.mark.parametrize("thing", [None, [], "ObjectEvent", 1])
def test_what_is_no_object_is_one_fault(thing: Any) -> None:
    assert told(thing) == {"": "type"}


def test_faults_tell_which_fields_they_are_in() -> None:
    faults = [FieldError("/epcList/3", "uri", ""), FieldError("", "type", "")]

    assert at_fault(faults) == {"epcList"}


NAMES = sorted({name for fields in FIELDS.values() for name in fields})


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(FIELDS)),
    st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=9), json_like, max_size=8),
)
def test_any_object_is_judged_without_an_error(name: str, event: dict[str, Any]) -> None:
    found = check({"type": name} | event)

    assert len(found) <= MOST_FAULTS
    assert all(resolves(fault.pointer, {"type": name} | event) for fault in found)
