"""What a seller states with a shipment: beside the record of the shipping event, for ever.

The Drug Supply Chain Security Act wants a transaction statement with every change of ownership
(21 USC 360eee(27)). It comes in the header of a seller's document, or the seller makes it here.

Promises: the statement of a shipment is the newest that was made; an older one that comes again
changes nothing. The documents that statements came in are kept as they were sent.

Trust: whoever can write to this table can make us say that a seller affirmed what it did not.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import Busy, FieldError, Raced
from chalicelib.ledger.model import Statement, place_of
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many
from chalicelib.table.transaction import Transaction

SHOWN = 100
"""Faults that are kept with a statement; more of them help nobody."""


_ATTEMPTS = 5
"""Tries to keep a statement while others of the same shipment are kept."""


class StatementItem(Item):
    """A statement: `pk` is the id of the record, `sk` `statement#{number of the event}`."""

    class Meta:
        """Where it lives."""

        table_name = "events"

    version = NumberAttribute()
    at = UnicodeAttribute(attr_name="t")
    body = BinaryAttribute(attr_name="d", legacy_encoding=False)


def state(event_id: str, statement: Statement) -> None:
    """Keep the statement of a shipment, unless a newer one is kept.

    Args:
        event_id: of the shipping event, as the events table knows it.
        statement: what is stated.

    Raises:
        Busy: throttled, no answer, or too many statements of one shipment at once.
    """
    for _ in range(_ATTEMPTS):
        try:
            _state(_key(event_id), statement)
        except Raced:
            continue
        return
    raise Busy("Too many statements of one shipment are made at once; try again.")


def _state(key: Key, statement: Statement) -> None:
    there = get(StatementItem, key.pk, key.sk)
    if there is not None and datetime.fromisoformat(there.at) >= statement.at:
        return
    version = 0 if there is None else int(there.version)
    tx = Transaction()
    tx.replace(_item(key, statement, version + 1), version=version)
    tx.commit()


def statements(event_ids: Iterable[str]) -> dict[str, Statement]:
    """Return what was stated, by the id of the shipping event; one request per 100."""
    keys = {each: _key(each) for each in event_ids}
    found = get_many(keys.values())
    return {
        event_id: _statement(item)
        for event_id, key in keys.items()
        if isinstance(item := found.get(key), StatementItem)
    }


def _key(event_id: str) -> Key:
    record, number = place_of(event_id)
    return Key(StatementItem, str(record), f"statement#{number:03}")


def _item(key: Key, statement: Statement, version: int) -> StatementItem:
    body = {
        "affirmed": statement.affirmed,
        "by": statement.by,
        "notice": statement.legal_notice,
        "direct": statement.direct_purchase,
        "faults": [[each.pointer, each.code, each.message] for each in statement.faults[:SHOWN]],
    }
    return StatementItem(
        pk=key.pk,
        sk=key.sk,
        version=version,
        at=statement.at.isoformat(),
        body=zlib.compress(json.dumps(body).encode()),
    )


def _statement(item: StatementItem) -> Statement:
    body: Mapping[str, object] = json.loads(zlib.decompress(item.body))
    affirmed, direct = body["affirmed"], body["direct"]
    faults = body["faults"]
    assert isinstance(faults, list)  # noqa: S101  written by `_item`
    return Statement(
        affirmed=None if affirmed is None else bool(affirmed),
        at=datetime.fromisoformat(item.at),
        by=str(body["by"]),
        legal_notice=str(body["notice"]),
        direct_purchase=None if direct is None else bool(direct),
        faults=tuple(FieldError(*map(str, each)) for each in faults),
    )
