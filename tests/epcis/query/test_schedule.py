from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.query.schedule import FIELDS, Schedule
from chalicelib.errors import SubscriptionControls

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


def fields() -> st.SearchStrategy[dict[str, str]]:
    def element(name: str) -> st.SearchStrategy[str]:
        number = st.integers(FIELDS[name][0], FIELDS[name][-1])
        pair = st.tuples(number, number).map(sorted)
        return number.map(str) | pair.map(lambda two: f"[{two[0]}-{two[1]}]")

    optional = {
        name: st.lists(element(name), min_size=1, max_size=3).map(",".join)
        for name in ("minute", "hour", "month", "dayOfWeek")
    }
    return st.fixed_dictionaries({"second": element("second")}, optional=optional)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"second": "0"}, "2026-11-25T12:01:00+00:00"),
        ({"hour": "1", "minute": "5"}, "2026-11-26T01:05:00+00:00"),
        ({"hour": "13", "minute": "*", "second": None}, "2026-11-25T13:00:00+00:00"),
        ({"second": "*"}, "2026-11-25T12:00:01+00:00"),
        ({"second": "0", "minute": "0"}, "2026-11-25T13:00:00+00:00"),
        ({"second": "0", "minute": "0", "hour": "[9-11],0"}, "2026-11-26T00:00:00+00:00"),
        (
            {"second": "0", "minute": "30", "hour": "8", "dayOfWeek": "[1-2]"},
            "2026-11-30T08:30:00+00:00",
        ),
        (
            {"second": "0", "minute": "0", "hour": "0", "dayOfMonth": "29", "month": "2"},
            "2028-02-29T00:00:00+00:00",
        ),
        ({"dayOfWeek": 3}, "2026-11-25T12:01:00+00:00"),
    ],
)
def test_the_next_instant_is_the_first_that_has_all_numbers(
    schedule: dict[str, object], expected: str
) -> None:
    assert Schedule.parse(schedule).next_after(NOON).isoformat() == expected


@given(fields(), st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
@settings(max_examples=60, deadline=None)
def test_the_next_instant_is_later_scheduled_and_follows_itself(
    schedule: dict[str, str], start: datetime
) -> None:
    parsed = Schedule.parse(schedule)
    start = start.replace(tzinfo=UTC)

    found = parsed.next_after(start)

    assert found > start
    assert parsed.next_after(found - timedelta(microseconds=1)) == found
    assert found.second in parsed.second
    assert found.minute in parsed.minute
    assert found.hour in parsed.hour
    assert found.month in parsed.month
    assert found.isoweekday() in parsed.day_of_week


def test_the_29th_of_february_on_a_weekday_waits_across_a_century() -> None:
    schedule = {"dayOfMonth": "29", "month": "2", "dayOfWeek": "1"}

    found = Schedule.parse(schedule).next_after(datetime(2073, 1, 1, tzinfo=UTC))

    assert (found.month, found.day, found.isoweekday()) == (2, 29, 1)
    assert found.year == 2112


@pytest.mark.parametrize(
    ("schedule", "pointer"),
    [
        ({"second": "60"}, "/schedule/second"),
        ({"minute": "[5-1]"}, "/schedule/minute"),
        ({"hour": "1,,2"}, "/schedule/hour"),
        ({"dayOfMonth": "0"}, "/schedule/dayOfMonth"),
        ({"month": "1-3"}, "/schedule/month"),
        ({"dayOfWeek": "monday"}, "/schedule/dayOfWeek"),
        ({"second": "0," * 400 + "0"}, "/schedule/second"),
        ({"dayOfMonth": "[30-31]", "month": "2"}, "/schedule/dayOfMonth"),
        ({}, "/schedule"),
        ({"hour": None}, "/schedule"),
        ({"hour": True}, "/schedule/hour"),
        ({"every/day": "1"}, "/schedule/every~1day"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(
    schedule: dict[str, object], pointer: str
) -> None:
    with pytest.raises(SubscriptionControls) as refusal:
        Schedule.parse(schedule)

    assert refusal.value.errors[0].pointer == pointer


def test_an_hour_and_a_minute_are_one_instant_a_day() -> None:
    schedule = Schedule.parse({"hour": "1", "minute": "5"})

    first = schedule.next_after(NOON)

    assert schedule.next_after(first) - first == timedelta(days=1)


def test_an_unknown_field_is_refused_where_it_stands() -> None:
    with pytest.raises(SubscriptionControls) as refusal:
        Schedule.parse({"hours": "1", "minute": "5"}, at="#/query")

    fault = refusal.value.errors[0]
    assert (fault.pointer, fault.code) == ("#/query/hours", "unknown_field")


def test_every_fault_is_told() -> None:
    with pytest.raises(SubscriptionControls) as refusal:
        Schedule.parse({"second": "x", "hour": "y"})

    assert len(refusal.value.errors) == 2


def test_beyond_the_calendar_there_is_no_instant() -> None:
    with pytest.raises(OverflowError):
        Schedule.parse({"month": "1"}).next_after(datetime(9999, 2, 1, tzinfo=UTC))
