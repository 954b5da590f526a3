from urllib.parse import quote, unquote

from hypothesis import given

from chalicelib.gs1.spelling import fits, in_link, in_urn, unescaped
from tests.gs1.strategies import SET_82, texts
from tests.shared_data import cases


def test_set_82_has_82_characters_and_no_other_passes() -> None:
    assert len(SET_82) == 82
    assert {chr(code) for code in range(0x250) if fits(chr(code))} == set(SET_82)


def test_the_vectors_of_the_syntax_dictionary_agree() -> None:
    for case in cases("gs1-syntax-dictionary/linter_vectors.json"):
        if case["linter"] == "cset82" and 1 <= len(case["input"]) <= 20:
            assert (fits(case["input"]) is not None) == case["valid"], case


def test_a_text_ends_where_it_ends() -> None:
    assert fits("A\n") is None


@given(texts)
def test_a_link_escapes_all_but_unreserved_characters(text: str) -> None:
    assert in_link(text) == quote(text, safe="")
    assert unescaped(in_link(text)) == text


@given(texts)
def test_a_urn_escapes_the_seven_characters_it_cannot_carry(text: str) -> None:
    escaped = in_urn(text)

    assert not set(escaped) & set('"&/<>?')
    assert unescaped(escaped) == text == unquote(escaped)


def test_the_engine_unescapes_the_same_in_a_path() -> None:
    for case in cases("gs1-syntax-engine/test_URIunescape.json"):
        escaped, expected, _ = case["args"]
        if "\0" not in expected:  # the engine's strings end at NUL; ours carry it to be refused
            assert unescaped(escaped) == expected, case


def test_the_engine_unescapes_the_same_in_a_query() -> None:
    for case in cases("gs1-syntax-engine/test_URIunescape.json"):
        escaped, _, expected = case["args"]
        if "\0" not in expected:
            assert unescaped(escaped.replace("+", " ")) == expected, case


def test_the_engine_escapes_the_same() -> None:
    for case in cases("gs1-syntax-engine/test_URIescape.json"):
        text, path, _ = case["args"]
        if " " not in text:  # no GS1 data have blanks; they are refused before
            assert in_link(text) == path


def test_a_component_number_keeps_its_hash_out_of_the_way() -> None:
    assert in_link("12#3") == "12%233"
