"""EPCIS as JSON-LD: events stand alone after reading, no digit is lost, hostile texts end early."""

import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis import json_format
from chalicelib.epcis.document import EpcisDocument, Kind
from chalicelib.epcis.json_format import CONTEXT, read, read_event, write, write_event
from chalicelib.epcis.json_text import dumps
from chalicelib.errors import Malformed

EVENT = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:x:1"]}


def document(*events: Any, **more: Any) -> bytes:
    body = {"epcisBody": {"eventList": list(events)}}
    head = {"@context": [CONTEXT, {"ex": "http://ex.com/", "un": "http://unused.com/"}]}
    return json.dumps(
        {**head, "type": "EPCISDocument", "schemaVersion": "2.0", **body, **more}
    ).encode()


def test_an_event_carries_the_prefixes_that_it_uses_and_no_others() -> None:
    plain, own = read(document(EVENT, EVENT | {"ex:note": "n"})).events

    assert "@context" not in plain
    assert own == {"@context": {"ex": "http://ex.com/"}, **EVENT, "ex:note": "n"}


def test_a_prefix_in_a_value_is_a_use() -> None:
    (event,) = read(document(EVENT | {"bizStep": "ex:polishing"})).events

    assert event["@context"] == {"ex": "http://ex.com/"}


def test_addresses_of_other_contexts_stay_with_the_event_and_are_not_fetched() -> None:
    source = document(EVENT, **{"@context": [CONTEXT, "https://ex.com/c.jsonld"]})

    (event,) = read(source).events

    assert event["@context"] == ["https://ex.com/c.jsonld"]


def test_the_header_and_master_data_are_read() -> None:
    data = {"vocabularyList": [{"type": "urn:v", "vocabularyElementList": [{"id": "urn:e"}]}]}
    found = read(document(EVENT, sender="urn:s", epcisHeader={"epcisMasterData": data}))

    assert found.header == {"sender": "urn:s"}
    assert found.vocabularies == tuple(data["vocabularyList"])


def test_results_of_a_query_are_read() -> None:
    results = {"queryName": "q", "resultsBody": {"eventList": [EVENT]}}
    body = {"queryResults": results}

    found = read(document(**{"type": "EPCISQueryDocument", "epcisBody": body}))

    assert (found.kind, found.results, list(found.events)) == (
        Kind.RESULTS, {"queryName": "q"}, [EVENT],
    )  # fmt: skip


@pytest.mark.parametrize("digits", ["1.10", "12345678901234567890.5", "1e-9", "7"])
def test_no_digit_of_a_number_is_lost(digits: str) -> None:
    event = read_event(f'{{"type": "ObjectEvent", "ex:n": {digits}}}'.encode())

    again = read_event(write_event(event))

    assert again["ex:n"] == Decimal(digits)
    assert again == {**event}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"[]", "type"),
        (b'{"type": "Other"}', "type"),
        (b'{"type": "EPCISDocument"}', "missing"),
        (b'{"type": "EPCISDocument", "epcisBody": {"eventList": {}}}', "type"),
        (b'{"type": "EPCISDocument", "epcisBody": {"eventList": [1]}}', "type"),
    ],
)
def test_what_is_no_document_is_refused_with_its_reason(source: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        list(read(source).events)

    assert refused.value.errors[0].code == code


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_nothing_but_our_own_refusals_comes_out(source: bytes) -> None:
    try:
        list(read(source).events)
    except Malformed:
        return


values = st.recursive(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=8)
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-999, max_value=999),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.lists(values, max_size=4))
def test_what_is_written_is_read_again(notes: list[Any]) -> None:
    events = [{"@context": {"ex": "http://ex.com/"}, **EVENT, "ex:n": note} for note in notes]
    made = EpcisDocument(events=events, created="2026-11-01T08:00:00Z")

    again = read(b"".join(write(made)))

    assert list(again.events) == events
    assert again.created == made.created


def test_results_have_their_master_data_and_extensions_beside_the_events() -> None:
    made = EpcisDocument(
        events=[EVENT],
        kind=Kind.RESULTS,
        header={"ex:note": "n"},
        vocabularies=({"type": "urn:v"},),
        namespaces={"ex": "http://ex.com/"},
    )

    raw = b"".join(write(made))
    again = read(raw)

    assert json.loads(raw)["epcisBody"]["queryResults"]["resultsBody"]["vocabularyList"]
    assert (again.header, again.vocabularies) == (made.header, made.vocabularies)
    assert again.results == {"queryName": "SimpleEventQuery"}


def test_results_are_written_as_the_standard_nests_them() -> None:
    made = EpcisDocument(events=[EVENT], kind=Kind.RESULTS, results={"queryName": "q"})

    again = json.loads(b"".join(write(made)))

    assert again["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == [EVENT]
    assert list(read(b"".join(write(made))).events) == [EVENT]


VOCAB = {"@vocab": "http://vocab.example/", "ex": "http://ex.com/", "un": "http://unused.com/",
         "ex:seen": {"@type": "xsd:date"}, "un:seen": {"@type": "xsd:date"}}  # fmt: skip


def test_keywords_and_terms_of_a_context_stay_with_the_events_that_use_them() -> None:
    source = document(EVENT, EVENT | {"ex:seen": "2026-11-01"}, **{"@context": [CONTEXT, VOCAB]})

    plain, own = read(source).events

    assert plain["@context"] == {"@vocab": "http://vocab.example/"}
    assert own["@context"] == {name: VOCAB[name] for name in ("@vocab", "ex", "ex:seen")}
    assert read_event(write_event(own)) == own


def test_a_prefix_may_be_bound_by_an_object() -> None:
    bound = {"ex": {"@id": "http://ex.com/", "@prefix": True}}

    (event,) = read(document(EVENT | {"ex:a": 1}, **{"@context": [CONTEXT, bound]})).events

    assert event["@context"] == {"ex": "http://ex.com/"}


def test_what_others_put_into_the_body_stays_with_the_document() -> None:
    body = {"eventList": [EVENT], "ex:note": "n"}
    found = read(document(epcisBody=body, **{"ex:top": 1}))

    assert found.header == {"ex:note": "n", "ex:top": 1}
    assert read(b"".join(write(found))).header == found.header


BUSINESS = {
    "HeaderVersion": "1.0",
    "Sender": {"Identifier": {"@Authority": "SGLN", "#text": "urn:s"}},
    "Receiver": [{"Identifier": "urn:r1"}, {"Identifier": "urn:r2"}],
    "DocumentIdentification": {"Standard": "EPCglobal", "InstanceIdentifier": "i1"},
}


@pytest.mark.parametrize("bound", [{}, {"sbdh": "http://other.example/"}])
def test_a_business_document_header_is_written_whole_and_in_the_fields_of_2_0(
    bound: dict[str, str],
) -> None:
    made = EpcisDocument(events=[EVENT], header={"sbdh": BUSINESS}, namespaces=bound)

    raw = b"".join(write(made))
    again = read(raw)

    assert again.header == {"sender": "urn:s", "instanceIdentifier": "i1", "sbdh": BUSINESS}
    assert again.namespaces.items() >= bound.items()
    assert json.loads(raw)["sender"] == "urn:s"


def test_a_document_of_master_data_survives_its_trip() -> None:
    element = {"id": "urn:e", "attributes": [{"id": "urn:n", "attribute": {"ex:a": "1"}}]}
    made = EpcisDocument(
        events=[],
        kind=Kind.MASTER_DATA,
        created="2026-11-01T08:00:00Z",
        header={"sbdh": BUSINESS},
        vocabularies=({"type": "urn:v", "vocabularyElementList": [element]},),
        namespaces={"ex": "http://ex.com/"},
    )

    again = read(b"".join(write(made)))

    assert (again.kind, again.created, again.vocabularies) == (
        made.kind, made.created, made.vocabularies,
    )  # fmt: skip
    assert again.header["sbdh"] == BUSINESS
    assert again.namespaces.items() >= made.namespaces.items()


def test_a_lone_vocabulary_is_a_list_of_one_and_what_is_none_stays_for_the_gate() -> None:
    for lone in ({"type": "urn:v"}, 5):
        header = {"epcisMasterData": {"vocabularyList": lone}}
        raw = json.dumps({"type": "EPCISMasterDataDocument", "epcisHeader": header})

        assert read(raw.encode()).vocabularies == (lone,)


BEHIND = {
    "type": "EPCISDocument",
    "epcisBody": {"eventList": [{**EVENT, "ex:n": 1}, EVENT], "ex:more": [1]},
    "epcisHeader": {"epcisMasterData": {"vocabularyList": [{"type": "urn:x"}]}},
    "schemaVersion": "2.0",
    "@context": {"ex": "http://ex.com/"},
}
RESULTS = {"queryName": "q", "resultsBody": {"eventList": [EVENT]}}


@pytest.mark.parametrize(
    "found",
    [
        BEHIND,
        dict(reversed(BEHIND.items())),
        {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": RESULTS}},
        {"type": "EPCISDocument", "epcisBody": {"event": EVENT}},
        {"type": "EPCISMasterDataDocument", "epcisBody": {"eventList": [EVENT]}},
    ],
)
def test_a_long_document_is_read_like_a_short_one(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = dumps(found)
    short = read(raw)

    monkeypatch.setattr(json_format, "SHORT", 0)
    long = read(io.BytesIO(raw))

    assert list(long.events) == list(short.events)
    assert replace(long, events=()) == replace(short, events=())


def test_what_is_no_event_of_a_long_document_is_refused_by_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_format, "SHORT", 0)
    events = iter(read(io.BytesIO(document(EVENT, 1))).events)

    assert next(events) == EVENT
    with pytest.raises(Malformed) as refused:
        next(events)
    assert refused.value.errors[0].pointer == "/epcisBody/eventList/1"
