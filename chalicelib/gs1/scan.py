"""What a barcode carries, or a partner's system hands over, read as GS1 data to the letter.

Accepted: the data of a GS1 symbol with its symbology identifier or without, GS for FNC1; the digits
of an EAN, UPC or ITF-14 symbol, also with a composite component; a Digital Link, an EPC URN or an
envelope (`envelope`) also in a plain 2D symbol; a bracketed element string; a plain key. A symbol
that is not GS1's, such as a plain Data Matrix (`]d1`), with AI-like data is refused.

What scanners and keyboards do to all this on the way is undone by `scanners`.

Source: GS1 General Specifications, sections 5.1.2 and 7.8; ISO/IEC 15424; ISO/IEC 15434.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from chalicelib.gs1 import dates
from chalicelib.gs1.digitallink import link, looks_like_link, parse_link
from chalicelib.gs1.elements import parse_bracketed, parse_raw, render_bracketed, render_raw
from chalicelib.gs1.envelope import is_envelope, parse_envelope
from chalicelib.gs1.identifiers import check_association, known
from chalicelib.gs1.keys import CANONICAL, Elements, Gtin, Sgtin, Sscc
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.schemes import OTHER_SCHEMES, elements_of
from chalicelib.gs1.urn import parse_urn

LONGEST = 8000

GS1_SYMBOLS = frozenset({"]d2", "]C1", "]Q3", "]e0", "]J1"})
"""GS1 DataMatrix, GS1-128, GS1 QR Code, GS1 DataBar and composites, GS1 DotCode."""

_PLAIN_SYMBOLS = {"]d1", "]Q1", "]J0"}
_EAN_SYMBOLS = {"]E0": 13, "]E4": 8, "]I0": 14, "]I1": 14}
SYMBOLS = GS1_SYMBOLS | _PLAIN_SYMBOLS | frozenset(_EAN_SYMBOLS)
"""Every symbology identifier that may stand before something that can be read."""

_COMPOSITE = "|]e0"
# 8, 12, 13 and 14 digits are a GTIN, 18 an SSCC; a GTIN may have its serial behind it.
_PLAIN_KEY = re.compile(r"([0-9]{8}|[0-9]{12,14})|([0-9]{18})|([0-9]{14})#(.+)", re.DOTALL)


class Remark(NamedTuple):
    """Something that whoever scanned ought to know, though it could be read.

    Attributes:
        code: stable word.
        message: "found …, expected …".
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Element strings that were read together; each is valid, and so is their company.

    Attributes:
        elements: in the order in which they were read.
        identifying: those that may name the thing: the path of a Digital Link, otherwise all.
        symbology: identifier such as `]d2`; None when there was none.
        spelt: the data identifiers and values that were read, where those are not AIs; empty
            where they are.
        remarks: what was not as it should be, and was put right.
    """

    elements: Elements
    identifying: Elements
    symbology: str | None = None
    spelt: Elements = ()
    remarks: tuple[Remark, ...] = ()

    def value(self, ai: str) -> str | None:
        """Return the value of an AI, or None when it was not read."""
        return dict(self.elements).get(ai)

    @property
    def gtin(self) -> Gtin | None:
        """AI (01)."""
        digits = dict(self.identifying).get("01")
        return None if digits is None else Gtin(digits)

    @property
    def sgtin(self) -> Sgtin | None:
        """AIs (01) and (21)."""
        gtin, serial = self.gtin, self.serial
        return None if gtin is None or serial is None else Sgtin.of(gtin, serial)

    @property
    def sscc(self) -> Sscc | None:
        """AI (00)."""
        digits = dict(self.identifying).get("00")
        return None if digits is None else Sscc(digits)

    @property
    def serial(self) -> str | None:
        """AI (21)."""
        return self.value("21")

    @property
    def lot(self) -> str | None:
        """AI (10)."""
        return self.value("10")

    @property
    def expiry(self) -> str | None:
        """AI (17), or the day of AI (7003): the six digits as printed, to be compared as such."""
        return self.value("17") or (self.value("7003") or "")[:6] or None

    def expiry_date(self, *, this_year: int) -> date | None:
        """Return the last day of use.

        Args:
            this_year: the reader's year, four digits, which settles the century.
        """
        return None if self.expiry is None else dates.parse(self.expiry, this_year=this_year)

    def digital_link(self, domain: str = CANONICAL) -> str:
        """Return everything as one Digital Link URI; refused when an AI has no place in one."""
        return link(self.elements, domain)

    def element_string(self) -> str:
        """Return everything, bracketed."""
        return render_bracketed(self.elements)

    def data(self) -> str:
        """Return everything as the data of a GS1 symbol, GS for FNC1, no symbology identifier."""
        return render_raw(self.elements)


def parse_scan(text: str) -> Scan:
    r"""Read a scan in any spelling.

    >>> parse_scan("]d2010950600013435217280200\x1d21S1").sgtin
    Sgtin(gtin=Gtin(digits='09506000134352'), serial='S1')

    Raises:
        Malformed: with the code of what is at fault; `syntax`, `symbology`, `unknown_ai`,
            `length`, `character`, `check_digit`, `date`, `value` or `requisite`.
    """
    if not 1 <= len(text) <= LONGEST:
        expected = f"1 to {LONGEST} characters, found {len(text)}"
        raise refused("length", "a scan", text, expected)
    symbology = text[:3] if text.startswith("]") else None
    scan = _read(text) if symbology is None else _read_symbol(symbology, text[3:])
    if not scan.spelt:
        check_association(scan.elements)
    return scan


def _read(text: str) -> Scan:
    if _speaks_for_itself(text):
        return _read_open(text)
    if text.startswith("("):
        return _all(parse_bracketed(text))
    if plain := _PLAIN_KEY.fullmatch(text):
        return _read_plain(plain)
    return _all(parse_raw(text))


def _speaks_for_itself(text: str) -> bool:
    """Return whether a text says what it is, so that it may stand in any symbol."""
    return looks_like_link(text) or text.startswith("urn:") or is_envelope(text)


def _read_open(text: str, symbology: str | None = None) -> Scan:
    if looks_like_link(text):
        path, attributes = parse_link(text)
        return Scan(path + attributes, path, symbology)
    if text.startswith("urn:"):
        return _all(_urn_elements(text), symbology)
    elements, spelt = parse_envelope(text)
    return Scan(elements, elements, symbology, spelt)


def _urn_elements(text: str) -> Elements:
    """Return what a URN of any scheme stands for; where it stands for nothing, say why."""
    elements = elements_of(text)
    if elements is None:
        if (scheme := text.split(":")[3:4]) and scheme[0] in OTHER_SCHEMES:
            expected = f"company prefix and reference as the scheme {scheme[0]} has them"
            raise refused("syntax", "an EPC URN", text, expected)
        return parse_urn(text).elements()
    for ai, value in elements:
        known(ai).check(value)
    return elements


def _read_plain(plain: re.Match[str]) -> Scan:
    gtin, sscc, first, serial = plain.groups()
    if gtin:
        return _all(Gtin.parse(gtin).elements())
    return _all(Sscc(sscc).elements() if sscc else Sgtin(Gtin(first), serial).elements())


def _read_symbol(symbology: str, data: str) -> Scan:
    if symbology in GS1_SYMBOLS:
        return _all(parse_raw(data), symbology)
    if symbology in _EAN_SYMBOLS:
        digits, mark, component = data.partition(_COMPOSITE)
        if len(digits) != _EAN_SYMBOLS[symbology]:
            expected = f"{_EAN_SYMBOLS[symbology]} digits, found {len(digits)} characters"
            raise refused("length", "the data of an EAN symbol", data, expected)
        elements = Gtin.parse(digits).elements()
        return _all(elements + (parse_raw(component) if mark else ()), symbology)
    if symbology in _PLAIN_SYMBOLS and _speaks_for_itself(data):
        return _read_open(data, symbology)
    expected = f"one of {', '.join(sorted(GS1_SYMBOLS | frozenset(_EAN_SYMBOLS)))}"
    expected += ", or a Digital Link, EPC URN or envelope in a plain 2D symbol"
    raise refused("symbology", "from a GS1 symbol", symbology, expected)


def _all(elements: Elements, symbology: str | None = None) -> Scan:
    return Scan(elements, elements, symbology, remarks=_repeats(elements))


def _repeats(elements: Elements) -> tuple[Remark, ...]:
    if len(elements) == len({ai for ai, _ in elements}):
        return ()
    counts = Counter(elements)
    return tuple(
        Remark("repeat", f"found AI ({ai}) {count} times with the same value, expected it once")
        for (ai, _), count in counts.items()
        if count > 1
    )
