"""Both gates, on published documents and on anything else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.document import EpcisDocument, Kind
from chalicelib.epcis.faults import MOST_FAULTS
from chalicelib.epcis.gates import check_document, check_event, check_header
from chalicelib.epcis.shape import FIELDS, check
from tests.epcis.samples import events, json_like, resolves
from tests.epcis.test_shape import OBJECT

IMPOSSIBLE = {
    # An SSCC with fifteen digits where seventeen are due.
    "gdst-opentraceability": "syntax",
    # The check digit of an SSCC or a returnable asset does not fit, or its leading zero is missing.
    "openepcis-misc": "check_digit",
    "openepcis-test-resources": "check_digit",
    # One item in several spellings, a lot as an item: made for hashing, not for a repository.
    "event-hash-ralphtro": "duplicate",
    "evrythng-epcis2js": "kind",
}


def test_published_events_of_the_right_shape_mean_something_but_for_impossible_keys() -> None:
    found = {
        (name.partition("/")[0], fault.code)
        for name, event in events().items()
        if not check(event)
        for fault in check_event(event)
    }

    allowed = set(IMPOSSIBLE.items()) | {
        ("event-hash-ralphtro", "kind"),
        ("openepcis-misc", "value"),
    }
    assert found == allowed


VALID_FOR_EPCIS = {
    # It breaks a rule of the seafood trade, or a trading partner's own, and none of EPCIS.
    "gdst-opentraceability/tests/gdst_certification_invalid_type.jsonld",
    "gdst-opentraceability/tests/gdst_event_invalid_human_welfare_policy.jsonld",
    "gdst-opentraceability/tests/gdst_farm_harvest_event_invalid.jsonld",
    "gdst-opentraceability/tests/gdst_feedmill_object_event_invalid.jsonld",
    "gdst-opentraceability/tests/gdst_fishing_event_invalid.jsonld",
    "gdst-opentraceability/tests/gdst_hatching_event_invalid.jsonld",
    "gdst-opentraceability/tests/gdst_processing_event_invalid.jsonld",
    "gdst-opentraceability/tests/gdst_vessel_invalid_country_code.jsonld",
    "gdst-opentraceability/tests/gdst_vessel_invalid_imo.jsonld",
    "openepcis-misc/event-sentry/data/events/invalid-event.json",
    # It has two URIs of certificates, as the standard allows.
    "fastnt/v2_0/Events/ObjectEvent_StringCertificationInfoArrayInvalid.json",
}


def test_every_published_document_that_is_called_invalid_is_refused() -> None:
    called = {name.partition("#")[0] for name in events() if "invalid" in name.lower()}
    refused = {name.partition("#")[0] for name, event in events().items() if check_event(event)}

    assert called - refused == VALID_FOR_EPCIS
    assert len(called & refused) == 6


def test_all_faults_of_an_event_are_told_at_once() -> None:
    event = OBJECT | {"bizStep": "x", "epcList": ["urn:epc:id:sscc:0614141.1"], "eventTime": "now"}

    assert {fault.pointer for fault in check_event(event)} == {
        "/bizStep",
        "/epcList/0",
        "/eventTime",
    }


def test_a_message_says_what_was_found_and_what_was_expected() -> None:
    faults = check_event(OBJECT | {"action": "add"})

    assert [fault.message for fault in faults] == [
        "found 'add', expected one of ADD, DELETE, OBSERVE"
    ]


def test_a_hundred_thousand_items_are_one_sound_event() -> None:
    epcs = [f"urn:epc:id:sgtin:0614141.812345.{number}" for number in range(100_000)]

    assert check_event(OBJECT | {"epcList": epcs}) == []


def test_a_document_is_judged_as_it_is_read() -> None:
    stream = iter([OBJECT, OBJECT | {"action": "add"}])
    judged = check_document(EpcisDocument(stream))

    assert next(judged) == (0, OBJECT, [])
    index, _, faults = next(judged)
    assert (index, [fault.pointer for fault in faults]) == (1, ["/action"])


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"created": "2026-11-25T08:30:00Z"}, {}),
        ({"created": "", "kind": Kind.RESULTS}, {}),
        ({"created": ""}, {"/creationDate": "missing"}),
        ({"created": "today", "kind": Kind.RESULTS}, {"/creationDate": "date_time"}),
        ({"created": "2026-11-25T08:30:00Z", "version": "3"}, {"/schemaVersion": "version"}),
        (
            {
                "created": "2026-11-25T08:30:00Z",
                "vocabularies": ({"type": "urn:a:b", "vocabularyElementList": [{}]},),
            },
            {"/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0/id": "missing"},
        ),
    ],
)
def test_a_document_is_judged_besides_its_events(
    document: dict[str, Any], expected: dict[str, str]
) -> None:
    faults = check_header(EpcisDocument([], **document))

    assert {fault.pointer: fault.code for fault in faults} == expected


NAMES = sorted({name for fields in FIELDS.values() for name in fields})
MUTATED = st.sampled_from(["epcList", "quantityList", "parentID", "eventTime", "sensorElementList"])


@settings(max_examples=100, deadline=None)
@given(
    json_like
    | st.builds(
        lambda kind, more: {**OBJECT, "type": kind, **more},
        st.sampled_from(sorted(FIELDS)),
        st.dictionaries(MUTATED | st.sampled_from(NAMES), json_like, max_size=4),
    )
)
def test_the_gates_never_raise_and_point_at_what_is_there(event: Any) -> None:
    faults = check_event(event)

    assert len(faults) <= MOST_FAULTS
    assert all(resolves(fault.pointer, event) for fault in faults)


@pytest.mark.parametrize("context", [{"urn": "http://evil.example/"}, ["urn:c", {"ni": "urn:x"}]])
def test_an_event_that_gives_all_its_uris_another_meaning_is_refused(context: Any) -> None:
    assert [fault.code for fault in check_event(OBJECT | {"@context": context})] == [
        "reserved_prefix"
    ]


def test_a_document_that_gives_all_its_uris_another_meaning_is_refused() -> None:
    document = EpcisDocument(
        events=[], created="2026-11-25T08:30:00Z", namespaces={"urn": "http://evil.example/"}
    )

    assert [(fault.pointer, fault.code) for fault in check_header(document)] == [
        ("/@context/urn", "reserved_prefix")
    ]
