"""Rows that lead from what is asked to events; and named queries.

The rows are a view: thrown away and made again from the events table. Each belongs to one party of
its event, by GLN: who recorded it, and whom it names as the other side of a hand-over. Nobody reads
another party's rows, so what an organisation may not see is not found rather than hidden.

Promises: a row written twice is the same row; reads are as fresh as the stream.

Trust: whoever can write to this table can hide events from queries, or show a party events of
others; what is shown is read from the events table.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, NoSuchName
from chalicelib.gs1.keys import Gln
from chalicelib.query.model import ALL, IN_ROW, Row
from chalicelib.table.items import Item, Key
from chalicelib.table.read import Page, get, query
from chalicelib.table.transaction import Transaction


class RowItem(Item):
    """An event under one of its values: `pk` `Q#{gln}#{dimension}#{digest}`, `sk` `{time}#{event}`.

    Attributes:
        told: under `ALL`, what it says in the dimensions that have no rows.
    """

    class Meta:
        """Where it lives."""

        table_name = "views"

    told: ListAttribute[object] = ListAttribute(attr_name="k", default=list)


class ValueItem(Item):
    """A value that events of a party have: `pk` `V#{gln}#{dimension}`, `sk` the digest."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    value = UnicodeAttribute(attr_name="v")


def put_rows(
    party: Gln, row: Row, keys: Iterable[tuple[str, str]], known: set[Key] | None = None
) -> None:
    """Keep an event under each of its keys, and the keys' values, for one party.

    Args:
        party: whose rows.
        row: where the event is found.
        keys: dimensions and values.
        known: values that were kept a moment ago, and need not be kept again; grows.
    """
    keys, known = sorted(keys), set() if known is None else known
    told = [list(key) for key in keys if key[0] in IN_ROW]
    for dimension, value in keys:
        if dimension not in IN_ROW:
            here = told if (dimension, value) == ALL else []
            _put(RowItem(pk=_pk(party, dimension, value), sk=row.position, told=here))
        item = ValueItem(pk=f"V#{party}#{dimension}", sk=_digest(value), value=value)
        if value and dimension != "eventID" and item.key not in known:
            _put(item)
            known.add(item.key)


def _put(item: Item) -> None:
    tx = Transaction()
    tx.put(item)
    tx.commit()


def rows(
    party: Gln,
    dimension: str,
    value: str,
    *,
    after: str | None = None,
    limit: int,
    newest_first: bool,
) -> Page[RowItem]:
    """Return a stretch of the events under a key, in the order of time."""
    return query(
        RowItem, _pk(party, dimension, value), after=after, limit=limit, forward=not newest_first
    )


def row_of(item: RowItem) -> Row:
    """Return where the event of a row is found."""
    at, _, event = item.sk.partition("#")
    told = frozenset((str(dimension), str(value)) for dimension, value in _pairs(item.told))
    return Row(at, event, told=told)


def _pairs(told: Iterable[object]) -> Iterator[tuple[object, object]]:
    for pair in told:
        assert isinstance(pair, Sequence)  # noqa: S101  written by `put_rows`
        yield pair[0], pair[1]


def has_value(party: Gln, dimension: str, value: str) -> bool:
    """Whether a party's events have a value."""
    return get(ValueItem, f"V#{party}#{dimension}", _digest(value)) is not None


def values(
    party: Gln, dimension: str, *, after: str | None, limit: int
) -> tuple[list[str], str | None]:
    """Return a stretch of the values that a party's events have, and where to go on."""
    page = query(ValueItem, f"V#{party}#{dimension}", after=after, limit=limit)
    return [item.value for item in page.items], page.last


def _pk(party: Gln, dimension: str, value: str) -> str:
    return f"Q#{party}#{dimension}#{_digest(value)}"


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()[:32]


class QueryItem(Item):
    """A named query; `pk` `queries#{organisation}`, `sk` its name.

    Attributes:
        version: goes up with every change.
        asked: the query as JSON; empty when it was forgotten. Nothing is ever deleted.
    """

    class Meta:
        """Where it lives."""

        table_name = "directory"

    version = NumberAttribute()
    asked = UnicodeAttribute(attr_name="query")


class QueryStore:
    """The named queries of one organisation."""

    def __init__(self, organisation: str) -> None:
        self._pk = f"queries#{organisation}"

    def create(self, name: str, query: Mapping[str, Any]) -> None:
        """Keep a query; the same again is the same.

        Raises:
            AlreadyExists: there is another one of that name.
        """
        text = json.dumps(query, sort_keys=True)
        standing = self._item(name)
        if standing is None or not standing.asked:
            try:
                self._write(name, text, standing)
            except AlreadyExists as refusal:
                found = refusal.existing
                standing = found if isinstance(found, QueryItem) else None
            else:
                return
        if standing is None or standing.asked != text:
            raise _taken(name)

    def get(self, name: str) -> dict[str, Any]:
        """Return what a query asks for.

        Raises:
            NoSuchName: there is none of that name.
        """
        item = self._item(name)
        if item is None or not item.asked:
            raise NoSuchName(f"There is no query {name!r} here.")
        found: dict[str, Any] = json.loads(item.asked)
        return found

    def page(self, *, after: str | None, limit: int) -> tuple[list[tuple[str, Any]], str | None]:
        """Return a stretch of the queries by name, and where to go on."""
        page = query(QueryItem, self._pk, after=after, limit=limit)
        kept = [(item.sk, json.loads(item.asked)) for item in page.items if item.asked]
        return kept, page.last

    def delete(self, name: str) -> None:
        """Forget a query.

        Raises:
            NoSuchName: there is none of that name.
            AlreadyExists: it was changed at this moment.
        """
        self.get(name)
        try:
            self._write(name, "", self._item(name))
        except AlreadyExists as refusal:
            standing = refusal.existing
            if not isinstance(standing, QueryItem) or standing.asked:
                raise  # and not our own write, whose answer was lost

    def _item(self, name: str) -> QueryItem | None:
        return get(QueryItem, self._pk, name)

    def _write(self, name: str, text: str, standing: QueryItem | None) -> None:
        version = 0 if standing is None else int(standing.version)
        item = QueryItem(pk=self._pk, sk=name, version=version + 1, asked=text)
        tx = Transaction()
        tx.replace(item, version=version, refused=_taken(name))
        tx.commit()


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"There is a query {name!r} already.")
