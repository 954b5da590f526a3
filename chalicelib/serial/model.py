"""Formats of serial numbers, the epochs in which they are issued, and where a number stands.

A serial number is the text of `P(index)`: the index counts what was issued for a GTIN in an epoch,
P is the epoch's permutation of everything that its format can spell. So a number says nothing of
how many there are, and whether we issued it is computed. An index is a secret: never show one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple, Self

from chalicelib.errors import Malformed
from chalicelib.gs1.refusal import shown
from chalicelib.gs1.spelling import fits

PAGE = 512
"""Indexes that lie together in one item of the units table; lines do not share them."""

RARITY = 10**6
"""At most one number in so many is issued (EU 2016/161, Article 4(c) asks for 10,000)."""

ALPHABETS = {
    "unambiguous": "23456789CDFGHJKMNPQRTVWXY",
    "numeric": "0123456789",
    "alphanumeric": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
"""By name. `unambiguous` lacks 0 and O, 1 and I and L, B, S, Z, and with A, E and U most words."""

_MOST = 10**15
"""Numbers of one epoch, at the very most: far more than are ever made."""


class Place(NamedTuple):
    """Where a serial number of a GTIN stands; never shown.

    Attributes:
        epoch: in which it was issued, from 0 on.
        index: its place in the order of issue, from 0 on.
    """

    epoch: int
    index: int  # type: ignore[assignment]  # nobody wants tuple.index of a place


@dataclass(frozen=True, slots=True)
class Format:
    """How the serial numbers of a product look: fixed length, leading zeros significant.

    Attributes:
        characters: in the order of their value; 2 to 82 different ones of GS1 character set 82.
        length: 2 to 20 (GS1 General Specifications, AI (21)).
    """

    characters: str
    length: int

    def __post_init__(self) -> None:
        characters, length = self.characters, self.length
        if not 2 <= length <= 20:
            raise _refused("length", f"found {length} characters a number, expected 2 to 20")
        if len(characters) < 2 or not all(fits(each) for each in characters):
            found = shown(characters)
            raise _refused("alphabet", f"found {found}, expected 2 or more of GS1 character set 82")
        if len(set(characters)) < len(characters):
            raise _refused("alphabet", f"found {shown(characters)}, expected each character once")
        if self.capacity < PAGE:
            found = f"found {len(characters)} characters to the power of {length}"
            raise _refused("too_few", f"{found}, expected at least {PAGE * RARITY} numbers")

    @classmethod
    def of(cls, alphabet: str, length: int) -> Self:
        """Return a format by the name of its alphabet, or by its characters.

        Raises:
            Malformed: with code `length`, `alphabet` or `too_few`.
        """
        return cls(ALPHABETS.get(alphabet, alphabet), length)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `{alphabet}:{length}`, the alphabet by name or as its characters.

        Raises:
            Malformed: with code `format`, `length`, `alphabet` or `too_few`.

        >>> Format.parse("numeric:16").size
        10000000000000000
        """
        alphabet, _, length = text.rpartition(":")
        if not re.fullmatch("[0-9]{1,2}", length):
            raise _refused("format", f"found {shown(text)}, expected such as 'numeric:16'")
        return cls.of(alphabet, int(length))

    def __str__(self) -> str:
        return f"{self.alphabet}:{self.length}"

    @property
    def alphabet(self) -> str:
        """The alphabet's name, or its characters when it has none."""
        names = (name for name, known in ALPHABETS.items() if known == self.characters)
        return next(names, self.characters)

    @property
    def radix(self) -> int:
        """How many characters there are."""
        return len(self.characters)

    @property
    def size(self) -> int:
        """How many numbers it can spell."""
        return int(self.radix**self.length)

    @property
    def capacity(self) -> int:
        """How many of them may be issued, so that guessing one stays rarer than 1 in a million."""
        return min(self.size // RARITY, _MOST)

    def spells(self, text: str) -> bool:
        """Whether it can spell this text."""
        return _pattern(self.characters, self.length)(text) is not None

    def overlaps(self, other: "Format") -> bool:
        """Whether both can spell some text."""
        shared = set(self.characters) & set(other.characters)
        return self.length == other.length and bool(shared)

    def texts(self, high: Sequence[int], low: Sequence[int]) -> list[str]:
        """Return the texts of many numbers, given as halves (see `permutation`)."""
        cut = self.length // 2
        left, right = self._spelled(high, cut), self._spelled(low, self.length - cut)
        return [a + b for a, b in zip(left, right, strict=True)]

    def halves(self, texts: Sequence[str]) -> tuple[list[int], list[int]]:
        """Return the numbers that these texts spell, as halves; each must be one it `spells`."""
        cut = self.length // 2
        return self._values(texts, 0, cut), self._values(texts, cut, self.length)

    def _spelled(self, numbers: Sequence[int], width: int) -> list[str]:
        """Return the text of many numbers: looked up in pieces of a few characters."""
        taken = _chunk(self.radix)
        if width <= taken:
            return list(map(_spelled(self.characters, width).__getitem__, numbers))
        last, modulus = _spelled(self.characters, taken), self.radix**taken
        if width > 2 * taken:
            first = self._spelled([number // modulus for number in numbers], width - taken)
            return [a + last[n % modulus] for a, n in zip(first, numbers, strict=True)]
        table = _spelled(self.characters, width - taken)
        return [table[number // modulus] + last[number % modulus] for number in numbers]

    def _values(self, texts: Sequence[str], start: int, end: int) -> list[int]:
        values = [0] * len(texts)
        for at in range(start, end, 2):
            width = min(2, end - at)
            table, factor = _meant(self.characters, width), self.radix**width
            parts = [table[text[at : at + width]] for text in texts]
            values = [v * factor + p for v, p in zip(values, parts, strict=True)]
        return values


DEFAULT = Format(ALPHABETS["unambiguous"], 12)
"""Of a product that asks for nothing else."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of issuing under one key and one format.

    Attributes:
        number: from 0 on; the oldest epoch that could have issued a text has issued it.
        format: fixed for the whole epoch.
        capacity: how many numbers it may issue; less than the format's where older epochs spell
            the same texts.
        final: how many it issued in all, once it is closed; None while it is open.
        operation: of the request that opened it; empty when no request asked for it.
        fingerprint: of that request.
    """

    number: int
    format: Format
    capacity: int
    final: int | None = None
    operation: str = ""
    fingerprint: str = ""

    @property
    def open(self) -> bool:
        """Whether numbers can still be issued."""
        return self.final is None


def overlapping(epochs: Sequence[Epoch], epoch: Epoch) -> list[Epoch]:
    """Return the older epochs that issued texts which this one spells too, oldest first."""
    older = (each for each in epochs if each.number < epoch.number and each.final)
    return [each for each in older if each.format.overlaps(epoch.format)]


def room(epochs: Sequence[Epoch], wanted: Format) -> int:
    """Return how many numbers a new epoch may issue after these closed ones; perhaps none.

    What they issued of the same texts counts: a guess may hit any of it.
    """
    older = sum(each.final or 0 for each in epochs if each.format.overlaps(wanted))
    return wanted.capacity - older


def _refused(code: str, message: str) -> Malformed:
    return Malformed.field("", code, message)


@lru_cache(maxsize=256)
def _pattern(characters: str, length: int) -> Callable[[str], re.Match[str] | None]:
    return re.compile(f"[{re.escape(characters)}]{{{length}}}").fullmatch


def _chunk(radix: int) -> int:
    """Return how many characters to look up at once: tables of at most 50,000 texts."""
    return 3 if radix <= 36 else 2


@lru_cache(maxsize=64)
def _spelled(characters: str, width: int) -> list[str]:
    """Return every text of a few characters, by its value."""
    return list(map("".join, product(characters, repeat=width)))


@lru_cache(maxsize=64)
def _meant(characters: str, width: int) -> dict[str, int]:
    """Return the value of every text of one or two characters."""
    return {text: value for value, text in enumerate(_spelled(characters, width))}
