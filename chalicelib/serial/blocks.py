"""Blocks of serial numbers: handing them out and finding them again.

Promises: a block is handed out once however often it is asked for under one id; its record is
written once and never changed. Two write units whatever its size: counter and record.

Trust: as `counters` and `epochs`.
"""

import random
import time
from collections.abc import Iterable
from dataclasses import replace
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
    claim,
    indexes_for,
)
from chalicelib.serial.contents import Issued, Order, epochs_with
from chalicelib.serial.counters import CounterItem, counter_key, read_counter, take
from chalicelib.serial.epochs import current, finish, known, read
from chalicelib.serial.model import Epoch, Format
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many
from chalicelib.table.transaction import Transaction

_ATTEMPTS = 40
"""Tries to change a counter. Only requests for one line get in each other's way."""

_LONGEST_PAUSE = 0.1
"""Seconds between two tries at most."""


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
        for attempt in range(_ATTEMPTS):
            epoch = current(order.gtin, wanted)
            counter = counters.of(epoch)
            slot = _shown(order, counter)
            if slot is None and counter.closed is not None:
                finish(order.gtin, epoch.number, wanted)
                continue
            if slot is None:
                slot = counters.take(epoch, counter)
            if slot is not None:
                return _recorded(order, epoch, slot)
            _pause(attempt)
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
            self._seen[epoch.number] = read_counter(self._order.gtin, epoch.number)
        return self._seen[epoch.number]

    def take(self, epoch: Epoch, counter: Counter) -> Slot | None:
        """Take the order's indexes; None when the counter was not as it was read."""
        order = self._order
        epochs = epochs_with(order.gtin, epoch.number)
        wanted = claim(counter, order.token, order.lane, indexes_for(order.count, epochs, epoch))
        if wanted.taken and counter.next + wanted.taken > epoch.capacity:
            raise _exhausted(order, epoch)
        slot, found = take(order.gtin, epoch.number, wanted, epoch.capacity)
        if found is not None:
            self._seen[epoch.number] = found
        return slot


def _pause(attempt: int) -> None:
    """Let the others of the line go first: without chance in it, one of many may lose every try."""
    longest = min(_LONGEST_PAUSE, 0.002 * 2**attempt)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - it need not be unpredictable


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
    epoch = epochs_with(order.gtin, int(item.epoch))[int(item.epoch)]
    return Issued(order, epoch, Block(ranges, order.count))


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
