"""How the characters of a serial, lot or extension are written in each form of a key.

The same text is `A/1` in a barcode, `A%2F1` in a URI. What trips people up is that a Digital Link
escapes far more than an EPC URN does, and that a bracketed element string escapes only `(`.
"""

import re

from chalicelib.gs1.refusal import refused

# GS1 General Specifications, figure 7.11-1: the 82 characters of type X.
SET_82 = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"
fits = re.compile(SET_82 + "{1,20}").fullmatch

# GS1 Digital Link 1.6 after RFC 3986, section 2.3: only unreserved characters stay as they are.
# `#` is not in set 82, and in the set of 39 that component numbers have.
_IN_LINK = {ord(c): f"%{ord(c):02X}" for c in "!\"#%&'()*+,/:;<=>?"}
# GS1 Tag Data Standard, annex A: the characters of set 82 that a URN cannot carry.
_IN_URN = {ord(c): f"%{ord(c):02X}" for c in '"%&/<>?'}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def parse_text(what: str, text: str) -> str:
    """Return a serial, lot or extension that stands alone, unchanged.

    Args:
        what: for people, such as "a lot number".
        text: 1..20 characters of set 82, case-sensitive.

    Raises:
        Malformed: with code `length` or `character`.
    """
    if fits(text) is None:
        expected = "1 to 20 characters of GS1 character set 82"
        if 1 <= len(text) <= 20:
            raise refused("character", what, text, expected)
        raise refused("length", what, text, f"{expected}, found {len(text)}")
    return text


def in_link(text: str) -> str:
    """Percent-encode a value for the path or the query of a Digital Link.

    >>> in_link("a+b/c-d")
    'a%2Bb%2Fc-d'
    """
    return text.translate(_IN_LINK)


def in_urn(text: str) -> str:
    """Percent-encode a value for an EPC URN.

    >>> in_urn("a+b/c-d")
    'a+b%2Fc-d'
    """
    return text.translate(_IN_URN)


def in_brackets(text: str) -> str:
    r"""Escape a value for a bracketed element string.

    >>> in_brackets("a(b)")
    'a\\(b)'
    """
    return text.replace("(", "\\(")


def unescaped(text: str) -> str:
    """Decode percent-escapes once; what is not an escape stays, so that it is refused as data.

    >>> unescaped("a%2Fb%2"), unescaped("%252F")
    ('a/b%2', '%2F')
    """
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
