"""Values as XML spells them: whatever comes out is well-formed, and says the same."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chalicelib.epcis.faults import described
from chalicelib.epcis.xml_text import as_list, as_object, attribute, decimal, items, scalar, text
from chalicelib.errors import Malformed

carried = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from('&<>"]\t\n\r'),
    max_size=20,
)


@settings(max_examples=100)
@given(carried)
def test_any_text_that_xml_can_carry_comes_back_as_it_was(given_text: str) -> None:
    found = etree.fromstring(
        f'<r a="{attribute(given_text, "")}">{text(given_text, "")}</r>'.encode()
    )
    assert found.get("a") == given_text
    assert (found.text or "") == given_text
    listed = etree.fromstring(f"<r>{items('i', [given_text, 'b'], '')}</r>".encode())
    assert [each.text or "" for each in listed] == [given_text, "b"]


@pytest.mark.parametrize("hostile", ["\x00", "a\x1b", "\x0b", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_carry_are_refused(hostile: str) -> None:
    for spell in (text, attribute):
        with pytest.raises(Malformed) as refused:
            spell(hostile, "/x")
        assert refused.value.errors[0].code == "xml_characters"
    with pytest.raises(Malformed) as refused:
        items("epc", ["urn:a:b", hostile], "/epcList")
    assert refused.value.errors[0].pointer == "/epcList/1"


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (-0.5, "-0.5"),
        (1e300, "1e+300"),
        (Decimal("26.10"), "26.10"),
        ("", ""),
    ],
)
def test_single_values_are_spelt_as_xml_schema_has_them(value: Any, spelt: str) -> None:
    assert scalar(value, "") == spelt


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), 1 << 9999, {1}], ids=described
)
def test_what_xml_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(Malformed) as refused:
        scalar(value, "/x")
    assert [(each.pointer, each.code) for each in refused.value.errors] == [("/x", "type")]


@pytest.mark.parametrize(
    ("number", "spelt"),
    [
        (1.5e-7, "0.00000015"),
        (Decimal("1E+3"), "1000"),
        (7, "7"),
        ("0.5", "0.5"),
        (1e15, "1" + "0" * 15),
    ],
)
def test_decimals_have_no_exponent(number: Any, spelt: str) -> None:
    found = decimal(number, "")
    assert found.removesuffix(".0") == spelt


@pytest.mark.parametrize(
    "number", [Decimal("1E+999999"), 1e300, Decimal("NaN"), Decimal("1." + "0" * 999), {}]
)
def test_decimals_without_measure_are_refused(number: Any) -> None:
    with pytest.raises(Malformed) as refused:
        decimal(number, "/x")
    assert refused.value.errors[0].code in {"number", "type"}


def test_lists_and_objects_are_what_they_should_be_or_refused() -> None:
    assert as_list([1], "") == [1]
    assert as_object({"a": 1}, "") == {"a": 1}
    for check, wrong in ((as_list, {}), (as_object, []), (as_list, "a"), (as_object, None)):
        with pytest.raises(Malformed) as refused:
            check(wrong, "/x")
        assert [(each.pointer, each.code) for each in refused.value.errors] == [("/x", "type")]
