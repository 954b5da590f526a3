"""Guessing serial numbers is hopeless, and seen.

Who asks about packs that do not exist spends a budget of misses; when it is spent, everything is
answered 429 until the hour is over, right guesses like wrong ones, so that nothing more is learned.
A product that many guess at has a budget too; when it is spent, whoever has guessed before gets a
small budget for that product. Both are told to who answers for the goods.

Counters live in DynamoDB; a process keeps what it heard of them. Another process may hear late: it
reads a guesser's counter when it meets the guesser, and learns the rest with its own next miss. So
each process answers one miss beyond the budget at most.

Promises: a miss is counted before it is answered; a count that may be lost is no answer. Counting
twice after a lost answer errs on the safe side.

Trust: whoever can write the counters can let somebody guess on, or shut somebody out for an hour.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.access.model import Actor
from chalicelib.alerts.model import Alert
from chalicelib.alerts.usecases import raise_alerts
from chalicelib.directory.store import ProductStore
from chalicelib.errors import Busy, TooMany
from chalicelib.goods.verification import Claim, Verdict, verify
from chalicelib.gs1.keys import Gtin
from chalicelib.serial.store import Numbers
from chalicelib.table.client import client, failures
from chalicelib.table.items import ALONE, Item
from chalicelib.table.read import get

BUDGET = 1_000
"""Misses of one guesser in an hour: one request of the largest size."""

PRODUCT_BUDGET = 5_000
"""Misses on one product in an hour, of all guessers together."""

TIGHT_BUDGET = 20
"""Misses of one guesser in an hour, while the budget of the product asked about is spent."""

FEW = 5
"""Misses in an hour that anybody may have: they do not weigh on a product's budget."""

_PRODUCTS = 3
"""Products whose budget one request weighs on: those with most misses."""

_KEPT = 10_000
"""Counters that a process remembers."""

_ROUNDS = 4


class MissesItem(Item):
    """Misses of the newest hour: `pk` is `misses#{guesser or product}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    hour = UnicodeAttribute()
    misses = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who asks.

    Attributes:
        name: `client#{id}`, or what else one budget is for.
        organisation: whose client it is; empty for the public.
        client: id of the client; a word for the public.
    """

    name: str
    organisation: str
    client: str

    @classmethod
    def of(cls, actor: Actor) -> "Guesser":
        """Return a client of an organisation."""
        return cls(f"client#{actor.client_id}", actor.organisation, actor.client_id)


class _Heard:
    """What this process heard of counters; the newest hour of each."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def count(self, name: str, hour: str) -> int | None:
        """Return the misses in that hour, or None when nothing was heard."""
        kept = self._counts.get(name)
        return kept[1] if kept and kept[0] == hour else None

    def hear(self, name: str, hour: str, count: int) -> int:
        """Remember a count; counts of one hour only grow."""
        count = max(count, self.count(name, hour) or 0)
        self._counts[name] = (hour, count)
        self._counts.move_to_end(name)
        while len(self._counts) > _KEPT:
            self._counts.popitem(last=False)
        return count


@lru_cache(maxsize=1)
def _heard() -> _Heard:
    return _Heard()


def verify_within_budget(
    guesser: Guesser, claims: Sequence[Claim], numbers: Numbers, *, at: datetime
) -> list[Verdict]:
    """Answer about packs as `verification.verify` does, as long as the budget lasts.

    Raises:
        TooMany: the budget is spent; nothing is told of any of the packs.
        Busy: throttled, or no answer.
    """
    if not claims:
        return []
    gtins = {claim.unit.gtin for claim in claims}
    _check(guesser, gtins, at)
    verdicts = verify(claims, numbers, on=at.date())
    misses = Counter(verdict.claim.unit.gtin for verdict in verdicts if not verdict.known)
    if misses:
        _count(guesser, misses, at)
        _check(guesser, gtins, at)
    return verdicts


def _check(guesser: Guesser, gtins: Collection[Gtin], at: datetime) -> None:
    hour = _hour(at)
    count = _heard().count(guesser.name, hour)
    if count is None:
        item = get(MissesItem, f"misses#{guesser.name}")
        known = int(item.misses) if item is not None and item.hour == hour else 0
        if known > BUDGET:  # who spent it may have died before the alert was raised
            _alert(guesser, min(gtins), guesser.name, at)
        count = _heard().hear(guesser.name, hour, known)
    if count > BUDGET:
        raise _spent(at)
    if count > TIGHT_BUDGET:
        products = (_heard().count(_product(gtin), hour) or 0 for gtin in gtins)
        if any(misses > PRODUCT_BUDGET for misses in products):
            raise _spent(at)


def _spent(at: datetime) -> TooMany:
    left = _begin(at) + timedelta(hours=1) - at
    message = "Too many packs were asked about that do not exist; nothing is answered for a while."
    return TooMany(message, code="misses", retry_after=int(left.total_seconds()) + 1)


def _count(guesser: Guesser, misses: Counter[Gtin], at: datetime) -> None:
    hour = _hour(at)
    total, crossed = _add(guesser.name, hour, misses.total(), BUDGET)
    if crossed:
        _alert(guesser, misses.most_common(1)[0][0], guesser.name, at)
    if total <= FEW:
        return
    for gtin, number in misses.most_common(_PRODUCTS):
        _, crossed = _add(_product(gtin), hour, number, PRODUCT_BUDGET)
        if crossed:
            _alert(guesser, gtin, _product(gtin), at)


def _add(name: str, hour: str, number: int, budget: int) -> tuple[int, bool]:
    """Count misses; return those of this hour, and whether it is news here that they are many."""
    before = _heard().count(name, hour) or 0
    for _ in range(_ROUNDS):
        for update, condition in (
            ("SET misses = misses + :n", "#hour = :hour"),
            ("SET misses = :n, #hour = :hour", "attribute_not_exists(pk) OR #hour < :hour"),
        ):
            found = _update(name, hour, number, update, condition)
            if found is not None:
                total = _heard().hear(name, hour, found)
                return total, total > budget >= before
    raise Busy("Too many at once; try again.", code="contended")


def _update(name: str, hour: str, number: int, update: str, condition: str) -> int | None:
    request: dict[str, Any] = {
        "TableName": MissesItem.table(),
        "Key": {"pk": {"S": f"misses#{name}"}, "sk": {"S": ALONE}},
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#hour": "hour"},
        "ExpressionAttributeValues": {":n": {"N": str(number)}, ":hour": {"S": hour}},
        "ReturnValues": "ALL_NEW",
    }
    try:
        with failures():
            answer = cast("dict[str, Any]", client().update_item(**request))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return None
    return int(answer["Attributes"]["misses"]["N"])


def _alert(guesser: Guesser, gtin: Gtin, spent: str, at: datetime) -> None:
    """Raise the alert of a budget and this hour; raised by somebody else it stays as it is."""
    product = ProductStore().get(gtin)
    who = "One client" if spent == guesser.name else "Several clients together"
    alert = Alert(
        id=uuid5(NAMESPACE_URL, f"packtrail:guessing:{spent}:{_hour(at)}").hex,
        code="guessing",
        reason="",
        gtin=gtin,
        serial="",
        lot="",
        expiry=None,
        raised=at,
        owner=product.owner if product else "",
        reporter=guesser.organisation,
        client=guesser.client,
        detail=f"{who} asked about so many packs that do not exist that it looks like guessing; "
        "until the hour is over they get no answers.",
    )
    raise_alerts([alert])


def _product(gtin: Gtin) -> str:
    return f"product#{gtin}"


def _begin(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour(at: datetime) -> str:
    return _begin(at).isoformat(timespec="hours")
