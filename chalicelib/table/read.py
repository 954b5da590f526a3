"""Reading items: one, many by key, or a partition in order.

Reads are strongly consistent unless said otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from chalicelib.errors import Busy
from chalicelib.table.client import client, failures
from chalicelib.table.items import ALONE, Item, Key

T = TypeVar("T", bound=Item)

BATCH = 100
"""Keys in one BatchGetItem (DynamoDB's limit)."""

_ROUNDS = 8
"""Rounds of unprocessed keys before a batch read gives up as busy."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of one partition.

    Attributes:
        items: in key order, or against it.
        last: sort key to go on after, or None at the end.
    """

    items: Sequence[T]
    last: str | None


class Found(Mapping[Key, Item]):
    """What a batch read found, by key; a missing item is simply not there."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Item]) -> None:
        self._items = items

    def __getitem__(self, key: Key) -> Item:
        return self._items[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def item(self, model: type[T], pk: str, sk: str = ALONE) -> T | None:
        """Return the item of that model, or None."""
        return cast("T | None", self._items.get(Key(model, pk, sk)))


def get(model: type[T], pk: str, sk: str = ALONE, *, strong: bool = True) -> T | None:
    """Return one item, or None when there is none.

    Raises:
        Busy: throttled, or no answer.
    """
    with failures():
        answer = client().get_item(
            TableName=model.table(), Key=Key(model, pk, sk).raw, ConsistentRead=strong
        )
    raw = answer.get("Item")
    return None if raw is None else model.from_raw_data(cast("dict[str, Any]", raw))


def get_many(keys: Iterable[Key], *, weak: Iterable[type[Item]] = ()) -> Found:
    """Return the items of many keys, of any tables, in requests of at most 100 keys.

    Args:
        keys: any order; repeated keys are read once.
        weak: models whose tables may be read eventually consistent, at half the price.

    Raises:
        Busy: throttled, no answer, or keys left unprocessed time and again.
    """
    wanted = list(dict.fromkeys(keys))
    lenient = {model.table() for model in weak}
    found: dict[Key, Item] = {}
    for start in range(0, len(wanted), BATCH):
        _read_batch(wanted[start : start + BATCH], lenient, found)
    return Found(found)


def _read_batch(keys: Sequence[Key], lenient: set[str], found: dict[Key, Item]) -> None:
    by_place = {(key.model.table(), key.pk, key.sk): key for key in keys}
    request: dict[str, Any] = {}
    for key in keys:
        table = key.model.table()
        entry = request.setdefault(table, {"Keys": [], "ConsistentRead": table not in lenient})
        entry["Keys"].append(key.raw)
    for _ in range(_ROUNDS):
        with failures():
            answer = cast("dict[str, Any]", client().batch_get_item(RequestItems=request))
        for table, raws in answer["Responses"].items():
            for raw in raws:
                key = by_place[table, raw["pk"]["S"], raw["sk"]["S"]]
                found[key] = key.model.from_raw_data(raw)
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
    raise Busy("The database is busy; try again.", code="throttled")


def query(
    model: type[T],
    pk: str,
    *,
    begins: str = "",
    after: str | None = None,
    limit: int | None = None,
    forward: bool = True,
    strong: bool = True,
) -> Page[T]:
    """Return a stretch of a partition, at most `limit` items or one megabyte.

    Args:
        model: every item of the stretch is read as this.
        pk: the partition.
        begins: only sort keys that begin so.
        after: go on after this sort key (`Page.last` of the stretch before).
        limit: at most so many items; one megabyte when None.
        forward: ascending sort keys; descending when false.
        strong: strongly consistent.
    """
    request: dict[str, Any] = {
        "TableName": model.table(),
        "KeyConditionExpression": "pk = :pk" + (" AND begins_with(sk, :sk)" if begins else ""),
        "ExpressionAttributeValues": {":pk": {"S": pk}}
        | ({":sk": {"S": begins}} if begins else {}),
        "ConsistentRead": strong,
        "ScanIndexForward": forward,
    }
    if after is not None:
        request["ExclusiveStartKey"] = Key(model, pk, after).raw
    if limit is not None:
        request["Limit"] = limit
    with failures():
        answer = cast("dict[str, Any]", client().query(**request))
    last = answer.get("LastEvaluatedKey")
    items = [model.from_raw_data(raw) for raw in answer["Items"]]
    return Page(items, last["sk"]["S"] if last else None)


def query_all(model: type[T], pk: str, *, begins: str = "", strong: bool = True) -> Iterator[T]:
    """Yield a whole partition in key order, page by page."""
    after: str | None = None
    while True:
        page = query(model, pk, begins=begins, after=after, strong=strong)
        yield from page.items
        if page.last is None:
            return
        after = page.last


def scan(model: type[T], *, alone: bool = False) -> Iterator[T]:
    """Yield a whole table, in no order: for rebuilding read models, never for a request.

    Args:
        model: every item is read as this.
        alone: leave out what does not stand alone under its partition key.
    """
    start: dict[str, Any] = {}
    while True:
        with failures():
            answer = cast(
                "dict[str, Any]",
                client().scan(TableName=model.table(), ConsistentRead=True, **start),
            )
        for raw in answer["Items"]:
            if not alone or raw["sk"]["S"] == ALONE:
                yield model.from_raw_data(raw)
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
