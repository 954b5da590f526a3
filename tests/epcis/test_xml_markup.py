"""Elements and attributes under prefixed names: well-formed whatever a partner calls them."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chalicelib.epcis.xml_markup import Markup
from chalicelib.errors import Malformed
from tests.epcis.samples import json_like

EX = {"ex": "https://ns.example.com/"}
NS = "{https://ns.example.com/}"


def parsed(key: str, value: Any, context: Any = None) -> Any:
    """Return the element that comes of a key and a value, under the prefixes declared for it."""
    markup = Markup(EX if context is None else context)
    content = markup.element(key, value, "/x")
    return etree.fromstring(f"<r{markup.declarations()}>{content}</r>")


def code_of(value: Any, key: str = "ex:a", context: Any = None) -> str:
    with pytest.raises(Malformed) as refused:
        parsed(key, value, context)
    return refused.value.errors[0].code


def test_objects_nest_lists_repeat_and_null_is_absent() -> None:
    value = {"ex:b": ["1", 2, None], "plain": {"@unit": "KGM", "#text": "3"}, "ex:c": None}
    found = parsed("ex:a", value)[0]
    assert [each.text for each in found.findall(f"{NS}b")] == ["1", "2"]
    assert found.find("plain").get("unit") == "KGM"
    assert found.find("plain").text == "3"
    assert found.find(f"{NS}c") is None


def test_an_attribute_may_have_a_prefix() -> None:
    assert parsed("ex:a", {"@ex:unit": "KGM"})[0].get(f"{NS}unit") == "KGM"


@pytest.mark.parametrize(
    ("value", "pointer"),
    [([], "/x"), ([[1]], "/x/0"), ({"@ex:a": [1]}, "/x/@ex:a"), ({"@ex:a": {}}, "/x/@ex:a")],
)
def test_what_has_no_place_is_named(value: Any, pointer: str) -> None:
    markup = Markup(EX)
    markup.element("ex:a", value, "/x")
    assert [(error.pointer, error.code) for error in markup.lost] == [(pointer, "no_xml")]


def test_standard_prefixes_need_no_context() -> None:
    assert parsed("cbvmda:lotNumber", "7", {})[0].tag == "{urn:epcglobal:cbv:mda}lotNumber"


def test_master_data_have_their_namespace_of_xml_where_json_has_a_colon() -> None:
    context = {"cbvmda": "urn:epcglobal:cbv:mda:"}
    assert parsed("cbvmda:lot", "7", context)[0].tag == "{urn:epcglobal:cbv:mda}lot"


def test_a_context_may_be_a_list_with_addresses() -> None:
    context = ["https://example.com/context.jsonld", {"ex": "urn:a"}, EX]
    assert parsed("ex:a", "1", context)[0].tag == f"{NS}a"


def test_an_object_may_have_a_context_of_its_own() -> None:
    value = {"@context": {"ex": "urn:inner"}, "ex:b": "1"}
    found = parsed("ex:a", value)[0]
    assert found.tag == "{urn:inner}a"
    assert found[0].tag == "{urn:inner}b"


def test_a_whole_uri_as_key_gets_a_prefix() -> None:
    assert parsed("https://other.example/ns#a", "1")[0].tag == "{https://other.example/ns#}a"
    assert parsed("https://ns.example.com/a", "1")[0].tag == f"{NS}a"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("none:a", "unbound_prefix"),
        ("ex:", "xml_name"),
        ("ex:1", "xml_name"),
        ("ex:a b", "xml_name"),
        ("ex:a/><b", "xml_name"),
        ("ex:a\u00b2", "xml_name"),
        ("ex:a:b", "xml_name"),
        ("xmlns:ex", "unbound_prefix"),
        ("xmlns", "xml_name"),
    ],
)
def test_names_that_xml_does_not_allow_are_refused(key: str, code: str) -> None:
    assert code_of("1", key) == code


@pytest.mark.parametrize(
    "context",
    [
        {"ex": ""},
        {"ex": {"@id": "urn:a"}},
        {"xml": "urn:a"},
        {"ex": "http://www.w3.org/2000/xmlns/"},
        {"a b": "urn:a"},
        {"": "urn:a"},
        {"@vocab": "urn:a"},
        [None, 1, []],
    ],
)
def test_a_context_that_xml_cannot_bind_binds_nothing(context: Any) -> None:
    markup = Markup(context)
    assert etree.fromstring(f"<r{markup.declarations()}/>").nsmap == {}
    assert code_of("1", "ex:a", context) == "unbound_prefix"


@pytest.mark.parametrize(
    "value",
    [
        {"@ex:b": "1", "@same:b": "2"},
        {"@xml:lang": "en", "@x:lang": "de"},
    ],
)
def test_an_attribute_twice_is_refused(value: Any) -> None:
    same = {"same": EX["ex"], "x": "http://www.w3.org/XML/1998/namespace"}
    assert code_of(value, context=[EX, same]) == "duplicate"


@pytest.mark.parametrize("key", ["@xml:lang", "@ns0:lang"])
def test_the_language_of_a_text_needs_no_declaration(key: str) -> None:
    context = EX | {"ns0": "http://www.w3.org/XML/1998/namespace"}
    found = parsed("ex:a", {key: "en", "#text": "x"}, context)[0]
    assert dict(found.attrib) == {"{http://www.w3.org/XML/1998/namespace}lang": "en"}


@pytest.mark.parametrize("name", ["@xmlns", "@xmlns:ex"])
def test_nobody_declares_a_namespace_by_an_attribute(name: str) -> None:
    assert code_of({name: "urn:a"}) in {"xml_name", "unbound_prefix"}


@pytest.mark.parametrize(
    "uri", [":", "no scheme", "http://a:b/", "urn:x#y#z", "urn:%zz", "http://["]
)
def test_what_is_no_uri_is_no_namespace(uri: str) -> None:
    assert code_of("x", context={"ex": uri}) == "unbound_prefix"


@settings(max_examples=100)
@given(json_like, st.dictionaries(st.sampled_from(["ex", "a", "é", "1"]), json_like))
def test_whatever_a_parser_hands_over_is_refused_or_well_formed(value: Any, context: Any) -> None:
    with suppress(Malformed):
        assert parsed("ex:a", value, context).tag == "r"


def test_levels_without_end_are_refused() -> None:
    value: Any = "deep"
    for _ in range(500):
        value = {"ex:a": value}
    assert code_of(value) == "depth"


def test_a_prefix_in_use_gives_way_to_another() -> None:
    assert Markup({"epcis": "urn:a"}).free("epcis") == "epcis_"
    assert Markup({}).free("epcis") == "epcis"


def test_extensions_are_written_and_what_is_neither_they_nor_known_is_lost() -> None:
    markup = Markup(EX)
    owner = {"id": "a", "ex:a": "1", "own": "2", "@ex:b": "3"}
    assert markup.extensions(owner, {"id"}, "/x") == "<ex:a>1</ex:a>"
    assert [each.pointer for each in markup.lost] == ["/x/own", "/x/@ex:b"]


def test_an_object_without_room_for_extensions_loses_them() -> None:
    markup = Markup(EX)
    markup.nothing_but({"id": "a", "ex:a": "1"}, {"id"}, "/x")
    assert [each.pointer for each in markup.lost] == ["/x/ex:a"]
