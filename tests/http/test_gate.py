import json
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed, TooLarge
from chalicelib.http.gate import MAX_BYTES, MAX_DEPTH, read_json, step


def refused(text: str | bytes) -> dict[str, str]:
    """Codes by pointer of what the gate refuses."""
    with pytest.raises(Malformed) as refusal:
        read_json(text.encode() if isinstance(text, str) else text)
    return {fault.pointer: fault.code for fault in refusal.value.errors}


# Everything that JSON can say and we let through.
_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**37), 10**37)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
)


@given(_JSON, st.booleans())
def test_what_is_plain_passes_unchanged(value, ascii_only):
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw):
    with suppress(Malformed):
        read_json(raw)


_FORBIDDEN = st.characters(categories=["Cc"], exclude_characters="\x1d") | st.just("\ud800")


@given(st.text(_FORBIDDEN, min_size=1))
def test_no_control_character_and_no_lone_surrogate_passes(text):
    assert refused(json.dumps({"a": [{"b": text}]})) == {"/a/0/b": "character"}


def test_a_whole_surrogate_pair_is_a_character():
    assert read_json(rb'["\ud83d\ude00"]') == ["😀"]


def test_an_escaped_backslash_before_a_letter_is_no_control_character():
    assert read_json(rb'["\\n", "\\u0000"]') == ["\\n", "\\u0000"]


def test_the_separator_of_scanners_passes():
    assert read_json(rb'["10L1\u001d21S1"]') == ["10L1\x1d21S1"]


def test_a_body_of_scans_may_hold_every_control_character():
    raw = rb'{"scan": "[)>\u001e06\u001dS1\u001e\u0004\r\n\u0000"}'

    assert read_json(raw, scanned=True) == {"scan": "[)>\x1e06\x1dS1\x1e\x04\r\n\0"}
    with pytest.raises(Malformed):
        read_json(raw)


def test_not_even_a_scan_holds_half_a_character():
    with pytest.raises(Malformed, match="lone surrogates"):
        read_json(rb'{"scan": "\ud800"}', scanned=True)


def test_a_forbidden_character_in_a_key_is_refused():
    assert refused('{"a\\u0000b": 1}') == {"/a\x00b": "character"}


def test_a_key_given_twice_is_refused_where_it_is():
    assert refused('{"lots": [{"gtin": 1, "gtin": 2, "lot": 3}]}') == {
        "/lots/0/gtin": "duplicate_key"
    }


def test_two_spellings_of_one_key_are_one_key():
    assert refused(r'{"lot": 1, "\u006cot": 2}') == {"/lot": "duplicate_key"}


def test_numbers_that_are_none_or_too_large_are_refused():
    found = refused('{"a": NaN, "b": [1, -Infinity], "c": 1e999, "d": %s}' % ("9" * 5000))

    assert found == {"/a": "number", "/b/1": "number", "/c": "number", "/d": "number"}


def test_the_sentence_of_the_refusal_names_the_first_field_and_counts_the_others():
    with pytest.raises(Malformed) as refusal:
        read_json(b'{"a": NaN, "b": Infinity, "c": NaN}')

    assert refusal.value.detail == "/a: found NaN, expected a finite number (and 2 more)"


def test_at_most_a_hundred_faults_are_listed():
    with pytest.raises(Malformed) as refusal:
        read_json(b"[" + b"NaN," * 500 + b"1]")

    assert len(refusal.value.errors) == 100


def test_depth_is_counted_before_the_parser_recurses():
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH

    assert read_json(deepest.encode()) is not None
    assert refused(f"[{deepest}]") == {"": "too_deep"}
    assert refused("[" * 100_000) == {"": "too_deep"}
    assert refused('{"a":' * 100_000) == {"": "too_deep"}
    assert sys.getrecursionlimit() < 100_000


def test_brackets_in_strings_are_no_depth():
    body = ["[" * 1000, '{"\\', "]"] * 50

    assert read_json(json.dumps(body).encode()) == body


def test_a_string_that_never_ends_is_no_way_to_hide_depth():
    assert refused('"' + '\\"[' * 100) == {"": "json"}


def test_what_is_no_json_is_refused_with_its_place():
    with pytest.raises(Malformed, match="line 2 column 1: Expecting value; expected a JSON"):
        read_json(b'{"a":\n}')


def test_a_byte_order_mark_is_no_json():
    assert refused(b"\xef\xbb\xbf{}") == {"": "json"}


def test_bytes_that_are_no_utf_8_are_refused_with_their_place():
    with pytest.raises(Malformed, match="found the byte 0xFF at offset 2, expected UTF-8"):
        read_json(b'{"\xff": 1}')


def test_more_than_lambda_takes_is_too_large():
    with pytest.raises(TooLarge, match=f"expected at most {MAX_BYTES}"):
        read_json(b" " * (MAX_BYTES + 1))


def test_a_pointer_escapes_slash_and_tilde():
    assert step("a/b~c") == "/a~1b~0c"
    assert refused('{"a/b": {"~": NaN}}') == {"/a~1b/~0": "number"}
