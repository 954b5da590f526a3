"""How the event hash spells one value: times, numbers, words and identifiers (CBV 2.0, 8.9.2).

What a value is follows from its field, never from how it looks: a lot `0012`, a serial `1e3` and a
note `inf` are texts and stay as they are; a quantity is a number even where it came as text.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.gs1.dates import last_day
from chalicelib.gs1.keys import CANONICAL

_CBV = "https://ref.gs1.org/cbv/"
VOCABULARY = "https://gs1.org/voc/"
"""Where the types and exceptions of sensor reports live."""

STANDARD = {
    "cbv": _CBV,
    "cbvmda": "urn:epcglobal:cbv:mda",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": VOCABULARY,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that an event need not declare; as XML namespaces, which the hash is made of."""

_GS1 = ("https://ref.gs1.org/", "https://gs1.org/")
_CBV_URN = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):(.+)", re.DOTALL)
_CBV_CLASSES = {"bizstep": "BizStep", "disp": "Disp", "btt": "BTT", "sdt": "SDT", "er": "ER"}
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,4})?")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))"
)
# A day away from the first and last of the calendar: an offset may lead across.
_EARLIEST, _LATEST = "0001-01-03", "9999-12-28"
# Beyond this many places a number is written with its exponent, so that nobody makes us print it.
_PLACES = 400


def instant(value: Any) -> str:
    """Return a time in UTC, in milliseconds, the fourth decimal of the seconds rounded half up.

    >>> instant("2024-12-31T23:59:59.9996Z"), instant("2023-02-02T12:04:03.1415+01:00")
    ('2025-01-01T00:00:00.000Z', '2023-02-02T11:04:03.142Z')

    Returns:
        What is no time with an offset, trimmed and otherwise as it is.
    """
    text = str(value).strip()
    match = _TIME.fullmatch(text)
    if match is None or not _EARLIEST <= match[1] <= _LATEST or not _is_day(match[1]):
        return text
    hours, minutes, seconds = int(match[2]), int(match[3]), int(match[4])
    if hours > 24 or minutes > 59 or seconds > 60:
        return text
    fraction = (match[5] or "").ljust(4, "0")
    thousandths = int(fraction[:3]) + (fraction[3] >= "5")
    away = timedelta(hours=int(match[7] or 0), minutes=int(match[8] or 0))
    elapsed = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=thousandths)
    at = datetime.fromisoformat(match[1]) + elapsed + (away if match[6] == "-" else -away)
    return f"{at.isoformat(timespec='milliseconds')}Z"


def number(value: Any) -> str:
    """Return a number without exponent, sign `+`, and zeros that say nothing.

    >>> number(26.0), number("+0012.50"), number(Decimal("1E3")), number("12345678901234567890")
    ('26', '12.5', '1000', '12345678901234567890')

    Returns:
        What is no number, trimmed and otherwise as it is.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        return "true" if value is True else "false" if value is False else text
    found = Decimal(text)
    if not found:
        return "0"
    if abs(found.adjusted()) > _PLACES:
        return str(found)
    plain = format(found, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def word(value: Any, vocabulary: str, namespaces: Mapping[str, str]) -> str:
    """Return a word of a vocabulary as its web address; a bare word is taken to belong there.

    >>> word("shipping", _CBV + "BizStep-", {})
    'https://ref.gs1.org/cbv/BizStep-shipping'
    """
    found = text(value, namespaces)
    return vocabulary + found if _WORD.fullmatch(found) else found


def cbv(kind: str) -> str:
    """Return the vocabulary of a kind of words: `BizStep`, `Disp`, `BTT`, `SDT`, `Comp`."""
    return f"{_CBV}{kind}-"


def text(value: Any, namespaces: Mapping[str, str]) -> str:
    """Return any other value: identifiers canonical, GS1's own vocabularies as web addresses.

    >>> text(" urn:epcglobal:cbv:disp:active ", {}), text("cbv:Disp-active", STANDARD)
    ('https://ref.gs1.org/cbv/Disp-active', 'https://ref.gs1.org/cbv/Disp-active')
    """
    if not isinstance(value, str):
        return number(value)
    found = value.strip()
    prefix, colon, local = found.partition(":")
    if not colon:
        return found
    if match := _CBV_URN.fullmatch(found):
        return cbv(_CBV_CLASSES[match[1]]) + match[2]
    if not local.startswith("//") and namespaces.get(prefix, "").startswith(_GS1):
        return namespaces[prefix] + local
    return identifier(found)


def identifier(uri: str) -> str:
    """Return the canonical Digital Link of what a URI names, as the published vectors write it.

    They leave the apostrophe as it is, which GS1 Digital Link escapes.
    """
    link = canonical_uri(uri)
    return link.replace("%27", "'") if "%27" in link and link.startswith(CANONICAL) else link


def _is_day(text: str) -> bool:
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    return 1 <= month <= 12 and 1 <= day <= last_day(year, month)
