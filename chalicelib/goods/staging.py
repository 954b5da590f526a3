"""Changes of goods that are larger than one transaction: staged item by item, visible all at once.

A **batch** stages what it will change beside what stands: an item keeps its `body`, and gets the
body that it shall have as `next`, with the batch's token as `intent`. Whoever reads an item with an
intent asks what became of the batch, one read more: committed, and `next` is the truth; anything
else, and `body` is. So the one write that commits a batch changes all its items in one instant, and
a batch that is given up was never seen by anybody. Settling then tidies up, item by item, in any
order and as often as it takes.

A token names batch and attempt. A batch that crashed begins anew with the next attempt; what the
attempt before staged, or still stages, counts for nothing. While a batch is open nobody else can
change its items: version numbers go up when an intent is set.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import Conflict, Raced
from chalicelib.gs1.keys import Lgtin
from chalicelib.ledger.store import PartItem, RecordItem
from chalicelib.lots.model import Lot
from chalicelib.lots.store import introduce_each
from chalicelib.table.bulk import delete_many
from chalicelib.table.items import ALONE, Item, Key, RawItems
from chalicelib.table.read import get, get_many, query_all
from chalicelib.table.transaction import LIMIT, Transaction

BYTES = 250_000
"""Bytes of staged records in one item, which may have 400 KB with everything around them."""

AT_ONCE = 25
"""Rows beside a batch that are dealt with, and then forgotten, together."""

Row = TypeVar("Row", bound=Item)

LOTS = 2_000
"""Lots in one item beside a batch, of at most 400 KB."""

OVERHEAD = 512
"""Bytes that a record has besides its body, at most."""


class StagedItem(Item):
    """An item that may be changed by a batch.

    Attributes:
        version: goes up with every write.
        body: as it stands; None while it comes to be by an open batch.
        intent: token of the batch that changes it.
        next: body that it has once that batch is committed.
    """

    class Meta:
        """Where it lives."""

        table_name = "units"

    version = NumberAttribute()
    body = BinaryAttribute(attr_name="d", legacy_encoding=False, null=True)
    intent = UnicodeAttribute(attr_name="i", null=True)
    next = BinaryAttribute(attr_name="n", legacy_encoding=False, null=True)


class State(StrEnum):
    """What became of a batch."""

    OPEN = "open"
    COMMITTED = "committed"
    SETTLED = "settled"
    GIVEN_UP = "given_up"


class OutOfTime(Exception):
    """Whoever works must stop before it is cut off; what it did is kept, and it can go on.

    Attributes:
        done: index of the first event of the document that is not staged yet; None when all are.
    """

    def __init__(self, done: int | None) -> None:
        super().__init__(f"stopped before event {done}")
        self.done = done


class BatchItem(Item):
    """A batch: `pk` is `B#{id}`.

    Attributes:
        staged: while nobody works on it: the index of the first event that is not staged yet.
        number: of the last item beside it.
    """

    class Meta:
        """Where it lives."""

        table_name = "units"

    version = NumberAttribute()
    attempt = NumberAttribute()
    state = UnicodeAttribute()
    recorded = NumberAttribute(default=0)
    repeated = NumberAttribute(default=0)
    staged = NumberAttribute(null=True)
    number = NumberAttribute(default=0)


class TouchedItem(Item):
    """Which items a transaction staged: `pk` `B#{id}`, `sk` `t#{attempt}#{number}`."""

    class Meta:
        """Where it lives."""

        table_name = "units"

    keys = BinaryAttribute(attr_name="k", legacy_encoding=False)


class LotsItem(Item):
    """Lots that come to be with the batch: `pk` `B#{id}`, `sk` `l#{attempt}#{number}`.

    Attributes:
        lots: of each its LGTIN, whose it is, and its expiry.
    """

    class Meta:
        """Where it lives."""

        table_name = "units"

    lots = UnicodeAttribute()


class LaterItem(Item):
    """Records and their parts for when the batch is committed; `sk` `r#{attempt}#{number}`.

    Many in one item: they are small, and an item is charged by whole KB when it comes and goes.
    """

    class Meta:
        """Where it lives."""

        table_name = "units"

    records = RawItems(attr_name="r")


def effective(found: Mapping[Key, Item], *, mine: str = "", wait: bool = False) -> dict[Key, Item]:
    """Return items with the body that is true now; what does not exist yet is left out.

    Args:
        found: as read, all in one go.
        mine: token of the batch that reads; it sees what it staged.
        wait: refuse items that another batch is about to change, instead of their present body.

    Raises:
        Raced: `wait`, and such an item is among them.
    """
    staged = [item for item in found.values() if isinstance(item, StagedItem) and item.intent]
    if not staged:
        return dict(found)
    states = _states({str(item.intent) for item in staged} - {mine})
    gone: set[Key] = set()
    for key, item in found.items():
        if not isinstance(item, StagedItem) or not item.intent:
            continue
        state = State.COMMITTED if item.intent == mine else states[item.intent]
        if state is State.OPEN and wait:
            raise Raced("A capture is changing these goods.")
        if state in (State.COMMITTED, State.SETTLED):
            item.body = item.next
        if item.body is None:
            gone.add(key)
    return {key: item for key, item in found.items() if key not in gone}


def _states(tokens: Iterable[str]) -> dict[str, State]:
    by_batch = {token: _batch_key(token.rpartition("#")[0]) for token in tokens}
    found = get_many(by_batch.values())
    states: dict[str, State] = {}
    for token, key in by_batch.items():
        item = found.get(key)
        mine = isinstance(item, BatchItem) and f"#{item.attempt}" == token[token.rindex("#") :]
        states[token] = (
            State(item.state) if mine and isinstance(item, BatchItem) else State.GIVEN_UP
        )
    return states


def _batch_key(batch: str) -> Key:
    return Key(BatchItem, f"B#{batch}")


@dataclass(slots=True)
class Staged:
    """One item that a batch changes.

    Attributes:
        key: where it stands.
        body: that it shall have.
        version: as read; 0 for what is not there.
        beside: items that are written with it, which nobody looks at before it points to them.
        again: this batch staged it before, and so knows already that it touches it.
    """

    key: Key
    body: bytes
    version: int
    beside: tuple[Item, ...] = ()
    again: bool = False


class Batch:
    """One attempt at a batch.

    Attributes:
        id: of the batch.
        attempt: counted from 1.
        committed: it was committed before, by this attempt or an earlier one.
        counts: what it recorded, and what it found recorded; once it is committed or paused.
        staged: index of the first event that was not staged when it was paused.
        lots: that come to be with it.
    """

    def __init__(
        self, batch: str, attempt: int, *, committed: bool, counts: tuple[int, int] = (0, 0)
    ) -> None:
        self.id = batch
        self.attempt = attempt
        self.committed = committed
        self.counts = counts
        self.staged = 0
        self.lots: dict[Lgtin, Lot] = {}
        self._number = 0

    @classmethod
    def begun(cls, batch: str) -> bool:
        """Whether a batch was begun before: what it staged then is in nobody's way but its own."""
        return get(BatchItem, _batch_key(batch).pk) is not None

    @classmethod
    def begin(cls, batch: str) -> "Batch":
        """Begin a batch, go on with one that was paused, or begin anew after a crash.

        Nothing that was committed is begun again. Who crashed may have staged half of a window, so
        only what was paused in good order is gone on with.

        Raises:
            Raced: another worker began it at the same time.
        """
        item = get(BatchItem, _batch_key(batch).pk)
        if item is not None and item.state in (State.COMMITTED, State.SETTLED):
            counts = int(item.recorded), int(item.repeated)
            return cls(batch, int(item.attempt), committed=True, counts=counts)
        if item is not None and item.state == State.OPEN and item.staged is not None:
            return cls._resumed(batch, item)
        attempt = 1 if item is None else int(item.attempt) + 1
        version = 0 if item is None else int(item.version)
        tx = Transaction()
        made = BatchItem(
            pk=_batch_key(batch).pk, version=version + 1, attempt=attempt, state=State.OPEN
        )
        tx.replace(made, version=version)
        tx.commit()
        return cls(batch, attempt, committed=False)

    @classmethod
    def _resumed(cls, batch: str, item: BatchItem) -> "Batch":
        counts = int(item.recorded), int(item.repeated)
        resumed = cls(batch, int(item.attempt), committed=False, counts=counts)
        resumed.staged, resumed._number = int(item.staged), int(item.number)
        for beside in query_all(LotsItem, item.pk, begins=f"l#{resumed.attempt:06}#"):
            resumed.lots |= {lot.lgtin: lot for lot in _lots(beside)}
        item.staged, version = None, int(item.version)
        item.version = version + 1
        tx = Transaction()
        tx.replace(item, version=version)
        tx.commit()
        return resumed

    @classmethod
    def let_go(cls, batch: str) -> None:
        """Give up whatever attempt at a batch is open, so that its goods are free again."""
        item = get(BatchItem, _batch_key(batch).pk)
        if item is None or item.state != State.OPEN:
            return
        with suppress(Raced):  # somebody works on it after all
            cls(batch, int(item.attempt), committed=False).give_up()

    @property
    def token(self) -> str:
        """What its intents say."""
        return f"{self.id}#{self.attempt}"

    def stage(self, changes: Iterable[Staged], records: Iterable[RecordItem | PartItem]) -> None:
        """Stage changes, and the records that tell of them, in transactions of any number.

        Raises:
            Raced: an item was changed since it was read, or this attempt is over.
        """
        self._stage_records(records)
        tx, touched = Transaction(), list[Staged]()
        for change in changes:
            if len(tx) + 1 + len(change.beside) > LIMIT - 1:
                self._close(tx, touched)
                tx, touched = Transaction(), []
            self._intend(tx, change)
            for item in change.beside:
                tx.put(item)
            if not change.again:
                touched.append(change)
        self._close(tx, touched)

    def _intend(self, tx: Transaction, change: Staged) -> None:
        body, intent, version = {"B": change.body}, {"S": self.token}, change.version
        changed = Raced("The goods were changed meanwhile.")
        if not version:
            staged = {"n": body, "i": intent, "version": {"N": "1"}}
            tx.insert(change.key, staged, refused=changed)
            return
        values = {":n": body, ":i": intent, ":v": {"N": str(version)}, ":1": {"N": "1"}}
        tx.express(
            change.key, "SET n = :n, i = :i, version = version + :1", "version = :v", values,
            refused=changed,
        )  # fmt: skip

    def _close(self, tx: Transaction, touched: list[Staged]) -> None:
        """Write a transaction of intents, with the note of what it touches and brings to be."""
        if touched:
            tx.put(self._touching(touched))
        tx.commit()

    def _touching(self, touched: list[Staged]) -> TouchedItem:
        rows = [[each.key.pk, each.key.sk, each.version == 0] for each in touched]
        keys = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
        return TouchedItem(pk=_batch_key(self.id).pk, sk=self._next("t"), keys=keys)

    def records(self) -> Iterator[RecordItem]:
        """Yield the records that this attempt staged, without their parts."""
        for later in query_all(LaterItem, _batch_key(self.id).pk, begins=f"r#{self.attempt:06}#"):
            for raw in later.records:
                if raw["sk"]["S"] == ALONE:
                    yield RecordItem.from_raw_data(raw)

    def _stage_records(self, records: Iterable[RecordItem | PartItem]) -> None:
        """Put records aside; nobody looks for them before the batch is committed."""
        for some in _portions(records):
            later = LaterItem(
                pk=_batch_key(self.id).pk, sk=self._next("r"), records=[each.raw() for each in some]
            )
            tx = Transaction()
            tx.put(later)
            tx.commit()

    def _next(self, kind: str) -> str:
        self._number += 1
        return f"{kind}#{self.attempt:06}#{self._number:08}"

    def introduce(self, lots: Iterable[Lot]) -> None:
        """Have lots come to be with this batch, and not before; it sees them at once."""
        rest = iter(lots)
        while some := list(islice(rest, LOTS)):
            rows = [[str(each.lgtin), each.owner, each.expiry.isoformat()] for each in some]
            tx = Transaction()
            tx.put(LotsItem(pk=_batch_key(self.id).pk, sk=self._next("l"), lots=json.dumps(rows)))
            tx.commit()
            self.lots |= {each.lgtin: each for each in some}

    def pause(self, staged: int, *, recorded: int, repeated: int) -> None:
        """Let another worker go on with this attempt.

        Args:
            staged: index of the first event that is not staged yet.
            recorded: how many events were staged.
            repeated: how many were recorded before.

        Raises:
            Raced: this attempt is over.
        """
        more = (staged, recorded, repeated, self._number)
        self._turn(
            State.OPEN, State.OPEN,
            also=", staged = :s, recorded = :r, repeated = :p, #n = :n",
            more={f":{name}": {"N": str(each)} for name, each in zip("srpn", more, strict=True)},
            names={"#n": "number"},
        )  # fmt: skip

    def commit(self, *, recorded: int, repeated: int) -> None:
        """Make everything that was staged true, in one instant.

        Its lots are there just before: a lot without units says nothing of goods.

        Raises:
            Raced: this attempt is over: a later one has begun; or a lot came to be otherwise.
        """
        introduce_each(self.lots.values())
        more = {":r": {"N": str(recorded)}, ":p": {"N": str(repeated)}}
        self._turn(State.OPEN, State.COMMITTED, also=", recorded = :r, repeated = :p", more=more)
        self.committed, self.counts = True, (recorded, repeated)

    def settle(self, late: Callable[[], bool] = lambda: False) -> None:
        """Write the records and put every item in order; safe to repeat.

        What is done is forgotten as it goes, so a repeat does what is left.

        Args:
            late: whether to stop here, and have a repeat do the rest.

        Raises:
            OutOfTime: it was late.
        """
        for some in self._few(LaterItem, f"r#{self.attempt:06}#", late):
            for later in some:
                _write_records(later)
        self._tidy(late)
        self._turn(State.COMMITTED, State.SETTLED)

    def give_up(self) -> None:
        """Have nothing of it be true, ever; safe to repeat.

        Raises:
            Raced: this attempt is over, or committed.
        """
        self._turn(State.OPEN, State.GIVEN_UP)
        self._tidy()

    def _turn(
        self,
        before: State,
        after: State,
        *,
        also: str = "",
        more: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Change the state; a second time, after a lost answer, is as good as the first."""
        values = {":a": {"N": str(self.attempt)}, ":b": {"S": before}, ":c": {"S": after}}
        tx = Transaction()
        tx.express(
            _batch_key(self.id), f"SET #s = :c{also}", "attempt = :a AND (#s = :b OR #s = :c)",
            values | dict(more or {}), names={"#s": "state", **(names or {})},
            refused=Raced(f"The batch {self.id} is not {before} any more."),
        )  # fmt: skip
        tx.commit()

    def _tidy(self, late: Callable[[], bool] = lambda: False) -> None:
        """Put items in order that any attempt touched, and forget what was staged."""
        for some in self._few(TouchedItem, "t#", late):
            for touched in some:
                attempt = int(touched.sk.split("#")[1])
                true = self.committed and attempt == self.attempt
                _settle_all(touched, f"{self.id}#{attempt}", true=true)
        for _ in self._few(LaterItem, "r#", late):
            pass  # records of attempts that came to nothing
        for _ in self._few(LotsItem, "l#", late):
            pass

    def _few(
        self, model: type[Row], begins: str, late: Callable[[], bool]
    ) -> Iterator[Sequence[Row]]:
        """Yield rows beside the batch, a few at a time, and forget them once they are done."""
        rows = query_all(model, _batch_key(self.id).pk, begins=begins)
        while some := list(islice(rows, AT_ONCE)):
            yield some
            delete_many([row.key for row in some])
            if late():
                raise OutOfTime(None)


def _portions(
    records: Iterable[RecordItem | PartItem],
) -> Iterator[list[RecordItem | PartItem]]:
    """Yield records by as many as one item, and later one transaction, holds."""
    portion, size = list[RecordItem | PartItem](), 0
    for item in records:
        weight = len(item.body) + OVERHEAD
        if portion and (len(portion) == LIMIT or size + weight > BYTES):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += weight
    if portion:
        yield portion


def _lots(item: LotsItem) -> Iterator[Lot]:
    for lgtin, owner, expiry in json.loads(item.lots):
        yield Lot(Lgtin.parse(lgtin), owner, date.fromisoformat(expiry))


def _write_records(later: LaterItem) -> None:
    """Record what was staged: all at once, one by one where some of it stands already."""
    items = [
        (RecordItem if raw["sk"]["S"] == ALONE else PartItem).from_raw_data(raw)
        for raw in later.records
    ]
    if _recorded(items):
        return
    for item in items:
        _recorded([item])


def _recorded(items: Sequence[Item]) -> bool:
    """Record items, or none of them when one stands already, which then is the same."""
    standing = Conflict("It is recorded already.")
    tx = Transaction()
    for item in items:
        tx.create(item, refused=standing)
    return _commit_unless(tx, standing)


def _settle_all(touched: TouchedItem, token: str, *, true: bool) -> None:
    """Settle the items of one transaction in one; one by one where some are settled already."""
    rows = [
        (Key(StagedItem, pk, sk), new) for pk, sk, new in json.loads(zlib.decompress(touched.keys))
    ]
    over = Conflict("It is settled already.")
    tx = Transaction()
    for key, new in rows:
        _settle(tx, key, token, true=true, new=new, refused=over)
    if _commit_unless(tx, over):
        return
    for key, new in rows:
        tx = Transaction()
        _settle(tx, key, token, true=true, new=new, refused=over)
        _commit_unless(tx, over)


def _settle(
    tx: Transaction, key: Key, token: str, *, true: bool, new: bool, refused: Conflict
) -> None:
    """Let an item say what it shall say, if the batch's intent is still on it."""
    if new and not true:
        unborn = (StagedItem.intent == token) & StagedItem.body.does_not_exist()
        tx.delete(StagedItem, key.pk, key.sk, condition=unborn, refused=refused)
        return
    put = "SET d = n, version = version + :1" if true else "SET version = version + :1"
    standing = "" if true else " AND attribute_exists(d)"
    values = {":i": {"S": token}, ":1": {"N": "1"}}
    tx.express(key, f"{put} REMOVE n, i", f"i = :i{standing}", values, refused=refused)


def _commit_unless(tx: Transaction, refused: Conflict) -> bool:
    """Commit; return whether it was done, rather than refused for that one reason."""
    try:
        tx.commit()
    except Conflict as refusal:
        if refusal is not refused:
            raise
        return False
    return True
