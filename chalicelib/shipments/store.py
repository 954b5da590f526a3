"""Rows of expected shipments, in the views table: thrown away and made again from the events.

Promises: a row written twice is the same row. Reads are strong, and as fresh as the stream.

Trust: whoever can write to this table can hide shipments, or show what came of them wrongly; what
is shown of a shipment is read from the events table, and only to the party that it went to.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute

from chalicelib.epcis.model import Quantity
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.shipments.model import Expected, Settled
from chalicelib.table.items import Item
from chalicelib.table.read import query, query_all
from chalicelib.table.transaction import Transaction


class ExpectedItem(Item):
    """An expected shipment: `pk` `I#{party}`, `sk` `{record time}#{shipping event}`."""

    class Meta:
        """Where it lives."""

        table_name = "views"


class SettledItem(Item):
    """What of a shipment was settled: `pk` `S#{shipping event}`, `sk` the event that settled it."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    called_back = BooleanAttribute(attr_name="b")
    things = NumberAttribute(attr_name="n")
    goods: ListAttribute[object] = ListAttribute(attr_name="g", default=list)


def put_expected(row: Expected) -> None:
    """Keep a row; again is the same."""
    at = row.recorded.astimezone(UTC).isoformat(timespec="microseconds")
    _put(ExpectedItem(pk=f"I#{row.party}", sk=f"{at}#{row.event}"))


def put_settled(row: Settled) -> None:
    """Keep a row; again is the same."""
    _put(
        SettledItem(
            pk=f"S#{row.shipment}",
            sk=row.event,
            called_back=row.called_back,
            things=row.things,
            goods=[[str(each.lgtin), each.count] for each in row.goods],
        )
    )


def expected_by(party: Gln, *, after: str | None, limit: int) -> tuple[list[Expected], str | None]:
    """Return a stretch of a party's expected shipments, newest first, and where to go on."""
    page = query(ExpectedItem, f"I#{party}", after=after, limit=limit, forward=False)
    rows = [_expected(party, item) for item in page.items]
    return rows, page.last


def settled_of(shipment: str) -> Iterator[Settled]:
    """Yield what was settled of a shipment."""
    for item in query_all(SettledItem, f"S#{shipment}"):
        goods = tuple(_quantity(each) for each in item.goods)
        yield Settled(shipment, item.sk, bool(item.called_back), int(item.things), goods)


def _quantity(pair: object) -> Quantity:
    assert isinstance(pair, list)  # noqa: S101  written by `put_settled`
    key, count = pair
    return Quantity(Lgtin.parse(str(key)), int(count))


def _expected(party: Gln, item: ExpectedItem) -> Expected:
    at, _, event = item.sk.partition("#")
    return Expected(party, datetime.fromisoformat(at), event)


def _put(item: Item) -> None:
    tx = Transaction()
    tx.put(item)
    tx.commit()
