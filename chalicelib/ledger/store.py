"""The events table: records are created, read, and never changed.

Promises: a record is written in the same transaction as every consequence of its events, or not
at all; its id exists once. Reads are strong. The table's stream carries each record to the views.

Trust: whoever can write to this table can make us tell any history.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.epcis.model import BizStep, Captured, Document, Event, Fulfilment, Quantity
from chalicelib.gs1.keys import Gln, Lgtin, Sgln
from chalicelib.ledger.epcset import EpcSet, Texts, epc_of
from chalicelib.ledger.model import Record
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
    parts = NumberAttribute(attr_name="p", null=True)


class PartItem(Item):
    """A part of the EPCs of a record that is too large for one item: `sk` is `part#{number}`."""

    class Meta:
        """Where it lives."""

        table_name = "events"

    body = BinaryAttribute(attr_name="d", legacy_encoding=False)


PART = 350_000
"""Bytes of an item's body; DynamoDB keeps up to 400 KB with everything around it."""


def record_key(record_id: UUID) -> Key:
    """Return where a record stands."""
    return Key(RecordItem, str(record_id))


def to_items(record: Record) -> tuple[RecordItem, list[PartItem]]:
    """Return the record as stored: events as compressed JSON, about 300 bytes for 1,000 units.

    EPCs that came from elsewhere have no short form; where they fill more than one item, they
    stand in parts beside it, and the item holds all the rest.
    """
    events = [_packed(event) for event in record.events]
    sets = [EpcSet.of(event.epcs, record.places).pack() for event in record.events]
    body: dict[str, Any] = {
        "e": [each | {"e": epcs} for each, epcs in zip(events, sets, strict=True)]
    }
    if record.outcome:
        body["r"] = dict(record.outcome)
    whole = _pack(body)
    parts: list[PartItem] = []
    if len(whole) > PART:
        whole, epcs = _pack(body | {"e": events}), _pack(sets)
        pieces = [epcs[at : at + PART] for at in range(0, len(epcs), PART)]
        parts = [
            PartItem(pk=str(record.id), sk=_part(number), body=piece)
            for number, piece in enumerate(pieces)
        ]
    head = RecordItem(
        pk=str(record.id),
        organisation=record.organisation,
        client=record.client,
        fingerprint=record.fingerprint,
        recorded=record.recorded.isoformat(),
        body=whole,
        parts=len(parts) or None,
    )
    return head, parts


def to_record(item: RecordItem, numbers: Texts) -> Record:
    """Read a record back, with serial numbers computed anew."""
    body = _unpack(item.body)
    sets = _parted(item) if item.parts else [packed["e"] for packed in body["e"]]
    events = tuple(
        replace(_head(packed), epcs=EpcSet.unpack(epcs).epcs(numbers))
        for packed, epcs in zip(body["e"], sets, strict=True)
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


def _parted(item: RecordItem) -> Sequence[Mapping[str, Any]]:
    keys = [Key(PartItem, item.pk, _part(number)) for number in range(int(item.parts or 0))]
    found = get_many(keys)
    bodies = [part.body for key in keys if isinstance(part := found[key], PartItem)]
    sets: Sequence[Mapping[str, Any]] = _unpack(b"".join(bodies))
    return sets


def _part(number: int) -> str:
    return f"part#{number:04}"


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
    return tuple(event for event, _ in outline(item))


def outline(item: RecordItem) -> Iterator[tuple[Event, Mapping[str, Any] | None]]:
    """Yield the events without their EPCs, and these as `EpcSet.pack` wrote them.

    They are None where they stand in parts.
    """
    for packed in _unpack(item.body)["e"]:
        yield _head(packed), packed.get("e")


def epcsets(item: RecordItem) -> tuple[EpcSet, ...]:
    """Return the EPCs of each event as compact sets: no serial number is computed."""
    sets = _parted(item) if item.parts else [packed["e"] for packed in _unpack(item.body)["e"]]
    return tuple(map(EpcSet.unpack, sets))


def _packed(event: Event) -> dict[str, Any]:
    """Return an event without its EPCs as JSON."""
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
        "g": _counts(event.goods),
        "F": [[each.shipment, each.things, _counts(each.goods)] for each in event.fulfils],
        "z": event.withdraws,
        "k": event.captured and _captured(event.captured),
    }
    return {
        "b": event.biz_step.value,
        "w": event.event_time.isoformat(),
        "a": event.by.digits,
        **{name: value for name, value in optional.items() if value},
    }


def _head(packed: Mapping[str, Any]) -> Event:
    parent, read_point, location = packed.get("p"), packed.get("r"), packed.get("l")
    source, destination, expiry = packed.get("s"), packed.get("x"), packed.get("y")
    captured = packed.get("k")
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
        goods=_quantities(packed.get("g", ())),
        fulfils=tuple(
            Fulfilment(shipment, things, _quantities(counts))
            for shipment, things, counts in packed.get("F", ())
        ),
        withdraws=packed.get("z", ""),
        captured=Captured(captured[0], captured[1], tuple(captured[2]), captured[3])
        if captured
        else None,
    )


def _counts(goods: Iterable[Quantity]) -> list[list[Any]]:
    return [[str(each.lgtin), each.count] for each in goods]


def _quantities(counts: Iterable[Any]) -> tuple[Quantity, ...]:
    return tuple(Quantity(Lgtin.parse(key), count) for key, count in counts)


def _captured(captured: Captured) -> list[Any]:
    spellings = dict(captured.spellings)
    return [captured.object, captured.id, list(captured.prefixes), spellings]


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), default=_exact).encode())


def _unpack(body: bytes) -> Any:
    return json.loads(zlib.decompress(body), object_hook=_revived)


# A name that no JSON sent to us contains: control characters are refused.
_DECIMAL = "\x00d"


def _exact(value: Any) -> dict[str, str]:
    """Write a decimal down so that no digit is lost."""
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    raise TypeError(f"{type(value)} has no place in a record")


def _revived(found: dict[str, Any]) -> Any:
    return Decimal(found[_DECIMAL]) if _DECIMAL in found else found
