"""Values that can be asked about, and named queries.

The values are a view, each party's own: thrown away and made again from the events table.

Trust: whoever can write to the views can hide values, or show values of others, and no events.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, NoSuchName
from chalicelib.gs1.keys import Gln
from chalicelib.query.model import digest
from chalicelib.table.bulk import put_many
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction

LISTED = frozenset({"bizStep", "disposition", "bizLocation", "readPoint", "epc"})
"""Dimensions whose values can be asked for."""


class ValueItem(Item):
    """A value that events of a party have: `pk` `V#{gln}#{dimension}`, `sk` the digest."""

    class Meta:
        """Where it lives."""

        table_name = "views"

    value = UnicodeAttribute(attr_name="v")


def keep_values(found: Iterable[tuple[Gln, str, str]]) -> None:
    """Keep values of dimensions for parties; those that are kept already cost half a read.

    Raises:
        Busy: throttled, or no answer; a repeat is safe.
    """
    items = {_value_key(*each): each[2] for each in found}
    standing = get_many(items, weak=[ValueItem])
    put_many(
        ValueItem(pk=key.pk, sk=key.sk, value=value)
        for key, value in items.items()
        if key not in standing
    )


def which_have(party: Gln, dimension: str, wanted: Iterable[str]) -> set[str]:
    """Return those of the values that a party's events have."""
    keys = {_value_key(party, dimension, value): value for value in wanted}
    return {keys[key] for key in get_many(keys)}


def has_value(party: Gln, dimension: str, value: str) -> bool:
    """Whether a party's events have a value."""
    return bool(which_have(party, dimension, [value]))


def values(
    party: Gln, dimension: str, *, after: str | None, limit: int
) -> tuple[list[str], str | None]:
    """Return a stretch of the values that a party's events have, and where to go on."""
    page = query(ValueItem, f"V#{party}#{dimension}", after=after, limit=limit)
    return [item.value for item in page.items], page.last


def _value_key(party: Gln, dimension: str, value: str) -> Key:
    return Key(ValueItem, f"V#{party}#{dimension}", digest(value))


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
                self._write(name, text, standing, Transaction())
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
        found: dict[str, Any] = json.loads(self.item(name).asked)
        return found

    def item(self, name: str) -> QueryItem:
        """Return a query as it is kept.

        Raises:
            NoSuchName: there is none of that name.
        """
        item = self._item(name)
        if item is None or not item.asked:
            raise NoSuchName(f"There is no query {name!r} here.")
        return item

    def page(self, *, after: str | None, limit: int) -> tuple[list[tuple[str, Any]], str | None]:
        """Return a stretch of the queries by name, and where to go on."""
        page = query(QueryItem, self._pk, after=after, limit=limit)
        kept = [(item.sk, json.loads(item.asked)) for item in page.items if item.asked]
        return kept, page.last

    def delete(self, name: str, *, along: Transaction | None = None) -> None:
        """Forget a query.

        Args:
            name: of the query.
            along: other writes that are made with this one, all or none.

        Raises:
            NoSuchName: there is none of that name.
            AlreadyExists: it was changed at this moment.
        """
        standing = self.item(name)
        try:
            self._write(name, "", standing, along or Transaction())
        except AlreadyExists as refusal:
            found = refusal.existing
            if not isinstance(found, QueryItem) or found.asked:
                raise  # and not our own write, whose answer was lost

    def _item(self, name: str) -> QueryItem | None:
        return get(QueryItem, self._pk, name)

    def _write(self, name: str, text: str, standing: QueryItem | None, tx: Transaction) -> None:
        version = 0 if standing is None else int(standing.version)
        item = QueryItem(pk=self._pk, sk=name, version=version + 1, asked=text)
        tx.replace(item, version=version, refused=_taken(name))
        tx.commit()


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"There is a query {name!r} already.")
