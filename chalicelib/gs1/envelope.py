r"""Envelopes around the data of a 2D symbol: formats 05 and 06 of ISO/IEC 15434.

Format 05 carries GS1 element strings. Format 06 carries data identifiers; medicine packs of the IFA
system have it, with the Pharmacy Product Number (PPN) in a Data Matrix that is not GS1's:
`[)>` RS `06` GS `9N…` GS `1T…` GS `D…` GS `S…` RS EOT.

A German PPN has a GTIN of its own, the NTIN: `04150`, the PZN and a check digit. By it such a pack
is known here. Other PPNs have none, and are read all the same.

Sources: ISO/IEC 15434; ISO/IEC 15418 (MH10.8.2); IFA Coding System, PPN code specification for
retail packages.
"""

import re
from collections.abc import Callable

from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.dates import is_day_or_month
from chalicelib.gs1.elements import GS, parse_raw
from chalicelib.gs1.keys import Elements, Gtin
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import parse_text

RS, EOT = "\x1e", "\x04"

_HEAD = "[)>"
_ENVELOPE = re.compile(r"\[\)>\x1e(05|06)\x1d(.*?)(?:\x1e\x04?)?", re.DOTALL)
_IDENTIFIER = re.compile(r"([0-9]{0,3}[A-Z])(.*)", re.DOTALL)
_PPN = re.compile(r"[0-9A-Z]{2}[0-9A-Z]{1,18}[0-9]{2}")
_SIX = re.compile(r"[0-9]{6}")
_GERMANY = "11"
_NTIN = "04150"


def is_envelope(text: str) -> bool:
    """Return whether a text begins like an envelope."""
    return text.startswith(_HEAD)


def parse_envelope(text: str) -> tuple[Elements, Elements]:
    r"""Read an envelope.

    >>> parse_envelope("[)>\x1e06\x1d9N110375286414\x1dSA1\x1e\x04")
    ((('01', '04150037528643'), ('21', 'A1')), (('9N', '110375286414'), ('S', 'A1')))

    Returns:
        The AIs that it stands for, and its data identifiers; none of the latter in format 05.

    Raises:
        Malformed: with code `syntax`, or that of the value at fault.
    """
    match = _ENVELOPE.fullmatch(text)
    if match is None:
        raise refused("syntax", "an ISO/IEC 15434 envelope", text, "[)> RS 05 or 06 GS … RS EOT")
    if match[1] == "05":
        return parse_raw(match[2]), ()
    spelt = tuple(_identified(field) for field in match[2].split(GS))
    names = [name for name, _ in spelt]
    if len(set(names)) != len(names):
        raise refused("requisite", "one pack", ", ".join(names), "each data identifier once")
    elements = [element for name, value in spelt for element in _elements(name, value)]
    if "8P" in names:  # a GTIN that is told goes before the one that is made of a PPN
        elements = [_gtin(dict(spelt)["8P"]), *(one for one in elements if one[0] != "01")]
    return tuple(elements), spelt


def _identified(field: str) -> tuple[str, str]:
    match = _IDENTIFIER.fullmatch(field)
    if match is None:
        raise refused("syntax", "a field of format 06", field, "a data identifier, such as 9N or S")
    return match[1], match[2]


def _elements(name: str, value: str) -> Elements:
    """Return what a data identifier is in AIs; nothing where there is no such AI."""
    read = _READERS.get(name)
    return read(value) if read else ()


def _gtin(digits: str) -> tuple[str, str]:
    return "01", Gtin(digits).digits


def _ppn(text: str) -> Elements:
    if not _PPN.fullmatch(text):
        expected = "a two-digit agency, a number and two check digits, 5 to 22 characters"
        raise refused("syntax", "a PPN", text, expected)
    if text[-2:] != _ppn_check(text[:-2]):
        expected = f"check digits {_ppn_check(text[:-2])}, found {text[-2:]}"
        raise refused("check_digit", "a PPN", text, expected)
    return () if text[:2] != _GERMANY else (("01", _ntin(text[2:-2])),)


def _ppn_check(payload: str) -> str:
    """Return the check digits: characters by their ASCII code, weighted 2, 3, 4, …, modulo 97."""
    return f"{sum(weight * ord(c) for weight, c in enumerate(payload, start=2)) % 97:02d}"


def _ntin(pzn: str) -> str:
    """Return the GTIN of a German PZN, whose own last digit is its weighted sum modulo 11."""
    if not re.fullmatch("[0-9]{8}", pzn):
        raise refused("syntax", "a PZN", pzn, "8 digits")
    expected = sum(weight * int(digit) for weight, digit in enumerate(pzn[:7], start=1)) % 11
    if expected != int(pzn[7]):
        raise refused("check_digit", "a PZN", pzn, f"check digit {expected}, found {pzn[7]}")
    return _NTIN + pzn + check_digit(_NTIN + pzn)


def _expiry(text: str) -> Elements:
    if not _SIX.fullmatch(text) or not is_day_or_month(text):
        expected = "YYMMDD, day 00 for the last day of the month"
        raise refused("date", "an expiry date", text, expected)
    return (("17", text),)


_READERS: dict[str, Callable[[str], Elements]] = {
    "9N": _ppn,
    "8P": lambda text: (_gtin(text),),
    "1T": lambda text: (("10", parse_text("a lot number", text)),),
    "S": lambda text: (("21", parse_text("a serial", text)),),
    "D": _expiry,
}
