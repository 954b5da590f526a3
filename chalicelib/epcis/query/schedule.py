"""When a subscription runs by the clock (EPCIS 2.0, section 8.2.5.3, QuerySchedule)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.epcis.faults import MOST_FAULTS, step
from chalicelib.errors import FieldError, SubscriptionControls
from chalicelib.gs1.refusal import shown

FIELDS = {
    "second": range(60),
    "minute": range(60),
    "hour": range(24),
    "dayOfMonth": range(1, 32),
    "month": range(1, 13),
    "dayOfWeek": range(1, 8),
}
"""The fields of a schedule and the numbers that each may have; day 1 of the week is Monday."""

_ELEMENT = re.compile(r"([0-9]{1,2})|\[([0-9]{1,2})-([0-9]{1,2})\]")
_LONGEST = 500
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Instants that have certain numbers in UTC; each field the numbers that it may have."""

    second: frozenset[int]
    minute: frozenset[int]
    hour: frozenset[int]
    day_of_month: frozenset[int]
    month: frozenset[int]
    day_of_week: frozenset[int]

    @classmethod
    def parse(cls, fields: Mapping[str, object], at: str = "/schedule") -> "Schedule":
        """Return the schedule that fields tell: numbers, ranges `[1-5]`, or lists of them.

        A field that is `*`, or not there, may have any number; but a second that is not there is 0,
        so that hour 1 and minute 5 are one instant a day and not sixty.

        Args:
            fields: by their names in `FIELDS`.
            at: JSON pointer to them, for the faults.

        Raises:
            SubscriptionControls: none of the fields is there, one is unknown or cannot be read, or
                no day of any year fits.
        """
        expected = ", ".join(FIELDS)
        faults = [
            FieldError(
                at + step(name),
                "unknown_field",
                f"{name[:80]}: found {shown(name)}, expected one of {expected}",
            )
            for name in list(fields)[:MOST_FAULTS]
            if name not in FIELDS
        ]
        if not faults and all(fields.get(name) is None for name in FIELDS):
            message = f"found no schedule, expected at least one of {expected}"
            raise SubscriptionControls.field(at, "missing", message)
        told = {"second": "0", **{name: each for name, each in fields.items() if each is not None}}
        read = [_numbers(name, told.get(name, _ANY), at, faults) for name in FIELDS]
        if faults:
            raise SubscriptionControls(faults[0].message, errors=faults)
        schedule = cls(*read)
        if not any(_LENGTHS[month] >= min(schedule.day_of_month) for month in schedule.month):
            message = "dayOfMonth: found a day that none of the months has, expected one that does"
            raise SubscriptionControls.field(f"{at}/dayOfMonth", "value", message)
        return schedule

    def next_after(self, instant: datetime) -> datetime:
        """Return the first scheduled instant after another, in UTC and whole seconds.

        Raises:
            OverflowError: it would lie beyond the calendar.
        """
        at = instant.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        day = at
        while True:  # to the end of the calendar at most, and `parse` saw that some day fits
            if self._falls_on(day):
                found = self._in_day(day)
                if found is not None:
                    return found
            day = day.replace(hour=0, minute=0, second=0) + timedelta(days=1)

    def _falls_on(self, day: datetime) -> bool:
        return (
            day.month in self.month
            and day.day in self.day_of_month
            and day.isoweekday() in self.day_of_week
        )

    def _in_day(self, at: datetime) -> datetime | None:
        """Return the first scheduled time of a day that is not before `at`."""
        for hour in sorted(each for each in self.hour if each >= at.hour):
            first = at.minute if hour == at.hour else 0
            for minute in sorted(each for each in self.minute if each >= first):
                now = (hour, minute) == (at.hour, at.minute)
                least = at.second if now else 0
                second = min((each for each in self.second if each >= least), default=None)
                if second is not None:
                    return at.replace(hour=hour, minute=minute, second=second)
        return None


_LENGTHS = dict(enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1))


def _numbers(name: str, value: object, at: str, faults: list[FieldError]) -> frozenset[int]:
    allowed = FIELDS[name]
    text = str(value).replace(" ", "")
    if text == _ANY:
        return frozenset(allowed)
    found: set[int] = set()
    for part in text.split(",") if len(text) <= _LONGEST else ("",):
        match = _ELEMENT.fullmatch(part)
        first, last = (int(match[1] or match[2]), int(match[1] or match[3])) if match else (1, 0)
        if first > last or first not in allowed or last not in allowed:
            expected = (
                f"numbers {allowed[0]} to {allowed[-1]}, ranges such as [1-5], commas between"
            )
            message = f"{name}: found {shown(str(value))}, expected {expected}"
            faults.append(FieldError(f"{at}/{name}", "value", message))
            return frozenset()
        found.update(range(first, last + 1))
    return frozenset(found)
