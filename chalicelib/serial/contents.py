"""What is in a block: its numbers are computed whenever they are asked for, and never stored.

Where an older epoch spells the same texts, those that it issued are replaced by the block's spares,
segment by segment, so that any page of a block can be computed without the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chalicelib.gs1.keys import Gtin
from chalicelib.serial.allocation import Block, Token, replaced
from chalicelib.serial.epochs import known, read
from chalicelib.serial.model import Epoch, overlapping
from chalicelib.serial.texts import invert, spell


@dataclass(frozen=True, slots=True)
class Order:
    """A request for a block.

    Attributes:
        id: of the block; the same when the request is repeated.
        gtin: of which product.
        count: how many numbers.
        organisation: who asks.
        client: the organisation's client.
        line: the packaging line, when the client named one; its blocks then lie together.
        at: when it was asked.
        fingerprint: of the request, in hexadecimal digits.
    """

    id: UUID
    gtin: Gtin
    count: int
    organisation: str
    client: str
    line: str | None
    at: datetime
    fingerprint: str

    @property
    def token(self) -> Token:
        """What tells the block in a counter."""
        return Token.of(self.id, self.fingerprint)

    @property
    def lane(self) -> str:
        """Whose blocks lie together: those of a line, or else of a client."""
        return f"line {self.organisation} {self.line}" if self.line else f"client {self.client}"


@dataclass(frozen=True, slots=True)
class Issued:
    """A block that was handed out.

    Attributes:
        order: the request that it answers; of repeated requests, the first.
        epoch: in which it was issued.
        block: its indexes; never shown.
        replayed: whether an earlier request had it handed out.
    """

    order: Order
    epoch: Epoch
    block: Block
    replayed: bool = False

    def numbers(self, start: int, end: int) -> list[str]:
        """Compute the numbers at positions from `start` on, up to and without `end`."""
        gtin, end = self.order.gtin, min(end, self.block.count)
        if not self.block.spared:
            return spell(gtin, self.epoch, self.block.indexes(start, end))
        older = overlapping(epochs_with(gtin, self.epoch.number), self.epoch)
        found: list[str] = []
        for first, last, spares in self.block.segments(start, end):
            texts = spell(gtin, self.epoch, self.block.indexes(first, min(last, end)))
            extra = spell(gtin, self.epoch, spares)
            issued = _issued_by(gtin, older, [*texts, *extra])
            found += replaced(texts, extra, issued)[max(start - first, 0) :]
        return found


def epochs_with(gtin: Gtin, number: int) -> Sequence[Epoch]:
    """Return the epochs of a GTIN, the given one among them."""
    epochs = known(gtin).epochs
    return epochs if number < len(epochs) else read(gtin).epochs


def _issued_by(gtin: Gtin, epochs: Iterable[Epoch], texts: Sequence[str]) -> list[bool]:
    """Return, of each text, whether one of these closed epochs issued it."""
    issued = [False] * len(texts)
    for epoch in epochs:
        fitting = [n for n, text in enumerate(texts) if epoch.format.spells(text)]
        indexes = invert(gtin, epoch, [texts[n] for n in fitting])
        for n, index in zip(fitting, indexes, strict=True):
            issued[n] |= index < (epoch.final or 0)
    return issued
