"""The counter of each epoch: one item, one conditional update for a block of any size.

Promises: no index is handed out twice, whatever is retried, lost or raced; see `allocation` for the
few that are never handed out. Reads are strong. The item stays below one kilobyte for ever, so a
block costs one write unit.

Trust: whoever can set a counter back can make numbers be issued twice.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.errors import Raced
from chalicelib.gs1.keys import Gtin
from chalicelib.serial.allocation import EMPTY, SLOTS, Claim, Counter, Slot
from chalicelib.table.client import client, failures
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get


class CounterItem(Item):
    """A counter: `pk` is `N#{gtin}`, `sk` is the epoch's number in three digits.

    Beside these, each slot that was used has two attributes, `s{hex digit}` with what
    `Slot.pack` says and `a{hex digit}` with its start.
    """

    class Meta:
        """Where it lives."""

        table_name = "units"

    next = NumberAttribute(attr_name="nx", default=0)
    closed = UnicodeAttribute(attr_name="cl", null=True)
    counter: Counter

    @classmethod
    def from_raw_data(cls, data: Mapping[str, Any]) -> "CounterItem":
        """Read an item as DynamoDB sends it, slots and all."""
        named = {name: data[name] for name in ("pk", "sk", "nx", "cl") if name in data}
        item = super().from_raw_data(named)
        item.counter = _counter(data)
        return item


def counter_key(gtin: Gtin, epoch: int) -> Key:
    """Return where the counter of an epoch stands."""
    return Key(CounterItem, f"N#{gtin}", f"{epoch:03d}")


def read_counter(gtin: Gtin, epoch: int) -> Counter:
    """Return the counter of an epoch as it is now.

    Raises:
        Busy: throttled, or no answer.
    """
    key = counter_key(gtin, epoch)
    item = get(CounterItem, key.pk, key.sk)
    return EMPTY if item is None else item.counter


def close(gtin: Gtin, epoch: int, by: str) -> tuple[int, str]:
    """Close a counter for ever, unless it is closed already.

    Args:
        gtin: of which product.
        epoch: of which epoch.
        by: what closes it.

    Returns:
        How many indexes were handed out in all, and by what it was closed first.

    Raises:
        Busy: throttled, or no answer; a repeat finds out.
    """
    request = {
        "TableName": CounterItem.table(),
        "Key": counter_key(gtin, epoch).raw,
        "UpdateExpression": "SET cl = if_not_exists(cl, :by)",
        "ExpressionAttributeValues": {":by": {"S": by}},
        "ReturnValues": "ALL_NEW",
    }
    counter = _counter(_update(request))
    return counter.next, cast("str", counter.closed)


def take(gtin: Gtin, epoch: int, claim: Claim, capacity: int) -> tuple[Slot | None, Counter | None]:
    """Make the change that a claim asks for.

    Args:
        gtin: of which product.
        epoch: of which epoch.
        claim: what to change, and on what condition.
        capacity: what the counter must not exceed.

    Returns:
        The slot as it is now; or None and the counter as it stands in the way, which may be because
        the change was made already and its answer lost.

    Raises:
        Busy: throttled, or no answer; a repeat finds out.
    """
    try:
        updated = _update(_request(gtin, epoch, claim, capacity))
    except ClientError as error:
        response = cast("dict[str, Any]", error.response)
        if response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return None, _counter(response.get("Item", {}))
    if not claim.taken:
        return claim.after, None
    return replace(claim.after, start=int(updated[f"a{claim.number:x}"]["N"])), None


def _update(request: dict[str, Any]) -> Mapping[str, Any]:
    """Make an update; return the attributes that it asks for.

    A `Transaction` does not tell what was set, so this goes past it.
    """
    try:
        with failures():
            answer = client().update_item(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] == "TransactionConflictException":
            raise Raced("Another write to the same counter was under way.") from error
        raise
    return cast("Mapping[str, Any]", answer["Attributes"])


def _request(gtin: Gtin, epoch: int, claim: Claim, capacity: int) -> dict[str, Any]:
    slot, start = f"s{claim.number:x}", f"a{claim.number:x}"
    update = f"SET {slot} = :slot"
    unchanged = f"attribute_not_exists({slot})"
    conditions = ["attribute_not_exists(cl)"]
    values: dict[str, Any] = {":slot": {"B": claim.after.pack()}}
    if claim.before is not None:
        unchanged = f"{slot} = :before"
        values[":before"] = {"B": claim.before.pack()}
    if claim.taken:
        # What is set sees the item as it was: the start is the counter before it goes up.
        update += f", {start} = if_not_exists(nx, :zero) ADD nx :taken"
        conditions.append("(attribute_not_exists(nx) OR nx <= :most)")
        values[":zero"] = {"N": "0"}
        values[":taken"] = {"N": str(claim.taken)}
        values[":most"] = {"N": str(capacity - claim.taken)}
    return {
        "TableName": CounterItem.table(),
        "Key": counter_key(gtin, epoch).raw,
        "UpdateExpression": update,
        "ConditionExpression": " AND ".join([unchanged, *conditions]),
        "ExpressionAttributeValues": values,
        "ReturnValues": "UPDATED_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _counter(raw: Mapping[str, Any]) -> Counter:
    slots = {
        number: Slot.unpack(_bytes(raw[f"s{number:x}"]["B"]), int(raw[f"a{number:x}"]["N"]))
        for number in range(SLOTS)
        if f"s{number:x}" in raw
    }
    closed = raw["cl"]["S"] if "cl" in raw else None
    return Counter(int(raw["nx"]["N"]) if "nx" in raw else 0, closed, slots)


def _bytes(value: Any) -> bytes:
    return bytes(value)
