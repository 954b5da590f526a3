"""What a scanner, a person or a partner's system hands over, read as GS1 data.

Accepted: the data of a GS1 symbol with its symbology identifier or without, GS for FNC1; a
bracketed element string; a Digital Link, also in a plain 2D symbol; an EPC URN. A symbol that is
not GS1's, such as a plain Data Matrix (`]d1`) with AI-like data, is refused.

Source: GS1 General Specifications, sections 5.1.2 and 7.8; ISO/IEC 15424.
"""

from dataclasses import dataclass
from datetime import date

from chalicelib.gs1 import dates
from chalicelib.gs1.digitallink import link, looks_like_link, parse_link
from chalicelib.gs1.elements import parse_bracketed, parse_raw, render_bracketed, render_raw
from chalicelib.gs1.identifiers import check_association
from chalicelib.gs1.keys import CANONICAL, Elements, Gtin, Sgtin, Sscc
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.urn import parse_urn

LONGEST = 8000

_GS1_SYMBOLS = {"]d2", "]C1", "]Q3", "]e0", "]J1"}
_PLAIN_SYMBOLS = {"]d1", "]Q1", "]J0"}
_EAN_SYMBOLS = {"]E0": 13, "]E4": 8}


@dataclass(frozen=True, slots=True)
class Scan:
    """Element strings that were read together; each is valid, and so is their company.

    Attributes:
        elements: in the order in which they were read.
        identifying: those that may name the thing: the path of a Digital Link, otherwise all.
        symbology: identifier such as `]d2`; None when there was none.
    """

    elements: Elements
    identifying: Elements
    symbology: str | None = None

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
    check_association(scan.elements)
    return scan


def _read(text: str) -> Scan:
    if looks_like_link(text):
        return _read_link(text)
    if text.startswith("urn:"):
        return _all(parse_urn(text).elements())
    return _all(parse_bracketed(text) if text.startswith("(") else parse_raw(text))


def _read_symbol(symbology: str, data: str) -> Scan:
    if symbology in _GS1_SYMBOLS:
        return _all(parse_raw(data), symbology)
    if symbology in _EAN_SYMBOLS:
        if len(data) != _EAN_SYMBOLS[symbology]:
            expected = f"{_EAN_SYMBOLS[symbology]} digits, found {len(data)} characters"
            raise refused("length", "the data of an EAN symbol", data, expected)
        return _all(Gtin.parse(data).elements(), symbology)
    if symbology in _PLAIN_SYMBOLS and looks_like_link(data):
        return _read_link(data, symbology)
    expected = "]d2, ]C1, ]Q3, ]e0, ]J1, ]E0, ]E4, or a Digital Link in a plain symbol"
    raise refused("symbology", "from a GS1 symbol", symbology, expected)


def _read_link(text: str, symbology: str | None = None) -> Scan:
    path, attributes = parse_link(text)
    return Scan(path + attributes, path, symbology)


def _all(elements: Elements, symbology: str | None = None) -> Scan:
    return Scan(elements, elements, symbology)
