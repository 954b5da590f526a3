"""Every EPC scheme that is made of GS1 keys: from its URN to AIs and back.

A URN shows where the company prefix ends, moves the indicator or extension digit behind it, and
drops the check digit; AIs do the opposite. Whatever has no counterpart on the other side is None:
`gid`, `usdod`, `adi`, `bic` and `imovn` name no GS1 key, and a pattern of many keys names none.

Only the shape is judged, by GS1's table of AIs; check digits are what a URN lets us compute.

Source: GS1 EPC Tag Data Standard 2.0, sections 6.3, 6.4, 7 and 8; CBV 2.0, section 8.2.
"""

import re
from typing import NamedTuple

from chalicelib.gs1.checkdigit import check_digit, ends_in_check_digit
from chalicelib.gs1.identifiers import known
from chalicelib.gs1.keys import Elements
from chalicelib.gs1.prefixes import company_prefix_length
from chalicelib.gs1.spelling import in_urn, unescaped

_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([0-9]{6,12})\.(.*)", re.DOTALL)
_PIECES = re.compile(r"([0-9]{2})\.([0-9]{2})\.(.*)", re.DOTALL)
_ANY = "*"
_NO_EXTENSION = "0"


class Scheme(NamedTuple):
    """What an EPC scheme is made of.

    Attributes:
        name: as in the URN.
        ai: of the key.
        digits: of company prefix and reference together; 0 where the reference is text.
        leading: the first digit of the reference stands at the front of the key.
        last: the AI of what follows the reference; `ai` itself where that is the end of the key;
            empty where nothing follows.
        filler: what the key begins with.
        pieces: piece and total follow the reference, and end the key.
    """

    name: str
    ai: str
    digits: int
    leading: bool = False
    last: str = ""
    filler: str = ""
    pieces: bool = False


_SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Scheme("sgtin", "01", 13, leading=True, last="21"),
        Scheme("lgtin", "01", 13, leading=True, last="10"),
        Scheme("upui", "01", 13, leading=True, last="235"),
        Scheme("itip", "8006", 13, leading=True, last="21", pieces=True),
        Scheme("sscc", "00", 17, leading=True),
        Scheme("sgln", "414", 12, last="254"),
        Scheme("pgln", "417", 12),
        Scheme("grai", "8003", 12, last="8003", filler="0"),
        Scheme("gdti", "253", 12, last="253"),
        Scheme("sgcn", "255", 12, last="255"),
        Scheme("gsrn", "8018", 17),
        Scheme("gsrnp", "8017", 17),
        Scheme("gsin", "402", 16),
        Scheme("giai", "8004", 0),
        Scheme("ginc", "401", 0),
        Scheme("cpi", "8010", 0, last="8011"),
    )
}

OTHER_SCHEMES = frozenset(_SCHEMES) - {"sgtin", "lgtin", "sscc", "sgln", "pgln"}
"""Schemes whose keys are no values of `keys`, so that `urn` knows nothing of them."""

# The scheme of a key (with the AI of what follows it), and of the class of all such keys.
_SERIALISED = {(one.ai, one.last): one for one in _SCHEMES.values()}
_CLASSES = {one.ai: one for one in _SCHEMES.values() if one.last and one.name != "lgtin"}
_CLASSES["01"] = _SCHEMES["sgtin"]
# What may follow each key in its URN, the most exact first.
_QUALIFIERS = {
    one.ai: [last for last in ("21", "235", "10", "254", "8011") if (one.ai, last) in _SERIALISED]
    for one in _SCHEMES.values()
}


def elements_of(urn: str) -> Elements | None:
    """Return the AIs and values that an EPC URN, class or pattern of one class stands for.

    >>> elements_of("urn:epc:id:grai:0614141.12345.AB%2F1")
    (('8003', '00614141123452AB/1'),)
    >>> elements_of("urn:epc:idpat:cpi:4012345.AB12.*")
    (('8010', '4012345AB12'),)

    Returns:
        None unless it is one of the schemes, and of the shape that the scheme and its AIs have.
    """
    match = _URN.fullmatch(urn)
    scheme = _SCHEMES.get(match[2]) if match else None
    if match is None or scheme is None or (match[1] == "class") != (scheme.name == "lgtin"):
        return None
    elements = _assembled(scheme, match[3], match[4], pattern=match[1] == "idpat")
    if elements is None or not all(known(ai).pattern.fullmatch(text) for ai, text in elements):
        return None
    return elements


def is_class(elements: Elements) -> bool:
    """Return whether a key names a class of things, for want of the serial that its scheme has.

    >>> is_class((("01", "80614141123458"), ("10", "L1"))), is_class((("414", "4012345000009"),))
    (True, False)

    Args:
        elements: one key and at most one qualifier, of the shape that their AIs have.
    """
    (ai, key), *qualifiers = elements
    scheme = _CLASSES.get(ai)
    if scheme is None or scheme.name == "sgln":  # a place is one, with an extension or without
        return False
    if scheme.last == ai:
        return len(key) == len(scheme.filler) + scheme.digits + 1
    serialised = _SERIALISED.get((ai, qualifiers[0][0])) if qualifiers else None
    return serialised is None or serialised.name == "lgtin"


def urn_of(elements: Elements) -> str | None:
    """Return the EPC URN of a key and what qualifies it, or the pattern of a class.

    >>> urn_of((("01", "80614141123458"), ("21", "A/1")))
    'urn:epc:id:sgtin:0614141.812345.A%2F1'

    Args:
        elements: one key and at most one qualifier, of the shape that their AIs have.

    Returns:
        None where the AIs have no scheme, a check digit is wrong, or GS1 knows no such prefix.
    """
    (ai, key), *qualifiers = elements
    last_ai, last = qualifiers[0] if qualifiers else ("", "")
    scheme = _SERIALISED.get((ai, last_ai)) or _CLASSES.get(ai)
    if scheme is None or (last_ai and scheme.last != last_ai):
        return None
    if not scheme.digits:
        text = _split(key)
        return _urn(scheme, text, last) if text and text[1] else None
    end = scheme.digits + 1 + len(scheme.filler)
    body, rest = key[len(scheme.filler) : end], key[end:]
    if not ends_in_check_digit(body):
        return None
    front, payload = (body[0], body[1:-1]) if scheme.leading else ("", body[:-1])
    parts = _split(payload)
    if parts is None:
        return None
    parts = (parts[0], front + parts[1])
    if scheme.pieces:
        return _urn(scheme, (*parts, rest[:2], rest[2:]), last)
    return _urn(scheme, parts, last or rest)


def urn_among(elements: Elements) -> str | None:
    """Return the EPC URN of the first key among the AIs of a scan, as exact as its qualifiers are.

    >>> urn_among((("17", "280200"), ("01", "80614141123458"), ("10", "L1"), ("21", "A1")))
    'urn:epc:id:sgtin:0614141.812345.A1'

    Args:
        elements: that were read together, each value checked.
    """
    values = dict(elements)
    key = next((ai for ai in values if ai in _QUALIFIERS), None)
    if key is None:
        return None
    qualifier = next((ai for ai in _QUALIFIERS[key] if ai in values), None)
    qualified = ((qualifier, values[qualifier]),) if qualifier else ()
    return urn_of(((key, values[key]), *qualified))


def _assembled(scheme: Scheme, prefix: str, rest: str, *, pattern: bool) -> Elements | None:
    if not scheme.digits:
        return _assembled_text(scheme, prefix, rest)
    reference, dot, last = rest.partition(".")
    if len(prefix) + len(reference) != scheme.digits or bool(dot) != bool(scheme.last):
        return None
    front, behind = (reference[:1], reference[1:]) if scheme.leading else ("", reference)
    payload = front + prefix + behind
    if not (payload.isascii() and payload.isdecimal()):
        return None
    key = scheme.filler + payload + check_digit(payload)
    if scheme.pieces:
        pieces = _PIECES.fullmatch(last)
        if pieces is None:
            return None
        key, last = key + pieces[1] + pieces[2], pieces[3]
    return _followed(scheme, key, last, pattern=pattern)


def _followed(scheme: Scheme, key: str, last: str, *, pattern: bool) -> Elements | None:
    if not scheme.last or (pattern and last == _ANY):
        return ((scheme.ai, key),)
    if not last:
        return None
    if scheme.last == scheme.ai:
        return ((scheme.ai, key + unescaped(last)),)
    if scheme.name == "sgln" and last == _NO_EXTENSION:
        return ((scheme.ai, key),)
    return ((scheme.ai, key), (scheme.last, unescaped(last)))


def _assembled_text(scheme: Scheme, prefix: str, rest: str) -> Elements | None:
    if not scheme.last:
        return None if rest in ("", _ANY) else ((scheme.ai, prefix + unescaped(rest)),)
    reference, _, last = rest.partition(".")
    if not reference:
        return None
    key = (scheme.ai, prefix + unescaped(reference))
    return (key,) if last == _ANY else (key, (scheme.last, last))


def _split(payload: str) -> tuple[str, str] | None:
    """Cut a payload behind its company prefix."""
    front = payload[:12]
    digits = front[: len(front) - len(front.lstrip("0123456789"))]
    length = company_prefix_length(digits) if digits else None
    return None if length is None or length > len(digits) else (payload[:length], payload[length:])


def _urn(scheme: Scheme, parts: tuple[str, ...], last: str) -> str:
    kind = "class" if scheme.name == "lgtin" else "id"
    ends = [_escaped(part) for part in parts]
    if scheme.last:
        if scheme.name == "sgln":
            last = last or _NO_EXTENSION
        elif not last:
            kind = "idpat"
        ends.append(_escaped(last) if last else _ANY)
    return f"urn:epc:{kind}:{scheme.name}:{'.'.join(ends)}"


def _escaped(text: str) -> str:
    return in_urn(text).replace("#", "%23")
