"""Where endpoints and deliveries are kept.

Endpoints live in table `directory`. Deliveries live in table `recalls` under their endpoint, in the
order of their messages: one item is claim, state and log of a delivery, so that claiming it, and
listing what an endpoint got, need nothing else.

Promises: reads are strong; every write is conditional on the version that it changes.

Trust: whoever can write here can send our messages elsewhere, under a signature that the new
receiver cannot check; nobody can learn a signing secret here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, NotFound, Raced
from chalicelib.notify.model import Attempt, Delivery, Endpoint, Seed, Status
from chalicelib.table.items import Item, Key
from chalicelib.table.read import Page, get, get_many, query, query_all
from chalicelib.table.transaction import Transaction


class EndpointItem(Item):
    """An endpoint: `pk` is `org#{organisation}`, `sk` is `webhook#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    url = UnicodeAttribute()
    types = JSONAttribute()
    seeds = JSONAttribute()
    created = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    disabled = UnicodeAttribute(null=True)
    deleted = BooleanAttribute(null=True)
    version = NumberAttribute()


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


class EndpointStore:
    """The endpoints of one organisation."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        self._pk = f"org#{organisation}"

    def get(self, endpoint_id: str) -> Endpoint:
        """Return one.

        Raises:
            NotFound: it never was, or is deleted.
        """
        endpoint = self.find(endpoint_id)
        if endpoint is None or endpoint.deleted:
            raise no_webhook()
        return endpoint

    def find(self, endpoint_id: str) -> Endpoint | None:
        """Return one, deleted or not, or None."""
        item = get(EndpointItem, self._pk, f"webhook#{endpoint_id}")
        return None if item is None else self._endpoint(item)

    def all(self) -> list[Endpoint]:
        """Return those that are not deleted, in the order of their ids."""
        items = query_all(EndpointItem, self._pk, begins="webhook#")
        return [self._endpoint(item) for item in items if not item.deleted]

    def wanting(self, kind: str) -> list[Endpoint]:
        """Return those to which messages of a type are to be sent."""
        return [endpoint for endpoint in self.all() if endpoint.wants(kind)]

    def create(self, endpoint: Endpoint) -> Endpoint | None:
        """Keep a new one; return the one that stood under its id already, deleted or not."""
        tx = Transaction()
        tx.create(self._item(endpoint), refused=AlreadyExists("The webhook exists already."))
        try:
            tx.commit()
        except AlreadyExists as refused:
            return self._endpoint(cast("EndpointItem", refused.existing))
        return None

    def replace(self, endpoint: Endpoint) -> None:
        """Keep a changed one; our own write under another answer is not a conflict.

        Raises:
            Raced: it was changed meanwhile.
        """
        tx = Transaction()
        tx.replace(self._item(endpoint), version=endpoint.version - 1)
        try:
            tx.commit()
        except Raced as refused:
            standing = cast("EndpointItem | None", refused.existing)
            if standing is None or self._endpoint(standing) != endpoint:
                raise

    def _item(self, endpoint: Endpoint) -> EndpointItem:
        return EndpointItem(
            self._pk,
            f"webhook#{endpoint.id}",
            url=endpoint.url,
            types=list(endpoint.types),
            seeds=[[seed.text, seed.until and _text(seed.until)] for seed in endpoint.seeds],
            created=_text(endpoint.created),
            fingerprint=endpoint.fingerprint,
            disabled=endpoint.disabled or None,
            deleted=endpoint.deleted or None,
            version=endpoint.version,
        )

    def _endpoint(self, item: EndpointItem) -> Endpoint:
        return Endpoint(
            id=item.sk.removeprefix("webhook#"),
            organisation=self.organisation,
            url=item.url,
            types=tuple(item.types),
            seeds=tuple(Seed(text, _instant(until)) for text, until in item.seeds),
            created=datetime.fromisoformat(item.created),
            fingerprint=item.fingerprint,
            disabled=item.disabled or "",
            deleted=bool(item.deleted),
            version=int(item.version),
        )


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
        tx.create(self._item(delivery), refused=AlreadyExists("The delivery exists already."))
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
        tx = Transaction()
        tx.replace(self._item(delivery), version=delivery.version - 1)
        try:
            tx.commit()
        except Raced as refused:
            standing = cast("DeliveryItem | None", refused.existing)
            if standing is None or to_delivery(standing) != delivery:
                raise

    def _item(self, delivery: Delivery) -> DeliveryItem:
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


def no_webhook() -> NotFound:
    """Return the refusal of a webhook that does not exist, or is another organisation's."""
    return NotFound("There is no such webhook.")


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
