"""Documents as XML: GS1's schemas are the judges, the reader is the mirror."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.formats import read
from chalicelib.epcis.words import BIZ_STEP, DISPOSITION
from chalicelib.epcis.xml_order import ORDERS_1
from chalicelib.epcis.xml_writer import CbvSpelling, losses, write_xml
from chalicelib.errors import Malformed
from tests.epcis.samples import SETS, events
from tests.epcis.xsd import breaches
from tests.shared_data import FOLDER, path

EVENT: EventObject = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-25T08:30:00.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["https://id.gs1.org/01/09506000134352/21/1"],
    "action": "OBSERVE",
    "bizStep": "shipping",
}
CREATED = "2026-11-25T08:31:00.000Z"
SBDH = {
    "HeaderVersion": "1.0",
    "Sender": {"Identifier": {"@Authority": "GS1", "#text": "0950600013430"}},
    "Receiver": [{"Identifier": "0950600013431"}, {"Identifier": "0950600013432"}],
    "DocumentIdentification": {
        "Standard": "EPCglobal",
        "TypeVersion": "1.0",
        "InstanceIdentifier": "100",
        "Type": "Events",
        "CreationDateAndTime": CREATED,
    },
}
PLACES = {
    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
    "vocabularyElementList": [
        {
            "id": "urn:epc:id:sgln:0614141.00729.0",
            "attributes": [
                {"id": "urn:epcglobal:cbv:mda#name", "attribute": "A & B"},
                {"id": "urn:example:address", "attribute": {"ex:Address": {"City": "Ulm"}}},
            ],
            "children": ["urn:epc:id:sgln:0614141.00729.1", "urn:epc:id:sgln:0614141.00729.2"],
        }
    ],
}


def document(*listed: EventObject, **about: Any) -> EpcisDocument:
    return EpcisDocument(events=iter(listed), created=CREATED, **about)


def written(*listed: EventObject, version: str = "2.0", **about: Any) -> bytes:
    return b"".join(write_xml(document(*listed, **about), version=version))


def published(version: str) -> dict[str, EventObject]:
    """Return the events of GS1's examples whose type a version has."""
    return {
        name: event
        for name, event in events().items()
        if name.startswith("gs1-epcis-examples/json/")
        and (version == "2.0" or event["type"] in ORDERS_1)
    }


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_every_event_of_gs1s_examples_is_valid_xml_of_every_version(version: str) -> None:
    found = published(version)
    assert len(found) > 20
    for name, event in found.items():
        pieces = write_xml(document(event), version=version, lossy=True)
        assert breaches(b"".join(pieces), version) == [], name


def test_the_schemas_see_what_is_out_of_order() -> None:
    found = written(EVENT).replace(b"<action>OBSERVE</action>", b"")
    assert breaches(found, "2.0") != []


def test_nothing_of_gs1s_examples_is_lost_in_xml_of_2_0() -> None:
    assert {name: losses(event) for name, event in published("2.0").items() if losses(event)} == {}


@pytest.mark.parametrize("version", ["2.0", "1.2", "1.1"])
@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_document_with_all_its_header_is_valid(kind: Kind, version: str) -> None:
    listed = [] if kind is Kind.MASTER_DATA else [EVENT, EVENT]
    results = {"queryName": "SimpleEventQuery", "subscriptionID": "7"}
    about = {
        "kind": kind,
        "header": {"sbdh": SBDH, "ex:note": {"ex:by": "A", "@lang": "en"}},
        "vocabularies": (PLACES,),
        "namespaces": {"ex": "https://ns.example.com/"},
        "results": results if kind is Kind.RESULTS else {},
    }
    found = written(*listed, version=version, **about)
    assert breaches(found, version) == []
    root = etree.fromstring(found)
    assert etree.QName(root).localname == kind
    assert root.get("schemaVersion") == version
    assert root.get("creationDate") == CREATED
    assert len(root.findall(".//ObjectEvent")) == len(listed)
    assert root.find(".//{https://ns.example.com/}Address/City").text == "Ulm"
    assert [each.text for each in root.find(".//children")] == PLACES["vocabularyElementList"][0][
        "children"
    ]
    assert len(root.findall(".//{*}Receiver")) == 2
    assert root.find(".//{*}Sender/{*}Identifier").get("Authority") == "GS1"


def test_jsons_sender_and_receiver_become_a_business_document_header() -> None:
    header = {
        "sender": "urn:epc:id:pgln:0614141.00729",
        "receiver": "urn:epc:id:pgln:0614142.00729",
        "instanceIdentifier": "7",
    }
    found = written(EVENT, header=header)
    assert breaches(found, "2.0") == []
    root = etree.fromstring(found)
    assert [each.text for each in root.iterfind(".//{*}Identifier")] == [
        header["sender"],
        header["receiver"],
    ]
    assert root.find(".//{*}InstanceIdentifier").text == "7"


def test_results_without_the_name_of_their_query_are_those_of_the_usual_one() -> None:
    found = written(EVENT, kind=Kind.RESULTS)
    assert breaches(found, "2.0") == []
    assert etree.fromstring(found).findtext(".//queryName") == "SimpleEventQuery"


@pytest.mark.parametrize("version", ["2.0", "1.2"])
@pytest.mark.parametrize("sbdh", [{}, {"sbdh": SBDH}])
def test_elements_of_others_stand_where_the_schema_has_room(version: str, sbdh: Any) -> None:
    about = {"header": sbdh | {"ex:a": "1"}, "namespaces": {"ex": "https://ns.example.com/"}}
    found = written(EVENT, version=version, **about)
    assert breaches(found, version) == []
    assert etree.fromstring(found).findtext(".//{*}a") == "1"


def test_a_header_with_its_master_data_comes_back_as_it_was() -> None:
    about: dict[str, Any] = {
        "header": {"sbdh": SBDH, "ex:a": {"ex:b": "1"}},
        "vocabularies": (PLACES,),
        "namespaces": {"ex": "https://ns.example.com/"},
    }
    found = read(written(EVENT, version="1.2", **about))
    assert (found.header, found.vocabularies) == (about["header"], about["vocabularies"])
    assert found.namespaces == about["namespaces"]
    assert (found.created, found.kind, found.version) == (CREATED, Kind.EVENTS, "1.2")


@pytest.mark.parametrize(
    "header", [{"sbdh": SBDH, "sender": "urn:a:b"}, {"sender": "urn:a:b"}, {"id": "urn:a:b"}]
)
def test_a_header_that_xml_has_no_place_for_is_refused_unless_it_may_be_lost(
    header: dict[str, Any],
) -> None:
    with pytest.raises(Malformed) as refused:
        written(EVENT, header=header)
    assert refused.value.code == "no_xml"
    assert [error.pointer for error in refused.value.errors] == [f"/{list(header)[-1]}"]
    pieces = write_xml(document(EVENT, header=header), lossy=True)
    assert breaches(b"".join(pieces), "2.0") == []


def test_an_event_that_is_refused_is_told_by_its_place_in_the_document() -> None:
    with pytest.raises(Malformed) as refused:
        written(EVENT, EVENT | {"certificationInfo": "urn:a:b"}, version="1.2")
    assert [error.pointer for error in refused.value.errors] == [
        "/epcisBody/eventList/1/certificationInfo"
    ]


def test_pieces_come_before_the_next_event_is_asked_for() -> None:
    asked = []

    def listed() -> Iterator[EventObject]:
        for number in range(3):
            asked.append(number)
            yield EVENT

    pieces = write_xml(EpcisDocument(events=listed()))
    next(pieces)
    assert asked == []
    next(pieces)
    assert asked == [0]


def test_a_document_without_a_date_gets_one() -> None:
    found = b"".join(write_xml(EpcisDocument(events=[EVENT])))
    assert breaches(found, "2.0") == []


def test_a_prefix_of_the_header_does_not_hide_that_of_the_document() -> None:
    found = written(
        EVENT, header={"epcis:note": "x"}, namespaces={"epcis": "https://ref.gs1.org/epcis/"}
    )
    assert breaches(found, "2.0") == []
    assert etree.fromstring(found).find("{https://ref.gs1.org/epcis/}note").text == "x"


def test_events_in_a_document_of_master_data_are_refused() -> None:
    with pytest.raises(Malformed):
        written(EVENT, kind=Kind.MASTER_DATA)


def test_a_version_that_nobody_writes_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"EPCIS 1\.0"):
        next(write_xml(document(EVENT), version="1.0"))


def test_words_of_all_events_are_spelt_as_asked() -> None:
    pieces = write_xml(document(EVENT), cbv=CbvSpelling.WEB_URI)
    assert b"<bizStep>https://ref.gs1.org/cbv/BizStep-shipping<" in b"".join(pieces)


def mirrored(event: EventObject) -> EventObject:
    """Return what comes back of an event by way of XML."""
    [found] = read(written(event)).events
    return found


def readable() -> Iterator[tuple[str, EventObject]]:
    """Yield the events of all published documents, in JSON and XML, that can be read."""
    for folder in SETS:
        for file in sorted(path(folder).rglob("*")):
            if file.suffix not in {".json", ".jsonld", ".xml"}:
                continue
            try:
                listed = list(read(file.read_bytes()).events)
            except Malformed:
                continue  # schemas, other documents, documents that are broken on purpose
            for number, event in enumerate(listed):
                yield f"{file.relative_to(FOLDER)}#{number}", event


_TYPED = "names the type of a sensor element, which XML does not repeat"
UNLIKE = {
    "event-hash-openepcis/SensorDataExample.json#12": "spells BizStep in a case of its own",
    "gs1-epcis-examples/json-simple-context/SensorDataExample12.jsonld#0": _TYPED,
    "gs1-epcis-examples/json-simple-context/SensorDataExample15.jsonld#0": _TYPED,
}
"""Events whose hash tells how they were spelt in JSON, each with its reason."""


def test_published_events_have_the_same_hash_after_a_way_through_xml() -> None:
    alike, unlike, refused = 0, {}, 0
    for name, event in readable():
        if losses_or_refusal(event):
            refused += 1
        elif event_hash(mirrored(event)) == event_hash(event):
            alike += 1
        else:
            unlike[name] = event
    assert unlike.keys() == UNLIKE.keys()
    assert alike > 700
    assert refused < 30


def losses_or_refusal(event: EventObject) -> bool:
    try:
        return losses(event) != []
    except Malformed:
        return True


word = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=8)
quoted = word.map(lambda inner: f'{inner} <&> "{inner}"')


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {"epcList": st.lists(word.map("urn:a:{}".format), max_size=3)},
        optional={
            "bizStep": st.sampled_from(sorted(BIZ_STEP.words)) | word.map("urn:own:{}".format),
            "disposition": st.sampled_from(sorted(DISPOSITION.words)),
            "quantityList": st.lists(
                st.fixed_dictionaries(
                    {"epcClass": word.map("urn:a:{}".format), "quantity": st.integers(0, 10**9)}
                )
            ),
            "readPoint": st.fixed_dictionaries({"id": quoted}, optional={"ex:a": quoted}),
            "persistentDisposition": st.fixed_dictionaries({"set": st.just(["stolen"])}),
            "ilmd": st.dictionaries(st.sampled_from(["ex:a", "cbvmda:lot"]), quoted, min_size=1),
        },
    ),
    quoted,
)
def test_any_event_comes_back_as_it_was(fields: dict[str, Any], extension: str) -> None:
    event = {"@context": {"ex": "https://ns.example.com/"}, **EVENT, **fields, "ex:c": extension}
    assert mirrored(event) == event
