"""Reading EPC URNs: the pure identities and classes that name goods, lots, places and parties.

Source: GS1 EPC Tag Data Standard 2.0, sections 6.3, 6.4 and 8. A URN shows where the company
prefix ends and drops the check digit; a key needs the opposite, so reading always works.
"""

import re
from collections.abc import Callable

from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Gtin, Key, Lgtin, Sgln, Sgtin, Sscc
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import unescaped

_URN = re.compile(
    r"urn:epc:(id|class|idpat):([a-z]+):([0-9]{6,12})\.([0-9]*)(?:\.(.*))?", re.DOTALL
)
# TDS annex A: letters, digits and these; anything else is escaped.
_LAST = re.compile(r"(?:[!'()*+,\-.0-9:;=A-Z_a-z]|%[0-9A-Fa-f]{2})+")


def _gtin(prefix: str, item: str) -> Gtin:
    payload = item[:1] + prefix + item[1:]
    return Gtin(payload + check_digit(payload))


def _sscc(prefix: str, reference: str) -> Sscc:
    payload = reference[:1] + prefix + reference[1:]
    return Sscc(payload + check_digit(payload))


def _gln(prefix: str, place: str) -> Gln:
    return Gln(prefix + place + check_digit(prefix + place))


# What each scheme is made of: digits altogether, whether a third part follows, and the key.
_SCHEMES: dict[tuple[str, str], tuple[int, bool, Callable[[str, str, str], Key]]] = {
    ("id", "sgtin"): (13, True, lambda prefix, item, last: Sgtin(_gtin(prefix, item), last)),
    ("class", "lgtin"): (13, True, lambda prefix, item, last: Lgtin(_gtin(prefix, item), last)),
    ("idpat", "sgtin"): (13, True, lambda prefix, item, _: _gtin(prefix, item)),
    ("id", "sscc"): (17, False, lambda prefix, reference, _: _sscc(prefix, reference)),
    ("id", "sgln"): (12, True, lambda prefix, place, last: Sgln(_gln(prefix, place), last)),
    ("id", "pgln"): (12, False, lambda prefix, party, _: _gln(prefix, party)),
}


def parse_urn(text: str) -> Key:
    """Read an EPC URN of scheme sgtin, lgtin, sscc, sgln or pgln, or a pattern of one GTIN.

    >>> parse_urn("urn:epc:id:sgtin:0614141.812345.6789")
    Sgtin(gtin=Gtin(digits='80614141123458'), serial='6789')

    Raises:
        Malformed: with code `syntax`, `length` or `character`.
    """
    match = _URN.fullmatch(text)
    scheme = _SCHEMES.get((match[1], match[2])) if match else None
    if match is None or scheme is None:
        expected = (
            "urn:epc:id:{sgtin|sscc|sgln|pgln}:, urn:epc:class:lgtin: or urn:epc:idpat:sgtin:"
        )
        raise refused("syntax", "an EPC URN", text, f"{expected} and a 6 to 12 digit prefix")
    digits, third, key = scheme
    prefix, reference, last = match[3], match[4], match[5]
    if len(prefix) + len(reference) != digits:
        found = len(prefix) + len(reference)
        raise refused("length", "an EPC URN", text, f"{digits} digits in two parts, found {found}")
    if (last is not None) != third or (match[1] == "idpat" and last != "*"):
        raise refused("syntax", "an EPC URN", text, f"{'three' if third else 'two'} parts")
    if last and not _LAST.fullmatch(last):
        raise refused("character", "an EPC URN", text, "characters of TDS annex A, others escaped")
    return key(prefix, reference, unescaped(last or ""))
