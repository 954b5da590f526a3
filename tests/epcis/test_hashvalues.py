from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.epcis.hashvalues import STANDARD, cbv, identifier, instant, number, text, word


@pytest.mark.parametrize(
    ("sent", "hashed"),
    [
        ("2023-02-02T11:04:03.1415Z", "2023-02-02T11:04:03.142Z"),
        ("2023-02-02T11:04:03.1425Z", "2023-02-02T11:04:03.143Z"),
        ("2023-02-02T11:04:03.14149999Z", "2023-02-02T11:04:03.141Z"),
        ("2024-12-31T23:59:59.9996Z", "2025-01-01T00:00:00.000Z"),
        ("2024-02-28T24:00:00Z", "2024-02-29T00:00:00.000Z"),
        (" 2019-10-21T01:58:56+02:00\n", "2019-10-20T23:58:56.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2005-04-03t20:33:31.116000-0600", "2005-04-04T02:33:31.116Z"),
    ],
)
def test_a_time_is_utc_in_milliseconds_rounded_half_up(sent: str, hashed: str) -> None:
    assert instant(sent) == hashed


@pytest.mark.parametrize(
    "sent",
    [
        "2023-02-30T11:04:03Z",
        "2023-13-01T00:00:00Z",
        "2023-01-01T00:61:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.9999-14:00",
        "2023-01-01T00:00:00",
        "yesterday",
        "",
    ],
)
def test_what_is_no_time_stays(sent: str) -> None:
    assert instant(sent) == sent


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1 < at.year < 9999),
    st.integers(-14 * 60, 14 * 60),
)
def test_the_time_zone_that_spells_a_time_does_not_matter(at: datetime, minutes: int) -> None:
    elsewhere = at.astimezone(timezone(timedelta(minutes=minutes)))

    assert instant(elsewhere.isoformat()) == instant(at.isoformat())


@pytest.mark.parametrize(
    ("sent", "hashed"),
    [
        (452.0, "452"),
        (0.41, "0.41"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
        (10**20, "1" + "0" * 20),
        (Decimal("12.500"), "12.5"),
        ("12345678901234567890.10", "12345678901234567890.1"),
        ("+007", "7"),
        (".5", "0.5"),
        ("1e3", "1000"),
        (Decimal("1E+999999"), "1E+999999"),
        ("1e9999", "1E+9999"),
        (float("inf"), "inf"),
        ("NaN", "NaN"),
        ("1e99999999999", "1e99999999999"),
        (True, "true"),
        (False, "false"),
        ("12 KGM", "12 KGM"),
    ],
)
def test_a_number_has_one_spelling(sent: object, hashed: str) -> None:
    assert number(sent) == hashed


@given(st.decimals(-(10**12), 10**12, places=6), st.integers(0, 4))
def test_zeros_and_signs_that_say_nothing_do_not_matter(value: Decimal, zeros: int) -> None:
    spelt = f"{value:f}" + "0" * zeros

    assert number(spelt) == number(value)
    assert Decimal(number(spelt)) == value


@pytest.mark.parametrize("sent", ["0012", "1e3", "inf", "12345678901234567890", "1.0", "+5"])
def test_a_text_that_looks_like_a_number_stays_a_text(sent: str) -> None:
    assert text(sent, STANDARD) == sent


@pytest.mark.parametrize(
    "spelt",
    [
        "departing",
        "cbv:BizStep-departing",
        "urn:epcglobal:cbv:bizstep:departing",
        "https://ref.gs1.org/cbv/BizStep-departing",
    ],
)
def test_all_spellings_of_a_word_are_one(spelt: str) -> None:
    found = word(spelt, cbv("BizStep"), STANDARD)

    assert found == "https://ref.gs1.org/cbv/BizStep-departing"


def test_only_the_prefixes_of_gs1_are_expanded_in_values() -> None:
    namespaces = STANDARD | {"example": "https://ns.example.com/", "voc": "https://gs1.org/voc/"}

    assert text("example:some", namespaces) == "example:some"
    assert text("voc:Angle", namespaces) == "https://gs1.org/voc/Angle"
    assert text("urn:epcglobal:cbv:bt:4012345:1", namespaces) == "urn:epcglobal:cbv:bt:4012345:1"


def test_the_published_vectors_leave_an_apostrophe_as_it_is() -> None:
    link = identifier("urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7'SDB")

    assert link == "https://id.gs1.org/01/01234567987651/235/51qIgY%29%3C%26Jp3%2Aj7'SDB"
    assert identifier("https://example.com/it%27s") == "https://example.com/it%27s"
