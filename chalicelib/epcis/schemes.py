"""What a URI in an event identifies: one thing, or a class of things; and whether it can exist.

The URIs of GS1 have a grammar: the EPC schemes of the Tag Data Standard, and Digital Links. A URI
of anybody else is their own business (CBV 2.0, section 8). A web address that merely resembles a
Digital Link is nobody's fault, one with a wrong check digit is.

Sources: GS1 EPC Tag Data Standard 2.0, sections 6 to 8; CBV 2.0, section 8; GS1 Digital Link 1.6.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.errors import Malformed
from chalicelib.gs1.digitallink import looks_like_link
from chalicelib.gs1.identifiers import known
from chalicelib.gs1.keys import CANONICAL
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.schemes import is_class
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
        key: equal for all spellings of one thing, and of one class.
    """

    kind: Kind
    key: str


_LINK_STARTS = f"{CANONICAL}/"
_SURELY_ONE = ("urn:epc:id:sgtin:", "urn:epc:id:sscc:")
_URN = re.compile(r"[Uu][Rr][Nn]:[Ee][Pp][Cc]:([^:]*):([^:]*):(.*)", re.DOTALL)
_MANY = re.compile(r"[0-9A-Za-z%\-.]*\*[0-9A-Za-z%\-.*]*")

# Schemes that name no GS1 key (TDS 2.0, 6.3); CAGE codes and parts of aircraft are in capitals.
_CAPITALS = r"(?:[\-0-9A-Z]|%2[FfDd])"
_OTHER_SCHEMES = {
    "adi": rf"[0-9A-HJ-NP-Z]{{5,6}}\.{_CAPITALS}{{0,32}}\.(?:%23)?{_CAPITALS}{{1,30}}",
    "bic": r"[A-Z]{3}[JUZ][0-9]{7}",
    "gid": r"(?:(?:0|[1-9][0-9]*)(?:\.(?!$)|$)){3}",
    "imovn": r"[0-9]{7}",
    "usdod": r"[0-9A-HJ-NP-Z]{5,6}\.(?:0|[1-9][0-9]*)",
}


def identify(uri: str) -> Identity:
    """Return what a URI identifies.

    >>> identify("urn:epc:id:sgtin:0614141.812345.6789")
    Identity(kind=<Kind.ONE: 'one'>, key='https://id.gs1.org/01/80614141123458/21/6789')

    Raises:
        Malformed: a URI of GS1's that names nothing: `syntax`, or a code of `gs1.identifiers`.
    """
    key = canonical_uri(uri)
    if key != uri and uri.startswith(_SURELY_ONE):
        return Identity(Kind.ONE, key)
    if looks_like_link(uri):
        return _linked(uri, key)
    named = _URN.fullmatch(uri)
    return Identity(Kind.FOREIGN, uri) if named is None else _named(uri, named, key)


def _named(uri: str, named: re.Match[str], key: str) -> Identity:
    form, scheme, rest = named[1], named[2], named[3]
    if form == "id" and scheme in _OTHER_SCHEMES and re.fullmatch(_OTHER_SCHEMES[scheme], rest):
        return Identity(Kind.ONE, uri)
    if form == "idpat" and _MANY.fullmatch(rest):
        return Identity(Kind.CLASS, key)
    if form in ("id", "class") and key != uri:
        return Identity(Kind.ONE if form == "id" else Kind.CLASS, key)
    expected = "urn:epc:{id|class|idpat}: and the parts, lengths and characters of its scheme"
    raise refused("syntax", "an EPC URN", uri, expected)


def _linked(uri: str, key: str) -> Identity:
    path = key.removeprefix(_LINK_STARTS).split("/")
    if key == uri and not (key.startswith(_LINK_STARTS) and len(path) in (2, 4)):
        if key.startswith(_LINK_STARTS):
            raise refused("syntax", "a Digital Link", uri, "a key of GS1 and its value at the end")
        return Identity(Kind.FOREIGN, uri)
    ai, value = path[0], unescaped(path[1])
    try:
        _check(ai, value)
    except Malformed as fault:
        # Elsewhere than at GS1's own address, what has another form may mean something else.
        if fault.errors[0].code == "check_digit" or uri.startswith(_LINK_STARTS):
            raise
        return Identity(Kind.FOREIGN, uri)
    qualifiers = ((path[2], path[3]),) if len(path) > 2 else ()
    many = is_class(((ai, value), *qualifiers))
    return Identity(Kind.CLASS if many else Kind.ONE, key)


@lru_cache(maxsize=1024)
def _check(ai: str, value: str) -> None:
    """Refuse a key that cannot be; those that can are remembered: few products, many items."""
    known(ai).check(value)
