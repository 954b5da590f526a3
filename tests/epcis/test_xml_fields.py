"""Fields of events in XML, one by one."""

from typing import Any

import pytest
from lxml import etree

from chalicelib.epcis.eventhash import prehash
from chalicelib.epcis.xml_elements import MOST
from chalicelib.epcis.xml_fields import event_of
from chalicelib.errors import Malformed

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def read(fields: str, attributes: str = "") -> dict[str, Any]:
    source = f'<ObjectEvent xmlns:xsi="{XSI}" xmlns:x="urn:x:" {attributes}>{fields}</ObjectEvent>'
    return event_of(etree.fromstring(source), "ObjectEvent")


def quantities(quantity: str) -> list[Any]:
    element = f"<quantityElement><epcClass>urn:c</epcClass>{quantity}</quantityElement>"
    found: list[Any] = read(f"<quantityList>{element}</quantityList>")["quantityList"]
    return found


@pytest.mark.parametrize("said", ["true", "1"])
def test_a_quantity_that_is_nil_is_left_out(said: str) -> None:
    assert quantities(f'<quantity xsi:nil="{said}"/>') == [{"epcClass": "urn:c"}]


@pytest.mark.parametrize("quantity", ['<quantity xsi:nil="true">5</quantity>',
                                      '<quantity xsi:nil="false"/>'])  # fmt: skip
def test_a_quantity_that_is_only_half_nil_stays_for_the_gates_to_refuse(quantity: str) -> None:
    (found,) = quantities(quantity)

    assert isinstance(found["quantity"], dict)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("7", 7), ("-7", -7), ("1e999", "1e999"), ("x", "x"), ("", ""), ("9" * 41, "9" * 41)],
)
def test_what_is_no_number_stays_the_text_that_it_is(said: str, meant: Any) -> None:
    assert quantities(f"<quantity>{said}</quantity>")[0]["quantity"] == meant


def test_words_are_bare_only_where_they_are_spelled_exactly_so() -> None:
    right, wrong = "urn:epcglobal:cbv:bizstep:shipping", "urn:epcglobal:cbv:bizstep:Shipping"

    assert read(f"<bizStep>{right}</bizStep>")["bizStep"] == "shipping"
    assert read(f"<bizStep>{wrong}</bizStep>")["bizStep"] == wrong


def test_an_attribute_of_an_extension_hashes_as_a_field_does() -> None:
    attribute = read('<x:a x:k="1"/>')
    field = {"@context": {"x": "urn:x:"}, "type": "ObjectEvent", "x:a": {"x:k": "1"}}

    assert attribute == {**field, "x:a": {"@x:k": "1"}}
    assert prehash(attribute) == prehash(field)


def test_more_attributes_of_sensor_data_than_there_may_be_are_refused() -> None:
    attributes = " ".join(f'k{at}="1"' for at in range(MOST + 1))
    sensor = f"<sensorElement><sensorReport {attributes}/></sensorElement>"
    with pytest.raises(Malformed) as refused:
        read(f"<sensorElementList>{sensor}</sensorElementList>")

    assert refused.value.errors[0].code == "too_many_fields"
