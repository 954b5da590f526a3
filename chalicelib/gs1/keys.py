"""GS1 identification keys as values that are valid if they exist.

`parse` reads the plain key as a person writes it; a constructor takes exact parts and refuses
what is wrong, so no other code ever checks again. Every other spelling is read by `epc` and
`scan`. Serial, lot and extension are case-sensitive: nothing here changes their case.

`str()` is the plain key; where it has two parts they are joined by `#`, which GS1 data cannot
contain. Each value renders itself as Digital Link, bracketed element string and EPC URN. Only the
URN needs to know how long the company prefix is, which cannot be told from the digits.

Sources: GS1 General Specifications section 3, GS1 Digital Link 1.6, GS1 EPC Tag Data Standard 2.0.
"""

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Self

from chalicelib.gs1.checkdigit import check_digit, ends_in_check_digit
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import in_brackets, in_link, in_urn, parse_text

CANONICAL = "https://id.gs1.org"

Elements = tuple[tuple[str, str], ...]
"""Application identifiers with their values, in order."""

_DIGITS = re.compile(r"[0-9]+")
_GTIN_LENGTHS = (8, 12, 13, 14)


def _check(what: str, digits: str, length: int) -> None:
    """Refuse what is not exactly `length` digits that end in their check digit."""
    if len(digits) != length:
        raise refused("length", what, digits, f"{length} digits, found {len(digits)} characters")
    if not _DIGITS.fullmatch(digits):
        raise refused("character", what, digits, f"{length} digits")
    if not ends_in_check_digit(digits):
        expected = check_digit(digits[:-1])
        raise refused("check_digit", what, digits, f"check digit {expected}, found {digits[-1]}")


def _prefixed(digits: str, length: int) -> tuple[str, str]:
    """Cut digits behind a company prefix of the given length."""
    if not 6 <= length <= 12:
        raise refused("company_prefix", "a company prefix length", str(length), "6 to 12")
    return digits[:length], digits[length:]


class Key:
    """What every key can do: render itself."""

    __slots__ = ()

    def elements(self) -> Elements:
        """Return the AIs and values that spell the key, in the order of a Digital Link."""
        raise NotImplementedError

    def digital_link(self, domain: str = CANONICAL) -> str:
        """Return the GS1 Digital Link URI; canonical unless another domain and stem are given."""
        return domain + "".join([f"/{ai}/{in_link(value)}" for ai, value in self.elements()])

    def element_string(self) -> str:
        """Return the bracketed element string, the form that people read."""
        return "".join([f"({ai}){in_brackets(value)}" for ai, value in self.elements()])

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC URN; the company prefix has 6 to 12 digits."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, order=True)
class Gtin(Key):
    """Global Trade Item Number: a kind of thing that is traded.

    Attributes:
        digits: all 14 of them, shorter GTINs padded with zeros on the left.

    >>> str(Gtin.parse("9506000134352"))
    '09506000134352'
    """

    digits: str

    def __post_init__(self) -> None:
        _check("a GTIN", self.digits, 14)

    def __hash__(self) -> int:
        return hash(self.digits)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 8, 12, 13 or 14 digits.

        Raises:
            Malformed: with code `length`, `character` or `check_digit`.
        """
        if len(text) not in _GTIN_LENGTHS:
            expected = f"8, 12, 13 or 14 digits, found {len(text)} characters"
            raise refused("length", "a GTIN", text, expected)
        return cls(text.rjust(14, "0"))

    def __str__(self) -> str:
        return self.digits

    def elements(self) -> Elements:
        """Return AI (01)."""
        return (("01", self.digits),)

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC pattern of all items of this class (TDS 8)."""
        return f"urn:epc:idpat:sgtin:{self.urn_part(company_prefix_length)}.*"

    def urn_part(self, company_prefix_length: int) -> str:
        """Return company prefix and item reference, the indicator before the latter (TDS 7.3)."""
        prefix, item = _prefixed(self.digits[1:13], company_prefix_length)
        return f"{prefix}.{self.digits[0]}{item}"


@dataclass(frozen=True, slots=True, order=True)
class Sgtin(Key):
    """GTIN and serial: one single item.

    >>> Sgtin.parse("09506000134352#A/1").digital_link()
    'https://id.gs1.org/01/09506000134352/21/A%2F1'
    """

    gtin: Gtin
    serial: str

    def __post_init__(self) -> None:
        parse_text("a serial", self.serial)

    def __hash__(self) -> int:
        # Sets of items are large, and mostly of one product: the serial tells them apart.
        return hash(self.serial)

    @classmethod
    def of(cls, gtin: Gtin, serial: str) -> Self:
        """Return the item of a GTIN that is read already; about a microsecond, for bulk.

        Raises:
            Malformed: the serial is not 1..20 characters of set 82.
        """
        return cls(gtin, serial)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the plain key, `{gtin}#{serial}`."""
        gtin, _, serial = text.partition("#")
        return cls(Gtin.parse(gtin), serial)

    def __str__(self) -> str:
        return f"{self.gtin.digits}#{self.serial}"

    def elements(self) -> Elements:
        """Return AIs (01) and (21)."""
        return (("01", self.gtin.digits), ("21", self.serial))

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC pure identity URN (TDS 6.3.1)."""
        return f"urn:epc:id:sgtin:{self.gtin.urn_part(company_prefix_length)}.{in_urn(self.serial)}"


@dataclass(frozen=True, slots=True, order=True)
class Lgtin(Key):
    """GTIN and lot: the items of one batch. A class, so never itself packed or shipped."""

    gtin: Gtin
    lot: str

    def __post_init__(self) -> None:
        parse_text("a lot number", self.lot)

    def __hash__(self) -> int:
        return hash(self.lot)

    @classmethod
    def of(cls, gtin: Gtin, lot: str) -> Self:
        """Return the lot of a GTIN that is read already."""
        return cls(gtin, lot)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the plain key, `{gtin}#{lot}`."""
        gtin, _, lot = text.partition("#")
        return cls(Gtin.parse(gtin), lot)

    def __str__(self) -> str:
        return f"{self.gtin.digits}#{self.lot}"

    def elements(self) -> Elements:
        """Return AIs (01) and (10)."""
        return (("01", self.gtin.digits), ("10", self.lot))

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC class URN (TDS 6.4.1)."""
        return f"urn:epc:class:lgtin:{self.gtin.urn_part(company_prefix_length)}.{in_urn(self.lot)}"


@dataclass(frozen=True, slots=True, order=True)
class Sscc(Key):
    """Serial Shipping Container Code: one logistic unit.

    Attributes:
        digits: all 18 of them.
    """

    digits: str

    def __post_init__(self) -> None:
        _check("an SSCC", self.digits, 18)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 18 digits."""
        return cls(text)

    def __str__(self) -> str:
        return self.digits

    def elements(self) -> Elements:
        """Return AI (00)."""
        return (("00", self.digits),)

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC pure identity URN, the extension digit before the serial (TDS 6.3.2)."""
        prefix, reference = _prefixed(self.digits[1:17], company_prefix_length)
        return f"urn:epc:id:sscc:{prefix}.{self.digits[0]}{reference}"


@dataclass(frozen=True, slots=True, order=True)
class Gln(Key):
    """Global Location Number of a party. A place is an `Sgln`, with or without extension.

    Attributes:
        digits: all 13 of them.
    """

    digits: str

    def __post_init__(self) -> None:
        _check("a GLN", self.digits, 13)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 13 digits."""
        return cls(text)

    def __str__(self) -> str:
        return self.digits

    def elements(self) -> Elements:
        """Return AI (417)."""
        return (("417", self.digits),)

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC pure identity URN of the party (TDS 6.3.15)."""
        prefix, party = _prefixed(self.digits[:12], company_prefix_length)
        return f"urn:epc:id:pgln:{prefix}.{party}"


@total_ordering
@dataclass(frozen=True, slots=True)
class Sgln(Key):
    """A place: a GLN and perhaps an extension, which names a part of it such as a bin.

    The extension `0` is the standard's word for "none" and becomes None, so that one place is
    always one value (TDS 6.3.3).

    Attributes:
        gln: of the place as a whole.
        extension: 1..20 characters of set 82; None when the place is the whole GLN.
    """

    gln: Gln
    extension: str | None = None

    def __post_init__(self) -> None:
        if self.extension == "0":
            object.__setattr__(self, "extension", None)
        elif self.extension is not None:
            parse_text("a GLN extension", self.extension)

    @classmethod
    def of(cls, gln: Gln, extension: str | None = None) -> Self:
        """Return the place of a GLN that is read already."""
        return cls(gln, extension)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the plain key, `{gln}` or `{gln}#{extension}`."""
        gln, mark, extension = text.partition("#")
        return cls(Gln.parse(gln), extension if mark else None)

    def __str__(self) -> str:
        return self.gln.digits if self.extension is None else f"{self.gln.digits}#{self.extension}"

    def __lt__(self, other: "Sgln") -> bool:
        return str(self) < str(other)

    def elements(self) -> Elements:
        """Return AI (414), and (254) where there is an extension."""
        place = ("414", self.gln.digits)
        return (place,) if self.extension is None else (place, ("254", self.extension))

    def urn(self, company_prefix_length: int) -> str:
        """Return the EPC pure identity URN (TDS 6.3.3)."""
        prefix, place = _prefixed(self.gln.digits[:12], company_prefix_length)
        return f"urn:epc:id:sgln:{prefix}.{place}.{in_urn(self.extension or '0')}"


Epc = Sgtin | Sscc
"""Instance-level goods: what a line makes, a warehouse moves and a recall blocks."""
