import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.elements import (
    GS,
    parse_bracketed,
    parse_raw,
    render_bracketed,
    render_raw,
)
from chalicelib.gs1.keys import Key
from tests.gs1.strategies import attempt, elements, hostile, keys
from tests.shared_data import cases


def _raw(engine: str) -> str:
    return engine.removeprefix("^").replace("^", GS)


@given(keys, keys)
def test_elements_read_back_from_both_forms(one: Key, other: Key) -> None:
    elements = one.elements() + other.elements()

    assert parse_raw(render_raw(elements)) == elements
    assert parse_bracketed(render_bracketed(elements)) == elements


@given(st.lists(elements, min_size=1, max_size=4))
def test_every_application_identifier_reads_back(several: list[tuple[str, str]]) -> None:
    wanted = tuple(several)

    assert parse_raw(render_raw(wanted)) == wanted
    assert parse_bracketed(render_bracketed(wanted)) == wanted


@given(hostile)
def test_whatever_is_read_reads_back_or_is_refused(text: str) -> None:
    for parse, render in ((parse_raw, render_raw), (parse_bracketed, render_bracketed)):
        elements, _ = attempt(parse, text)
        assert elements is None or parse(render(elements)) == elements


def test_the_engine_judges_element_strings_alike() -> None:
    for case in cases("gs1-syntax-engine/element_string_validity.json"):
        if case["valid"]:
            parse_raw(_raw(case["element_string"]))
        else:
            with pytest.raises(Malformed):
                parse_raw(_raw(case["element_string"]))


def test_the_engine_turns_brackets_into_the_same_data() -> None:
    for case in cases("gs1-syntax-engine/bracketed_to_element_string.json"):
        if case["valid"]:
            data = render_raw(parse_bracketed(case["bracketed"]))
            assert data == _raw(case["element_string"]), case
        else:
            with pytest.raises(Malformed):
                parse_bracketed(case["bracketed"])


def test_the_barcodes_of_medicine_packs_read_alike() -> None:
    for case in cases("eu-fmd-emvs-barcodes/emvs_pack_barcodes.json"):
        if case["expect_errors"]:
            with pytest.raises(Malformed):
                parse_raw(case["barcode"])
            continue
        values = dict(parse_raw(case["barcode"]))
        if "elements" in case:
            assert values == case["elements"], case
        else:
            pack = case["pack"]
            assert (values["01"], values["21"]) == (pack["ProductCode"], pack["SerialNumber"])
            assert (values["10"], values["17"]) == (pack["BatchIdentifier"], pack["Expiry"])


@pytest.mark.parametrize("data", ["0109506000134352\x1d10A\x1d", "010950600013435210A"])
def test_a_separator_that_is_not_needed_is_allowed(data: str) -> None:
    assert parse_raw(data) == (("01", "09506000134352"), ("10", "A"))


@pytest.mark.parametrize(
    ("parse", "text", "code"),
    [
        (parse_raw, "", "unknown_ai"),
        (parse_raw, "0109506000134352\x1d\x1d10A", "unknown_ai"),
        (parse_raw, "010950600013435210", "length"),
        (parse_raw, "0109506000134352179913", "length"),
        (parse_raw, "010950600013435217991301", "date"),
        (parse_raw, "0109506000134353", "check_digit"),
        (parse_raw, "010950600013435a", "character"),
        (parse_bracketed, "", "syntax"),
        (parse_bracketed, "(01)09506000134352 (10)A", "length"),
        (parse_bracketed, "(10)A(", "syntax"),
        (parse_bracketed, "(10)A(B)", "syntax"),
        (parse_bracketed, "(10)A\\B", "character"),
        (parse_bracketed, "(10)(21)A", "length"),
        (parse_bracketed, "(89)A", "unknown_ai"),
        (parse_bracketed, "(7030)123", "length"),
    ],
)
def test_a_refusal_names_the_fault(parse: type[tuple], text: str, code: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(Malformed) as refusal:
        parse(text)

    assert refusal.value.errors[0].code == code
