"""Handing out indexes: pure decisions on the state of a counter.

Every packaging line has one of sixteen slots in the counter of its epoch. The slot tells which
block was handed out last and what is left of the page that the block began. A block takes what its
line has left, then whole new pages; so lines do not share pages, and a line leaves no gap.

**Exactly once.** An update is made on condition that the slot is as it was read. For a line the
choice of slot cannot change while that slot does not, so of an update that arrives late and its
repetition one finds the slot changed. Afterwards the slot shows the block's token, and with it the
same indexes again.

**Gaps** there are where a line's slot is taken over (more than sixteen lines): what was left of its
page, at most 511 indexes; and where a block's record was never written and its line, or its epoch,
went on before the request was repeated: that block's indexes.
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from chalicelib.serial.model import PAGE, Epoch, overlapping

SLOTS = 16

SEGMENT = 8192
"""Numbers of a block among which those are replaced that an older epoch issued."""

SPARES = 6
"""Replacements for one segment. At most one number in a million needs one: that seven of 8,192
do, has a probability of 1 in 10^18."""

_PACKED = struct.Struct(">12s4s5sQHIII")
_LINE_BYTES = 5


class Range(NamedTuple):
    """Consecutive indexes.

    Attributes:
        start: the first.
        size: how many.
    """

    start: int
    size: int


class Token(NamedTuple):
    """What tells a block in a slot.

    Attributes:
        block: 12 bytes of its id.
        asked: 4 bytes of the fingerprint of the request.
    """

    block: bytes
    asked: bytes

    @classmethod
    def of(cls, block: UUID, fingerprint: str) -> "Token":
        """Return the token of a block.

        Args:
            block: its id.
            fingerprint: of the request, in hexadecimal digits.
        """
        return cls(block.bytes[:12], bytes.fromhex(fingerprint)[:4])


@dataclass(frozen=True, slots=True)
class Slot:
    """What a counter remembers of one line.

    Attributes:
        token: of the last block.
        line: digest of the line's name.
        rest: what that block took of what the line had left.
        fresh: how many it took from `start` on; 0 when what was left sufficed.
        used: how many of the indexes from `start` on are taken.
        size: how many there are; whole pages.
        start: first index of the line's last allotment; known once it is stored.
    """

    token: Token
    line: bytes
    rest: Range
    fresh: int
    used: int
    size: int
    start: int = 0

    @property
    def left(self) -> Range:
        """What the line has left for its next block."""
        return Range(self.start + self.used, self.size - self.used)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The indexes of the last block: whole new pages first."""
        ranges = (Range(self.start, self.fresh), self.rest)
        return tuple(each for each in ranges if each.size)

    def pack(self) -> bytes:
        """Return it as stored, 43 bytes; `start` is stored beside it."""
        return _PACKED.pack(*self.token, self.line, *self.rest, self.fresh, self.used, self.size)

    @classmethod
    def unpack(cls, packed: bytes, start: int) -> "Slot":
        """Read what `pack` wrote."""
        block, asked, line, at, left, fresh, used, size = _PACKED.unpack(packed)
        return cls(Token(block, asked), line, Range(at, left), fresh, used, size, start)


@dataclass(frozen=True, slots=True)
class Counter:
    """The state of an epoch's counter.

    Attributes:
        next: the first index that nobody has.
        closed: by what the epoch was closed; None while it is open.
        slots: by their number.
    """

    next: int
    closed: str | None
    slots: Mapping[int, Slot]


EMPTY = Counter(0, None, {})


@dataclass(frozen=True, slots=True)
class Claim:
    """A change of a counter, to be made on condition that the slot is as it was.

    Attributes:
        number: of the slot.
        before: the slot as it was; None when it was never used.
        after: as it shall be, but for its `start` when `taken` is not 0.
        taken: by how much the counter goes up: whole pages, or 0.
    """

    number: int
    before: Slot | None
    after: Slot
    taken: int


def claim(counter: Counter, token: Token, line: str, count: int) -> Claim:
    """Decide how a line gets its next indexes.

    Args:
        counter: as it was read, of an open epoch.
        token: of the block.
        line: name of the line, unique in the network.
        count: how many indexes.
    """
    digest = hashlib.sha256(line.encode()).digest()[:_LINE_BYTES]
    number = _slot_of(counter, digest)
    before = counter.slots.get(number)
    left = before.left if before and before.line == digest else Range(0, 0)
    if before and count <= left.size:
        rest = Range(left.start, count)
        used = before.used + count
        return Claim(
            number, before, Slot(token, digest, rest, 0, used, before.size, before.start), 0
        )
    fresh = count - left.size
    size = -(-fresh // PAGE) * PAGE
    return Claim(number, before, Slot(token, digest, left, fresh, fresh, size), size)


def _slot_of(counter: Counter, line: bytes) -> int:
    """Return the line's slot; else the first unused one from its home on; else its home."""
    for number, slot in counter.slots.items():
        if slot.line == line:
            return number
    home = line[0] % SLOTS
    ring = ((home + step) % SLOTS for step in range(SLOTS))
    return next((number for number in ring if number not in counter.slots), home)


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers handed out at once; they are computed, never stored.

    Attributes:
        ranges: of the indexes, in the block's order.
        count: how many numbers it hands out; the indexes beyond are spares.
    """

    ranges: tuple[Range, ...]
    count: int

    @property
    def spared(self) -> bool:
        """Whether numbers that an older epoch issued are replaced."""
        return sum(each.size for each in self.ranges) > self.count

    def indexes(self, start: int, end: int) -> Sequence[int]:
        """Return the indexes at positions from `start` on, up to and without `end`."""
        found: list[range] = []
        at = 0
        for first, size in self.ranges:
            low, high = max(start - at, 0), min(end - at, size)
            if low < high:
                found.append(range(first + low, first + high))
            at += size
        return found[0] if len(found) == 1 else list(chain.from_iterable(found))

    def segments(self, start: int, end: int) -> Sequence[tuple[int, int, Sequence[int]]]:
        """Return, of the segments with positions from `start` to `end`, first, last and spares."""
        cut = []
        for number in range(start // SEGMENT, -(-end // SEGMENT)):
            spare = self.count + number * SPARES
            spares = self.indexes(spare, spare + SPARES)
            cut.append((number * SEGMENT, min((number + 1) * SEGMENT, self.count), spares))
        return cut


def indexes_for(count: int, epochs: Sequence[Epoch], epoch: Epoch) -> int:
    """Return how many indexes a block needs: spares too where older epochs spell the same texts."""
    if not overlapping(epochs, epoch):
        return count
    return count + -(-count // SEGMENT) * SPARES


def replaced(texts: Sequence[str], spares: Sequence[str], issued: Sequence[bool]) -> list[str]:
    """Put spares in the place of texts that an older epoch issued.

    Args:
        texts: of one segment, from its start on.
        spares: of that segment.
        issued: of the texts, then of the spares, whether an older epoch issued it.

    Raises:
        RuntimeError: the spares do not suffice, see `SPARES`.
    """
    if not any(issued):
        return list(texts)
    old, gone = issued[: len(texts)], issued[len(texts) :]
    free = iter([spare for spare, taken in zip(spares, gone, strict=True) if not taken])
    try:
        return [next(free) if taken else text for text, taken in zip(texts, old, strict=True)]
    except StopIteration as error:
        raise RuntimeError("A segment needs more spares than it has") from error
