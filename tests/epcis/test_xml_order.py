"""The order of fields is the schemas' own."""

import pytest
from lxml import etree

from chalicelib.epcis.document import Kind
from chalicelib.epcis.words import EVENT_TYPES
from chalicelib.epcis.xml_order import (
    BASE,
    EPC_LISTS,
    ORDERS_1,
    ORDERS_2,
    QUANTITY_LISTS,
    TIMES,
    TYPED_LISTS,
    schema_of,
)
from tests.shared_data import path

XSD = "{http://www.w3.org/2001/XMLSchema}"
FILES = {"2": "xsd-2.0/EPCglobal-epcis-2_0.xsd", "1": "xsd-1.2/EPCglobal-epcis-1_2.xsd"}


def elements(file: str, kind: str) -> list[str]:
    """Return the names of the elements of a type of a schema, but for layers."""
    tree = etree.parse(str(path(f"epcis-artefacts/{file}")))
    found = tree.find(f"{XSD}complexType[@name='{kind}']")
    names = [each.get("name") for each in found.iter(f"{XSD}element")]
    return [name for name in names if name not in ("extension", "baseExtension")]


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_events_of_2_0_have_their_fields_in_the_schemas_order(kind: str) -> None:
    assert list(ORDERS_2[kind].fields) == elements(FILES["2"], f"{kind}Type")
    assert [*TIMES, *BASE] == elements(FILES["2"], "EPCISEventType")


@pytest.mark.parametrize("kind", sorted(ORDERS_1))
def test_events_of_1_2_have_theirs_at_the_root_and_in_the_extension(kind: str) -> None:
    order = ORDERS_1[kind]
    assert list(order.fields) == elements(FILES["1"], f"{kind}Type")
    assert list(order.extended) == elements(FILES["1"], f"{kind}ExtensionType")
    assert list(TIMES) == elements(FILES["1"], "EPCISEventType")
    assert list(BASE[:2]) == elements(FILES["1"], "EPCISEventExtensionType")


def test_1_x_has_no_association_event() -> None:
    assert set(ORDERS_2) - set(ORDERS_1) == {"AssociationEvent"}


def test_lists_of_epcs_quantities_and_typed_uris_are_fields_that_exist() -> None:
    known = {field for order in ORDERS_2.values() for field in order.fields}
    assert known >= EPC_LISTS | QUANTITY_LISTS | set(TYPED_LISTS)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_document_has_a_prefix_and_a_namespace_of_its_own(kind: Kind) -> None:
    prefix, namespace = schema_of(kind, "2.0")
    assert namespace.endswith(":2")
    assert schema_of(kind, "1.2") == (prefix, namespace[:-1] + "1")
