from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1 import dates
from tests.gs1.strategies import anything

years = st.integers(2000, 2099)


@given(st.data(), years)
def test_a_date_within_the_window_reads_back(data: st.DataObject, this_year: int) -> None:
    day = data.draw(st.dates(date(this_year - 49, 1, 1), date(this_year + 50, 12, 31)))

    assert dates.parse(dates.render(day), this_year=this_year) == day


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_day_of_the_calendar_is_a_day(day: date) -> None:
    assert dates.is_day(day.strftime("%y%m%d"))
    assert dates.is_day(day.strftime("%Y%m%d"))


@pytest.mark.parametrize(
    ("text", "this_year", "day"),
    [
        ("261200", 2026, date(2026, 12, 31)),
        ("261231", 2026, date(2026, 12, 31)),
        ("280200", 2026, date(2028, 2, 29)),
        ("270200", 2026, date(2027, 2, 28)),
        ("770101", 2026, date(1977, 1, 1)),
        ("760101", 2026, date(2076, 1, 1)),
        ("000101", 2051, date(2100, 1, 1)),
        ("990101", 2000, date(1999, 1, 1)),
    ],
)
def test_the_century_and_the_end_of_the_month_follow_from_the_rules(
    text: str, this_year: int, day: date
) -> None:
    assert dates.parse(text, this_year=this_year) == day


@pytest.mark.parametrize(
    "text", ["261300", "260001", "260431", "270229", "26123", "2612311", "26123a", "", "２61231"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is not a GS1 date: expected YYMMDD") as refusal:
        dates.parse(text, this_year=2026)

    assert refusal.value.errors[0].code == "date"


def test_a_leap_day_of_a_year_without_one_is_refused() -> None:
    with pytest.raises(Malformed, match="is not a GS1 date of 2100"):
        dates.parse("000229", this_year=2051)


@given(anything | st.text("0123456789", min_size=6, max_size=6), years)
def test_whatever_is_read_is_a_date_or_refused(text: str, this_year: int) -> None:
    try:
        day = dates.parse(text, this_year=this_year)
    except Malformed:
        return
    assert -49 <= day.year - this_year <= 50
    assert text[:4] == dates.render(day)[:4]
