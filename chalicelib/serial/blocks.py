"""Blocks of serial numbers: handing them out, finding them again, computing what is in them.

Promises: a block is handed out once however often it is asked for under one id; its record is
written once and never changed. Two write units whatever its size: counter and record.

Trust: as `counters` and `epochs`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from uuid import UUID

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, Busy, Conflict, KeyReused
from chalicelib.gs1.keys import Gtin
from chalicelib.serial.allocation import (
    EMPTY,
    Block,
    Counter,
    Range,
    Slot,
    Token,
    claim,
    indexes_for,
    replaced,
)
from chalicelib.serial.counters import CounterItem, counter_key, take
from chalicelib.serial.epochs import current, finish, invert, known, read, spell
from chalicelib.serial.model import Epoch, Format, overlapping
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many
from chalicelib.table.transaction import Transaction

_ATTEMPTS = 40
"""Tries to change a counter. Only requests for one line get in each other's way."""


class BlockItem(Item):
    """The record of a block: `pk` is `B#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "units"

    gtin = UnicodeAttribute(attr_name="g")
    epoch = NumberAttribute(attr_name="e")
    ranges = ListAttribute(attr_name="r", of=NumberAttribute)
    numbers = NumberAttribute(attr_name="n")
    organisation = UnicodeAttribute(attr_name="o")
    client = UnicodeAttribute(attr_name="c")
    line = UnicodeAttribute(attr_name="l", null=True)
    created = UnicodeAttribute(attr_name="t")
    fingerprint = UnicodeAttribute(attr_name="f")


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
        older = overlapping(_epochs(gtin, self.epoch.number), self.epoch)
        found: list[str] = []
        for first, last, spares in self.block.segments(start, end):
            texts = spell(gtin, self.epoch, self.block.indexes(first, min(last, end)))
            extra = spell(gtin, self.epoch, spares)
            issued = _issued_by(gtin, older, [*texts, *extra])
            found += replaced(texts, extra, issued)[max(start - first, 0) :]
        return found


class BlockStore:
    """Hands out blocks and finds them again."""

    def get(self, block_id: UUID) -> Issued | None:
        """Return a block, or None."""
        key = _key(block_id)
        item = get(BlockItem, key.pk)
        return None if item is None else _issued(item)

    def allocate(self, order: Order, wanted: Format) -> Issued:
        """Hand out a block.

        Args:
            order: what is asked.
            wanted: the product's format now; an open epoch with another one is closed.

        Raises:
            Conflict: `serials_exhausted`: the format has no room for as many.
            KeyReused: another request made the block of that id.
            Busy: throttled, no answer, or too many at once for one line; a repeat finds out.
        """
        counters = _Counters(order)
        if counters.record is not None:
            return _replay(order, counters.record)
        for _ in range(_ATTEMPTS):
            epoch = current(order.gtin, wanted)
            counter = counters.of(epoch)
            slot = _shown(order, counter)
            if slot is None and counter.closed is not None:
                finish(order.gtin, wanted)
                continue
            if slot is None:
                slot = counters.take(epoch, counter)
            if slot is not None:
                return _recorded(order, epoch, slot)
        raise Busy("The line is asking for too many blocks at once; try again.")


class _Counters:
    """What one order has seen of the counters; the newest state of each.

    Attributes:
        record: of the block, when it was handed out before.
    """

    def __init__(self, order: Order) -> None:
        """Read the record, and the counter that is probably wanted: one round trip."""
        self._order = order
        self._seen: dict[int, Counter] = {}
        mine = known(order.gtin)
        epochs = mine.epochs or read(order.gtin).epochs
        keys = [_key(order.id)] + [counter_key(order.gtin, each.number) for each in epochs[-1:]]
        found = get_many(keys)
        self.record = found.item(BlockItem, keys[0].pk)
        for each in epochs[-1:]:
            item = found.item(CounterItem, keys[1].pk, keys[1].sk)
            self._seen[each.number] = item.counter if item else EMPTY

    def of(self, epoch: Epoch) -> Counter:
        """Return the counter of an epoch."""
        if epoch.number not in self._seen:
            key = counter_key(self._order.gtin, epoch.number)
            item = get(CounterItem, key.pk, key.sk)
            self._seen[epoch.number] = item.counter if item else EMPTY
        return self._seen[epoch.number]

    def take(self, epoch: Epoch, counter: Counter) -> Slot | None:
        """Take the order's indexes; None when the counter was not as it was read."""
        order = self._order
        epochs = _epochs(order.gtin, epoch.number)
        wanted = claim(counter, order.token, order.lane, indexes_for(order.count, epochs, epoch))
        if wanted.taken and counter.next + wanted.taken > epoch.capacity:
            raise _exhausted(order, epoch)
        slot, found = take(order.gtin, epoch.number, wanted, epoch.capacity)
        if found is not None:
            self._seen[epoch.number] = found
        return slot


def _shown(order: Order, counter: Counter) -> Slot | None:
    """Return the slot that shows the order: it was carried out, and the answer lost."""
    for slot in counter.slots.values():
        if slot.token.block == order.token.block:
            if slot.token != order.token:
                raise _reused()
            return slot
    return None


def _recorded(order: Order, epoch: Epoch, slot: Slot) -> Issued:
    """Write the block's record, unless a repeat was faster."""
    ranges = slot.ranges
    known(order.gtin).saw(epoch.number, max(start + size for start, size in ranges))
    item = _item(order, epoch, ranges)
    tx = Transaction()
    tx.create(item, refused=AlreadyExists("The block was handed out already."))
    try:
        tx.commit()
    except AlreadyExists as error:
        existing = error.existing
        if not isinstance(existing, BlockItem):
            raise
        return _replay(order, existing)
    return Issued(order, epoch, Block(ranges, order.count))


def _replay(order: Order, item: BlockItem) -> Issued:
    if item.fingerprint != order.fingerprint:
        raise _reused()
    mine = item.created == order.at.isoformat()  # our own write, whose answer was lost
    return replace(_issued(item), replayed=not mine)


def _item(order: Order, epoch: Epoch, ranges: Iterable[Range]) -> BlockItem:
    return BlockItem(
        _key(order.id).pk,
        gtin=order.gtin.digits,
        epoch=epoch.number,
        ranges=list(chain.from_iterable(ranges)),
        numbers=order.count,
        organisation=order.organisation,
        client=order.client,
        line=order.line,
        created=order.at.isoformat(),
        fingerprint=order.fingerprint,
    )


def _issued(item: BlockItem) -> Issued:
    order = Order(
        UUID(item.pk.removeprefix("B#")),
        Gtin(item.gtin),
        int(item.numbers),
        item.organisation,
        item.client,
        item.line,
        datetime.fromisoformat(item.created),
        item.fingerprint,
    )
    numbers = [int(str(number)) for number in item.ranges]
    ranges = tuple(map(Range, numbers[::2], numbers[1::2]))
    epoch = _epochs(order.gtin, int(item.epoch))[int(item.epoch)]
    return Issued(order, epoch, Block(ranges, order.count))


def _epochs(gtin: Gtin, number: int) -> Sequence[Epoch]:
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


def _key(block_id: UUID) -> Key:
    return Key(BlockItem, f"B#{block_id}")


def _exhausted(order: Order, epoch: Epoch) -> Conflict:
    return Conflict(
        f"The format {epoch.format} has no room for {order.count} more serial numbers: of what it "
        "can spell, at most one in a million is issued. Give the product a longer format.",
        code="serials_exhausted",
    )


def _reused() -> KeyReused:
    return KeyReused("The idempotency key was used for another block.")
