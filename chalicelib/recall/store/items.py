"""A notice as it is stored."""

import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.epcis.model import Document
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.recall.model.notice import Acknowledgement, Affected, Notice, Told
from chalicelib.table.items import Item, Key


class NoticeItem(Item):
    """A notice: `pk` is `notices#{recall}#{shard}`, `sk` is `{shipper}#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    tier = NumberAttribute()
    sender = UnicodeAttribute()
    party = UnicodeAttribute()
    organisation = UnicodeAttribute(null=True)
    lots = BinaryAttribute(legacy_encoding=False)
    quantity = NumberAttribute()
    status = UnicodeAttribute()
    run = UnicodeAttribute()
    revision = NumberAttribute()
    updated = UnicodeAttribute()
    told = UnicodeAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    contact = UnicodeAttribute(null=True)
    answer = JSONAttribute(null=True)
    version = NumberAttribute()


class StandingItem(Item):
    """The part of a notice that says how far it is: read, never written."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    tier = NumberAttribute()
    quantity = NumberAttribute()
    status = UnicodeAttribute()


class ReceivedItem(Item):
    """That an organisation has a notice: `pk` `org#{id}`, `sk` `notice#{recall}#{notice}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    shipper = UnicodeAttribute()


def to_item(notice: Notice, key: Key) -> NoticeItem:
    """Return a notice as stored under a key."""
    _, pk, sk = key
    return NoticeItem(
        pk,
        sk,
        tier=notice.tier,
        sender=notice.sender,
        party=str(notice.party),
        organisation=notice.organisation or None,
        lots=_packed(notice.lots),
        quantity=notice.quantity,
        status=notice.status.value,
        run=notice.run,
        revision=notice.revision,
        updated=notice.updated.isoformat(),
        told=notice.told.isoformat() if notice.told else None,
        problem=notice.problem or None,
        contact=notice.contact or None,
        answer=_answer_row(notice.answer),
        version=notice.version,
    )


def to_notice(item: NoticeItem) -> Notice:
    """Read a stored notice."""
    shipper, _, notice_id = item.sk.partition("#")
    return Notice(
        id=notice_id,
        recall=item.pk.split("#")[1],
        tier=int(item.tier),
        shipper=Gln(shipper),
        sender=item.sender,
        party=Gln(item.party),
        organisation=item.organisation or "",
        lots=_unpacked(item.lots),
        status=Told(item.status),
        run=item.run,
        revision=int(item.revision),
        updated=datetime.fromisoformat(item.updated),
        told=datetime.fromisoformat(item.told) if item.told else None,
        problem=item.problem or "",
        contact=item.contact or "",
        answer=_answer(item.answer),
        version=int(item.version),
    )


def _packed(lots: Iterable[Affected]) -> bytes:
    rows = [
        [
            str(lot.lgtin),
            lot.quantity,
            lot.deliveries,
            [[document.type, document.id] for document in lot.documents],
            list(lot.serials),
            *([lot.seen] if lot.seen else ()),
        ]
        for lot in lots
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def _unpacked(packed: bytes) -> tuple[Affected, ...]:
    return tuple(
        Affected(
            Lgtin.parse(key),
            quantity,
            deliveries,
            tuple(Document(*pair) for pair in documents),
            tuple(serials),
            *seen,
        )
        for key, quantity, deliveries, documents, serials, *seen in json.loads(
            zlib.decompress(packed)
        )
    )


def _answer_row(answer: Acknowledgement | None) -> list[Any] | None:
    if answer is None:
        return None
    return [
        answer.at.isoformat(),
        answer.client,
        answer.quantity_on_hand,
        answer.comment,
        answer.operation,
        answer.fingerprint,
        answer.revision,
    ]


def _answer(row: list[Any] | None) -> Acknowledgement | None:
    return None if row is None else Acknowledgement(datetime.fromisoformat(row[0]), *row[1:])
