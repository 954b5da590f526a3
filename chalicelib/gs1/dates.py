"""Dates as GS1 prints them: six digits, YYMMDD, where day 00 is the last day of the month.

Six digits name no century: the reader's year decides it, so it is an argument. Whether digits can
be a date at all does not depend on it, and a scan can be read without knowing the year.

Source: GS1 General Specifications, sections 3.4.2 to 3.4.7 and 7.12.
"""

import re
from datetime import date

from chalicelib.gs1.refusal import refused

_EXPECTED = "YYMMDD, day 00 for the last day of the month"
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SIX = re.compile(r"[0-9]{6}")


def is_day(text: str) -> bool:
    """Return whether these digits, YYMMDD or YYYYMMDD, are a day of the calendar.

    >>> is_day("240229"), is_day("230229"), is_day("240200")
    (True, False, False)
    """
    year, month, day = int(text[:-4] or "0"), int(text[-4:-2]), int(text[-2:])
    if len(text) == 6:
        year += 2000  # the leap years of every other century but for its year 00
    return year > 0 and 1 <= month <= 12 and 1 <= day <= last_day(year, month)


def is_day_or_month(text: str) -> bool:
    """Return whether these digits are a day, or a month when the day is 00.

    >>> is_day_or_month("240200"), is_day_or_month("241300")
    (True, False)
    """
    return is_day(text[:-2] + "01") if text.endswith("00") else is_day(text)


def last_day(year: int, month: int) -> int:
    """Return how many days the month has.

    >>> last_day(2000, 2), last_day(2100, 2)
    (29, 28)
    """
    # Not calendar.monthrange: importing that costs a cold start 3 ms.
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _LENGTHS[month - 1] + (month == 2 and leap)


def full_year(two_digits: int, this_year: int) -> int:
    """Return the year meant: from 49 years back to 50 years ahead.

    >>> full_year(26, 2026), full_year(76, 2026), full_year(77, 2026), full_year(0, 2051)
    (2026, 2076, 1977, 2100)
    """
    century = this_year - this_year % 100
    difference = two_digits - this_year % 100
    if difference >= 51:
        return century - 100 + two_digits
    return century + two_digits + (100 if difference <= -50 else 0)


def parse(text: str, *, this_year: int) -> date:
    """Read YYMMDD.

    Args:
        text: six ASCII digits.
        this_year: the reader's year, four digits, which settles the century.

    >>> parse("280200", this_year=2026)
    datetime.date(2028, 2, 29)

    Raises:
        Malformed: with code `date`.
    """
    if not _SIX.fullmatch(text) or not is_day_or_month(text):
        raise refused("date", "a GS1 date", text, _EXPECTED)
    year, month, day = full_year(int(text[:2]), this_year), int(text[2:4]), int(text[4:])
    last = last_day(year, month)
    if day > last:  # 29 February of a year like 2100
        raise refused("date", f"a GS1 date of {year}", text, _EXPECTED)
    return date(year, month, day or last)


def render(day: date) -> str:
    """Return YYMMDD.

    >>> render(date(2028, 2, 29))
    '280229'
    """
    return day.strftime("%y%m%d")
