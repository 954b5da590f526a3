"""Sensor data as attributes."""

from typing import Any

import pytest
from lxml import etree

from chalicelib.epcis.xml_markup import Markup
from chalicelib.epcis.xml_sensors import sensor_element
from chalicelib.errors import Malformed


def parsed(owner: Any) -> Any:
    markup = Markup({"ex": "urn:ex"})
    content = sensor_element(owner, "/s", markup)
    return etree.fromstring(f"<r{markup.declarations()}>{content}</r>")[0]


@pytest.mark.parametrize(
    ("field", "word", "spelt"),
    [
        ("type", "Temperature", "gs1:Temperature"),
        ("exception", "ALARM_CONDITION", "gs1:ALARM_CONDITION"),
        ("component", "longitude", "cbv:Comp-longitude"),
        ("type", "ex:own", "ex:own"),
        ("type", "urn:a:b", "urn:a:b"),
        ("uom", "CEL", "CEL"),
    ],
)
def test_standard_words_have_their_prefix(field: str, word: str, spelt: str) -> None:
    found = parsed({"sensorReport": [{field: word}]})
    assert dict(found[0].attrib) == {field: spelt}
    assert {"gs1", "cbv", "ex"} >= set(found.nsmap)
    if spelt != word:
        assert spelt.partition(":")[0] in found.nsmap


def test_metadata_come_before_the_reports_and_extensions_after_them() -> None:
    owner = {
        "ex:more": "1",
        "sensorReport": [{"value": 1}, {"value": 2}],
        "sensorMetadata": {"time": "2026-11-25T08:30:00Z", "ex:a": "b"},
    }
    found = parsed(owner)
    assert [etree.QName(each).localname for each in found] == [
        *("sensorMetadata", "sensorReport", "sensorReport", "more")
    ]
    assert found[0].get("{urn:ex}a") == "b"


@pytest.mark.parametrize(
    ("owner", "pointer"),
    [
        ({"sensorMetadata": []}, "/s/sensorMetadata"),
        ({"sensorReport": {"value": 1}}, "/s/sensorReport"),
        ({"sensorReport": [{}, 1]}, "/s/sensorReport/1"),
        ({"sensorReport": [{"uom": "\x00"}]}, "/s/sensorReport/0/uom"),
    ],
)
def test_what_is_no_sensor_data_is_refused_at_its_place(owner: Any, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        parsed(owner)
    assert [error.pointer for error in refused.value.errors] == [pointer]
