"""The one spelling in which a query and an event are compared, whatever each of them wrote."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.hashvalues import STANDARD
from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.query.model import PATTERN
from chalicelib.epcis.words import MEASUREMENT, Vocabulary

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_ENDS = "#/:"
_PLACES = ("urn:epcglobal:epcis:", "https://ref.gs1.org/epcis/", "https://ns.gs1.org/epcis/")
_WEB_VOCABULARY = (
    "gs1:",
    "https://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://gs1.org/voc/",
)


def uri(text: str) -> str:
    """Return what a URI names, the same for its URN and its Digital Link."""
    return canonical_uri(text.strip())


def epc(text: str) -> str:
    """Return an EPC that is sought, or a pattern as it is: a pattern finds more than its class."""
    text = text.strip()
    return text if text.startswith(PATTERN) else canonical_uri(text)


def word(vocabulary: Vocabulary, text: str) -> str:
    """Return a standard word bare, however it is spelt; other people's words as a URI.

    >>> from chalicelib.epcis.words import BIZ_STEP
    >>> word(BIZ_STEP, "https://ref.gs1.org/cbv/BizStep-shipping")
    'shipping'
    """
    text = text.strip()
    if vocabulary is MEASUREMENT:
        text = _without(_WEB_VOCABULARY, text)
    return vocabulary.bare(text) or canonical_uri(text)


def event_type(text: str) -> str:
    """Return the type of an event; the standard ones bare."""
    return _without((*_PLACES, "epcis:"), text.strip())


def _without(starts: tuple[str, ...], text: str) -> str:
    return next((text[len(start) :] for start in starts if text.startswith(start)), text)


def number(value: Any) -> Decimal | None:
    """Return a number, or text that is one; None for anything else, not-a-number among it."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        found = Decimal(value if isinstance(value, int | Decimal) else str(value).strip())
    except InvalidOperation:
        return None  # text that is no number
    # Python alone lets underscores stand between digits.
    plain = not isinstance(value, str) or (value.isascii() and "_" not in value)
    return found if plain and found.is_finite() else None


def instant(value: Any) -> datetime | None:
    """Return the instant that a date-time with zone, or a date says; None for anything else.

    A date is its midnight, in UTC where it has no zone of its own (XML Schema allows one).

    >>> instant("2027-01-01").isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    text = value.strip() if isinstance(value, str) else ""
    date = _DATE.fullmatch(text)
    return instant_of(f"{date[1]}T00:00:00{date[2] or 'Z'}" if date else text)


def boolean(value: Any) -> bool | None:
    """Return true or false, or what XML and URLs write for them; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def qualified(name: str, namespaces: Mapping[str, str]) -> str:
    """Return the name of an extension as `namespace#local`; unchanged where the prefix is unbound.

    Namespaces are compared without the `#`, `/` or `:` at their end: XML and JSON-LD of one partner
    differ in it.

    >>> qualified("example:lot", {"example": "https://ns.example.com/epcis/"})
    'https://ns.example.com/epcis#lot'
    >>> qualified("https://ns.example.com/epcis/lot", {})
    'https://ns.example.com/epcis#lot'
    """
    prefix, colon, local = name.partition(":")
    bound = {**STANDARD, **namespaces}.get(prefix)
    if colon and bound is not None and not local.startswith("//"):
        return f"{bound.rstrip(_ENDS)}#{local}"
    if local.startswith("//") or prefix.lower() == "urn":
        at = max(name.rfind(end) for end in _ENDS)
        return f"{name[:at].rstrip(_ENDS)}#{name[at + 1 :]}"
    return name


def prefixes(context: Any) -> dict[str, str]:
    """Return what a `@context` binds; what is no binding is left out."""
    parts = context if isinstance(context, list) else [context]
    return {
        prefix: space
        for part in parts
        if isinstance(part, Mapping)
        for prefix, space in part.items()
        if isinstance(prefix, str) and isinstance(space, str)
    }
