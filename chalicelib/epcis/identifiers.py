"""One spelling for what events name: the canonical Digital Link, and the EPC URN on request.

Two URIs of one thing become one string: any EPC URN, class, or pattern of one class, and a Digital
Link of any domain, stem, old convenience words (`/gtin/…/ser/…`), attributes and short GTINs. What
is kept is the key and the finest qualifier that EPCIS tells apart (CBV 2.0, section 8.9.2).

A document may name 100,000 items of a few GTINs, so what an item shares with others of its GTIN is
remembered; an item then costs about a microsecond. Gates and event hash ask one after the other for
the same event, so the last answers are remembered too.
"""

import re
from functools import lru_cache

from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.identifiers import known
from chalicelib.gs1.keys import CANONICAL, Elements
from chalicelib.gs1.schemes import elements_of, urn_of
from chalicelib.gs1.spelling import fits, in_link, in_urn, unescaped

_LINK = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)(?:[?#]\S*)?", re.IGNORECASE)
_PLAIN_LINK = re.compile(
    r"https://id\.gs1\.org/(?:00/([0-9]{18})|(01/[0-9]{14}/(?:21|10)/)([0-9A-Za-z\-._]{1,20}))"
)
_PLAIN = re.compile(r"[0-9A-Za-z\-._]{1,20}").fullmatch

# The qualifiers that stay behind each key, the finest first; any other key is no identifier here.
_KEPT: dict[str, tuple[str, ...]] = {
    "00": (),
    "01": ("21", "235", "10"),
    "253": (),
    "255": (),
    "401": (),
    "402": (),
    "414": ("254",),
    "417": (),
    "8003": (),
    "8004": (),
    "8006": ("21", "10"),
    "8010": ("8011",),
    "8017": (),
    "8018": (),
}
# The convenience words of GS1 Digital Link 1.1, which left the standard with 1.2.
_WORDS = {
    "sscc": "00",
    "gtin": "01",
    "lot": "10",
    "ser": "21",
    "cpv": "22",
    "tpx": "235",
    "gdti": "253",
    "glnx": "254",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "gln": "414",
    "party": "417",
    "grai": "8003",
    "giai": "8004",
    "itip": "8006",
    "cpid": "8010",
    "cpsn": "8011",
    "gsrnp": "8017",
    "gsrn": "8018",
    "srin": "8019",
}
_SHORT_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,13}").fullmatch
_ITEMS = ("urn:epc:id:sgtin:", "urn:epc:class:lgtin:")
_UNIT = "urn:epc:id:sscc:"


@lru_cache(maxsize=16_384)
def canonical_uri(uri: str) -> str:
    """Return the canonical Digital Link of what a URI names; any other text unchanged.

    Check digits are computed for a URN; those of a link are taken as they are.

    >>> canonical_uri("urn:epc:id:sgtin:0614141.812345.6789")
    'https://id.gs1.org/01/80614141123458/21/6789'
    >>> canonical_uri("https://example.com/shop/gtin/9780345418913/cpv/344/ser/765tz?17=281231")
    'https://id.gs1.org/01/09780345418913/21/765tz'
    """
    if uri.startswith(_ITEMS):
        scheme_and_class, _, serial = uri.partition(".")
        reference, _, serial = serial.partition(".")
        if front := _item_front(scheme_and_class, reference):
            if _PLAIN(serial):
                return front + serial
            text = unescaped(serial)
            return front + in_link(text) if fits(text) else uri
    elif uri.startswith(_UNIT):
        prefix, _, reference = uri[16:].partition(".")
        payload = reference[:1] + prefix + reference[1:]
        if (
            len(payload) == 17
            and 6 <= len(prefix) <= 12
            and payload.isascii()
            and payload.isdigit()
        ):
            return f"https://id.gs1.org/00/{payload}{check_digit(payload)}"
    elif _PLAIN_LINK.fullmatch(uri):
        return uri
    return _canonical(uri)


def to_urn(uri: str) -> str:
    """Return the EPC URN of what a Digital Link names; what has none unchanged.

    Unchanged stays what is no Digital Link of a key with an EPC scheme, has a wrong check digit
    (a URN would hide it), or has a company prefix that GS1 has not allocated.

    >>> to_urn("https://example.com/01/80614141123458/21/A%2F1")
    'urn:epc:id:sgtin:0614141.812345.A%2F1'
    """
    match = _PLAIN_LINK.fullmatch(uri)
    if match is None:
        return _urn(uri)
    if match[1]:
        return urn_of((("00", match[1]),)) or uri
    front = _urn_front(match[2])
    return uri if front is None else front + in_urn(match[3])


@lru_cache(maxsize=16_384)
def _item_front(scheme_and_prefix: str, reference: str) -> str | None:
    """Return what the links of all serials of a GTIN, or of all its lots, begin with."""
    elements = elements_of(f"{scheme_and_prefix}.{reference}.1")
    return None if elements is None else _link(elements)[:-1]


@lru_cache(maxsize=16_384)
def _urn_front(path: str) -> str | None:
    _, key, ai, _ = path.split("/")
    urn = urn_of((("01", key), (ai, "1")))
    return None if urn is None else urn[:-1]


@lru_cache(maxsize=4_096)
def _canonical(uri: str) -> str:
    elements = elements_of(uri) if uri.startswith("urn:epc:") else _elements_of_link(uri)
    return uri if elements is None else _link(elements)


@lru_cache(maxsize=4_096)
def _urn(uri: str) -> str:
    elements = _elements_of_link(uri)
    return uri if elements is None else urn_of(elements) or uri


def _link(elements: Elements) -> str:
    return CANONICAL + "".join([f"/{ai}/{in_link(text)}" for ai, text in elements])


def _elements_of_link(uri: str) -> Elements | None:
    """Go back from the end of the path, pair by pair, to the last key."""
    match = _LINK.fullmatch(uri)
    segments = match[1].rstrip("/").split("/")[1:] if match else []
    found: dict[str, str] = {}
    for at in range(len(segments) - 2, -1, -2):
        ai = _WORDS.get(segments[at], segments[at])
        found[ai] = unescaped(segments[at + 1])
        if ai in _KEPT:
            return _constrained(ai, found)
    return None


def _constrained(ai: str, found: dict[str, str]) -> Elements | None:
    """Return a key of a path with the finest of its qualifiers; None when it has others."""
    identifier = known(ai)
    qualifiers = {each for sequence in identifier.qualifiers or () for each in sequence}
    if not found.keys() <= {ai} | qualifiers:
        return None
    key = found[ai].zfill(14) if ai == "01" and _SHORT_GTIN(found[ai]) else found[ai]
    kept = next(((each, found[each]) for each in _KEPT[ai] if each in found), None)
    if kept == ("254", "0"):  # TDS 2.0, 6.3.3: the extension 0 is the standard's word for none
        kept = None
    elements = ((ai, key),) if kept is None else ((ai, key), kept)
    return elements if all(known(a).pattern.fullmatch(text) for a, text in elements) else None
