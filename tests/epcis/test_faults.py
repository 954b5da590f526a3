"""The faults of one event."""

import pytest

from chalicelib.epcis.faults import MOST_FAULTS, Faults, described, step


def test_faults_are_told_up_to_a_bound() -> None:
    faults = Faults()
    for number in range(MOST_FAULTS + 1):
        faults.add(f"/epcList/{number}", "uri", "null", "a URI")

    assert faults.full
    assert len(faults.found) == MOST_FAULTS


def test_a_fault_says_what_was_found_and_what_was_expected() -> None:
    faults = Faults()
    faults.add("/action", "unknown_word", "'add'", "ADD")

    assert [fault.message for fault in faults.found] == ["found 'add', expected ADD"]


def test_a_step_of_a_pointer_is_escaped() -> None:
    assert step("a/b~c") + step(0) == "/a~1b~0c/0"


@pytest.mark.parametrize(
    ("value", "words_for_it"),
    [
        (None, "null"),
        (True, "true"),
        (12, "12"),
        pytest.param(10**5000, "a very large number", id="huge"),
        (1.5, "1.5"),
        ("a\n", r"'a\n'"),
        ({}, "an object"),
        ([], "a list"),
        (b"", "a bytes"),
    ],
)
def test_a_value_is_described_in_few_characters(value: object, words_for_it: str) -> None:
    assert described(value) == words_for_it
