"""Elements as JSON: names with prefixes that clash with none, and no more than a bounded number."""

from typing import Any

import pytest
from lxml import etree

from chalicelib.epcis.xml_elements import (
    DEEPEST,
    MOST,
    MOST_PREFIXES,
    Names,
    add,
    anything,
    attributes_of,
    name_of,
    unlayered,
)
from chalicelib.errors import Malformed


def element(text: str) -> Any:
    return etree.fromstring(text)


def code(refused: pytest.ExceptionInfo[Malformed]) -> str:
    return refused.value.errors[0].code


def test_what_the_standard_does_not_know_becomes_text_or_an_object() -> None:
    one = element('<a xmlns:x="urn:x" x:k="1">t<x:b>2</x:b><x:b>3</x:b> u<c/></a>')

    assert anything(one, {}, 0) == {"@x:k": "1", "x:b": ["2", "3"], "c": "", "#text": "t u"}


def test_a_prefix_that_means_something_else_already_is_replaced() -> None:
    names: Names = {}
    first = element('<x:a xmlns:x="urn:1"/>')
    other = element('<x:a xmlns:x="urn:2"/>')
    standard = element('<gs1:a xmlns:gs1="urn:mine"/>')

    found = [name_of(each.tag, each, names) for each in (first, other, standard, first)]

    assert found == ["x:a", "ns0:a", "ns1:a", "x:a"]
    assert names == {"urn:1": "x", "urn:2": "ns0", "urn:mine": "ns1"}


def test_a_prefix_that_uris_begin_with_is_replaced() -> None:
    one = element('<urn:a xmlns:urn="urn:1"/>')

    assert name_of(one.tag, one, {}) == "ns0:a"


def test_a_repeated_element_makes_a_list() -> None:
    found: dict[str, Any] = {}
    for value in ("1", "2", ["3"]):
        add(found, "a", value)

    assert found == {"a": ["1", "2", "3"]}


def test_layers_of_1_x_are_transparent() -> None:
    one = element("<a><b/><extension><c/><extension><d/></extension></extension></a>")

    assert [each.tag for each in unlayered(one)] == ["b", "c", "d"]


def attributes(number: int) -> str:
    return "<a " + " ".join(f'k{at}="1"' for at in range(number)) + "/>"


def fields(number: int) -> str:
    return "<a>" + "".join(f"<k{at}/>" for at in range(number)) + "</a>"


def spaces(number: int) -> str:
    return "<a>" + "".join(f'<k xmlns="urn:{at}"/>' for at in range(number)) + "</a>"


@pytest.mark.parametrize("made", [attributes, fields, spaces])
def test_as_many_fields_as_there_may_be_are_read_and_one_more_is_refused(made: Any) -> None:
    assert len(anything(element(made(MOST)), {}, 0)) == MOST
    with pytest.raises(Malformed) as refused:
        anything(element(made(MOST + 1)), {}, 0)

    assert code(refused) == "too_many_fields"


def test_an_element_that_binds_too_many_prefixes_is_refused() -> None:
    bound = " ".join(f'xmlns:p{at}="urn:{at}"' for at in range(MOST_PREFIXES + 1))
    with pytest.raises(Malformed) as refused:
        attributes_of(element(f'<a {bound} p1:k="1"/>'), {})

    assert code(refused) == "too_many_fields"


def test_what_nests_too_deep_is_refused() -> None:
    deep = "<a>" * DEEPEST + "<b/>" + "</a>" * DEEPEST
    anything(element(deep), {}, 0)
    with pytest.raises(Malformed) as refused:
        anything(element(f"<a>{deep}</a>"), {}, 0)

    assert code(refused) == "too_deep"
