"""Counting what DynamoDB would charge, by its rules and from the sizes of the items.

Emulators report invented or partly wrong numbers, so nothing of theirs is used: a hook on the
client sees every request and answer, and looks underneath (`peek`) for what stood there before.

Sources: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats", "DynamoDB read and
write operations" and "Amazon DynamoDB transactions: how it works" (capacity management).
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmarks.measure import not_ours

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB's attribute map, binary values as bytes."""

Peek = Callable[[str, Item], Item | None]
"""From a table's full name and a key to the item as it stands, past all counting."""

KIB = 1024
READ_UNIT = 4 * KIB
SQS_CHUNK = 64 * KIB


def size(item: Item) -> int:
    """Return the bytes of an item: names and values, without the 100 bytes of stored overhead."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Return the bytes of one attribute value."""
    ((kind, held),) = value.items()
    if kind not in _SIZES:
        raise ValueError(f"{kind!r} is no attribute type, expected one of {sorted(_SIZES)}")
    return _SIZES[kind](held)


def number_size(text: str) -> int:
    """Return the bytes of a number: one, one more per pair of significant digits, one for a sign.

    Pairs stand at fixed places before and after the point: 100 has one, 1000 has one, 12.3 has two.
    The guide says "approximately"; that pairs are aligned so was found by measuring.
    """
    sign, digits, exponent = Decimal(text).as_tuple()
    whole = "".join(map(str, digits)).lstrip("0")
    significant = whole.rstrip("0")
    if not significant:
        return 1
    after_point = int(exponent) + len(whole) - len(significant)
    return 1 + (len(significant) + after_point % 2 + 1) // 2 + sign


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": number_size,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": lambda parts: 3 + sum(1 + value_size(part) for part in parts),
    "M": lambda parts: 3 + sum(1 + size({name: part}) for name, part in parts.items()),
    "SS": lambda parts: sum(len(part.encode()) for part in parts),
    "NS": lambda parts: sum(map(number_size, parts)),
    "BS": lambda parts: sum(map(len, parts)),
}


def write_units(size_bytes: int) -> int:
    """Return the units of one write: 1 per started KiB, and 1 for what is not there."""
    return max(1, -(-size_bytes // KIB))


def read_units(size_bytes: int, *, strong: bool) -> float:
    """Return the units of one read: 1 per started 4 KiB, half of it when eventually consistent."""
    return max(1, -(-size_bytes // READ_UNIT)) * (1.0 if strong else 0.5)


@dataclass(slots=True)
class Spent:
    """What was asked and what it cost.

    Attributes:
        requests: calls by operation, `dynamodb.PutItem`; each is one round trip.
        write_units: write request units.
        read_units: read request units.
        messages: SQS requests as billed, one per started 64 KB.
    """

    requests: Counter[str] = field(default_factory=Counter)
    write_units: float = 0
    read_units: float = 0
    messages: int = 0

    @property
    def round_trips(self) -> int:
        """All calls together."""
        return self.requests.total()


class Till:
    """Adds up what the clients it is attached to spend."""

    def __init__(self, peek: Peek | None = None) -> None:
        """Open a till.

        Args:
            peek: looks underneath the client. Without it every write is taken for a first one,
                which is too little where an item shrinks or a condition fails.
        """
        self.spent = Spent()
        self._peek: Peek = peek or (lambda _table, _key: None)
        self._lock = threading.Lock()

    @contextmanager
    def attached(self, *clients: Any) -> Iterator[Spent]:
        """Count what these botocore clients do inside the block."""
        hooks = [
            (client, event, hook)
            for client in clients
            for event, hook in self._hooks(client.meta.service_model.service_name)
        ]
        for client, event, hook in hooks:
            client.meta.events.register(event, hook)
        try:
            yield self.spent
        finally:
            for client, event, hook in hooks:
                client.meta.events.unregister(event, hook)

    def _hooks(self, service: str) -> Iterable[tuple[str, Callable[..., None]]]:
        yield f"before-parameter-build.{service}", self._asked
        yield f"after-call.{service}", self._answered

    @not_ours()
    def _asked(self, params: Mapping[str, Any], model: Any, context: Any, **_: Any) -> None:
        price = PRICES.get(model.name)
        old = price.stands(params, self._peek) if price and price.stands else []
        context["packtrail-cost"] = (params, old)

    @not_ours()
    def _answered(self, parsed: Mapping[str, Any], model: Any, context: Any, **_: Any) -> None:
        params, old = context["packtrail-cost"]
        price = PRICES.get(model.name)
        written, read = price.units(_Call(params, parsed, old, self._peek)) if price else (0, 0)
        service = model.service_model.service_name
        with self._lock:
            self.spent.requests[f"{service}.{model.name}"] += 1
            self.spent.write_units += written
            self.spent.read_units += read
            if service == "sqs":
                self.spent.messages += max(1, -(-_message_bytes(params) // SQS_CHUNK))


@dataclass(frozen=True, slots=True)
class _Call:
    """One request with its answer.

    Attributes:
        params: as given to the client.
        parsed: the answer; `Error` in it when it was refused.
        old: the sizes of the items that it writes or checks, before it.
        peek: looks underneath.
    """

    params: Mapping[str, Any]
    parsed: Mapping[str, Any]
    old: list[int]
    peek: Peek

    @property
    def code(self) -> str:
        code: str = self.parsed.get("Error", {}).get("Code", "")
        return code


@dataclass(frozen=True, slots=True)
class _Price:
    """How one operation is charged.

    Attributes:
        units: from the call to (write units, read units).
        stands: from the parameters to the sizes before the call; None when they do not matter.
    """

    units: Callable[[_Call], tuple[float, float]]
    stands: Callable[[Mapping[str, Any], Peek], list[int]] | None = None


_FREE = frozenset(
    # Not processed, so not charged. A failed condition and a cancelled transaction are charged.
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ResourceNotFoundException",
        "ThrottlingException",
        "ValidationException",
        "IdempotentParameterMismatchException",
    }
)


def _key(request: Mapping[str, Any]) -> Item:
    if "Key" in request:
        key: Item = request["Key"]
        return key
    return {name: request["Item"][name] for name in ("pk", "sk")}


def _stands(request: Mapping[str, Any], peek: Peek) -> list[int]:
    found = peek(request["TableName"], _key(request))
    return [size(found) if found else 0]


def _one_write(call: _Call) -> tuple[float, float]:
    if call.code in _FREE:
        return 0, 0
    # A failed condition is charged for the item that stands there; an update or a put for the
    # larger of before and after.
    return write_units(max(call.old[0], 0 if call.code else _after(call.params, call.peek))), 0


def _after(request: Mapping[str, Any], peek: Peek) -> int:
    if "Item" in request:
        return size(request["Item"])
    found = peek(request["TableName"], _key(request))
    return size(found) if found else 0


def _actions(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [request for item in params["TransactItems"] for request in item.values()]


def _transaction(call: _Call) -> tuple[float, float]:
    if call.code in _FREE:
        return 0, 0
    # Prepared and committed: twice. A mere check is charged as a write too.
    after = [0 if call.code else _after(request, call.peek) for request in _actions(call.params)]
    pairs = zip(call.old, after, strict=True)
    return sum(2 * write_units(max(pair)) for pair in pairs), 0


def _get(call: _Call) -> tuple[float, float]:
    if call.code in _FREE:
        return 0, 0
    _refuse_projection(call.params)
    strong = call.params.get("ConsistentRead", False)
    return 0, read_units(size(call.parsed.get("Item", {})), strong=strong)


def _batch_get(call: _Call) -> tuple[float, float]:
    units = 0.0
    for table, asked in call.params["RequestItems"].items():
        _refuse_projection(asked)
        strong = asked.get("ConsistentRead", False)
        found = call.parsed.get("Responses", {}).get(table, [])
        left = call.parsed.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        missing = len(asked["Keys"]) - len(found) - len(left)
        # Each item is rounded up on its own, and a missing one costs as the smallest.
        units += sum(read_units(size(item), strong=strong) for item in found)
        units += missing * read_units(0, strong=strong)
    return 0, 0 if call.code in _FREE else units


def _query(call: _Call) -> tuple[float, float]:
    if call.code in _FREE:
        return 0, 0
    _refuse_projection(call.params)
    # All items of the page together are rounded up once.
    total = sum(size(item) for item in call.parsed.get("Items", []))
    return 0, read_units(total, strong=call.params.get("ConsistentRead", False))


def _refuse_projection(asked: Mapping[str, Any]) -> None:
    # What is filtered or projected away is charged, and cannot be seen from here.
    for name in ("FilterExpression", "ProjectionExpression", "Select", "IndexName"):
        if name in asked:
            raise NotImplementedError(f"a read with {name} cannot be counted from its answer")


def _batch_requests(tables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        {"TableName": table} | request
        for table, writes in tables.items()
        for write in writes
        for request in write.values()
    ]


def _batch_write(call: _Call) -> tuple[float, float]:
    left = _batch_requests(call.parsed.get("UnprocessedItems", {}))
    asked = zip(_batch_requests(call.params["RequestItems"]), call.old, strict=True)
    done = [(request, old) for request, old in asked if request not in left]
    return sum(write_units(max(old, _after(request, call.peek))) for request, old in done), 0


PRICES: Mapping[str, _Price] = {
    "PutItem": _Price(_one_write, _stands),
    "UpdateItem": _Price(_one_write, _stands),
    "DeleteItem": _Price(_one_write, _stands),
    "TransactWriteItems": _Price(
        _transaction,
        lambda params, peek: [_stands(request, peek)[0] for request in _actions(params)],
    ),
    "BatchWriteItem": _Price(
        _batch_write,
        lambda params, peek: [
            _stands(request, peek)[0] for request in _batch_requests(params["RequestItems"])
        ],
    ),
    "GetItem": _Price(_get),
    "BatchGetItem": _Price(_batch_get),
    "Query": _Price(_query),
    "Scan": _Price(_query),
}


def _message_bytes(params: Mapping[str, Any]) -> int:
    bodies = [params, *params.get("Entries", [])]
    return sum(len(body.get("MessageBody", "").encode()) for body in bodies)
