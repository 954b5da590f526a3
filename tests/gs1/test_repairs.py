import re

import pytest
from hypothesis import given

from chalicelib.gs1.elements import GS
from chalicelib.gs1.repairs import (
    LONGEST_PREFIX,
    NAMES,
    keyboards,
    spelt_out,
    split,
    with_separators,
    without_prefix,
)
from tests.gs1.strategies import hostile

# What becomes of all this is in `test_scanners`.


@given(hostile)
def test_repairs_are_few_and_each_has_its_remark(text: str) -> None:
    for repair in (list(keyboards(text)), list(spelt_out(text, NAMES))):
        assert len(repair) <= 3
        assert all(remarks for _, remarks in repair)
    for repair in (list(without_prefix(text, bare=True)), list(with_separators(text))):
        (first, remarks), *others = repair
        assert (first, remarks) == (text, ())
        assert len(others) <= LONGEST_PREFIX + 1
        assert all(remarks for _, remarks in others)


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("<RS>05<GS>S1<EOT>", "\x1e05\x1dS1\x04"),
        ("a<GS><GS>b<gs>", "a\x1db"),
        ("{FNC1}a_x001D_b", "a\x1db"),
    ],
)
def test_names_of_controls_become_controls(text: str, spelt: str) -> None:
    ((found, _),) = spelt_out(text, NAMES)

    assert found == spelt


@pytest.mark.parametrize("text", ["a|b|", "|a|b"])
def test_a_strange_sign_within_is_a_separator(text: str) -> None:
    assert ("a" + GS + "b") in [candidate for candidate, _ in with_separators(text)]


@pytest.mark.parametrize("text", ["ab|", "|ab", "a|b~c", "ab"])
def test_a_strange_sign_at_an_end_or_beside_another_is_none(text: str) -> None:
    assert [candidate for candidate, _ in with_separators(text)] == [text]


def test_a_prefix_of_element_strings_has_no_digit() -> None:
    behind = [candidate for candidate, _ in without_prefix("A1" + "0109506000134352", bare=True)]

    assert behind == ["A10109506000134352", "10109506000134352"]
    assert re.fullmatch("[0-9]+", behind[1])


def test_a_symbology_identifier_is_split_off() -> None:
    assert split("]d201") == ("]d2", "01")
    assert split("01") == ("", "01")
