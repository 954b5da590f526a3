"""Where moto differs from AWS, put right once, so that no test is weakened or fooled.

Every repair names the behaviour of AWS that it restores. They were written against moto 5.2.5;
`test_moto_faults.py` shows each at work: when a new release needs one no longer, deleting it here
leaves that file green.
"""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    MockValidationException,
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.responses import DynamoHandler

TRANSACTION_BYTES = 4 * 1024 * 1024

_lock = threading.RLock()
_tokens: dict[tuple[str, str], str] = {}
_repairs: list[str] = []


def repair() -> None:
    """Put moto right; a second call changes nothing."""
    if _repairs:
        return
    for mend in (
        _serialise_calls,
        _journal_transactions,
        _remember_request_tokens,
        _update_all_or_nothing,
        _no_record_without_change,
        _read_one_partition,
        _withhold_invented_capacity,
    ):
        mend()
        _repairs.append(mend.__name__)


def forget_tokens() -> None:
    """Forget all client request tokens, as DynamoDB does ten minutes after a transaction."""
    _tokens.clear()


def _serialise_calls() -> None:
    # AWS: every call is atomic. moto keeps plain dictionaries without a lock: of 200 races of
    # eight threads 161 had no winner or several. Calls of different threads still interleave in
    # every order; only the inside of one call is kept whole.
    inner = BotocoreStubber.process_request

    def process_request(self: BotocoreStubber, request: Any) -> Any:
        with _lock:
            return inner(self, request)

    BotocoreStubber.process_request = process_request


@dataclass(frozen=True)
class _Operation:
    """One write of a transaction, with the place in the table that it is about."""

    verb: str
    request: dict[str, Any]
    table: Table
    hash_key: DynamoType
    range_key: DynamoType | None

    @classmethod
    def of(cls, backend: DynamoDBBackend, item: dict[str, Any]) -> "_Operation":
        if len(item) != 1:
            raise TransactWriteSingleOpException
        verb, request = next(iter(item.items()))
        table = backend.get_table(request["TableName"])
        keys = request["Item"] if verb == "Put" else request["Key"]
        return cls(verb, request, table, *backend.get_keys_value(table, keys))

    @property
    def place(self) -> tuple[str, DynamoType, DynamoType | None]:
        return self.table.name, self.hash_key, self.range_key

    def standing(self) -> Item | None:
        return self.table.get_item(self.hash_key, self.range_key)

    def refusal(self) -> tuple[str | None, str | None, dict[str, Any] | None]:
        condition = get_filter_expression(
            self.request.get("ConditionExpression"),
            self.request.get("ExpressionAttributeNames"),
            self.request.get("ExpressionAttributeValues"),
        )
        item = self.standing()
        if condition.expr(item):
            return None, None, None
        wanted = self.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        old = item.to_json()["Attributes"] if wanted and item else None
        return "ConditionalCheckFailed", "The conditional request failed", old

    def apply(self, backend: DynamoDBBackend) -> int:
        """Write without condition; return the bytes that count towards the limit."""
        before = self.standing()
        size = before.size() if before else 0
        if self.verb == "Put":
            self.table.put_item(self.request["Item"])
        elif self.verb == "Delete":
            self.table.delete_item(self.hash_key, self.range_key)
        elif self.verb == "Update":
            backend.update_item(
                self.table.name,
                self.request["Key"],
                update_expression=self.request["UpdateExpression"],
                expression_attribute_names=self.request.get("ExpressionAttributeNames", {}),
                expression_attribute_values=self.request.get("ExpressionAttributeValues", {}),
            )
        after = self.standing()
        return max(size, after.size() if after else 0)


@contextmanager
def _all_or_nothing(places: list[tuple[Table, DynamoType, DynamoType | None]]) -> Iterator[None]:
    """Keep the old items and the lengths of the streams; put both back when the block fails.

    Items are replaced and never changed in place (see `_update_all_or_nothing`), so it is enough to
    keep the objects. `Aws.save` counts on that too.
    """
    old = [table.get_item(*keys) for table, *keys in places]
    shards = {id(t.stream_shard): t.stream_shard for t, _, _ in places if t.stream_shard}
    marks = {key: len(shard.items) for key, shard in shards.items()}
    try:
        yield
    except Exception:
        for (table, hash_key, range_key), item in zip(places, old, strict=True):
            if item is not None:
                table.items[hash_key][range_key] = item
            else:
                table.items[hash_key].pop(range_key, None)
        for key, shard in shards.items():
            del shard.items[marks[key] :]
        raise


def _journal_transactions() -> None:
    # AWS: a transaction costs its items, not its tables. moto copies each table once per item
    # (2.4 s for 20 items in a table of 5,000). Here: first all conditions, then all writes, with
    # the old items at hand to roll back to.
    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        if len(transact_items) > 100:
            raise TooManyTransactionsException
        operations = [_Operation.of(self, item) for item in transact_items]
        if len({operation.place for operation in operations}) < len(operations):
            raise MultipleTransactionsException
        refusals = [operation.refusal() for operation in operations]
        if any(code for code, _, _ in refusals):
            raise TransactionCanceledException(refusals)
        with _all_or_nothing([(o.table, o.hash_key, o.range_key) for o in operations]):
            size = sum(operation.apply(self) for operation in operations)
            if size > TRANSACTION_BYTES:
                # AWS: at most 4 MB of items in one transaction. moto knows no limit.
                raise MockValidationException(
                    "Transaction request exceeds the 4 MB transaction size limit"
                )

    DynamoDBBackend.transact_write_items = transact_write_items


def _remember_request_tokens() -> None:
    # AWS: a repeated TransactWriteItems with the same ClientRequestToken succeeds and writes
    # nothing; with another payload it is IdempotentParameterMismatchException. moto ignores the
    # token. Only what succeeded is remembered, for ten minutes: `forget_tokens` is their end.
    inner = DynamoHandler.transact_write_items

    def transact_write_items(self: DynamoHandler) -> Any:
        body = dict(self.body)
        token = body.pop("ClientRequestToken", None)
        if token is None:
            return inner(self)
        payload = json.dumps(body, sort_keys=True, default=repr)
        key = (self.current_account, token)
        if key not in _tokens:
            result = inner(self)
            _tokens[key] = payload
            return result
        if _tokens[key] != payload:
            raise JsonRESTError(
                "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
                "A token was used again for another request",
            )
        self.body["TransactItems"] = []
        return inner(self)

    DynamoHandler.transact_write_items = transact_write_items


def _update_all_or_nothing() -> None:
    # AWS: an update that fails leaves the item as it was, and one that makes an item is one
    # stream record. moto changes the item in place before it fails, leaves a new item behind with
    # nothing but its key, and writes two records for an item that an update makes.
    inner = DynamoDBBackend.update_item

    def update_item(
        self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Item:
        table = self.get_table(table_name)
        hash_key, range_key = self.get_keys_value(table, key)
        shard = table.stream_shard
        mark = len(shard.items) if shard else 0
        with _all_or_nothing([(table, hash_key, range_key)]):
            if (standing := table.get_item(hash_key, range_key)) is not None:
                table.items[hash_key][range_key] = copy.deepcopy(standing)
            item = inner(self, table_name, key, *args, **kwargs)
        if shard and len(shard.items) == mark + 2:
            made = shard.items.pop()
            made.record["dynamodb"]["SequenceNumber"] = shard.items[mark].record["dynamodb"][
                "SequenceNumber"
            ]
            shard.items[mark] = made
        return item

    DynamoDBBackend.update_item = update_item


def _no_record_without_change() -> None:
    # AWS: a put or update that leaves the item as it was emits no stream record. moto does. It
    # also says `us-east-1` in every record, wherever the table is.
    inner = StreamShard.add

    def add(self: StreamShard, old: Item | None, new: Item | None) -> None:
        if old is not None and new is not None and old == new:
            return
        inner(self, old, new)
        self.items[-1].record["awsRegion"] = self.table.region_name

    StreamShard.add = add


def _read_one_partition() -> None:
    # AWS: a query reads the partition that it names. moto walks through the whole table.
    inner = Table.query

    def query(self: Table, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> Any:
        index = args[6] if len(args) > 6 else kwargs.get("index_name")
        if hash_key is None or index:
            return inner(self, hash_key, *args, **kwargs)
        part = copy.copy(self)
        part.items = {hash_key: self.items[hash_key]} if hash_key in self.items else {}
        return inner(part, hash_key, *args, **kwargs)

    Table.query = query


def _withhold_invented_capacity() -> None:
    # AWS: ConsumedCapacity follows the sizes of the items. moto's is 1.0 or 0.5 for everything,
    # so it is left out; `benchmarks.costs` counts by DynamoDB's rules.
    inner = DynamoHandler.serialized

    def serialized(self: DynamoHandler, action_result: ActionResult) -> Any:
        if isinstance(action_result.result, dict):
            action_result.result.pop("ConsumedCapacity", None)
        return inner(self, action_result)

    DynamoHandler.serialized = serialized
