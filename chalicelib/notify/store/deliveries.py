"""What was sent to endpoints, and what is still to be sent.

Deliveries live in table `recalls` under their endpoint, in the order of their messages: one item is
claim, state and log of a delivery, so that claiming it, and listing what an endpoint got, need
nothing else.

Promises: reads of single deliveries are strong; every write is conditional on the version that it
changes.

Trust: whoever can write here can keep a message from being sent, or have it sent again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, Conflict
from chalicelib.notify.model.delivery import Attempt, Delivery, Status
from chalicelib.table.items import Item, Key
from chalicelib.table.read import Page, get, get_many, query
from chalicelib.table.transaction import LIMIT, Transaction, replaced


class DeliveryItem(Item):
    """A delivery: `pk` is `deliveries#{endpoint}`, `sk` is `{created}#{message}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    organisation = UnicodeAttribute()
    type = UnicodeAttribute()
    body = UnicodeAttribute()
    status = UnicodeAttribute()
    attempts = JSONAttribute()
    due = UnicodeAttribute()
    holder = UnicodeAttribute()
    leased = UnicodeAttribute(null=True)
    handed_on = NumberAttribute()
    reason = UnicodeAttribute(null=True)
    version = NumberAttribute()


class DeliveryStore:
    """The deliveries to one endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._pk = f"deliveries#{endpoint}"

    def key(self, created: datetime, message: str) -> Key:
        """Return where the delivery of a message stands."""
        return Key(DeliveryItem, self._pk, f"{_text(created)}#{message}")

    def get(self, created: datetime, message: str) -> Delivery | None:
        """Return the delivery of a message, or None."""
        _, pk, sk = self.key(created, message)
        item = get(DeliveryItem, pk, sk)
        return None if item is None else to_delivery(item)

    def page(self, *, after: str | None, limit: int) -> tuple[list[Delivery], str | None]:
        """Return deliveries, newest first, and where to go on."""
        page: Page[DeliveryItem] = query(
            DeliveryItem, self._pk, after=after, limit=limit, forward=False, strong=False
        )
        return [to_delivery(item) for item in page.items], page.last

    def create(self, delivery: Delivery) -> Delivery:
        """Keep a new, claimed delivery; return what stands there, its own or an earlier one."""
        tx = Transaction()
        tx.create(self.item(delivery), refused=AlreadyExists("The delivery exists already."))
        try:
            tx.commit()
        except AlreadyExists as refused:
            return to_delivery(cast("DeliveryItem", refused.existing))
        return delivery

    def replace(self, delivery: Delivery) -> None:
        """Keep a changed one; our own write under another answer is not a conflict.

        Raises:
            Raced: somebody else changed it.
        """
        replaced(self.item(delivery), delivery.version - 1)

    def item(self, delivery: Delivery) -> DeliveryItem:
        """Return a delivery as stored."""
        return DeliveryItem(
            *self.key(delivery.created, delivery.message)[1:],
            organisation=delivery.organisation,
            type=delivery.type,
            body=delivery.body,
            status=delivery.status.value,
            attempts=[
                [_text(a.at), a.status, a.milliseconds, a.problem, a.retry_after]
                for a in delivery.attempts
            ],
            due=_text(delivery.due),
            holder=delivery.holder,
            leased=delivery.leased and _text(delivery.leased),
            handed_on=delivery.handed_on,
            reason=delivery.reason or None,
            version=delivery.version,
        )


def begin_together(deliveries: Sequence[Delivery]) -> list[bool]:
    """Keep new, claimed deliveries, a hundred to a transaction; tell which were kept.

    One that exists already keeps all that go with it from being kept: those are for `create`.
    """
    kept: list[bool] = []
    for start in range(0, len(deliveries), LIMIT):
        chunk = deliveries[start : start + LIMIT]
        tx = Transaction()
        for each in chunk:
            item = DeliveryStore(each.endpoint).item(each)
            tx.create(item, refused=AlreadyExists("The delivery exists already."))
        try:
            tx.commit()
        except Conflict:
            kept += [False] * len(chunk)
        else:
            kept += [True] * len(chunk)
    return kept


def deliveries_of(message: str, created: datetime, endpoints: Sequence[str]) -> dict[str, Delivery]:
    """Return by endpoint the deliveries of one message that exist."""
    found = get_many(DeliveryStore(each).key(created, message) for each in endpoints)
    read = [to_delivery(cast("DeliveryItem", item)) for item in found.values()]
    return {delivery.endpoint: delivery for delivery in read}


def to_delivery(item: DeliveryItem) -> Delivery:
    """Read a stored delivery."""
    created, _, message = item.sk.partition("#")
    return Delivery(
        message=message,
        endpoint=item.pk.removeprefix("deliveries#"),
        organisation=item.organisation,
        type=item.type,
        created=datetime.fromisoformat(created),
        body=item.body,
        status=Status(item.status),
        attempts=tuple(Attempt(datetime.fromisoformat(at), *rest) for at, *rest in item.attempts),
        due=datetime.fromisoformat(item.due),
        holder=item.holder,
        leased=_instant(item.leased),
        handed_on=int(item.handed_on),
        reason=item.reason or "",
        version=int(item.version),
    )


def _text(at: datetime) -> str:
    """Return an instant in one width, so that texts sort as instants do."""
    return at.isoformat(timespec="microseconds")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
