"""What must be true of one component of an AI's value, beyond its length and characters.

The names are those of the GS1 Barcode Syntax Tests ("linters"). A component's length and characters
are right before it comes here; any other text is simply not as it should be.

Source: GS1 Barcode Syntax Dictionary and its tests; GS1 General Specifications, section 7.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from chalicelib.gs1.checkdigit import ends_in_check_digit
from chalicelib.gs1.code_lists import (
    COUNTRIES,
    COUNTRIES_BY_LETTERS,
    CURRENCIES,
    PACKAGE_TYPES,
)
from chalicelib.gs1.coupons import is_coupon, is_offer
from chalicelib.gs1.dates import is_day, is_day_or_month


class Content(NamedTuple):
    """One test.

    Attributes:
        holds: whether a component is as the test wants it.
        code: of the refusal.
        expected: the end of the sentence "expected …".
    """

    holds: Callable[[str], object]
    code: str
    expected: str


# GS1 General Specifications 7.9.5: set 82 in order, the set of 32, and the primes from the right.
_SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_SET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = tuple(
    n for n in range(2, 510) if all(n % divisor for divisor in range(2, int(n**0.5) + 1))
)


_DIGITS = re.compile("[0-9]+")


def _check_digit(digits: str) -> bool:
    return bool(_DIGITS.fullmatch(digits)) and ends_in_check_digit(digits)


def _check_pair(model: str) -> bool:
    """Return whether a Global Model Number ends in its check pair."""
    payload = model[:-2]
    if len(model) < 2 or len(payload) > len(_PRIMES) or not set(payload) <= set(_SET_82):
        return False
    weighted = zip(_PRIMES, reversed(payload), strict=False)
    total = sum(prime * _SET_82.index(character) for prime, character in weighted) % 1021
    return model[-2:] == _SET_32[total >> 5] + _SET_32[total & 31]


def _iban(account: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as 10 to 35, modulo 97."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}", account):
        return False
    if account[:2] not in COUNTRIES_BY_LETTERS:
        return False
    return int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


def _piece_of_total(text: str) -> bool:
    half = len(text) // 2
    if not _DIGITS.fullmatch(text) or len(text) % 2:
        return False
    return 0 < int(text[:half]) <= int(text[half:])


def _base64(text: str) -> bool:
    match = re.fullmatch("[-0-9A-Z_a-z]*(={0,2})", text)
    return match is not None and (not match[1] or len(text) % 3 == 0)


def _position(text: str) -> bool:
    match = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text)
    return match is not None and int(match[1]) <= int(match[2])


def _at_most(limit: int) -> Callable[[str], object]:
    return lambda text: bool(re.fullmatch("[0-9]{10}", text)) and int(text) <= limit


def _day(size: int, test: Callable[[str], bool]) -> Callable[[str], object]:
    return lambda text: len(text) == size and bool(_DIGITS.fullmatch(text)) and test(text)


def _like(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


CONTENTS: Mapping[str, Content] = {
    "csum": Content(_check_digit, "check_digit", "its check digit at the end"),
    "csumalpha": Content(_check_pair, "check_digit", "its check character pair at the end"),
    "gcppos1": Content(re.compile("[0-9]{4}").match, "value", "a GS1 Company Prefix in front"),
    "gcppos2": Content(re.compile("[0-9]{5}").match, "value", "a GS1 Company Prefix behind"),
    "cset64": Content(_base64, "character", "base64url, filled up with = to a multiple of three"),
    "yymmd0": Content(_day(6, is_day_or_month), "date", "YYMMDD, day 00 for the last of the month"),
    "yymmdd": Content(_day(6, is_day), "date", "YYMMDD"),
    "yyyymmd0": Content(_day(8, is_day_or_month), "date", "YYYYMMDD, day 00 for the last"),
    "yyyymmdd": Content(_day(8, is_day), "date", "YYYYMMDD"),
    "hhmi": Content(_like("(?:[01][0-9]|2[0-3])[0-5][0-9]"), "date", "hours and minutes, HHMM"),
    "hh": Content(_like("[01][0-9]|2[0-3]"), "date", "hours, 00 to 23"),
    "mi": Content(_like("[0-5][0-9]"), "date", "minutes, 00 to 59"),
    "ss": Content(_like("[0-5][0-9]"), "date", "seconds, 00 to 59"),
    "yesno": Content(_like("[01]"), "value", "0 or 1"),
    "zero": Content(_like("0+"), "value", "zero"),
    "nonzero": Content(_like("[0-9]*[1-9][0-9]*"), "value", "more than zero"),
    "nozeroprefix": Content(_like("[1-9][0-9]*"), "value", "no zero in front"),
    "hasnondigit": Content(re.compile("[^0-9]").search, "value", "not only digits"),
    "hyphen": Content(_like("-+"), "value", "a hyphen"),
    "winding": Content(_like("[019]"), "value", "0, 1 or 9"),
    "iso5218": Content(_like("[0129]"), "value", "0, 1, 2 or 9"),
    "mediatype": Content(_like("0[1-9]|10|[89][0-9]"), "value", "01 to 10 or 80 to 99"),
    "importeridx": Content(_like("[-0-9A-Z_a-z]"), "value", "a letter, digit, - or _"),
    "pieceoftotal": Content(_piece_of_total, "value", "a piece number and its total"),
    "posinseqslash": Content(_position, "value", "a position and its total, such as 2/3"),
    "pcenc": Content(_like("(?:[^%]|%[0-9A-Fa-f]{2})*"), "value", "whole percent-escapes"),
    "iban": Content(_iban, "check_digit", "an IBAN with its check digits"),
    "latitude": Content(_at_most(1_800_000_000), "value", "0 to 1800000000"),
    "longitude": Content(_at_most(3_600_000_000), "value", "0 to 3600000000"),
    "iso3166": Content(COUNTRIES.__contains__, "value", "a country by its three digits"),
    "iso3166999": Content(
        (COUNTRIES | {"999"}).__contains__, "value", "a country by its three digits, or 999"
    ),
    "iso3166alpha2": Content(
        COUNTRIES_BY_LETTERS.__contains__, "value", "a country by its two letters"
    ),
    "iso4217": Content(CURRENCIES.__contains__, "value", "a currency by its three digits"),
    "packagetype": Content(PACKAGE_TYPES.__contains__, "value", "a code of a package type"),
    "couponcode": Content(is_coupon, "value", "a North American coupon code"),
    "couponposoffer": Content(is_offer, "value", "a North American positive offer code"),
}

DAYS = frozenset({"yymmd0", "yymmdd", "yyyymmd0", "yyyymmdd"})
"""The tests of components that are days."""
