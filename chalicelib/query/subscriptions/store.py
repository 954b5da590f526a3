"""Subscriptions, when they are due, and what they have told and have still to tell.

All subscriptions of an organisation are one item, under its GLN: whoever has a batch of events asks
for the subscriptions of all their parties in one request.

Every event that may concern a subscription is first put on its list (`PendingItem`), under a name
that its record gives it, so that twice is once. A delivery and a note of each record that it tells
(`ToldItem`) are written in one transaction: a record that has such a note is never told again,
however often it is put on the list. Only then it leaves the list.

Promises: reads are strong. Notes are forgotten after `REMEMBERED`, long after a stream or a queue
could bring anything again.

Trust: whoever can write here can keep events from being told, have them told again, or have them
sent elsewhere; tokens are encrypted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, Conflict, NoSuchName, NotFound, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.http.epcis import EpcFormat
from chalicelib.notify.model.delivery import Delivery
from chalicelib.notify.store.deliveries import DeliveryStore
from chalicelib.query.store import QueryItem
from chalicelib.query.subscriptions.model import Subscription, deleted_since
from chalicelib.table.bulk import put_many
from chalicelib.table.items import Item, Key
from chalicelib.table.read import Page, get, get_many, query
from chalicelib.table.transaction import LIMIT, Transaction

ROUNDS = 5
"""Tries before a race is left to the caller, who may try again."""

REMEMBERED = timedelta(days=30)

AT_ONCE = LIMIT - 2
"""Records of one delivery: their notes are written with it, and with the note of its run."""

_DUE = "due"


class SubscriptionsItem(Item):
    """The subscriptions of an organisation: `pk` is `subscriptions#{gln}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    listed = JSONAttribute()
    version = NumberAttribute()


class StateItem(Item):
    """What becomes of a subscription: `pk` is `subscription#{id}`. It outlives the subscription.

    Attributes:
        gln: under which the subscription stands.
        executed: when the query ran last.
        notified: when its receiver last took something.
        paused: until when nothing new is sent, because the receiver took nothing.
    """

    class Meta:
        """Where it lives."""

        table_name = "directory"

    gln = UnicodeAttribute()
    executed = UnicodeAttribute(null=True)
    notified = UnicodeAttribute(null=True)
    paused = UnicodeAttribute(null=True)


class DueItem(Item):
    """When a subscription is due next: `pk` is `due`, `sk` is `{instant}#{gln}#{id}`.

    First it is due when it was made, to catch up; then, if by the clock, at each of its runs.
    """

    class Meta:
        """Where it lives."""

        table_name = "directory"


class PendingItem(Item):
    """A record that may have to be told: `pk` `pending#{id}`, `sk` `{record time}#{record}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"


class ToldItem(Item):
    """A record that a subscription told: `pk` is `told#{id}`, `sk` is the record.

    A run by the clock has a note too, `run#{instant}`: what it told first.

    Attributes:
        created: of the delivery.
        message: of the delivery; empty for what was dropped and said to be.
    """

    class Meta:
        """Where it lives."""

        table_name = "directory"

    created = UnicodeAttribute()
    message = UnicodeAttribute(null=True)
    ttl = NumberAttribute()


@dataclass(frozen=True, slots=True)
class State:
    """What became of a subscription; see `StateItem`."""

    executed: datetime | None = None
    notified: datetime | None = None
    paused: datetime | None = None


class SubscriptionStore:
    """The subscriptions of one organisation, by its GLN."""

    def __init__(self, gln: Gln) -> None:
        self._gln = gln
        self._pk = _pk(gln)

    def all(self) -> list[Subscription]:
        """Return all, oldest first."""
        return self._read()[0]

    def find(self, subscription: str) -> Subscription | None:
        """Return one, or None."""
        return next((each for each in self.all() if each.id == subscription), None)

    def get(self, query_name: str, subscription: str) -> Subscription:
        """Return one of a query.

        Raises:
            NotFound: there is none.
        """
        found = self.one(subscription)
        if found.query_name != query_name:
            raise _no_subscription()
        return found

    def one(self, subscription: str) -> Subscription:
        """Return one, of whatever query.

        Raises:
            NotFound: there is none.
        """
        found = self.find(subscription)
        if found is None:
            raise _no_subscription()
        return found

    def create(
        self,
        wanted: Subscription,
        add: Callable[[Sequence[Subscription], Subscription], Sequence[Subscription]],
        *,
        query: QueryItem,
    ) -> Subscription:
        """Keep a new one, if its query still stands; return what stands there.

        Args:
            wanted: the new one.
            add: adds it to those that stand.
            query: as it was read.

        Raises:
            NoSuchName: the query was forgotten meanwhile.
            AlreadyExists: it was made before, and deleted.
            Raced: others were faster all the while.
        """
        forgotten = Conflict(f"There is no query {query.sk!r} here.")
        for _ in range(ROUNDS):
            standing, version = self._read()
            listed = add(standing, wanted)
            if listed is standing:
                return next(each for each in standing if each.id == wanted.id)
            tx = Transaction()
            self._replace(tx, listed, version)
            tx.create(StateItem(_state_pk(wanted.id), gln=str(self._gln)), refused=deleted_since())
            tx.check(
                QueryItem,
                query.pk,
                query.sk,
                condition=QueryItem.version == query.version,
                refused=forgotten,
            )
            tx.put(DueItem(_DUE, _due_sk(wanted.created, wanted.gln, wanted.id)))
            try:
                tx.commit()
            except Raced:
                continue
            except Conflict as refusal:
                if refusal is forgotten:
                    raise NoSuchName(forgotten.detail) from refusal
                raise
            return wanted
        raise _busy()

    def end(self, chosen: Callable[[Subscription], bool], along: Transaction) -> None:
        """Add to a transaction that some subscriptions end; it is refused if they change first."""
        standing, version = self._read()
        if any(map(chosen, standing)):
            self._replace(along, [each for each in standing if not chosen(each)], version)

    def change(self, change: Callable[[list[Subscription]], list[Subscription]]) -> None:
        """Change what stands; nothing is written when nothing changes.

        Raises:
            Raced: others were faster all the while.
        """
        for _ in range(ROUNDS):
            standing, version = self._read()
            listed = change(standing)
            if listed == standing:
                return
            tx = Transaction()
            self._replace(tx, listed, version)
            try:
                tx.commit()
            except Raced:
                continue
            return
        raise _busy()

    def _replace(self, tx: Transaction, listed: Sequence[Subscription], version: int) -> None:
        rows = [_row(each) for each in listed]
        tx.replace(SubscriptionsItem(self._pk, listed=rows, version=version + 1), version=version)

    def _read(self) -> tuple[list[Subscription], int]:
        item = get(SubscriptionsItem, self._pk)
        return ([], 0) if item is None else (_listed(item), int(item.version))


def subscriptions_of(parties: Iterable[Gln]) -> dict[Gln, list[Subscription]]:
    """Return the subscriptions of many organisations; those without any are not there."""
    keys = {Key(SubscriptionsItem, _pk(gln)): gln for gln in parties}
    found = get_many(keys)
    return {
        keys[key]: listed
        for key, item in found.items()
        if (listed := _listed(cast("SubscriptionsItem", item)))
    }


# --- What becomes of one


def owner(subscription: str) -> Gln | None:
    """Return under whose GLN a subscription stands or stood; None when there never was one."""
    item = get(StateItem, _state_pk(subscription))
    return None if item is None else Gln(item.gln)


def states(subscriptions: Iterable[str]) -> dict[str, State]:
    """Return what became of subscriptions."""
    found = get_many(Key(StateItem, _state_pk(each)) for each in subscriptions)
    items = (cast("StateItem", item) for item in found.values())
    return {
        item.pk.partition("#")[2]: State(
            _instant(item.executed), _instant(item.notified), _instant(item.paused)
        )
        for item in items
    }


def note(
    subscription: str,
    *,
    executed: datetime | None = None,
    notified: datetime | None = None,
    paused: datetime | None = None,
) -> None:
    """Note what became of a subscription; what is None stays as it was."""
    told_now = (
        (StateItem.executed, executed),
        (StateItem.notified, notified),
        (StateItem.paused, paused),
    )
    tx = Transaction()
    actions = [attribute.set(_text(at)) for attribute, at in told_now if at is not None]
    tx.update(StateItem, _state_pk(subscription), actions=actions)
    tx.commit()


# --- When


def due(until: datetime, *, limit: int) -> list[tuple[datetime, Gln, str]]:
    """Return what was to run by an instant, the longest due first: when, whose, which."""
    page = query(DueItem, _DUE, limit=limit)
    found = [str(item.sk).split("#") for item in page.items]
    read = [(datetime.fromisoformat(at), Gln(gln), which) for at, gln, which in found]
    return [each for each in read if each[0] <= until]


def advance(
    gln: Gln, subscription: str, *, ran: datetime, then: datetime | None, run: bool = True
) -> None:
    """Say when a subscription is due next; another may have said it first.

    Args:
        gln: whose it is.
        subscription: which.
        ran: when it was due.
        then: when it is next; None when no clock runs it.
        run: whether its query ran.
    """
    tx = Transaction()
    tx.delete(
        DueItem,
        _DUE,
        _due_sk(ran, gln, subscription),
        condition=DueItem.pk.exists(),
        refused=Raced("Somebody else ran it."),
    )
    if then is not None:
        tx.put(DueItem(_DUE, _due_sk(then, gln, subscription)))
    if run:
        tx.update(StateItem, _state_pk(subscription), actions=[StateItem.executed.set(_text(ran))])
    try:
        tx.commit()
    except Raced:
        if get(DueItem, _DUE, _due_sk(ran, gln, subscription)) is not None:
            raise  # not a write of ours whose answer was lost, nor of somebody else


# --- What


def put_pending(found: Iterable[tuple[str, datetime, str]]) -> None:
    """Put records on the lists of subscriptions: which, record time, record. Again is the same."""
    put_many(
        PendingItem(_pending_pk(subscription), f"{_text(recorded)}#{record}")
        for subscription, recorded, record in found
    )


def pending(subscription: str, *, after: str | None = None, limit: int) -> Page[PendingItem]:
    """Return a stretch of a subscription's list, by record time."""
    return query(PendingItem, _pending_pk(subscription), after=after, limit=limit)


def stretch(subscription: str, before: datetime | None) -> list[PendingItem]:
    """Return the first records on a list, at most `AT_ONCE`.

    Args:
        subscription: whose list.
        before: only what was recorded before that; everything when None.
    """
    found = pending(subscription, limit=AT_ONCE).items
    return [each for each in found if before is None or each.sk < _text(before)]


def drop_pending(items: Sequence[PendingItem]) -> None:
    """Take records off a list; again is the same."""
    for start in range(0, len(items), LIMIT):
        tx = Transaction()
        for item in items[start : start + LIMIT]:
            tx.delete(PendingItem, item.pk, item.sk)
        tx.commit()


def told(subscription: str, records: Iterable[str]) -> dict[str, ToldItem]:
    """Return the notes on records, or runs, that were told."""
    found = get_many(Key(ToldItem, _told_pk(subscription), record) for record in records)
    return {key.sk: cast("ToldItem", item) for key, item in found.items()}


def keep(
    delivery: Delivery, records: Iterable[str], *, run: str | None, first: bool = False
) -> None:
    """Keep a new delivery with a note of each record that it tells, all or nothing.

    Args:
        delivery: claimed by whoever keeps it.
        records: at most `AT_ONCE`.
        run: the note of the run by the clock, if one tells it.
        first: demand that the run has told nothing yet.

    Raises:
        AlreadyExists: somebody else told one of them, or this is the same delivery again.
        Raced: somebody else is telling one of them.
    """
    refused = AlreadyExists("It was told already.")
    note = _note(delivery.endpoint, delivery)
    tx = Transaction()
    tx.create(DeliveryStore(delivery.endpoint).item(delivery), refused=refused)
    for record in records:
        tx.create(note(record), refused=refused)
    if run is not None and first:
        tx.create(note(run), refused=refused)
    elif run is not None:
        tx.put(note(run))
    tx.commit()


def note_dropped(subscription: str, records: Sequence[str], at: datetime) -> None:
    """Note records that are never told, because the receiver was told that there are too many."""
    for start in range(0, len(records), LIMIT):
        tx = Transaction()
        for record in records[start : start + LIMIT]:
            item = ToldItem(_told_pk(subscription), record, created=_text(at), ttl=_ttl(at))
            tx.put(item)
        tx.commit()


def _note(subscription: str, delivery: Delivery) -> Callable[[str], ToldItem]:
    def note(record: str) -> ToldItem:
        return ToldItem(
            _told_pk(subscription),
            record,
            created=_text(delivery.created),
            message=delivery.message,
            ttl=_ttl(delivery.created),
        )

    return note


def _ttl(at: datetime) -> int:
    return int((at + REMEMBERED).timestamp())


def _no_subscription() -> NotFound:
    return NotFound("There is no such subscription here.")


def _busy() -> Raced:
    return Raced("The subscriptions were being changed all the while; try again.")


def _pk(gln: Gln) -> str:
    return f"subscriptions#{gln}"


def _state_pk(subscription: str) -> str:
    return f"subscription#{subscription}"


def _pending_pk(subscription: str) -> str:
    return f"pending#{subscription}"


def _told_pk(subscription: str) -> str:
    return f"told#{subscription}"


def _due_sk(at: datetime, gln: Gln, subscription: str) -> str:
    return f"{_text(at)}#{gln}#{subscription}"


def _text(at: datetime) -> str:
    """Return an instant in one width, so that texts sort as instants do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _row(each: Subscription) -> dict[str, Any]:
    return {
        "id": each.id,
        "organisation": each.organisation,
        "client": each.client,
        "name": each.query_name,
        "query": each.query,
        "url": each.url,
        "token": each.token,
        "schedule": None if each.schedule is None else dict(each.schedule),
        "empty": each.report_if_empty,
        "initial": _text(each.initial),
        "created": _text(each.created),
        "format": each.epc_format.value,
        "disabled": each.disabled,
    }


def _listed(item: SubscriptionsItem) -> list[Subscription]:
    gln = Gln(item.pk.partition("#")[2])
    return [_subscription(gln, row) for row in item.listed]


def _subscription(gln: Gln, row: Mapping[str, Any]) -> Subscription:
    return Subscription(
        id=row["id"],
        organisation=row["organisation"],
        gln=gln,
        client=row["client"],
        query_name=row["name"],
        query=row["query"],
        url=row["url"],
        token=row["token"],
        schedule=row["schedule"],
        report_if_empty=row["empty"],
        initial=datetime.fromisoformat(row["initial"]),
        created=datetime.fromisoformat(row["created"]),
        epc_format=EpcFormat(row["format"]),
        disabled=row["disabled"],
    )
