"""Sets of EPCs, kept small: our own serial numbers as runs of indexes, all others as text.

An index is a secret of ours (it tells production volume): it is stored, never shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from chalicelib.epcis.model import Epc
from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from chalicelib.serial.model import Place

OwnIndexes = dict[tuple[str, int], frozenset[int]]


class Texts(Protocol):
    """Turns places back into serial numbers (`serial.store.Numbers`)."""

    def texts(self, gtin: Gtin, places: "list[Place]") -> list[str]:
        """Return the serial of each place."""


@dataclass(frozen=True, slots=True)
class EpcSet:
    """An immutable set of EPCs.

    Attributes:
        own: by (GTIN, epoch), the indexes of serial numbers that we issued.
        others: everything else.
    """

    own: Mapping[tuple[str, int], frozenset[int]]
    others: frozenset[Epc]

    @classmethod
    def of(cls, epcs: Iterable[Epc], places: Mapping[Sgtin, Place]) -> "EpcSet":
        """Make a set; `places` says which of the items have an index."""
        own: dict[tuple[str, int], set[int]] = {}
        others: set[Epc] = set()
        for epc in epcs:
            place = places.get(epc) if isinstance(epc, Sgtin) else None
            if place is None or isinstance(epc, Sscc):
                others.add(epc)
            else:
                own.setdefault((epc.gtin.digits, place.epoch), set()).add(place.index)
        return cls({key: frozenset(indexes) for key, indexes in own.items()}, frozenset(others))

    def __len__(self) -> int:
        return sum(map(len, self.own.values())) + len(self.others)

    def holds(self, epc: Epc, place: Place | None) -> bool:
        """Whether it is in the set; `place` as for `of`."""
        if place is None or isinstance(epc, Sscc):
            return epc in self.others
        return place.index in self.own.get((epc.gtin.digits, place.epoch), ())

    def __or__(self, other: "EpcSet") -> "EpcSet":
        own = dict(self.own)
        for key, indexes in other.own.items():
            own[key] = own.get(key, frozenset()) | indexes
        return EpcSet(own, self.others | other.others)

    def __sub__(self, other: "EpcSet") -> "EpcSet":
        own = {key: indexes - other.own.get(key, frozenset()) for key, indexes in self.own.items()}
        left = {key: indexes for key, indexes in own.items() if indexes}
        return EpcSet(left, self.others - other.others)

    def epcs(self, numbers: Texts) -> tuple[Epc, ...]:
        """Return the EPCs: ours in the order of issue, then the others in the order of keys."""
        found: list[Epc] = []
        for (digits, epoch), indexes in sorted(self.own.items()):
            gtin = Gtin(digits)
            texts = numbers.texts(gtin, [Place(epoch, index) for index in sorted(indexes)])
            found += [Sgtin.of(gtin, text) for text in texts]
        return (*found, *sorted(self.others, key=str))

    def one(self, numbers: Texts) -> Epc:
        """Return any one of the EPCs, always the same; there must be one."""
        if self.others:
            return min(self.others, key=str)
        key = min(self.own)
        return EpcSet({key: frozenset({min(self.own[key])})}, frozenset()).epcs(numbers)[0]

    def pack(self) -> dict[str, Any]:
        """Return it as small JSON; `unpack` reads it back."""
        packed: dict[str, Any] = {}
        if self.own:
            packed["u"] = [[d, e, *_gaps(indexes)] for (d, e), indexes in sorted(self.own.items())]
        if self.others:
            packed["o"] = sorted(map(str, self.others))
        return packed

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> "EpcSet":
        """Read what `pack` wrote."""
        own = {(row[0], row[1]): _indexes(row[2:]) for row in packed.get("u", ())}
        return cls(own, frozenset(epc_of(text) for text in packed.get("o", ())))


EMPTY = EpcSet({}, frozenset())


def epc_of(key: str) -> Epc:
    """Read a stored plain key: 18 digits, or `{gtin}#{serial}`."""
    return Sgtin.parse(key) if "#" in key else Sscc(key)


def _gaps(indexes: Iterable[int]) -> list[int]:
    """Return sorted indexes as alternating gap and run length, small numbers all.

    >>> _gaps([5, 6, 7, 10])
    [5, 3, 2, 1]
    """
    ordered = sorted(indexes)
    breaks = [n + 1 for n, (a, b) in enumerate(pairwise(ordered)) if b != a + 1]
    bounds = [0, *breaks, len(ordered)]
    gaps: list[int] = []
    end = 0
    for first, last in pairwise(bounds):
        gaps += [ordered[first] - end, last - first]
        end = ordered[last - 1] + 1
    return gaps


def _indexes(gaps: list[int]) -> frozenset[int]:
    """Undo `_gaps`."""
    found: list[int] = []
    at = 0
    for gap, run in zip(gaps[::2], gaps[1::2], strict=True):
        at += gap
        found += range(at, at + run)
        at += run
    return frozenset(found)
