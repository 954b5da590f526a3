"""One transaction: every write with its condition, and beside it the error its refusal means.

Promises: all of the writes or none of them, durable when `commit` returns. A lost answer is not a
refusal: botocore repeats the request under the same client token, and what the caller finds
standing in its way (`Conflict.existing`) it compares with what it wanted to write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from botocore.exceptions import ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action, Update

from chalicelib.errors import Busy, Conflict, Raced, TooLarge
from chalicelib.table.client import client, failures
from chalicelib.table.items import ALONE, Item, Key, Names

T = TypeVar("T", bound=Item)

LIMIT = 100
"""Writes in one TransactWriteItems (DynamoDB's limit)."""


@dataclass(frozen=True, slots=True)
class _Write:
    verb: str
    model: type[Item]
    request: dict[str, Any]
    refused: Conflict


class Transaction:
    """Collects writes; `commit` makes all of them or none.

    A single write goes as a plain conditional request, at half the price of a transaction.
    """

    def __init__(self) -> None:
        self._writes: list[_Write] = []

    def __len__(self) -> int:
        return len(self._writes)

    def create(self, item: Item, *, refused: Conflict) -> None:
        """Write an item that must not exist yet."""
        request = {"Item": item.raw(), "ConditionExpression": "attribute_not_exists(pk)"}
        self._add("Put", type(item), request, refused)

    def replace(self, item: Item, *, version: int, refused: Conflict | None = None) -> None:
        """Write an item whose stored `version` must be the given one; 0 means: must not exist."""
        refused = refused or Raced("It was changed meanwhile; read it again.")
        if version == 0:
            self.create(item, refused=refused)
            return
        request = {
            "Item": item.raw(),
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"N": str(version)}},
        }
        self._add("Put", type(item), request, refused)

    def put(
        self, item: Item, *, condition: Condition | None = None, refused: Conflict | None = None
    ) -> None:
        """Write an item whatever stands there, or where it fulfils a condition."""
        request: dict[str, Any] = {"Item": item.raw()}
        if condition is not None:
            names = Names()
            request["ConditionExpression"] = condition.serialize(names.names, names.values)
            request |= names.parameters()
        self._add("Put", type(item), request, refused or Raced("Somebody was faster."))

    def check(
        self,
        model: type[Item],
        pk: str,
        sk: str = ALONE,
        *,
        condition: Condition,
        refused: Conflict,
    ) -> None:
        """Demand a condition of an item that is not written."""
        self._add("ConditionCheck", model, _keyed(model, pk, sk, condition), refused)

    def delete(
        self,
        model: type[Item],
        pk: str,
        sk: str = ALONE,
        *,
        condition: Condition | None = None,
        refused: Conflict | None = None,
    ) -> None:
        """Delete an item."""
        request = _keyed(model, pk, sk, condition)
        self._add("Delete", model, request, refused or Raced("Somebody was faster."))

    def update(
        self,
        model: type[Item],
        pk: str,
        sk: str = ALONE,
        *,
        actions: Sequence[Action],
        condition: Condition | None = None,
        refused: Conflict | None = None,
    ) -> None:
        """Change attributes of an item in place; it comes to be when it is not there."""
        request = _keyed(model, pk, sk, condition, actions)
        self._add("Update", model, request, refused or Raced("Somebody was faster."))

    def express(
        self,
        key: Key,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        refused: Conflict,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Change an item by expressions written out: for bulk, at a fifth of the work of `update`.

        Args:
            key: where it stands.
            update: an UpdateExpression.
            condition: a ConditionExpression.
            values: of its placeholders, as DynamoDB writes them.
            refused: what its refusal means.
            names: of its placeholders.
        """
        request: dict[str, Any] = {
            "Key": key.raw,
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if names:
            request["ExpressionAttributeNames"] = names
        self._add("Update", key.model, request, refused)

    def insert(self, key: Key, attributes: Mapping[str, Any], *, refused: Conflict) -> None:
        """Create an item written out: for bulk, as `express`.

        Args:
            key: where it shall stand.
            attributes: as DynamoDB writes them.
            refused: what it means that there is one.
        """
        request = {
            "Item": key.raw | dict(attributes),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        self._add("Put", key.model, request, refused)

    def commit(self) -> None:
        """Make every write, or none.

        Raises:
            Conflict: the `refused` of the first refused write, with the item that stood there.
            Raced: another transaction holds one of the items; read again and retry.
            Busy: throttled or unanswered; whether it was written is for a retry to find out.
            TooLarge: more than 100 writes.
        """
        if not self._writes:
            return
        if len(self._writes) > LIMIT:
            raise TooLarge(f"One request may change at most {LIMIT} records; split it.")
        try:
            with failures():
                self._send()
        except ClientError as error:
            raise self._meaning(error) from error

    def _add(
        self, verb: str, model: type[Item], request: dict[str, Any], refused: Conflict
    ) -> None:
        request["TableName"] = model.table()
        if "ConditionExpression" in request:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        self._writes.append(_Write(verb, model, request, refused))

    def _send(self) -> None:
        if len(self._writes) == 1 and self._writes[0].verb != "ConditionCheck":
            only = self._writes[0]
            getattr(client(), f"{only.verb.lower()}_item")(**only.request)
            return
        items = [{write.verb: write.request} for write in self._writes]
        client().transact_write_items(TransactItems=cast("Any", items))

    def _meaning(self, error: ClientError) -> Exception:
        response = cast("dict[str, Any]", error.response)
        match response["Error"]["Code"]:
            case "ConditionalCheckFailedException":
                return _refusal(self._writes[0], response.get("Item"))
            case "TransactionCanceledException":
                return self._cancelled(response.get("CancellationReasons", []))
            case "TransactionConflictException":
                return Raced("Another write to the same record was under way.")
            case "ValidationException" if " size " in response["Error"].get("Message", ""):
                return TooLarge("One record or one request would become too large; split it.")
        return error

    def _cancelled(self, reasons: Sequence[dict[str, Any]]) -> Exception:
        for write, reason in zip(self._writes, reasons, strict=False):
            if reason.get("Code") == "ConditionalCheckFailed":
                return _refusal(write, reason.get("Item"))
        codes = {reason.get("Code") for reason in reasons} - {"None", None}
        if codes == {"TransactionConflict"}:
            return Raced("Another write to the same record was under way.")
        if "ItemCollectionSizeLimitExceeded" in codes or "ValidationError" in codes:
            return TooLarge("One request may change at most 4 MB of records; split it.")
        return Busy("The database is busy; try again.", code="throttled")


def _refusal(write: _Write, raw: dict[str, Any] | None) -> Conflict:
    write.refused.existing = write.model.from_raw_data(raw) if raw else None
    return write.refused


def _keyed(
    model: type[Item],
    pk: str,
    sk: str,
    condition: Condition | None,
    actions: Sequence[Action] = (),
) -> dict[str, Any]:
    names = Names()
    request: dict[str, Any] = {"Key": Key(model, pk, sk).raw}
    if actions:
        update = Update(*actions).serialize(names.names, names.values)
        request["UpdateExpression"] = update
    if condition is not None:
        request["ConditionExpression"] = condition.serialize(names.names, names.values)
    return request | names.parameters()


def replaced(item: T, version: int, *, also: Transaction | None = None) -> T:
    """Write an item whose stored version must be the given one; 0 means: must not exist.

    Args:
        item: as it shall be, with the next version.
        version: as it was read.
        also: what else must hold, or is written, at the same instant.

    Returns:
        The item; also when it was this very write whose answer got lost.

    Raises:
        Raced: another write was faster; `existing` is what it left.
        Busy: throttled, or no answer.
    """
    tx = also or Transaction()
    tx.replace(item, version=version)
    try:
        tx.commit()
    except Conflict as refusal:
        there = refusal.existing
        if not isinstance(there, type(item)) or there.raw() != item.raw():
            raise
    return item
