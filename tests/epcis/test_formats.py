"""One door for every format: the same events, whatever they are spelled in."""

import io

import pytest

from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.formats import read, read_event
from chalicelib.errors import Malformed
from tests.epcis.test_json_format import EVENT
from tests.epcis.test_json_format import document as in_json
from tests.epcis.test_xml_reader import document as in_xml
from tests.shared_data import path

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
    assert read_event(in_json(EVENT)) == EVENT
    with pytest.raises(Malformed, match="Found 2 events"):
        read_event(in_json(EVENT, EVENT))


def test_the_same_event_published_in_both_formats_is_the_same_event() -> None:
    folder = path("gs1-epcis-examples")
    xml = (folder / "xml/Example_9.6.1-ObjectEvent-2020_06_18a.xml").read_bytes()
    json = (folder / "json/Example_9.6.1-ObjectEvent.jsonld").read_bytes()

    first, second = (next(iter(read(source).events)) for source in (xml, json))

    assert event_hash(first) == event_hash(second)
