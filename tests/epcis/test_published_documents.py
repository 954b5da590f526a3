"""Every published document: read, judged, repaired where it is of 1.x, and written to schema."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.formats import read, read_event
from chalicelib.epcis.gates import check_event
from chalicelib.epcis.json_format import write, write_event
from chalicelib.epcis.repair import TOLERATED, repair
from chalicelib.errors import Malformed
from tests.epcis import schemas
from tests.epcis.samples import NO_JSON, SETS
from tests.shared_data import FOLDER, path

XML_SETS = (*SETS, "oliot")


def files(*suffixes: str) -> Iterator[Path]:
    path("gs1-epcis-examples")
    for folder in XML_SETS:
        for file in sorted((FOLDER / folder).rglob("*")):
            if file.suffix in suffixes:
                yield file


def documents(*suffixes: str) -> Iterator[tuple[str, EpcisDocument, list[EventObject]]]:
    for file in files(*suffixes):
        try:
            found = read(file.read_bytes())
            yield str(file.relative_to(FOLDER)), found, list(found.events)
        except Malformed:
            continue  # which may be refused is told in the tests of each format


FAULTY = {
    # A bare number is no URI, and `loading` no disposition.
    ("fastnt", "/childEPCs/0", "uri"),
    ("fastnt", "/disposition", "unknown_word"),
    # An SSCC with fifteen digits where seventeen are due.
    ("gdst-opentraceability", "/epcList/0", "syntax"),
    ("gdst-opentraceability", "/parentID", "syntax"),
    # A quantity has no extensions.
    ("gdst-opentraceability", "/inputQuantityList/0/tr:count", "unknown_field"),
    ("gdst-opentraceability", "/outputQuantityList/0/tr:count", "unknown_field"),
    # An element of nobody's, and one whose name has a capital too many.
    *(
        (folder, pointer, "unknown_field")
        for folder in ("gs1-epcis-examples", "openepcis-misc")
        for pointer in ("/myField", "/sensorElementList/0/sensorMetaData")
    ),
    # The check digit of a returnable asset does not fit; one SSCC stands there twice.
    ("openepcis-test-resources", "/epcList/0", "check_digit"),
    ("openepcis-test-resources", "/epcList/2", "duplicate"),
    # A time without seconds.
    ("openepcis-test-resources", "/errorDeclaration/declarationTime", "date_time"),
    # What is called invalid.
    ("openepcis-test-resources", "/action", "unknown_word"),
    ("openepcis-test-resources", "/eventTime", "missing"),
}
"""Faults of events in XML that remain after repair: folder, pointer, code."""


def test_published_events_in_xml_are_right_but_for_known_faults() -> None:
    found, number = set[tuple[str, str, str]](), 0
    for name, document, events in documents(".xml"):
        for event in events:
            number += 1
            for fault in repair(event, document.version).faults:
                found.add((name.partition("/")[0], fault.pointer, fault.code))

    assert found == FAULTY
    assert number > 300


def test_repair_leaves_alone_what_is_right_and_what_is_of_2_0() -> None:
    for name, document, events in documents(".xml", ".json", ".jsonld"):
        for event in events:
            faults = check_event(event)
            repaired = repair(event, document.version)
            if not faults or document.version not in TOLERATED:
                assert (repaired.event, repaired.repairs) == (event, []), name
                assert repaired.faults == faults, name


def test_every_published_document_in_json_is_read_but_one() -> None:
    refused = set()
    for file in files(".json", ".jsonld"):
        raw = file.read_bytes()
        named = re.search(rb'"type"\s*:\s*"(EPCIS\w*Document)"', raw)
        if named and str(file.relative_to(FOLDER)) not in NO_JSON:
            try:
                assert all(event["type"] for event in read(raw).events), file.name
            except Malformed as error:
                refused.add((file.name, error.errors[0].code))

    assert refused == {(NAMED_TWICE, "duplicate_key")}


def test_nothing_that_a_document_says_is_lost_on_its_way_to_json() -> None:
    for name, document, events in documents(".xml"):
        again = read(b"".join(write(replace(document, events=events))))

        assert list(again.events) == events, name
        assert again.vocabularies == document.vocabularies, name
        assert again.header.items() >= document.header.items(), name
        assert again.namespaces.items() >= document.namespaces.items(), name
        assert again.results.items() >= document.results.items(), name
        assert (again.kind, again.created) == (document.kind, document.created), name


NAMED_TWICE = "AssociationEvent-h.jsonld"
"""An event of it has two eventIDs."""


def valid() -> Iterator[tuple[Path, bytes]]:
    """Yield the JSON documents and events that GS1's schema finds valid."""
    for file in files(".json", ".jsonld"):
        raw = file.read_bytes()
        try:
            found = json.loads(raw.decode("utf-8-sig"))
        except ValueError:
            continue
        known = isinstance(found, dict) and found.get("type") in set(Kind)
        if known and file.name != NAMED_TWICE and not schemas.breaches_of(found):
            yield file, raw


def test_valid_documents_are_valid_when_they_are_written_again() -> None:
    number = 0
    for file, raw in valid():
        number += 1
        again = b"".join(write(read(raw)))
        assert schemas.breaches_of(json.loads(again)) == [], file.name
        assert list(read(again).events) == list(read(raw).events), file.name

    assert number > 120


def test_events_of_valid_documents_are_valid_alone_and_the_same() -> None:
    for file, raw in valid():
        for event in read(raw).events:
            alone = write_event(event)
            assert schemas.breaches(json.loads(alone)) == [], file.name
            assert read_event(alone) == event, file.name
