"""What a URI in an event identifies: one thing, or a class of things; and whether it can exist.

The URIs of GS1 have a grammar: the EPC schemes of the Tag Data Standard, and Digital Links. A URI
of anybody else is their own business (CBV 2.0, section 8). A web address that merely
resembles a Digital Link is nobody's fault, one with a wrong check digit is.

Sources: GS1 EPC Tag Data Standard 2.0, sections 6 to 8; CBV 2.0, section 8; GS1 Digital Link 1.6.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from chalicelib.errors import Malformed
from chalicelib.gs1.checkdigit import check_digit, ends_in_check_digit
from chalicelib.gs1.digitallink import looks_like_link, parse_link
from chalicelib.gs1.keys import CANONICAL, Elements, Gtin, Sgtin, Sscc
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import unescaped


class Kind(StrEnum):
    """How much a URI identifies; FOREIGN ones are known to their makers only."""

    ONE = "one"
    CLASS = "class"
    FOREIGN = "foreign"


class Identity(NamedTuple):
    """What a URI identifies.

    Attributes:
        kind: one thing or a class, or foreign.
        key: equal for all spellings of one item or logistic unit; else the URI itself.
    """

    kind: Kind
    key: str


# Characters of set 82 as a URN spells them (TDS, annex A), and those of a component's number.
_82 = (
    r"(?:[!'()*+,\-.0-9:;=A-Z_a-z]"
    r"|%(?:2[125-9A-Fa-f]|3[0-9A-Fa-f]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa]))"
)
_CAPITALS = r"(?:[\-0-9A-Z]|%2[FfDd])"
_PART = r"(?:[\-0-9A-Z]|%2[3FfDd])"


def _digits(total: int) -> str:
    """Return the pattern of a company prefix and a reference of so many digits together."""
    return rf"(?=[0-9.]{{{total + 1}}}(?:\.|$))[0-9]{{6,12}}\.[0-9]*"


def _upto_30(character: str) -> str:
    """Return the pattern of a company prefix and a reference, 30 characters together at most."""
    sizes = [rf"[0-9]{{{size}}}\.{character}{{1,{30 - size}}}" for size in range(6, 13)]
    return f"(?:{'|'.join(sizes)})"


_ITEM, _UNIT, _PLACE = _digits(13), _digits(17), _digits(12)
_IDS = {
    "adi": rf"[0-9A-HJ-NP-Z]{{5,6}}\.{_CAPITALS}{{0,32}}\.(?:%23)?{_CAPITALS}{{1,30}}",
    "bic": r"[A-Z]{3}[JUZ][0-9]{7}",
    "cpi": rf"{_upto_30(_PART)}\.(?:0|[1-9][0-9]{{0,11}})",
    "gdti": rf"{_PLACE}\.{_82}{{1,17}}",
    "giai": _upto_30(_82),
    "gid": r"(?:(?:0|[1-9][0-9]*)(?:\.(?!$)|$)){3}",
    "ginc": _upto_30(_82),
    "grai": rf"{_PLACE}\.{_82}{{1,16}}",
    "gsin": _digits(16),
    "gsrn": _UNIT,
    "gsrnp": _UNIT,
    "imovn": r"[0-9]{7}",
    "itip": rf"{_ITEM}\.[0-9]{{2}}\.[0-9]{{2}}\.{_82}{{1,20}}",
    "pgln": _PLACE,
    "sgcn": rf"{_PLACE}\.[0-9]{{1,12}}",
    "sgln": rf"{_PLACE}\.{_82}{{1,20}}",
    "sgtin": rf"{_ITEM}\.{_82}{{1,20}}",
    "sscc": _UNIT,
    "upui": rf"{_ITEM}\.{_82}{{1,28}}",
    "usdod": r"[0-9A-HJ-NP-Z]{5,6}\.[0-9]+",
}
_CLASSES = {"lgtin": rf"{_ITEM}\.{_82}{{1,20}}"}
_SCHEMES = {("id", scheme): re.compile(pattern) for scheme, pattern in _IDS.items()} | {
    ("class", scheme): re.compile(pattern) for scheme, pattern in _CLASSES.items()
}
_URN = re.compile(r"[Uu][Rr][Nn]:[Ee][Pp][Cc]:([^:]*):([^:]*)(?::(.*))?", re.DOTALL)
_SGTIN = re.compile(rf"urn:epc:id:sgtin:({_ITEM})\.({_82}{{1,20}})")
_SSCC = re.compile(rf"urn:epc:id:sscc:({_UNIT})")
_ITEM_LINK = re.compile(r"https?://[0-9A-Za-z.\-]+/01/([0-9]{14})/21/([0-9A-Za-z._\-]{1,20})")
_UNIT_LINK = re.compile(r"https?://[0-9A-Za-z.\-]+/00/([0-9]{18})")
_PATTERN = re.compile(r"[0-9A-Za-z%\-.*]+")

# Digital Links: what makes a class of a key that may also name one thing, and its whole length.
_SERIALISED = {"01": ("21", "235"), "8006": ("21",), "8010": ("8011",)}
_WITH_SERIAL_INSIDE = {"253": 13, "255": 13, "8003": 14}


def identify(uri: str) -> Identity:
    """Return what a URI identifies.

    >>> identify("https://id.gs1.org/01/80614141123458/21/6789")
    Identity(kind=<Kind.ONE: 'one'>, key='80614141123458#6789')
    >>> identify("urn:epc:id:sgtin:0614141.812345.6789").key
    '80614141123458#6789'

    Raises:
        Malformed: a URI of GS1's that names nothing: `syntax`, `check_digit`, or a code of `gs1`.
    """
    item = _SGTIN.fullmatch(uri)
    if item is not None:
        serial = unescaped(item[2]) if "%" in item[2] else item[2]
        return Identity(Kind.ONE, f"{_gtin(item[1])}#{serial}")
    unit = _SSCC.fullmatch(uri)
    if unit is not None:
        return Identity(Kind.ONE, _with_check_digit(unit[1]))
    if looks_like_link(uri):
        return _plainly_linked(uri) or _linked(uri)
    named = _URN.fullmatch(uri)
    return _named(uri, named) if named else Identity(Kind.FOREIGN, uri)


def _with_check_digit(part: str) -> str:
    """Return the key of a URN's first two parts, whose second leads with the first digit."""
    prefix, _, reference = part.partition(".")
    payload = reference[:1] + prefix + reference[1:]
    return payload + check_digit(payload)


def _gtin(part: str) -> str:
    known = _GTINS.get(part)
    if known is None:
        if len(_GTINS) > _MOST_GTINS:
            _GTINS.clear()
        known = _GTINS[part] = _with_check_digit(part)
    return known


# A shipment has few products and many items of each.
_GTINS: dict[str, str] = {}
_MOST_GTINS = 1000


def _named(uri: str, named: re.Match[str]) -> Identity:
    form, scheme, rest = named[1], named[2], named[3] or ""
    if form == "idpat":
        if not _PATTERN.fullmatch(rest) or "*" not in rest:
            raise refused("syntax", "an EPC pattern", uri, "urn:epc:idpat:{scheme}: with a *")
        return Identity(Kind.CLASS, uri)
    pattern = _SCHEMES.get((form, scheme))
    if pattern is None:
        expected = "urn:epc:id:, class: or idpat: and a scheme of the Tag Data Standard"
        raise refused("syntax", "an EPC URN", uri, expected)
    if not pattern.fullmatch(rest):
        expected = f"the parts, lengths and characters of scheme {scheme}"
        raise refused("syntax", "an EPC URN", uri, expected)
    return Identity(Kind.CLASS if form == "class" else Kind.ONE, uri)


def _plainly_linked(uri: str) -> Identity | None:
    """Return what a link of the usual form identifies; None when it must be read with more care."""
    item = _ITEM_LINK.fullmatch(uri)
    if item is not None:
        gtin, payload = item[1], item[1][:-1]
        if _gtin(f"{payload[1:]}.{payload[:1]}") == gtin:
            return Identity(Kind.ONE, f"{gtin}#{item[2]}")
    unit = _UNIT_LINK.fullmatch(uri)
    if unit is not None and ends_in_check_digit(unit[1]):
        return Identity(Kind.ONE, unit[1])
    return None


def _linked(uri: str) -> Identity:
    try:
        path, _ = parse_link(uri)
    except Malformed as fault:
        if fault.errors[0].code == "check_digit" or uri.startswith(f"{CANONICAL}/"):
            raise
        return Identity(Kind.FOREIGN, uri)
    return Identity(_kind(path), _key(path) or uri)


def _kind(path: Elements) -> Kind:
    primary, value = path[0]
    qualifiers = {ai for ai, _ in path[1:]}
    if primary in _SERIALISED:
        return Kind.ONE if qualifiers & set(_SERIALISED[primary]) else Kind.CLASS
    whole = _WITH_SERIAL_INSIDE.get(primary)
    return Kind.CLASS if whole is not None and len(value) == whole else Kind.ONE


def _key(path: Elements) -> str | None:
    values = dict(path)
    if "21" in values and path[0][0] == "01":
        return str(Sgtin.of(Gtin(values["01"]), values["21"]))
    return str(Sscc(values["00"])) if "00" in values else None
