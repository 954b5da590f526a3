"""The events table: records are created, read, and never changed.

Promises: a record is written in the same transaction as every consequence of its events, or not
at all; its id exists once. Reads are strong. The table's stream carries each record to the views.

Trust: whoever can write to this table can make us tell any history.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.epcis.model import BizStep, Document, Event, Quantity
from chalicelib.gs1.keys import Gln, Lgtin, Sgln, Sgtin
from chalicelib.ledger.epcset import EpcSet, Texts, epc_of
from chalicelib.ledger.model import Record
from chalicelib.serial.model import Place
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many


class RecordItem(Item):
    """A record: `pk` is its id."""

    class Meta:
        """Where it lives."""

        table_name = "events"

    organisation = UnicodeAttribute(attr_name="o")
    client = UnicodeAttribute(attr_name="c")
    fingerprint = UnicodeAttribute(attr_name="f")
    recorded = UnicodeAttribute(attr_name="t")
    body = BinaryAttribute(attr_name="d", legacy_encoding=False)


def record_key(record_id: UUID) -> Key:
    """Return where a record stands."""
    return Key(RecordItem, str(record_id))


def to_item(record: Record) -> RecordItem:
    """Return the record as stored: events as compressed JSON, about 300 bytes for 1,000 units."""
    body: dict[str, Any] = {"e": [_packed(event, record.places) for event in record.events]}
    if record.outcome:
        body["r"] = dict(record.outcome)
    return RecordItem(
        pk=str(record.id),
        organisation=record.organisation,
        client=record.client,
        fingerprint=record.fingerprint,
        recorded=record.recorded.isoformat(),
        body=zlib.compress(json.dumps(body, separators=(",", ":")).encode()),
    )


def to_record(item: RecordItem, numbers: Texts) -> Record:
    """Read a record back, with serial numbers computed anew."""
    body = json.loads(zlib.decompress(item.body))
    events = tuple(
        replace(_head(packed), epcs=EpcSet.unpack(packed["e"]).epcs(numbers))
        for packed in body["e"]
    )
    return Record(
        id=UUID(item.pk),
        organisation=item.organisation,
        client=item.client,
        fingerprint=item.fingerprint,
        recorded=datetime.fromisoformat(item.recorded),
        events=events,
        outcome=body.get("r", {}),
    )


def read_record(record_id: UUID, numbers: Texts) -> Record | None:
    """Return a record, or None."""
    item = get(RecordItem, str(record_id))
    return None if item is None else to_record(item, numbers)


def read_records(record_ids: Iterable[UUID], numbers: Texts) -> dict[UUID, Record]:
    """Return the records that exist of those asked for."""
    found = get_many(record_key(record_id) for record_id in record_ids)
    items = (item for item in found.values() if isinstance(item, RecordItem))
    return {UUID(item.pk): to_record(item, numbers) for item in items}


def summary(item: RecordItem) -> tuple[Event, ...]:
    """Return the events without their EPCs: what the read models need, at a tenth of the work."""
    body = json.loads(zlib.decompress(item.body))
    return tuple(_head(packed) for packed in body["e"])


def _packed(event: Event, places: Mapping[Sgtin, Place]) -> dict[str, Any]:
    optional = {
        "p": event.parent and str(event.parent),
        "r": event.read_point and str(event.read_point),
        "l": event.biz_location and str(event.biz_location),
        "s": event.source and event.source.digits,
        "x": event.destination and event.destination.digits,
        "D": [[document.type, document.id] for document in event.documents],
        "o": event.lot,
        "y": event.expiry and event.expiry.isoformat(),
        "n": event.reason,
        "g": [[str(each.lgtin), each.count] for each in event.goods],
    }
    return {
        "b": event.biz_step.value,
        "w": event.event_time.isoformat(),
        "a": event.by.digits,
        "e": EpcSet.of(event.epcs, places).pack(),
        **{name: value for name, value in optional.items() if value},
    }


def _head(packed: Mapping[str, Any]) -> Event:
    parent, read_point, location = packed.get("p"), packed.get("r"), packed.get("l")
    source, destination, expiry = packed.get("s"), packed.get("x"), packed.get("y")
    return Event(
        biz_step=BizStep(packed["b"]),
        event_time=datetime.fromisoformat(packed["w"]),
        by=Gln(packed["a"]),
        parent=epc_of(parent) if parent else None,
        read_point=Sgln.parse(read_point) if read_point else None,
        biz_location=Sgln.parse(location) if location else None,
        source=Gln(source) if source else None,
        destination=Gln(destination) if destination else None,
        documents=tuple(Document(*pair) for pair in packed.get("D", ())),
        lot=packed.get("o"),
        expiry=date.fromisoformat(expiry) if expiry else None,
        reason=packed.get("n"),
        goods=tuple(Quantity(Lgtin.parse(key), count) for key, count in packed.get("g", ())),
    )
