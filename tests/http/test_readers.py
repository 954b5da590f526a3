import timeit
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.epc import parse_goods
from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin, Sscc
from chalicelib.http import readers

GTIN = "09506000134352"
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def code(read, value) -> str:
    with pytest.raises(PydanticCustomError) as refusal:
        read(value)
    return refusal.value.type


def faults(read, value) -> dict[int, str]:
    with pytest.raises(PydanticCustomError) as refusal:
        read(value)
    return {index: code for index, code, _ in refusal.value.context["faults"]}


@given(st.text(SET_82, min_size=1, max_size=20))
def test_a_canonical_link_means_what_gs1_says_whichever_way_it_is_read(serial):
    item = Sgtin(Gtin(GTIN), serial)

    assert readers.read_epc(item.digital_link()) == parse_goods(item.digital_link()) == item


@given(st.text("0123456789", min_size=17, max_size=17))
def test_a_logistic_unit_is_read_from_its_canonical_link(payload):
    unit = Sscc(payload + check_digit(payload))

    assert readers.read_epc(unit.digital_link()) == parse_goods(unit.digital_link()) == unit


def test_an_epc_is_read_in_any_spelling():
    item = Sgtin(Gtin(GTIN), "A/1")

    for spelling in (
        item.digital_link(),
        item.digital_link("https://example.com"),
        item.element_string(),
        item.urn(7),
        "]d2010950600013435221A/1",
    ):
        assert readers.read_epc(spelling) == item


def test_a_wrong_check_digit_is_found_in_the_canonical_spelling_too():
    assert code(readers.read_epc, "https://id.gs1.org/01/09506000134353/21/1") == "check_digit"


def test_a_class_is_no_item():
    assert code(readers.read_epc, f"https://id.gs1.org/01/{GTIN}/10/L1") == "kind"


def test_values_pass_as_they_are():
    item = Sgtin(Gtin(GTIN), "1")
    at = datetime(2026, 3, 1, tzinfo=UTC)

    assert readers.read_epc(item) is item
    assert readers.read_instant(at) is at
    assert readers.read_date(at.date()) == at.date()


def test_a_place_is_a_gln_a_gln_with_extension_or_any_other_spelling():
    place = Sgln(Gln("9521000000018"), "A1")

    for spelling in ("9521000000018#A1", place.digital_link(), place.urn(7)):
        assert readers.parse_place(spelling) == place
    assert readers.parse_place("9521000000018") == Sgln(place.gln)
    assert code(readers.parse_place, f"https://id.gs1.org/01/{GTIN}/21/1") == "kind"


def test_a_party_is_a_gln_or_any_other_spelling():
    party = Gln("9521000000018")

    for spelling in ("9521000000018", party.digital_link(), party.urn(7)):
        assert readers.parse_party(spelling) == party
    assert code(readers.parse_party, "https://id.gs1.org/414/9521000000018") == "kind"


def test_a_list_of_serials_is_read_whole():
    assert readers.read_serials(["A1", "a1", "A/1"]) == ("A1", "a1", "A/1")


def test_every_serial_at_fault_is_named_by_its_index():
    serials = ["A1", "A 1", 5, "A1", "", "X" * 21, "A\n1", None]

    assert faults(readers.read_serials, serials) == {
        1: "character",
        2: "string_type",
        3: "duplicate",
        4: "length",
        5: "length",
        6: "character",
        7: "string_type",
    }


def test_what_is_no_text_is_no_serial():
    assert faults(readers.read_serials, [["A1"], "A1", {}]) == {0: "string_type", 2: "string_type"}


def test_two_spellings_of_one_epc_are_a_repetition():
    item = Sgtin(Gtin(GTIN), "1")

    assert faults(readers.read_epcs, [item.digital_link(), "nonsense", item.urn(7)]) == {
        1: "unknown_ai",
        2: "duplicate",
    }


def test_a_list_has_one_to_ten_thousand_items():
    many = [str(number) for number in range(10_001)]

    assert len(readers.read_serials(many[:-1])) == 10_000
    assert code(readers.read_serials, many) == "length"
    assert code(readers.read_serials, []) == "length"
    assert code(readers.read_epcs, "A1") == "list_type"


def test_a_thousand_serials_cost_less_than_a_millisecond():
    serials = [f"A1B2C3D4{number:04}" for number in range(1000)]

    assert min(timeit.repeat(lambda: readers.read_serials(serials), number=1, repeat=20)) < 0.001


def test_an_instant_keeps_its_offset():
    at = readers.read_instant("2026-03-01T08:30:00.250+05:45")

    assert at == datetime(2026, 3, 1, 2, 45, 0, 250_000, UTC)
    assert at.utcoffset() == timedelta(hours=5, minutes=45)
    assert readers.instant_text(at) == "2026-03-01T08:30:00.250+05:45"


def test_utc_is_answered_as_z():
    at = datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(0)))

    assert readers.instant_text(at) == "2026-03-01T08:30:00.000Z"
    assert readers.read_instant("2026-03-01T08:30:00Z") == at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T08:30:00", "instant"),  # no offset
        ("2026-03-01", "instant"),
        ("2026-W09-7T08:30:00Z", "instant"),
        ("2026-03-01 08:30:00Z", "instant"),
        ("2026-02-30T08:30:00Z", "instant"),
        ("2026-03-01T08:30:60Z", "instant"),
        ("2026-03-01T08:30:00+25:00", "instant"),
        ("0001-01-01T00:00:00+14:00", "year"),  # would leave the calendar in UTC
        ("9999-12-31T23:59:59-12:00", "year"),
        (1767225600, "string_type"),
        (None, "string_type"),
    ],
)
def test_what_is_no_instant_is_refused(text, expected):
    assert code(readers.read_instant, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20280630", "date"),
        ("2028-6-30", "date"),
        ("2027-02-29", "date"),
        ("9999-12-31", "year"),
        ("2028-06-30T00:00:00Z", "date"),
        (datetime(2028, 6, 30, tzinfo=UTC), "string_type"),
        (20280630, "string_type"),
    ],
)
def test_what_is_no_day_is_refused(text, expected):
    assert code(readers.read_date, text) == expected


def test_a_day_is_year_month_day():
    assert readers.read_date("2028-02-29") == date(2028, 2, 29)


def test_text_has_no_control_characters_but_a_scan_may_have_separators():
    assert code(readers.read_text, "10L1\x1d21S1") == "character"
    assert readers.read_scan("10L1\x1d21S1") == "10L1\x1d21S1"
    assert readers.read_scan("10L1\x1e21S1\r\n") == "10L1\x1e21S1\r\n"
    assert code(readers.read_text, "10L1\n") == "character"
    assert code(readers.read_scan, 5) == "string_type"


def test_the_refusal_says_what_was_found_and_what_was_expected():
    with pytest.raises(PydanticCustomError) as refusal:
        readers.read_date("tomorrow")

    assert refusal.value.message() == "found 'tomorrow', expected a day as YYYY-MM-DD"
