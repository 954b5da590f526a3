import json

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gs1.refusal import LONGEST_SHOWN, refused, shown


def test_a_refusal_says_what_was_found_and_what_was_expected() -> None:
    error = refused("length", "a GTIN", "123", "14 digits")

    assert error.detail == "'123' is not a GTIN: expected 14 digits"
    assert [(e.pointer, e.code, e.message) for e in error.errors] == [
        ("", "length", "'123' is not a GTIN: expected 14 digits")
    ]


@given(st.text(st.characters(exclude_categories=()), max_size=500))
def test_whatever_was_found_can_be_shown_in_few_printable_characters(text: str) -> None:
    message = shown(text)

    assert len(message) <= LONGEST_SHOWN * 10 + 3
    assert message.isprintable()
    assert json.loads(json.dumps(message).encode("utf-8")) == message
