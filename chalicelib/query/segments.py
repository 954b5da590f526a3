"""Rows that lead from what is asked to events, many to an item.

The rows are a view: thrown away and made again from the events table. Each belongs to one party of
its event, by GLN: who recorded it, and whom it names as the other side of a hand-over. Nobody reads
another party's rows, so what an organisation may not see is not found rather than hidden.

The events that the stream brings together share an item, a segment, under each of their keys: what
costs is the segment, not the event. A segment holds rows of one hour only, so rows come out in
order when an hour is read at a time. Another cut of the stream makes other segments of the same
rows; readers take each row once.

Promises: rows written twice are the same rows; reads are as fresh as the stream.

Trust: whoever can write to this table can hide events from queries, or show a party events of
others; what is shown is read from the events table.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import attrgetter

from pynamodb.attributes import BinaryAttribute

from chalicelib.gs1.keys import Gln
from chalicelib.query.model import LATE_RECORDED, Position, Row, digest
from chalicelib.table.items import Item
from chalicelib.table.read import query

HOUR = 60 * 60 * 1_000_000
"""Microseconds whose rows may share a segment."""

MOST = 500
"""Rows in one segment: some 10 KB, and less than an item may hold whatever they tell."""

_READ_AT_ONCE = 100


class SegmentItem(Item):
    """Rows of one hour: `pk` `E#{party}#{dimension}#{digest}`, `sk` `{hour}#{digest of rows}`."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    rows = BinaryAttribute(attr_name="d", legacy_encoding=False)


def segments(party: Gln, dimension: str, value: str, rows: Iterable[Row]) -> Iterator[SegmentItem]:
    """Yield the items that hold rows of one key; of one event there is one row."""
    place = _place(dimension, value)
    pk = _pk(party, dimension, value)
    for hour, together in groupby(sorted(set(rows), key=place), key=lambda row: _hour(place(row))):
        held = list(together)
        for start in range(0, len(held), MOST):
            body = _packed(held[start : start + MOST])
            name = sha256(body).hexdigest()[:16]
            yield SegmentItem(pk=pk, sk=f"{hour}#{name}", rows=body)


def walk(
    party: Gln,
    dimension: str,
    value: str,
    *,
    newest_first: bool,
    after: Position | None = None,
    low: int | None = None,
    high: int | None = None,
) -> Iterator[Row]:
    """Yield the rows of a key by event time, those of `LATE_RECORDED` by record time.

    Args:
        party: whose rows.
        dimension: of the key.
        value: of the key.
        newest_first: against the order of time.
        after: only what comes after this place in that order.
        low: no row of before; in `micros`.
        high: no row of then or later; in `micros`.
    """
    place = _place(dimension, value)
    first = (low, "") if low is not None else (-1, "")
    end = (high, "") if high is not None else None
    if newest_first:
        end = min(each for each in (end, after) if each) if end or after else None
    elif after:
        first = max(first, after)
    items = _items(_pk(party, dimension, value), end if newest_first else first, newest_first)
    for hour, together in groupby(items, key=lambda item: str(item.sk).partition("#")[0]):
        if int(hour) < first[0] // HOUR or (end and int(hour) > end[0] // HOUR):
            return
        rows = {place(row): row for item in together for row in rows_of(item)}
        for at in sorted(rows, reverse=newest_first):
            if first < at and (end is None or at < end):
                yield rows[at]


def _items(pk: str, start: Position | None, newest_first: bool) -> Iterator[SegmentItem]:
    """Yield segments from the hour of a place on."""
    after = None
    if start:
        after = _hour((start[0] + HOUR, "") if newest_first else start) if start[0] >= 0 else None
    while True:
        page = query(SegmentItem, pk, after=after, limit=_READ_AT_ONCE, forward=not newest_first)
        yield from page.items
        if page.last is None:
            return
        after = page.last


def _place(dimension: str, value: str) -> Callable[[Row], Position]:
    recorded = (dimension, value) == LATE_RECORDED
    return attrgetter("by_record_time" if recorded else "by_event_time")


def _pk(party: Gln, dimension: str, value: str) -> str:
    return f"E#{party}#{dimension}#{digest(value)}"


def _hour(place: Position) -> str:
    return f"{place[0] // HOUR:08d}"


def _packed(rows: list[Row]) -> bytes:
    """Return rows as compressed JSON; what several of them tell stands once."""
    told: dict[frozenset[tuple[str, str]], int] = {}
    lines = [
        [row.at, row.event, row.recorded - row.at, told.setdefault(row.told, len(told))]
        for row in rows
    ]
    body = [[sorted(each) for each in told], lines]
    return zlib.compress(json.dumps(body, separators=(",", ":")).encode(), 9)


def rows_of(item: SegmentItem) -> Iterator[Row]:
    """Yield the rows of a segment."""
    told, lines = json.loads(zlib.decompress(item.rows))
    sets = [frozenset((str(name), str(value)) for name, value in each) for each in told]
    for at, event, later, which in lines:
        yield Row(at, event, at + later, sets[which])
