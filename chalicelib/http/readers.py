"""How the text of a field becomes a value, and the sentence when it does not.

A list of serials or EPCs is read as one thing, not as a list of fields: a thousand of them pass in
a fraction of a millisecond, and a fault still names its index.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Epc, Gln, Gtin, Key, Sgln, Sgtin, Sscc
from chalicelib.gs1.refusal import shown
from chalicelib.gs1.spelling import fits, parse_text
from chalicelib.http.gate import MAX_ERRORS, forbidden_character
from chalicelib.http.remarks import note
from chalicelib.http.validation import MANY, SENTENCE, found_value

V = TypeVar("V")
D = TypeVar("D", bound=date)

MAX_ITEMS = 10_000
"""Of a list of serials or EPCs in one request."""

SEPARATOR = "\x1d"
"""FNC1 as scanners send it (GS1 General Specifications, 7.8.3)."""

_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
# The canonical spelling of what needs no escapes: what our own answers mostly contain.
_CANONICAL = re.compile(
    r"https://id\.gs1\.org/(?:01/([0-9]{14})/21/([\-.0-9A-Z_a-z]{1,20})|00/([0-9]{18}))"
)


def refuse(code: str, sentence: str) -> PydanticCustomError:
    """Return what a validator raises to refuse its field.

    Args:
        code: stable word for machines.
        sentence: "found …, expected …".
    """
    return PydanticCustomError(code, "{sentence}", {SENTENCE: sentence})


def read_scan(value: Any) -> str:
    """Read text as a scanner sends it, separators, line ends and all; its parser judges it."""
    if not isinstance(value, str):
        raise refuse("string_type", f"found {found_value(value)}, expected a string")
    return value


def read_text(value: Any) -> str:
    """Read text that every store and answer can carry."""
    text = read_scan(value)
    if sentence := forbidden_character(text):
        raise refuse("character", sentence)
    if SEPARATOR in text:
        raise refuse("character", f"found U+001D in {shown(text)}, expected no control characters")
    return text


def read_set_82(what: str) -> Callable[[Any], str]:
    """Return a reader of 1..20 characters of GS1 character set 82."""

    def read(value: Any) -> str:
        if isinstance(value, str) and fits(value):
            return value
        try:
            return parse_text(what, read_text(value))
        except Malformed as error:
            raise _as_refusal(error) from error

    return read


def read_key(parse: Callable[[str], V], *kinds: type[Any]) -> Callable[[Any], V]:
    """Return a reader of text by a `parse` of `gs1`; values of its kinds pass as they are."""

    def read(value: Any) -> V:
        if isinstance(value, kinds):
            return value  # type: ignore[no-any-return]
        try:
            return parse(read_scan(value))
        except Malformed as error:
            raise _as_refusal(error) from error

    return read


def _as_refusal(error: Malformed) -> PydanticCustomError:
    return refuse(error.errors[0].code if error.errors else error.code, error.detail)


def parse_epc(text: str) -> Epc:
    """Read one item or one logistic unit, in any spelling."""
    if canonical := _CANONICAL.fullmatch(text):
        gtin, serial, sscc = canonical.groups()
        return Sscc(sscc) if gtin is None else Sgtin(_gtin(gtin), serial)
    # Imported here: most requests need no table of application identifiers (cold start).
    from chalicelib.gs1.epc import scanned_goods  # noqa: PLC0415

    epc, remarks = scanned_goods(text)
    note(remarks)
    return epc


# One request names the same few GTINs many times.
_gtin = lru_cache(maxsize=256)(Gtin)
parse_gtin = lru_cache(maxsize=256)(Gtin.parse)


def parse_place(text: str) -> Sgln:
    """Read a place: plain, its extension behind `#`, or in any other spelling."""
    key = _any_spelling(text) if ":" in text else Sgln.parse(text)
    if isinstance(key, Sgln):
        return key
    raise refuse("kind", f"found {shown(text)}, expected a place")


def parse_party(text: str) -> Gln:
    """Read a party: 13 digits, or in any other spelling."""
    key = _any_spelling(text) if ":" in text else Gln.parse(text)
    if isinstance(key, Gln):
        return key
    raise refuse("kind", f"found {shown(text)}, expected a party")


def _any_spelling(text: str) -> Key:
    from chalicelib.gs1.epc import parse_epc  # noqa: PLC0415 - cold start, as above

    return parse_epc(text)


def read_instant(value: Any) -> datetime:
    """Read a date and time with an offset, and keep the offset (RFC 3339; EPCIS 2.0, 7.3)."""
    if isinstance(value, datetime):
        return value
    text = read_text(value)
    if not _INSTANT.fullmatch(text):
        example = "2026-03-01T08:30:00+01:00"
        raise refuse("instant", f"found {shown(text)}, expected an instant with offset: {example}")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse("instant", f"found {shown(text)}: {error}") from error
    return _in_range(at, text)


def read_date(value: Any) -> date:
    """Read a calendar day (ISO 8601, extended form)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = read_text(value)
    if not _DATE.fullmatch(text):
        raise refuse("date", f"found {shown(text)}, expected a day as YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise refuse("date", f"found {shown(text)}: {error}") from error
    return _in_range(day, text)


def _in_range(day: D, text: str) -> D:
    """Refuse years whose days cannot be counted on from, or moved to another time zone."""
    if _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return day
    raise refuse("year", f"found {shown(text)}, expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")


def instant_text(at: datetime) -> str:
    """Return an instant as it is answered: milliseconds, its own offset, `Z` for UTC.

    >>> instant_text(datetime(2026, 3, 1, 8, 30, tzinfo=UTC))
    '2026-03-01T08:30:00.000Z'
    """
    text = at.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if at.utcoffset() == UTC.utcoffset(None) else text


read_serial = read_set_82("a serial")
read_epc: Callable[[Any], Epc] = read_key(parse_epc, Sgtin, Sscc)


def read_serials(value: Any) -> tuple[str, ...]:
    """Read a list of serials; the usual, faultless one in two passes at the speed of C."""
    serials = _items(value, "serials")
    try:
        faultless = all(map(fits, serials)) and len(set(serials)) == len(serials)
    except TypeError:  # not all of them are strings
        faultless = False
    if not faultless:
        raise _several(_faults(serials, read_serial))
    return tuple(serials)


def read_epcs(value: Any) -> tuple[Epc, ...]:
    """Read a list of EPCs, each in any spelling; two spellings of one are a repetition."""
    texts = _items(value, "EPCs")
    try:
        epcs: tuple[Epc, ...] = tuple(map(read_epc, texts))
    except PydanticCustomError:
        epcs = ()
    if len(epcs) != len(texts) or len(set(epcs)) != len(epcs):
        raise _several(_faults(texts, read_epc))
    return epcs


def _items(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise refuse("list_type", f"found {found_value(value)}, expected a list of {what}")
    if not 1 <= len(value) <= MAX_ITEMS:
        expected = f"expected 1 to {MAX_ITEMS}"
        raise refuse("length", f"found {len(value)} {what}, {expected}")
    return list(value)


def _several(faults: Iterator[tuple[int, str, str]]) -> PydanticCustomError:
    """Return the one error that carries the faults of several items."""
    return PydanticCustomError(MANY, "several", {"faults": list(islice(faults, MAX_ERRORS))})


def _faults(items: list[Any], read: Callable[[Any], Any]) -> Iterator[tuple[int, str, str]]:
    """Yield index, code and sentence of each item that cannot be read or was there before."""
    first: dict[Any, int] = {}
    for index, item in enumerate(items):
        try:
            value = read(item)
        except PydanticCustomError as error:
            yield index, error.type, error.message()
            continue
        if (earlier := first.setdefault(value, index)) != index:
            sentence = f"found {shown(str(item))} again, which is at index {earlier} already"
            yield index, "duplicate", f"{sentence}; expected each once"
