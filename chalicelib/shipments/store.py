"""Rows of expected shipments, in the views table: thrown away and made again from the events.

Promises: a row written twice is the same row. Reads are strong, and as fresh as the stream.

Trust: whoever can write to this table can hide shipments, or show what came of them wrongly; what
is shown of a shipment is read from the events table, and only to the party that it went to.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute

from chalicelib.epcis.model import Quantity
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.shipments.model import Expected, Settled
from chalicelib.table.bulk import put_many
from chalicelib.table.items import Item
from chalicelib.table.read import query, query_all
from chalicelib.table.transaction import Transaction


class ExpectedItem(Item):
    """What a party expects of one record: `pk` `I#{party}`, `sk` `{record time}#{record}`.

    Attributes:
        numbers: of the shipping events in the record.
    """

    class Meta:
        """Where it lives."""

        table_name = "views"

    numbers: ListAttribute[object] = ListAttribute(attr_name="e", default=list)


class SettledItem(Item):
    """What of a shipment was settled: `pk` `S#{shipping event}`, `sk` the event that settled it."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    called_back = BooleanAttribute(attr_name="b")
    things = NumberAttribute(attr_name="n")
    goods: ListAttribute[object] = ListAttribute(attr_name="g", default=list)


def put_expected(rows: Iterable[Expected]) -> None:
    """Keep all rows of one record, or of several; again is the same."""
    together: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        record, number = place_of(row.event)
        key = (f"I#{row.party}", f"{_time(row)}#{record}")
        together.setdefault(key, []).append(number)
    put_many(ExpectedItem(pk=pk, sk=sk, numbers=numbers) for (pk, sk), numbers in together.items())


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
    rows: list[Expected] = []
    # A record's id is no greater than those of its events: its item may hold more of them.
    start = f"{after}~" if after else None
    while True:
        page = query(ExpectedItem, f"I#{party}", after=start, limit=limit, forward=False)
        for row in (row for item in page.items for row in _expected(party, item)):
            if after and _position(row) >= after:
                continue
            if len(rows) == limit:
                return rows, _position(rows[-1])
            rows.append(row)
        if page.last is None:
            return rows, None
        start = page.last


def settled_of(shipment: str) -> Iterator[Settled]:
    """Yield what was settled of a shipment."""
    for item in query_all(SettledItem, f"S#{shipment}"):
        goods = tuple(_quantity(each) for each in item.goods)
        yield Settled(shipment, item.sk, bool(item.called_back), int(item.things), goods)


def _quantity(pair: object) -> Quantity:
    assert isinstance(pair, list)  # noqa: S101  written by `put_settled`
    key, count = pair
    return Quantity(Lgtin.parse(str(key)), int(count))


def _expected(party: Gln, item: ExpectedItem) -> Iterator[Expected]:
    at, _, record = str(item.sk).partition("#")
    for number in sorted((int(str(each)) for each in item.numbers), reverse=True):
        event = event_uri(UUID(record), number).removeprefix("urn:uuid:")
        yield Expected(party, datetime.fromisoformat(at), event)


def _position(row: Expected) -> str:
    return f"{_time(row)}#{row.event}"


def _time(row: Expected) -> str:
    return row.recorded.astimezone(UTC).isoformat(timespec="microseconds")


def _put(item: Item) -> None:
    tx = Transaction()
    tx.put(item)
    tx.commit()
