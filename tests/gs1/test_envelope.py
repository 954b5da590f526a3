import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.envelope import EOT, RS, is_envelope, parse_envelope
from chalicelib.gs1.keys import Gtin
from chalicelib.gs1.scan import parse_scan
from tests.gs1.strategies import anything, attempt, texts

HEAD = f"[)>{RS}06\x1d"
TAIL = f"{RS}{EOT}"
PPN = "110375286414"
"""The example of the specification of the code: PZN 03752864."""


def _pack(*fields: str) -> str:
    return HEAD + "\x1d".join(fields) + TAIL


def test_a_german_pack_is_known_by_the_gtin_of_its_number() -> None:
    elements, spelt = parse_envelope(_pack(f"9N{PPN}", "1T12345ABCD", "D150617", "S1234567890"))

    assert elements == (
        ("01", "04150037528643"),
        ("10", "12345ABCD"),
        ("17", "150617"),
        ("21", "1234567890"),
    )
    assert Gtin(elements[0][1])
    assert spelt[0] == ("9N", PPN)


def test_a_number_of_another_agency_has_no_gtin() -> None:
    elements, spelt = parse_envelope(_pack("9N13ABC79", "S1"))

    assert elements == (("21", "1"),)
    assert spelt == (("9N", "13ABC79"), ("S", "1"))


def test_a_gtin_that_is_told_goes_before_the_one_of_the_number() -> None:
    elements, _ = parse_envelope(_pack(f"9N{PPN}", "8P09506000134352"))

    assert elements == (("01", "09506000134352"),)


def test_what_has_no_counterpart_in_ais_is_only_told() -> None:
    elements, spelt = parse_envelope(_pack("16D20260101", "S1"))

    assert elements == (("21", "1"),)
    assert spelt == (("16D", "20260101"), ("S", "1"))


def test_format_05_carries_element_strings() -> None:
    elements, spelt = parse_envelope(f"[)>{RS}05\x1d010950600013435210A\x1d21S{TAIL}")

    assert elements == (("01", "09506000134352"), ("10", "A"), ("21", "S"))
    assert spelt == ()


@pytest.mark.parametrize("tail", ["", RS, TAIL])
def test_a_tail_may_have_been_cut_off(tail: str) -> None:
    assert parse_envelope(f"{HEAD}S1{tail}")[0] == (("21", "1"),)


@given(texts, texts)
def test_lot_and_serial_come_through(lot: str, serial: str) -> None:
    scan = parse_scan("]d1" + _pack(f"9N{PPN}", f"1T{lot}", f"S{serial}"))

    assert (scan.lot, scan.serial, scan.symbology) == (lot, serial, "]d1")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_pack("9N110375286415"), "check_digit"),
        (_pack("9N11037528"), "check_digit"),
        (_pack("9N1103752865" + "25"), "check_digit"),
        (_pack("9Nabc"), "syntax"),
        (_pack("8P09506000134353"), "check_digit"),
        (_pack("S1", "S2"), "requisite"),
        (_pack("S"), "length"),
        (_pack("S" + "1" * 21), "length"),
        (_pack("1Ta b"), "character"),
        (_pack("D281301"), "date"),
        (_pack("D2813"), "date"),
        (_pack("s1"), "syntax"),
        (_pack(), "syntax"),
        (f"[)>{RS}07\x1dS1{TAIL}", "syntax"),
        ("[)>", "syntax"),
        (f"[)>{RS}05\x1d0109506000134353{TAIL}", "check_digit"),
    ],
)
def test_a_refusal_names_the_fault(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_envelope(text)

    assert refusal.value.errors[0].code == code


@given(st.lists(anything, max_size=4))
def test_nothing_but_a_refusal_comes_of_any_field(fields: list[str]) -> None:
    text = _pack(*fields)

    assert is_envelope(text)
    attempt(parse_envelope, text)
