"""The views table: rows that can be thrown away and made again from the events.

Promises: a row written twice is the same row. Reads are strong, and as fresh as the stream: see
`watermark`.

Trust: whoever can write to this table can make us tell too many or too few; recalls read it.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import chain, groupby

from pynamodb.attributes import BinaryAttribute, ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.epcis.model import Document
from chalicelib.errors import Conflict
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.table.bulk import put_many
from chalicelib.table.items import Item
from chalicelib.table.read import get, query, query_all
from chalicelib.table.transaction import Transaction
from chalicelib.trace.model import Delivery, Movement, added_up

MOST_MOVEMENTS = 500
"""Movements in one item: some 20 KB."""

SHARDS = 8
"""Partitions over which the deliveries of one lot by one party are spread."""


class DeliveryItem(Item):
    """A delivery: `pk` `D#{gtin}#{lot}#{shipper}#{shard}`, `sk` `{party}#{event}`.

    What takes a part of it back stands right behind it: `sk` `{party}#{event}#{event by which}`.
    """

    class Meta:
        """Where it lives."""

        table_name = "views"

    quantity = NumberAttribute(attr_name="q")
    event_time = UnicodeAttribute(attr_name="t")
    documents: ListAttribute[object] = ListAttribute(attr_name="d", default=list)


class MovementItem(Item):
    """Movements of one lot: `pk` `M#{party}`, `sk` `{gtin}#{lot}#{digest of the movements}`."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    body = BinaryAttribute(attr_name="d", legacy_encoding=False)


class WatermarkItem(Item):
    """How far a view has come: `pk` `watermark`, `sk` the view's name."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    at = UnicodeAttribute()


class DeliveryStore:
    """Who was sent what."""

    def put(self, row: Delivery) -> None:
        """Keep a row; again is the same."""
        shard = _shard(row.party)
        item = DeliveryItem(
            pk=_delivery_pk(row.lgtin, row.shipper, shard),
            sk=_delivery_sk(row),
            quantity=row.quantity,
            event_time=row.event_time.isoformat(),
            documents=[[each.type, each.id] for each in row.documents],
        )
        _put(item)

    def of(self, lgtin: Lgtin, shipper: Gln) -> Iterator[Delivery]:
        """Yield every delivery of a lot by one party, grouped by receiving party.

        One that was taken back as a whole has the quantity 0.
        """
        for shard in range(SHARDS):
            items = query_all(DeliveryItem, _delivery_pk(lgtin, shipper, shard))
            yield from added_up(_delivery(item, lgtin, shipper) for item in items)

    def page(
        self, lgtin: Lgtin, shipper: Gln, *, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """Return a stretch of the deliveries of a lot by one party.

        Args:
            lgtin: the lot.
            shipper: who sent it.
            after: position to go on after; None for the beginning.
            limit: at most so many.

        Returns:
            The deliveries of which not all was taken back, and the position to go on after; None
            at the end.
        """
        first, _, last = (after or "0#").partition("#")
        found: list[Delivery] = []
        for shard in range(int(first), SHARDS):
            pk = _delivery_pk(lgtin, shipper, shard)
            page = query(DeliveryItem, pk, after=last or None, limit=limit - len(found))
            rows = [_delivery(item, lgtin, shipper) for item in page.items]
            position = page.last
            if position is not None:
                begins = _delivery_sk(replace(rows[-1], by=""))
                behind = [
                    each
                    for each in query_all(DeliveryItem, pk, begins=begins)
                    if each.sk > position
                ]
                rows += [_delivery(item, lgtin, shipper) for item in behind]
                position = behind[-1].sk if behind else position
            found += [row for row in added_up(rows) if row.quantity > 0]
            if position is not None:
                return found, f"{shard}#{position}"
            if len(found) == limit and shard + 1 < SHARDS:
                return found, f"{shard + 1}#"
            last = ""
        return found, None


class MovementStore:
    """How much of what a party has, as rows to be summed.

    Those of one lot that are put together share an item: what costs is the item. Cut otherwise they
    make other items of the same rows, and are read once each.
    """

    def put(self, rows: Iterable[Movement]) -> None:
        """Keep rows; again is the same."""
        together: dict[tuple[Gln, Lgtin], set[Movement]] = {}
        for row in rows:
            together.setdefault((row.party, row.lgtin), set()).add(row)
        put_many(
            _movements(party, lgtin, part)
            for (party, lgtin), held in together.items()
            for part in _parts(sorted(held, key=lambda row: row.event_id))
        )

    def of(self, party: Gln, *, begins: str = "") -> Iterator[Movement]:
        """Yield a party's movements, those of one lot together.

        Args:
            party: whose.
            begins: only lots whose plain key begins so: a GTIN, or GTIN and lot.
        """
        items = query_all(MovementItem, f"M#{party}", begins=begins)
        for key, of_lot in groupby(items, key=lambda item: str(item.sk).rpartition("#")[0]):
            lgtin = Lgtin.parse(key)
            seen: set[str] = set()
            for event_id, change, when in chain.from_iterable(map(_unpacked, of_lot)):
                if event_id not in seen:
                    seen.add(event_id)
                    yield Movement(lgtin, party, change, event_id, datetime.fromisoformat(when))


def _parts(rows: Sequence[Movement]) -> Iterator[Sequence[Movement]]:
    for start in range(0, len(rows), MOST_MOVEMENTS):
        yield rows[start : start + MOST_MOVEMENTS]


def _movements(party: Gln, lgtin: Lgtin, rows: Iterable[Movement]) -> MovementItem:
    lines = [[row.event_id, row.change, row.event_time.isoformat()] for row in rows]
    body = zlib.compress(json.dumps(lines, separators=(",", ":")).encode())
    name = sha256(body).hexdigest()[:16]
    return MovementItem(pk=f"M#{party}", sk=f"{lgtin}#{name}", body=body)


def _unpacked(item: MovementItem) -> Iterator[tuple[str, int, str]]:
    yield from json.loads(zlib.decompress(item.body))


def ever_held(party: Gln, lgtin: Lgtin) -> bool:
    """Whether a party holds, or ever held, goods of a lot."""
    return next(MovementStore().of(party, begins=f"{lgtin}#"), None) is not None


def advance(view: str, to: datetime) -> None:
    """Say that a view has taken in something recorded then; it never goes back.

    Lambda hands over batches side by side and again: an older one may come after a newer one.
    """
    text, behind = to.isoformat(), Conflict("The view has come further already.")
    tx = Transaction()
    tx.update(
        WatermarkItem,
        "watermark",
        view,
        actions=[WatermarkItem.at.set(text)],
        condition=WatermarkItem.at.does_not_exist() | (WatermarkItem.at < text),
        refused=behind,
    )
    try:
        tx.commit()
    except Conflict as refused:
        if refused is not behind:
            raise


def watermark(view: str) -> datetime | None:
    """Return the record time of the newest event in a view; None before the first event."""
    item = get(WatermarkItem, "watermark", view)
    return None if item is None else datetime.fromisoformat(item.at)


def _put(item: Item) -> None:
    tx = Transaction()
    tx.put(item)
    tx.commit()


def _shard(party: Gln) -> int:
    return sha256(party.digits.encode()).digest()[0] % SHARDS


def _delivery_pk(lgtin: Lgtin, shipper: Gln, shard: int) -> str:
    return f"D#{lgtin}#{shipper}#{shard}"


def _delivery_sk(row: Delivery) -> str:
    return "#".join((row.party.digits, row.event_id, *([row.by] if row.by else ())))


def _delivery(item: DeliveryItem, lgtin: Lgtin, shipper: Gln) -> Delivery:
    party, event_id, *by = str(item.sk).split("#")
    documents = tuple(Document(*pair) for pair in _pairs(item.documents))
    when = datetime.fromisoformat(item.event_time)
    return Delivery(
        lgtin, shipper, Gln(party), int(item.quantity), event_id, when, documents, "".join(by)
    )


def _pairs(rows: Iterable[object]) -> Iterator[tuple[str, str]]:
    for row in rows:
        assert isinstance(row, Iterable)  # noqa: S101  written by `put`
        kind, identity = row
        yield str(kind), str(identity)
