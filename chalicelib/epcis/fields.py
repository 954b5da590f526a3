"""What a field of an event may hold: small checks that the shape of an event is put together from.

A check looks at a value, whatever JSON-like thing it is, and notes every fault in it. It raises
nothing and never goes deeper than the shape that it was made for.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from chalicelib.epcis.faults import MOST_FAULTS, Faults, described, step
from chalicelib.epcis.words import (
    RESERVED,
    RESERVED_ON_WEB,
    STANDARD_PREFIXES,
    URI_SCHEMES,
    Vocabulary,
)
from chalicelib.gs1.refusal import shown

# RFC 3986 and 3987 leniently: a scheme or blank node, no space, nothing that must be escaped.
_URI_TEXT = r"[A-Za-z_][A-Za-z0-9+.\-]*:[^\s\x00-\x20\x7f<>\"{}|\\^`]+"
is_uri = re.compile(_URI_TEXT).fullmatch
_CURIE = re.compile(r"([A-Za-z_][\w.\-]*):[^\s:/][^\s]*")
_ABSOLUTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*://|[Uu][Rr][Nn]:[A-Za-z0-9]|tag:|ni:)\S+")
_ZONE = r"(?:[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_OFFSET = re.compile(_ZONE)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?" + f"(?:Z|{_ZONE})"
)
_UOM = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"[0-9A-Fa-f]+")

Check = Callable[[Any, str, Faults], None]
"""Looks at a value at a pointer and notes its faults."""


def instant_of(text: object) -> datetime | None:
    """Return the instant that a date-time with zone says; None when it is not one.

    Fractions beyond the microsecond are cut off. What is no instant in UTC, at the very ends of the
    calendar, is none.
    """
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # 31 February, hour 25, the year 0
    return found


def instant(value: Any, pointer: str, faults: Faults) -> None:
    """A date-time with zone (EPCIS 2.0, 7.4.1)."""
    if instant_of(value) is None:
        expected = "a date and time with zone, such as 2026-11-25T08:30:00.000+01:00"
        faults.add(pointer, "date_time", described(value), expected)


def matching(pattern: re.Pattern[str], code: str, expected: str) -> Check:
    """Return a check for text of one pattern."""

    def check(value: Any, pointer: str, faults: Faults) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            faults.add(pointer, code, described(value), expected)

    return check


offset = matching(_OFFSET, "time_zone", "an offset from -14:00 to +14:00, such as +01:00")
uom = matching(_UOM, "uom", "a UN/CEFACT unit code of 2 or 3 capitals or digits, such as KGM")
hexadecimal = matching(_HEX, "hex", "hexadecimal digits")
uri = matching(re.compile(_URI_TEXT), "uri", "a URI")


def text(value: Any, pointer: str, faults: Faults) -> None:
    """Any text."""
    if not isinstance(value, str):
        faults.add(pointer, "type", described(value), "text")


def number(value: Any, pointer: str, faults: Faults) -> None:
    """A number that is one: not true, not NaN."""
    if isinstance(value, Decimal):
        numeric = value.is_finite()
    else:
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        numeric = numeric and (isinstance(value, int) or isfinite(value))
    if not numeric:
        faults.add(pointer, "number", described(value), "a number")


def boolean(value: Any, pointer: str, faults: Faults) -> None:
    """True or false."""
    if not isinstance(value, bool):
        faults.add(pointer, "type", described(value), "true or false")


def one_of(words: Collection[str]) -> Check:
    """Return a check for one of a few words and nothing else."""
    expected = "one of " + ", ".join(sorted(words))

    def check(value: Any, pointer: str, faults: Faults) -> None:
        if not isinstance(value, str) or value not in words:
            faults.add(pointer, "unknown_word", described(value), expected)

    return check


def word(vocabulary: Vocabulary) -> Check:
    """Return a check for a bare word of CBV, or a URI of somebody's own vocabulary."""
    reserved = RESERVED if vocabulary.local else RESERVED_ON_WEB

    def check(value: Any, pointer: str, faults: Faults) -> None:
        if not isinstance(value, str):
            faults.add(pointer, "type", described(value), f"a {vocabulary.name}")
        elif value in vocabulary.words:
            return
        elif not is_uri(value) or value.lower().startswith(reserved):
            bare = vocabulary.bare(value)
            expected = f"a {vocabulary.name} of CBV 2.0 as a bare word, or a URI"
            faults.add(pointer, "unknown_word", shown(value), f'"{bare}"' if bare else expected)

    return check


def listed(item: Check, *, least: int = 0, unique: bool = False) -> Check:
    """Return a check for a list of things, all of one kind."""

    def check(value: Any, pointer: str, faults: Faults) -> None:
        if not isinstance(value, list):
            faults.add(pointer, "type", described(value), "a list")
            return
        if len(value) < least:
            faults.add(pointer, "empty", "an empty list", f"at least {least}")
        for at, each in enumerate(value):
            if faults.full:
                return
            item(each, f"{pointer}/{at}", faults)
        if unique:
            _unique(value, pointer, faults)

    return check


def uris(value: Any, pointer: str, faults: Faults) -> None:
    """A list of URIs, none of them twice: EPCs, a hundred thousand perhaps."""
    if not isinstance(value, list):
        faults.add(pointer, "type", described(value), "a list")
        return
    wrong = [at for at, each in enumerate(value) if not (isinstance(each, str) and is_uri(each))]
    for at in wrong[:MOST_FAULTS]:
        faults.add(f"{pointer}/{at}", "uri", described(value[at]), "a URI")
    _unique(value, pointer, faults)


def _unique(value: list[Any], pointer: str, faults: Faults) -> None:
    texts = [each for each in value if isinstance(each, str)]
    if len(texts) == len(set(texts)):
        return
    first: dict[str, int] = {}
    for at, each in enumerate(value):
        if isinstance(each, str) and first.setdefault(each, at) != at:
            faults.add(
                f"{pointer}/{at}", "duplicate", shown(each), f"it once, as item {first[each]}"
            )
            if faults.full:
                return


def either(one: Check, many: Check) -> Check:
    """Return a check for a single thing or a list of them."""

    def check(value: Any, pointer: str, faults: Faults) -> None:
        (many if isinstance(value, list) else one)(value, pointer, faults)

    return check


def record(
    fields: Mapping[str, Check], *, required: Collection[str] = (), extensible: bool = False
) -> Check:
    """Return a check for an object of known fields.

    Args:
        fields: by name.
        required: names of fields that must be there.
        extensible: whether names from other vocabularies may stand beside them.
    """

    def check(value: Any, pointer: str, faults: Faults) -> None:
        if not isinstance(value, Mapping):
            faults.add(pointer, "type", described(value), "an object")
            return
        for name in required:
            if name not in value:
                faults.add(pointer + step(name), "missing", "nothing", f"the field {name}")
        for name, held in value.items():
            if faults.full:
                return
            known = fields.get(name)
            if known is not None:
                known(held, pointer + step(name), faults)
            elif extensible:
                foreign(name, pointer, faults)
            else:
                expected = "only " + ", ".join(fields)
                faults.add(pointer + step(name), "unknown_field", _named(name), expected)

    return check


def prefixes(bound: Mapping[Any, Any], pointer: str, faults: Faults) -> None:
    """Judge what prefixes are called: one like the scheme of URIs would change what URIs mean."""
    for name in bound:
        if isinstance(name, str) and name.lower() in URI_SCHEMES:
            expected = "another prefix, as URIs begin so"
            faults.add(pointer + step(name), "reserved_prefix", f"the prefix {name}", expected)


def foreign(name: object, pointer: str, faults: Faults) -> None:
    """Judge the name of an extension: a URI, or a CURIE whose prefix the context binds."""
    curie = _CURIE.fullmatch(name) if isinstance(name, str) else None
    if curie and (curie[1] in STANDARD_PREFIXES or curie[1] in faults.prefixes):
        return
    if isinstance(name, str) and _ABSOLUTE.fullmatch(name):
        return
    at = pointer + step(str(name))
    if curie:
        expected = f"the prefix {shown(curie[1])} bound in @context"
        faults.add(at, "unknown_prefix", _named(name), expected)
    else:
        expected = "a field of the standard, or the URI or prefixed name of an extension"
        faults.add(at, "unknown_field", _named(name), expected)


def _named(name: object) -> str:
    return f"a field {shown(str(name))}"
