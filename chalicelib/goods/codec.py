"""How things are written down: unit pages and things of their own, as small compressed JSON.

A page holds 512 consecutive serial numbers of one epoch as runs of equal units. Strings that recur
(event ids, parties, containers) are written once and then referred to by number.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from chalicelib.goods.model import Entry, Kind, Thing
from chalicelib.gs1.keys import Lgtin
from chalicelib.ledger.epcset import EpcSet

MOVED: Final = Thing(lot="\x00moved")
"""Stands on a page for a unit that has an item of its own."""

Slots = dict[int, Thing]
"""Units of a page by slot, 0..511; a slot that is not there was never used."""


def encode_page(slots: Mapping[int, Thing]) -> bytes:
    """Return a page as stored: about 250 bytes for 512 units in 11 cases."""
    texts = _Texts()
    facts: dict[tuple[str, tuple[Entry, ...]], int] = {}
    by_id: dict[int, int] = {}
    runs: list[int] = []
    end, last = 0, -1
    for slot in sorted(slots):
        thing = slots[slot]
        fact = by_id.get(id(thing))
        if fact is None:
            fact = facts.setdefault((thing.lot, thing.trail), len(facts))
            by_id[id(thing)] = fact
        if slot == end and fact == last:
            runs[-2] += 1
        else:
            runs += [slot - end, 1, fact]
        end, last = slot + 1, fact
    rows = [[lot, _trail(trail, texts)] if trail else None for lot, trail in facts]
    return _pack({"f": rows, "r": runs, "s": texts.all})


def decode_page(body: bytes) -> Slots:
    """Read what `encode_page` wrote."""
    page = _unpack(body)
    texts = page["s"]
    facts = [MOVED if row is None else Thing(_entries(row[1], texts), row[0]) for row in page["f"]]
    slots: Slots = {}
    at, runs = 0, page["r"]
    for gap, length, fact in zip(runs[::3], runs[1::3], runs[2::3], strict=True):
        at += gap
        slots.update(dict.fromkeys(range(at, at + length), facts[fact]))
        at += length
    return slots


def encode_thing(thing: Thing) -> bytes:
    """Return a thing of its own as stored."""
    texts = _Texts()
    packed: dict[str, Any] = {"t": _trail(thing.trail, texts), "s": texts.all}
    if thing.lot:
        packed["l"] = thing.lot
    if len(thing.contents):
        packed["c"] = thing.contents.pack()
    if thing.inside:
        packed["i"] = [[str(lgtin), count] for lgtin, count in sorted(thing.inside.items())]
    if thing.spilled:
        packed["h"] = thing.spilled
    if thing.height:
        packed["d"] = thing.height
    if len(thing.before):
        packed["b"] = thing.before.pack()
    return _pack(packed)


def decode_thing(body: bytes) -> Thing:
    """Read what `encode_thing` wrote."""
    packed = _unpack(body)
    return Thing(
        trail=_entries(packed["t"], packed["s"]),
        lot=packed.get("l", ""),
        contents=EpcSet.unpack(packed.get("c", {})),
        inside={Lgtin.parse(key): count for key, count in packed.get("i", ())},
        spilled=packed.get("h", 0),
        height=packed.get("d", 0),
        before=EpcSet.unpack(packed.get("b", {})),
    )


def encode_entries(entries: tuple[Entry, ...]) -> bytes:
    """Return a stretch of a trail as stored in a further item."""
    texts = _Texts()
    return _pack({"t": _trail(entries, texts), "s": texts.all})


def decode_entries(body: bytes) -> tuple[Entry, ...]:
    """Read what `encode_entries` wrote."""
    packed = _unpack(body)
    return _entries(packed["t"], packed["s"])


class _Texts:
    """Numbers the strings of one item in the order of their first use; 0 is the empty string."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def all(self) -> list[str]:
        return list(self._numbers)[1:]


def _trail(trail: tuple[Entry, ...], texts: _Texts) -> list[list[Any]]:
    rows: list[list[Any]] = []
    before = 0
    for entry in trail:
        row: list[Any] = [
            entry.kind.value,
            *_event(entry.event, texts),
            entry.at - before,
            texts.number(entry.by),
            texts.number(entry.container),
            texts.number(entry.party),
            texts.number(entry.place),
            *(_event(entry.withdraws, texts) if entry.withdraws else ()),
        ]
        while row[-1] == 0:
            row.pop()
        rows.append(row)
        before = entry.at
    return rows


def _event(text: str, texts: _Texts) -> tuple[int, int]:
    """Return the text of the event's record, and the event's number there."""
    event = UUID(text).bytes
    return texts.number(base64.urlsafe_b64encode(event[:15]).decode()), event[15]


def _entries(rows: list[list[Any]], texts: list[str]) -> tuple[Entry, ...]:
    found: list[Entry] = []
    at = 0
    for row in rows:
        kind, record, number, gap, *rest = row
        at += gap
        words = [texts[index - 1] if index else "" for index in rest[:4]]
        entry = Entry(Kind(kind), _event_id(texts, record, number), at, *words)
        if len(rest) > 4:  # its number is left out when it is 0
            entry = entry._replace(withdraws=_event_id(texts, *rest[4:]))
        found.append(entry)
    return tuple(found)


def _event_id(texts: list[str], record: int, number: int = 0) -> str:
    return str(UUID(bytes=base64.urlsafe_b64decode(texts[record - 1]) + bytes([number])))


def _pack(value: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)


def _unpack(body: bytes) -> dict[str, Any]:
    unpacked: dict[str, Any] = json.loads(zlib.decompress(body))
    return unpacked
