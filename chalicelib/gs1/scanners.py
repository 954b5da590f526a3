r"""Scans as they arrive: what scanners and keyboards did to a barcode on the way is undone.

What reads as the standards say is taken as it is. Otherwise the faults that a scanner can have are
tried, the likeliest first: a prefix and another sign for the separator; another keyboard with the
same, or no separators; both. The first that give a reading decide: one reading is taken, with a
remark; several are refused, with all of them. Nothing is ever guessed.

A text that is right as it stands may still have lost its separators. Where it would then be a
whole pack (GTIN, serial, lot and expiry), as medicines must carry, it is refused as well, unless
something vouches for the scanner: a separator, a profile, or a symbology identifier; with the last,
it is taken literally and remarked upon. Where it would only tell a lot, serial or expiry more, it
is taken literally, and remarked upon unless something vouches.

Source: GS1 General Specifications, section 7.8, for what a scanner ought to send.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from chalicelib.errors import Malformed
from chalicelib.gs1.elements import GS, render_bracketed, render_raw
from chalicelib.gs1.identifiers import starting
from chalicelib.gs1.keyboards import typed_back
from chalicelib.gs1.keys import Elements
from chalicelib.gs1.lost import TooMany, readings
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.repairs import (
    NAMES,
    Candidate,
    keyboards,
    spelt_out,
    split,
    with_separators,
    without_prefix,
)
from chalicelib.gs1.scan import GS1_SYMBOLS, LONGEST, SYMBOLS, Remark, Scan, parse_scan

MOST_SHOWN = 5
"""Readings told in the refusal of several."""

# Start and end of text, line ends, tabs, blanks: framing, never part of the data.
_FRAME = "\x00\x02\x03\t\n\r "
_LOST = Remark("separator_lost", "found no separator, expected one where a value ends")
_WHOLE_PACK = frozenset({"01", "10", "17", "21"})


@dataclass(frozen=True, slots=True)
class Profile:
    """How a scanner is set up; what it says is undone, and nothing else is tried.

    Attributes:
        separator: what is sent for FNC1; empty when nothing is.
        prefix: sent before the data.
        suffix: sent behind the data.
        layout: of the host's keyboard: `us`, `de` or `fr`.
        caps_lock: whether letters arrive in the other case.
        carries: the AIs that are on what is scanned, all of them and no others; empty when that
            is not known. Where separators are lost, it tells one reading from another.
    """

    separator: str = GS
    prefix: str = ""
    suffix: str = ""
    layout: str = "us"
    caps_lock: bool = False
    carries: frozenset[str] = frozenset()


def read_scan(text: str, *, symbology: str | None = None, profile: Profile | None = None) -> Scan:
    r"""Read a scan as it arrived.

    >>> scan = read_scan("010950600013435210A1|21S1\r")
    >>> scan.serial, [remark.code for remark in scan.remarks]
    ('S1', ['separator'])

    Args:
        text: what the scanner, the keyboard or another system sent.
        symbology: the symbology identifier, where it came beside the text and not within.
        profile: how the scanner is set up, where that is known.

    Raises:
        Malformed: the codes of `parse_scan`; `ambiguous` when it reads in several ways.
    """
    if not 1 <= len(text) <= LONGEST:
        raise refused("length", "a scan", text, f"1 to {LONGEST} characters, found {len(text)}")
    data = text.strip(_FRAME) if profile is None else _as_set_up(text, profile)
    data = _with_symbology(data, symbology)
    if profile is not None:
        return parse_scan(data) if profile.separator else _without_separators(data, profile)
    for named in spelt_out(data, NAMES):
        for scan in _parsed(*named):
            return scan
    try:
        scan = parse_scan(data)
    except Malformed as refusal:
        return _mended(data, refusal)
    hidden = _hidden(scan, data)
    whole = _whole(hidden)
    if whole and scan.symbology is None:
        raise _ambiguous(data, [scan.elements, *whole])
    doubts = whole if scan.symbology else hidden
    return replace(scan, remarks=(*scan.remarks, *map(_doubtful, doubts[:1])))


def _as_set_up(text: str, profile: Profile) -> str:
    data = text.strip(_FRAME).removeprefix(profile.prefix).removesuffix(profile.suffix)
    separator = profile.separator
    if separator and separator != GS:
        data = data.replace(separator, GS)
    return typed_back(data, layout=profile.layout, caps_lock=profile.caps_lock)


def _with_symbology(data: str, symbology: str | None) -> str:
    if symbology is None:
        return data
    if symbology not in SYMBOLS:
        expected = f"one of {', '.join(sorted(SYMBOLS))}"
        raise refused("symbology", "a symbology identifier", symbology, expected)
    if data.startswith("]") and data[:3] != symbology:
        raise refused("symbology", "the symbology identifier of the data", symbology, data[:3])
    return data if data.startswith("]") else symbology + data


def _mended(data: str, refusal: Malformed) -> Scan:
    """Try the faults in the order of how likely they are; the first that give a reading decide."""
    as_sent: list[Candidate] = [(data, ())]
    typed = list(keyboards(data))
    for tried in (
        _retyped(as_sent),
        chain(_retyped(typed), _unseparated(as_sent)),
        _unseparated(typed),
    ):
        found: dict[Elements, Scan] = {}
        for scan in tried:
            found.setdefault(scan.elements, scan)
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise _ambiguous(data, list(found))
    raise refusal


def _retyped(texts: list[Candidate]) -> Iterator[Scan]:
    """Yield what can be read without a prefix, and with separators put in place."""
    for text, before in texts:
        for body, prefix in without_prefix(text, bare=not before):
            for candidate, separator in with_separators(body):
                yield from _parsed(candidate, before + prefix + separator)


def _unseparated(texts: list[Candidate]) -> Iterator[Scan]:
    """Yield what can be read where separators are missing."""
    for text, before in texts:
        symbology, body = split(text)
        if symbology not in ("", *GS1_SYMBOLS) or GS in body:
            continue  # a scanner that sends one separator sends them all: the symbol is wrong
        for elements in _read_unseparated(body):
            yield from _parsed(symbology + render_raw(elements), (*before, _LOST))


def _parsed(text: str, remarks: tuple[Remark, ...]) -> Iterator[Scan]:
    """Yield what a text says, and what else it may say if it lost its separators as well."""
    try:
        scan = parse_scan(text)
    except Malformed:
        return
    yield replace(scan, remarks=remarks + scan.remarks)
    for elements in _whole(_hidden(scan, text)):
        yield replace(scan, elements=elements, identifying=elements, remarks=(*remarks, _LOST))


def _without_separators(data: str, profile: Profile) -> Scan:
    """Read what a scanner sent that is known to drop separators."""
    symbology, body = split(data)
    if symbology not in ("", *GS1_SYMBOLS) or not starting(body, 0):
        return parse_scan(data)
    found = [
        elements
        for elements in _read_unseparated(body, profile.carries or None)
        if profile.carries in (frozenset(), {ai for ai, _ in elements})
    ]
    if len(found) > 1:
        raise _ambiguous(data, found)
    return parse_scan(symbology + render_raw(found[0]) if found else data)


def _read_unseparated(body: str, among: Collection[str] | None = None) -> list[Elements]:
    try:
        return readings(body, among)
    except TooMany:
        expected = "separators: there are too many ways to read it without"
        raise refused("ambiguous", "readable in one way", body, expected) from None


def _hidden(scan: Scan, text: str) -> list[Elements]:
    """Return what a pack without separators may be as well: with a lot, serial or expiry more."""
    _, body = split(text)
    ais = {ai for ai, _ in scan.elements}
    if GS in text or "01" not in ais or not body[:1].isdigit():
        return []
    if not any(ai in scan.elements[-1][1] for ai in _WHOLE_PACK - ais):
        return []
    try:
        found = readings(body, ais | _WHOLE_PACK)
    except TooMany:
        return []  # no pack has as much on it
    return [one for one in found if one != scan.elements]


def _whole(found: list[Elements]) -> list[Elements]:
    return [one for one in found if {ai for ai, _ in one} >= _WHOLE_PACK]


def _doubtful(found: Elements) -> Remark:
    message = f"found no separator in what may be {render_bracketed(found)} as well, expected one"
    return Remark("separator_doubtful", message)


def _ambiguous(data: str, found: list[Elements]) -> Malformed:
    told = " or ".join(render_bracketed(elements) for elements in found[:MOST_SHOWN])
    more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    expected = f"one reading, found {len(found)}: {told}{more}; a symbology identifier, "
    expected += "separators, or a profile of the scanner would tell"
    return refused("ambiguous", "readable in one way", data, expected)
