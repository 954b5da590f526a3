import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gs1.checkdigit import check_digit, ends_in_check_digit
from tests.shared_data import cases

payloads = st.text("0123456789", min_size=1, max_size=17)


def _by_the_book(payload: str) -> str:
    weighted = [int(d) * (3 if at % 2 == 0 else 1) for at, d in enumerate(reversed(payload))]
    return str((10 - sum(weighted) % 10) % 10)


@given(payloads)
def test_the_digit_is_the_one_of_the_general_specifications(payload: str) -> None:
    assert check_digit(payload) == _by_the_book(payload)


@given(payloads)
def test_every_payload_has_exactly_one_check_digit(payload: str) -> None:
    valid = [digit for digit in "0123456789" if ends_in_check_digit(payload + digit)]

    assert valid == [check_digit(payload)]


@given(payloads, st.data())
def test_every_single_wrong_digit_is_found(payload: str, data: st.DataObject) -> None:
    key = payload + check_digit(payload)
    at = data.draw(st.integers(0, len(key) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != key[at]]))

    assert not ends_in_check_digit(key[:at] + wrong + key[at + 1 :])


def test_the_vectors_of_the_syntax_dictionary_agree() -> None:
    vectors = [
        (case["input"], case["valid"])
        for case in cases("gs1-syntax-dictionary/linter_vectors.json")
        if case["linter"] == "csum" and case["input"].isdigit()
    ]

    assert len(vectors) >= 8
    assert [(text, ends_in_check_digit(text)) for text, _ in vectors] == vectors


@pytest.mark.parametrize("key", ["02345673", "416000336108", "106141412345678908"])
def test_published_keys_are_right(key: str) -> None:
    assert ends_in_check_digit(key)
