"""EPCIS as XML: the events of every version, and hostile documents that end early."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.document import EpcisDocument, Kind
from chalicelib.epcis.formats import read as read_any
from chalicelib.epcis.xml_reader import read
from chalicelib.errors import Malformed
from tests.shared_data import FOLDER, path

BROKEN = {
    "amerisourcebergen-complex-sample.xml": "xml",  # the quotation marks of its first line differ
    "epcis_1.2.master_data_sample.xml": "type",  # a part of a document
    "epcis_1.2.master_data_sample__1.xml": "type",
    "masterdata_all_possible_fields.xml": "dtd",
}
"""Files that are no documents we take, with the code of our refusal."""


def document(events: str, head: str = "", version: str = "1.2") -> bytes:
    space = "urn:epcglobal:epcis:xsd:1" if version < "2" else "urn:epcglobal:epcis:xsd:2"
    return (
        f'<e:EPCISDocument xmlns:e="{space}" xmlns:ex="http://ex.com/" '
        f'xmlns:cbvmda="urn:epcglobal:cbv:mda" schemaVersion="{version}" '
        f'creationDate="2026-11-01T08:00:00Z">{head}<EPCISBody><EventList>{events}'
        "</EventList></EPCISBody></e:EPCISDocument>"
    ).encode()


OBJECT_1_2 = """
<ObjectEvent><eventTime> 2026-11-01T08:00:00Z </eventTime>
<eventTimeZoneOffset>+01:00</eventTimeZoneOffset>
<baseExtension><eventID>urn:x:1</eventID><errorDeclaration>
<declarationTime>2026-11-02T08:00:00Z</declarationTime>
<reason>urn:epcglobal:cbv:er:incorrect_data</reason>
<correctiveEventIDs><correctiveEventID>urn:x:2</correctiveEventID></correctiveEventIDs>
</errorDeclaration></baseExtension>
<epcList><epc>urn:epc:id:sgtin:0614141.107346.2017</epc></epcList><action>ADD</action>
<bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
<disposition>urn:epcglobal:cbv:disp:active</disposition>
<readPoint><id>urn:epc:id:sgln:0614141.00777.0</id></readPoint>
<bizTransactionList>
<bizTransaction type="urn:epcglobal:cbv:btt:po">urn:po:1</bizTransaction>
</bizTransactionList>
<extension><quantityList><quantityElement><epcClass>urn:epc:class:lgtin:4012345.012345.998877
</epcClass><quantity>200.50</quantity><uom>KGM</uom></quantityElement></quantityList>
<sourceList><source type="urn:epcglobal:cbv:sdt:owning_party">urn:s</source></sourceList>
<ilmd><cbvmda:lotNumber>L1</cbvmda:lotNumber></ilmd></extension>
<ex:note kind="a">text<ex:inner>1</ex:inner><ex:inner>2</ex:inner></ex:note></ObjectEvent>
"""


def test_an_event_of_1_2_is_the_event_that_2_0_makes_of_it() -> None:
    (event,) = read(document(OBJECT_1_2)).events

    quantity = event["quantityList"][0]
    assert str(quantity.pop("quantity")) == "200.50"
    assert event == {
        "@context": {"ex": "http://ex.com/"},
        "type": "ObjectEvent",
        "eventTime": "2026-11-01T08:00:00Z",
        "eventTimeZoneOffset": "+01:00",
        "eventID": "urn:x:1",
        "errorDeclaration": {
            "declarationTime": "2026-11-02T08:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:x:2"],
        },
        "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"],
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:po:1"}],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "uom": "KGM"}],
        "sourceList": [{"type": "owning_party", "source": "urn:s"}],
        "ilmd": {"cbvmda:lotNumber": "L1"},
        "ex:note": {"@kind": "a", "ex:inner": ["1", "2"], "#text": "text"},
    }


def test_an_event_inside_the_layers_of_1_2_is_found() -> None:
    inner = "<TransformationEvent><eventTime>t</eventTime></TransformationEvent>"

    events = read(document(f"<extension>{inner}</extension><extension><extension>{inner}"
                           "</extension></extension>")).events  # fmt: skip

    assert [event["type"] for event in events] == ["TransformationEvent"] * 2


def test_a_quantity_event_of_1_0_becomes_what_replaced_it() -> None:
    (event,) = read(
        document("<QuantityEvent><epcClass>urn:c</epcClass><quantity>7</quantity></QuantityEvent>")
    ).events

    assert event == {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "quantityList": [{"epcClass": "urn:c", "quantity": 7}],
    }


def test_the_header_is_there_before_the_events_are_read() -> None:
    head = """<EPCISHeader><s:StandardBusinessDocumentHeader
    xmlns:s="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">
    <s:Sender><s:Identifier Authority="SGLN">urn:a</s:Identifier></s:Sender>
    </s:StandardBusinessDocumentHeader><extension><EPCISMasterData><VocabularyList>
    <Vocabulary type="urn:v"><VocabularyElementList><VocabularyElement id="urn:e">
    <attribute id="urn:n">Name</attribute><children><id>urn:c</id></children>
    </VocabularyElement></VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData>
    </extension><ex:statement><ex:affirm>true</ex:affirm></ex:statement></EPCISHeader>"""

    found = read(document("<ObjectEvent/>", head))

    assert found.header == {
        "sbdh": {"Sender": {"Identifier": {"@Authority": "SGLN", "#text": "urn:a"}}},
        "ex:statement": {"ex:affirm": "true"},
    }
    assert found.namespaces == {"ex": "http://ex.com/"}
    element = {"id": "urn:e", "attributes": [{"id": "urn:n", "attribute": "Name"}]}
    assert found.vocabularies == (
        {"type": "urn:v", "vocabularyElementList": [element | {"children": ["urn:c"]}]},
    )


def test_sensor_data_are_fields_and_numbers() -> None:
    sensor = """<sensorElementList><sensorElement><sensorMetadata time="2026-11-01T08:00:00Z"/>
    <sensorReport type="gs1:Temperature" value="2.50" uom="CEL" booleanValue="true" ex:v="1"/>
    </sensorElement></sensorElementList>"""

    (event,) = read(document(f"<ObjectEvent>{sensor}</ObjectEvent>", version="2.0")).events

    (report,) = event["sensorElementList"][0]["sensorReport"]
    assert str(report.pop("value")) == "2.50"
    assert report == {"type": "Temperature", "uom": "CEL", "booleanValue": True, "ex:v": "1"}


LAUGHS = """<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY x SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "xml"),
        (b"<a/>", "type"),
        (b"<EPCISDocument>", "xml"),
        (LAUGHS.encode() + document("<ObjectEvent><action>&x;&b;</action></ObjectEvent>"), "dtd"),
        (document("<ObjectEvent><ex:a>" + "<ex:a>" * 100 + "</ex:a>" * 101 + "</ObjectEvent>"),
         "too_deep"),
        (document("<ObjectEvent><ex:a>" + "<ex:a>" * 9999 + "</ex:a>" * 10000 + "</ObjectEvent>"),
         "xml"),
        (document("<ObjectEvent>&undefined;</ObjectEvent>"), "xml"),
    ],
)  # fmt: skip
def test_hostile_documents_end_early(source: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        list(read(source).events)

    assert refused.value.errors[0].code == code


@settings(max_examples=60)
@given(st.binary(max_size=80), st.integers(0, len(document(OBJECT_1_2))))
def test_nothing_but_our_own_refusals_comes_out(noise: bytes, at: int) -> None:
    whole = document(OBJECT_1_2)
    try:
        list(read(whole[:at] + noise + whole[at:]).events)
    except Malformed:
        return


def published() -> list[Path]:
    names = sorted(FOLDER.rglob("*.xml")) if FOLDER.exists() else []
    return [name for name in names if b"EPCISDocument" in name.read_bytes()[:4000]]


def test_every_published_document_is_read() -> None:
    path("gs1-epcis-examples")
    kinds, refused = set[Kind](), dict[str, str]()
    for name in published():
        try:
            found: EpcisDocument = read_any(name.read_bytes())
            assert all(event["type"] for event in found.events), name
            kinds.add(found.kind)
        except Malformed as error:
            refused[name.name] = error.errors[0].code

    assert Kind.EVENTS in kinds
    assert refused.items() <= BROKEN.items()


def test_no_attribute_binds_the_context_of_an_event() -> None:
    with pytest.raises(Malformed):
        list(read(document('<ObjectEvent context="http://evil.example/"/>')).events)


def test_an_element_does_not_change_what_type_an_event_has() -> None:
    (event,) = read(document("<ObjectEvent><type>x</type></ObjectEvent>")).events

    assert event == {"type": "ObjectEvent", "@type": "x"}


def test_a_list_of_events_in_the_header_is_not_the_one_of_the_body() -> None:
    head = "<EPCISHeader><ex:EventList/><ex:after>1</ex:after></EPCISHeader>"

    found = read(document("<ObjectEvent/>", head))

    assert found.header == {"ex:EventList": "", "ex:after": "1"}
    assert [event["type"] for event in found.events] == ["ObjectEvent"]


def test_what_has_no_place_in_a_field_stays_for_the_gates_to_refuse() -> None:
    (event,) = read(
        document(
            '<ObjectEvent><bizStep><a>1</a></bizStep><readPoint>foo</readPoint><ilmd k="1"/>'
            '<bizTransactionList><bizTransaction type="urn:t" ex:k="1">urn:a</bizTransaction>'
            "</bizTransactionList><sensorElementList><sensorElement><sensorReport><ex:a>1</ex:a>"
            "</sensorReport></sensorElement></sensorElementList></ObjectEvent>"
        )
    ).events

    assert event == {
        "@context": {"ex": "http://ex.com/"},
        "type": "ObjectEvent",
        "bizStep": {"a": "1"},
        "readPoint": {"#text": "foo"},
        "ilmd": {"@k": "1"},
        "bizTransactionList": [{"type": "urn:t", "bizTransaction": "urn:a", "@ex:k": "1"}],
        "sensorElementList": [{"sensorReport": [{"ex:a": "1"}]}],
    }


def test_fields_may_stand_in_the_namespace_of_the_document() -> None:
    (event,) = read(
        document(
            '<ObjectEvent xmlns="urn:epcglobal:epcis:xsd:1"><eventTime>t</eventTime>'
            "<epcList><epc>urn:a</epc></epcList></ObjectEvent>"
        )
    ).events

    assert event == {"type": "ObjectEvent", "eventTime": "t", "epcList": ["urn:a"]}
