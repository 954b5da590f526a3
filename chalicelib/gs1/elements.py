r"""Element strings: AIs with their values, as a barcode carries them and as people read them.

In a barcode a value of no predefined length ends at FNC1, which scanners send as GS (0x1D), or at
the end of the data. The bracketed form puts each AI in parentheses and writes a `(` of the data
as `\(`. Reading checks each value; whether they go together is `identifiers.check_association`.

Source: GS1 General Specifications, sections 4.14 and 7.8.
"""

import re

from chalicelib.gs1.identifiers import known, starting
from chalicelib.gs1.keys import Elements
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import in_brackets

GS = "\x1d"

_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:[^(\\]|\\\(?)*)")


def parse_raw(text: str) -> Elements:
    r"""Read the data of a GS1 symbol, without symbology identifier and first FNC1.

    A separator that is not needed, behind a predefined length or at the end, is allowed.

    >>> parse_raw("010950600013435210A1\x1d21S1")
    (('01', '09506000134352'), ('10', 'A1'), ('21', 'S1'))

    Raises:
        Malformed: with code `unknown_ai`, or that of the value at fault.
    """
    elements: list[tuple[str, str]] = []
    at = 0
    while at < len(text) or not elements:
        identifier = starting(text, at)
        if identifier is None:
            expected = f"an application identifier at position {at}"
            raise refused("unknown_ai", "an element string", text[at:], expected)
        start = at + len(identifier.ai)
        end = text.find(GS, start)
        end = len(text) if end < 0 else end
        if identifier.predefined:
            end = min(end, start + identifier.longest)
        identifier.check(text[start:end])
        elements.append((identifier.ai, text[start:end]))
        at = end + (text[end : end + 1] == GS)
    return tuple(elements)


def parse_bracketed(text: str) -> Elements:
    r"""Read a bracketed element string.

    >>> parse_bracketed(r"(01)09506000134352(10)A\(1)")
    (('01', '09506000134352'), ('10', 'A(1)'))

    Raises:
        Malformed: with code `syntax` or `unknown_ai`, or that of the value at fault.
    """
    elements: list[tuple[str, str]] = []
    at = 0
    while at < len(text) or not elements:
        match = _BRACKETED.match(text, at)
        if match is None:
            expected = f"an AI of 2 to 4 digits in brackets at position {at}"
            raise refused("syntax", "a bracketed element string", text[at:], expected)
        ai, value = match[1], match[2].replace("\\(", "(")
        known(ai).check(value)
        elements.append((ai, value))
        at = match.end()
    return tuple(elements)


def render_raw(elements: Elements) -> str:
    r"""Return the data of a GS1 symbol, with GS only where it is needed.

    >>> render_raw((("10", "A1"), ("01", "09506000134352"), ("21", "S1")))
    '10A1\x1d010950600013435221S1'
    """
    parts = [ai + value + ("" if known(ai).predefined else GS) for ai, value in elements]
    return "".join(parts).removesuffix(GS)


def render_bracketed(elements: Elements) -> str:
    """Return the form that people read."""
    return "".join([f"({ai}){in_brackets(value)}" for ai, value in elements])
