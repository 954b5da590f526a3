"""One door for every format: the same events, whatever they are spelled in."""

import io
from pathlib import Path

import pytest

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.formats import read, read_event
from chalicelib.errors import Malformed
from tests.epcis.test_json_format import EVENT
from tests.epcis.test_json_format import document as in_json
from tests.epcis.test_xml_reader import document as in_xml
from tests.shared_data import FOLDER, path

XML = "<ObjectEvent><epcList><epc>urn:x:1</epc></epcList><action>OBSERVE</action></ObjectEvent>"


@pytest.mark.parametrize("source", [in_json(EVENT), in_xml(XML), b"\n " + in_json(EVENT)])
def test_a_document_is_read_by_how_it_begins(source: bytes) -> None:
    assert list(read(source).events) == [EVENT]
    assert list(read(io.BytesIO(source)).events) == [EVENT]


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml; charset=utf-8"])
def test_a_document_is_read_as_what_it_was_sent_as(media_type: str) -> None:
    assert list(read(in_xml(XML), media_type).events) == [EVENT]
    with pytest.raises(Malformed):
        read(in_json(EVENT), media_type)


def test_a_bare_event_is_an_object_or_a_document_of_one() -> None:
    assert read_event(in_xml(XML)) == EVENT
    assert read_event(XML.encode()) == EVENT
    assert read_event(in_json(EVENT)) == EVENT
    with pytest.raises(Malformed):
        read_event(XML.encode() + b"<more/>")
    with pytest.raises(Malformed, match="Found 2 events"):
        read_event(in_json(EVENT, EVENT))


# GS1's examples that say the same in both formats under different names.
SAME = {
    "ErrorDeclarationAndCorrectiveEvent.xml": "ErrorDeclarationAndCorrectiveEvent.jsonld",
    "Example_9.6.1-ObjectEvent-2020_06_18a.xml": "Example_9.6.1-ObjectEvent.jsonld",
    "Example-TransactionEvent-2020_07_03y.xml": "Example-TransactionEvents-2020_07_03y.jsonld",
}

# Events that differ between the two files of a pair, whatever the format.
DIFFERENT = {
    # Its location is another one, and the XML leaves the quantity nil that is 500 in the JSON.
    ("xml/ErrorDeclarationAndCorrectiveEvent.xml", 0),
    ("xml/ErrorDeclarationAndCorrectiveEvent.xml", 1),
    # The namespace of the extension ends in a slash in the JSON alone.
    ("xml/Example_9.6.1-ObjectEvent-2020_06_18a.xml", 1),
    # The XML has an empty vehicleMasterGIAI that the JSON lacks; so in the event alone.
    ("xml/Example-TransactionEvent-2020_07_03y.xml", 1),
    ("events/TransactionEvent.xml", 0),
}


def pairs() -> list[tuple[Path, Path]]:
    gs1 = FOLDER / "gs1-epcis-examples"
    found = [(gs1 / "xml" / one, gs1 / "json" / other) for one, other in SAME.items()]
    # What is invalid is invalid in its own way in each format.
    folder = FOLDER / "openepcis-test-resources/2.0"
    for one in sorted((folder / "xml").rglob("*.xml")):
        other = (folder / "json" / one.relative_to(folder / "xml")).with_suffix(".json")
        if other.exists() and one.parent.name != "invalid":
            found.append((one, other))
    return found


def events(file: Path) -> list[EventObject]:
    source = file.read_bytes()
    return [read_event(source)] if file.parent.name == "events" else list(read(source).events)


def test_the_same_events_published_in_both_formats_are_the_same_events() -> None:
    path("openepcis-test-resources")
    differing, number = set[tuple[str, int]](), 0
    for one, other in pairs():
        for at, (first, second) in enumerate(zip(events(one), events(other), strict=True)):
            number += 1
            if event_hash(first) != event_hash(second):
                differing.add((f"{one.parent.name}/{one.name}", at))

    assert differing == DIFFERENT
    assert number > 60
