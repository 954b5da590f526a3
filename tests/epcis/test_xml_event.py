"""Single events as XML: order, words, identifiers, and what a version has no place for."""

from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.identifiers import to_urn
from chalicelib.epcis.xml_event import CbvSpelling, losses, write_event
from chalicelib.errors import Malformed

LINK = "https://id.gs1.org/01/09506000134352/21/1"
EVENT: EventObject = {
    "ilmd": {"cbvmda:lotNumber": "7"},
    "type": "ObjectEvent",
    "quantityList": [{"epcClass": "urn:a:b", "quantity": 1.5e-7, "uom": "KGM"}],
    "bizStep": "shipping",
    "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "eventTimeZoneOffset": "+01:00",
    "recordTime": "2026-11-25T08:31:00.000+01:00",
    "eventTime": "2026-11-25T08:30:00.000+01:00",
    "epcList": [LINK],
    "disposition": "in_transit",
    "action": "OBSERVE",
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:1:2"}],
    "sourceList": [{"type": "location", "source": "https://id.gs1.org/414/9506000134352"}],
    "readPoint": {"id": "https://id.gs1.org/414/9506000134352"},
    "errorDeclaration": {
        "correctiveEventIDs": ["urn:a:b", "urn:a:c"],
        "reason": "incorrect_data",
        "declarationTime": "2026-11-26T08:30:00.000Z",
    },
}
SENSORS = [
    {
        "sensorMetadata": {"time": "2026-11-25T08:30:00Z", "ex:a": "b"},
        "sensorReport": [
            {"type": "Temperature", "value": Decimal("26.0"), "uom": "CEL", "ex:cv": 1},
            {"exception": "ALARM_CONDITION", "booleanValue": True},
            {"type": "ex:own", "component": "longitude"},
        ],
        "ex:more": {"ex:b": 1},
    }
]
EX = {"ex": "https://ns.example.com/"}


def parsed(event: EventObject, **how: Any) -> Any:
    return etree.fromstring(write_event(event, **how))


def tags(element: Any) -> list[str]:
    return [each.tag for each in element]


def test_fields_stand_in_the_order_of_2_0() -> None:
    assert " ".join(tags(parsed(EVENT))) == (
        "eventTime recordTime eventTimeZoneOffset eventID errorDeclaration epcList action bizStep"
        " disposition readPoint bizTransactionList quantityList sourceList ilmd"
    )


@pytest.mark.parametrize("version", ["1.2", "1.1"])
def test_later_fields_are_wrapped_in_1_x(version: str) -> None:
    found = parsed(EVENT, version=version)
    assert " ".join(tags(found)) == (
        "eventTime recordTime eventTimeZoneOffset baseExtension epcList action bizStep disposition"
        " readPoint bizTransactionList extension"
    )
    assert tags(found.find("baseExtension")) == ["eventID", "errorDeclaration"]
    assert tags(found.find("extension")) == ["quantityList", "sourceList", "ilmd"]


def test_a_transformation_is_wrapped_in_1_x_and_stands_free_in_2_0() -> None:
    event = {"type": "TransformationEvent", "inputEPCList": [LINK]}
    assert parsed(event).tag == "TransformationEvent"
    found = parsed(event, version="1.2")
    assert [found.tag, *tags(found)] == ["extension", "TransformationEvent"]


def test_lists_that_1_x_demands_are_there_empty() -> None:
    assert parsed({"type": "AggregationEvent"}, version="1.2").find("childEPCs") is not None
    assert parsed({"type": "AggregationEvent"}).find("childEPCs") is None
    assert parsed({"type": "ObjectEvent", "epcList": []}).find("epcList") is not None


@pytest.mark.parametrize(
    ("version", "cbv", "step", "kinds"),
    [
        ("2.0", CbvSpelling.URN, "urn:epcglobal:cbv:bizstep:", ["btt:po", "sdt:location"]),
        ("1.2", CbvSpelling.WEB_URI, "urn:epcglobal:cbv:bizstep:", ["btt:po", "sdt:location"]),
        (
            "2.0",
            CbvSpelling.WEB_URI,
            "https://ref.gs1.org/cbv/BizStep-",
            ["BTT-po", "SDT-location"],
        ),
    ],
)
def test_words_are_spelt_as_asked_and_as_urns_in_1_x(
    version: str, cbv: CbvSpelling, step: str, kinds: list[str]
) -> None:
    found = parsed(EVENT, version=version, cbv=cbv)
    assert found.findtext("bizStep") == step + "shipping"
    typed = [each.get("type") for each in found.iter("bizTransaction", "source")]
    assert [each.endswith(kind) for each, kind in zip(typed, kinds, strict=True)] == [True, True]
    disposition = found.findtext("disposition")
    assert disposition in (
        "urn:epcglobal:cbv:disp:in_transit",
        "https://ref.gs1.org/cbv/Disp-in_transit",
    )
    assert found.find(".//reason").text.endswith(("er:incorrect_data", "ER-incorrect_data"))


def test_words_of_others_stay_as_they_are() -> None:
    assert parsed(EVENT | {"bizStep": "urn:x:Shipping"}).findtext("bizStep") == "urn:x:Shipping"


def test_a_word_that_came_spelt_out_is_spelt_as_asked_too() -> None:
    event = EVENT | {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}
    assert parsed(event).findtext("bizStep") == "urn:epcglobal:cbv:bizstep:shipping"


def test_identifiers_are_spelt_as_asked() -> None:
    found = parsed(EVENT, epc=to_urn)
    assert found.findtext(".//epc") == to_urn(LINK) != LINK
    place = to_urn("https://id.gs1.org/414/9506000134352")
    assert found.findtext("readPoint/id") == place
    assert found.findtext("sourceList/source") == place
    assert found.findtext("eventID") == EVENT["eventID"]


def test_quantities_have_no_exponent() -> None:
    assert parsed(EVENT).findtext(".//quantity") == "0.00000015"


def test_a_quantity_may_be_nil() -> None:
    event = EVENT | {"quantityList": [{"epcClass": "urn:a:b", "quantity": {"@xsi:nil": "true"}}]}
    found = parsed(event).find(".//quantity")
    assert dict(found.attrib) == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}


@pytest.mark.parametrize("number", [Decimal("1E+999999"), 1e300, Decimal("NaN"), float("inf")])
def test_quantities_without_measure_are_refused(number: Any) -> None:
    with pytest.raises(Malformed) as refused:
        write_event(EVENT | {"quantityList": [{"epcClass": "urn:a:b", "quantity": number}]})
    assert refused.value.errors[0].pointer == "/quantityList/0/quantity"


def test_sensor_data_are_attributes() -> None:
    found = parsed(EVENT | {"sensorElementList": SENSORS, "@context": EX})
    element = found.find("sensorElementList/sensorElement")
    first, second, third = element.findall("sensorReport")
    assert dict(first.attrib) == {
        "type": "gs1:Temperature",
        "value": "26.0",
        "uom": "CEL",
        "{https://ns.example.com/}cv": "1",
    }
    assert dict(second.attrib) == {"exception": "gs1:ALARM_CONDITION", "booleanValue": "true"}
    assert dict(third.attrib) == {"type": "ex:own", "component": "cbv:Comp-longitude"}
    assert found.nsmap["gs1"] == "https://gs1.org/voc/"
    assert found.nsmap["cbv"] == "https://ref.gs1.org/cbv/"
    assert element.findtext("{*}more/{*}b") == "1"


def test_dispositions_that_persist_are_unset_before_they_are_set() -> None:
    value = {"set": ["completeness_verified"], "unset": ["completeness_inferred"]}
    found = parsed(EVENT | {"persistentDisposition": value}).find("persistentDisposition")
    assert tags(found) == ["unset", "set"]
    assert found.findtext("set") == "urn:epcglobal:cbv:disp:completeness_verified"


def test_extensions_stand_last_under_their_namespaces() -> None:
    event = {"@context": EX, "ex:a": ["1", "2"], "@ex:b": "3"} | EVENT
    event["readPoint"] = {"ex:c": "4", "id": "urn:a:b"}
    found = parsed(event, version="1.2")
    assert tags(found)[-2:] == ["{https://ns.example.com/}a"] * 2
    assert found.get("{https://ns.example.com/}b") == "3"
    assert tags(found.find("readPoint")) == ["id", "{https://ns.example.com/}c"]


LOST_IN_1_X = {
    "sensorElementList": SENSORS,
    "persistentDisposition": {"set": ["stolen"]},
    "certificationInfo": "urn:a:b",
}


@pytest.mark.parametrize("field", sorted(LOST_IN_1_X))
def test_what_came_with_2_0_is_refused_in_1_x_unless_it_may_be_lost(field: str) -> None:
    event = EVENT | {field: LOST_IN_1_X[field], "@context": EX}
    assert losses(event) == []
    assert [error.pointer for error in losses(event, "1.2")] == [f"/{field}"]
    with pytest.raises(Malformed) as refused:
        write_event(event, version="1.2")
    assert (refused.value.code, refused.value.errors) == ("no_xml", tuple(losses(event, "1.2")))
    assert parsed(event, version="1.2", lossy=True).find(field) is None


def test_an_event_of_a_type_that_a_version_has_not_is_lost_entirely() -> None:
    event = {"type": "AssociationEvent", "parentID": "urn:a:b"}
    assert [error.pointer for error in losses(event, "1.2")] == ["/type"]
    assert write_event(event, version="1.2", lossy=True) == b""
    assert losses(event) == []
    assert [error.pointer for error in losses({"type": ["?"]})] == ["/type"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unheard": 1}, "/unheard"),
        ({"readPoint": {"id": "urn:a:b", "unheard": 1}}, "/readPoint/unheard"),
        ({"certificationInfo": ["urn:a:b", "urn:a:c"]}, "/certificationInfo/1"),
        ({"sourceList": []}, "/sourceList"),
        ({"quantityList": [{"epcClass": "urn:a:b", "uom": "KGM"}]}, "/quantityList/0/uom"),
        ({"quantityList": [{"epcClass": "urn:a:b", "ex:a": 1}]}, "/quantityList/0/ex:a"),
        ({"persistentDisposition": {"ex:a": 1}}, "/persistentDisposition/ex:a"),
        (
            {"sensorElementList": [{"sensorReport": [{"type": ["a"]}]}]},
            "/sensorElementList/0/sensorReport/0/type",
        ),
        ({"childEPCs": ["urn:a:b"]}, "/childEPCs"),
    ],
)
def test_whatever_has_no_place_in_2_0_either_is_named(change: Any, pointer: str) -> None:
    assert [(each.pointer, each.code) for each in losses(EVENT | change)] == [(pointer, "no_xml")]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"epcList": "urn:a:b"}, "/epcList"),
        ({"epcList": [LINK, 7.0, ["x"]]}, "/epcList/2"),
        ({"readPoint": "urn:a:b"}, "/readPoint"),
        ({"quantityList": ["urn:a:b"]}, "/quantityList/0"),
        ({"bizStep": ["shipping"]}, "/bizStep"),
        ({"bizStep": "a\x00"}, "/bizStep"),
        ({"ilmd": {"cbvmda:lotNumber": "\x1b"}}, "/ilmd/cbvmda:lotNumber"),
        ({"errorDeclaration": []}, "/errorDeclaration"),
        (
            {"sensorElementList": [{"sensorReport": [{"a": 1, "@a": 2}]}]},
            "/sensorElementList/0/sensorReport/0/@a",
        ),
        ({"sensorElementList": [{"sensorReport": ["x"]}]}, "/sensorElementList/0/sensorReport/0"),
    ],
)
def test_what_is_no_event_is_refused_at_its_place(change: Any, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        write_event(EVENT | change, lossy=True)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_markup_in_texts_stays_text() -> None:
    event = EVENT | {"bizStep": "</bizStep><x/>", "epcList": ["<&>", "]]>"]}
    found = parsed(event)
    assert found.findtext("bizStep") == "</bizStep><x/>"
    assert [each.text for each in found.find("epcList")] == ["<&>", "]]>"]


def test_a_hundred_thousand_epcs_are_all_there() -> None:
    epcs = [f"urn:epc:id:sgtin:0614141.107346.{number}" for number in range(100_000)]
    found = parsed(EVENT | {"epcList": epcs})
    assert [each.text for each in found.find("epcList")] == epcs
