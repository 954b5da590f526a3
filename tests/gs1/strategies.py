"""Hypothesis strategies for keys, and for text that means harm."""

import re
from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.ai_table import ROWS
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln, Sgtin, Sscc

T = TypeVar("T")

SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

texts = st.text(SET_82, min_size=1, max_size=20)


def _checked(size: int) -> st.SearchStrategy[str]:
    payload = st.text("0123456789", min_size=size - 1, max_size=size - 1)
    return payload.map(lambda digits: digits + check_digit(digits))


gtins = _checked(14).map(Gtin)
sscc = _checked(18).map(Sscc)
glns = _checked(13).map(Gln)
sgtins = st.builds(Sgtin, gtins, texts)
lgtins = st.builds(Lgtin, gtins, texts)
sglns = st.builds(Sgln, glns, st.none() | texts)
keys = gtins | sgtins | lgtins | sscc | glns | sglns

anything = st.text(st.characters(exclude_categories=()), max_size=60)
_pieces = st.sampled_from(
    ["(01)", "(21)", "01", "00", "10", "17", "21", "414", "254", "8008", "423", "9506000134352",
     "09506000134352", "106141412345678908", "280200", "\x1d", "]d2", "]C1", "]E0", "]Q1", "]d1",
     "https://", "HTTPS://", "a.example", "/01/", "/21/", "?17=", "&", "%2F", "%", "#", "\\(", "(",
     "urn:epc:id:sgtin:", "urn:epc:id:sgln:", "0614141.", "812345.", "*", "\0", "\ud800", "٣",
     "|", "<GS>", "{FNC1}", "^]", "\x1e", "\x04", "[)>\x1e06\x1d", "9N110375286414", "|]e0",
     "ß", "é"]
)  # fmt: skip


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """A right spelling with one piece put in, or in place of a few characters."""
    key = draw(keys)
    right = draw(st.sampled_from([key.digital_link(), key.element_string(), key.urn(7), str(key)]))
    at = draw(st.integers(0, len(right)))
    return right[:at] + draw(_pieces | anything) + right[at + draw(st.integers(0, 3)) :]


_CHOSEN: dict[str, st.SearchStrategy[str]] = {
    "yymmd0": st.sampled_from(["280200", "240229", "991231", "500101"]),
    "yymmdd": st.sampled_from(["280229", "240229", "991231", "500101"]),
    "yyyymmdd": st.sampled_from(["20280229", "19991231"]),
    "hhmi": st.sampled_from(["0000", "2359"]),
    "hh": st.sampled_from(["00", "23"]),
    "mi": st.sampled_from(["00", "59"]),
    "ss": st.sampled_from(["00", "59"]),
    "yesno": st.sampled_from("01"),
    "zero": st.just("0"),
    "winding": st.sampled_from("019"),
    "iso5218": st.sampled_from("0129"),
    "mediatype": st.sampled_from(["01", "10", "99"]),
    "importeridx": st.sampled_from("-09AZ_az"),
    "hyphen": st.just("-"),
    "pieceoftotal": st.sampled_from(["0101", "0102", "9999"]),
    "posinseqslash": st.sampled_from(["1/1", "2/3", "9/9"]),
    "iso3166": st.sampled_from(["004", "276", "840"]),
    "iso3166999": st.sampled_from(["004", "999"]),
    "iso3166alpha2": st.sampled_from(["DE", "US"]),
    "iso4217": st.sampled_from(["840", "978"]),
    "packagetype": st.sampled_from(["8", "1A", "200", "APE"]),
    "iban": st.just("GB98MIDL07009312345678"),
    "latitude": st.sampled_from(["0000000000", "1800000000"]),
    "longitude": st.sampled_from(["0000000000", "3600000000"]),
    "couponcode": st.just("012345612345611110123"),
    "couponposoffer": st.just("001234561234560123456"),
    "cset64": st.sampled_from(["AB", "-_9", "AA="]),
    "csumalpha": st.sampled_from(["1987654Ad4X4bL5ttr2310c2K", "12345678901234567890123NT"]),
}
"""Components whose test leaves no room for chance."""

_KINDS = {"N": "0123456789", "X": SET_82, "Y": "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _component(kind: str, least: int, most: int, tests: list[str]) -> st.SearchStrategy[str]:
    chosen = next((name for name in tests if name in _CHOSEN), "cset64" if kind == "Z" else "")
    if chosen:
        return _CHOSEN[chosen]
    if "csum" in tests:
        return _checked(most)
    text = st.text(_KINDS[kind], min_size=least, max_size=most)
    if "gcppos1" in tests:
        text = st.text(_KINDS[kind], max_size=most - 7).map(lambda rest: "4012345" + rest)
    if "nonzero" in tests:
        text = text.map(lambda digits: "1" + digits[1:])
    if "nozeroprefix" in tests:
        text = text.map(lambda digits: "1" + digits[1:])
    if "pcenc" in tests:
        text = text.map(lambda escaped: escaped.replace("%", "%2F")[:most].rstrip("%2"))
        text = text.map(lambda escaped: escaped or "A")
    return text


_PART = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)\]?((?:,[a-z0-9]+)*)")


@st.composite
def _value(draw: st.DrawFn, specification: str) -> str:
    value = ""
    for optional, kind, upto, size, tests in _PART.findall(specification):
        if optional and draw(st.booleans()):
            break
        least, most = (1 if upto else int(size)), int(size)
        value += draw(_component(kind, least, most, [name for name in tests.split(",") if name]))
    return value


def _ais(row: tuple[str, ...]) -> list[str]:
    return [f"{number:0{len(row[0])}}" for number in range(int(row[0]), int(row[1]) + 1)]


@st.composite
def _element(draw: st.DrawFn) -> tuple[str, str]:
    row = draw(st.sampled_from(ROWS))
    ai = draw(st.sampled_from(_ais((row[0], row[1]))))
    return ai, draw(_value(row[4]))


def value_of(ai: str) -> st.SearchStrategy[str]:
    """Return the values that the first AI of a row may have."""
    (specification,) = [row[4] for row in ROWS if row[0] == ai]
    return _value(specification)


elements = _element()
"""Any AI with a value that it may have."""

hostile = anything | st.lists(_pieces | anything, max_size=8).map("".join) | _damaged()


def attempt(parse: Callable[[str], T], text: str) -> tuple[T, None] | tuple[None, Malformed]:
    """Return what was read, or the refusal; anything else that is raised is a bug and rises."""
    try:
        return parse(text), None
    except Malformed as refusal:
        return None, refusal
