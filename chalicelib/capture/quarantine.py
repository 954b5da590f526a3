"""The quarantine: events that wait for a person, with what was decided about each.

    held#{job}                  an item for each event that was held
    quarantine#{organisation}   a note for each that may still wait, the oldest first
    held/{job}/{n}              in the bucket: the event as it was read
    held/{job}/{n}-{request}    in the bucket: what a person made of it, one object per request

Promises: an event and its note are written together, and an event is changed on condition that
nobody else changed it. Reads are strong. What is in the bucket is written before what points to it,
and never changed.

Trust: whoever can alter this table can release an event in a person's name; the records that the
event leads to have their sender's rights and no others.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib import bucket
from chalicelib.capture.held import Decision, Held, Standing
from chalicelib.capture.model import EventFault
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.json_text import dumps
from chalicelib.errors import AlreadyExists, Busy, NotFound, Raced
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query, query_all
from chalicelib.table.transaction import Transaction

_JSON = "application/json"
_ATTEMPTS = 4


class HeldItem(Item):
    """A held event; pk `held#{job}`, sk its index in eight digits."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    version = NumberAttribute()
    organisation = UnicodeAttribute()
    sender = UnicodeAttribute()
    format = UnicodeAttribute()
    since = UnicodeAttribute()
    fault = UnicodeAttribute()
    standing = UnicodeAttribute()
    decisions = UnicodeAttribute()
    listed = BooleanAttribute()


class WaitingItem(Item):
    """Notes that an event waits; pk `quarantine#{organisation}`, sk `{since}#{job}#{index}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"


class Quarantine:
    """Held events of every organisation."""

    def hold(self, held: Held, event: EventObject) -> None:
        """Hold an event back; one that is held already stays as it is.

        Args:
            held: as it begins.
            event: as it was read.
        """
        bucket.keep(_original(held), dumps(event), _JSON)
        tx = Transaction()
        tx.create(_item(held), refused=AlreadyExists("The event is held already."))
        tx.put(_note(held))
        with suppress(AlreadyExists):
            tx.commit()

    def of(self, organisation: str, held_id: str) -> Held:
        """Return a held event of one organisation.

        Raises:
            NotFound: it has none of that id.
        """
        job, _, index = held_id.partition(".")
        item = get(HeldItem, _pk(job), _sk(int(index)))
        if item is None or item.organisation != organisation:
            raise NotFound("There is no such held event here.")
        return _held(item)

    def of_job(self, job: str) -> dict[int, Held]:
        """Return all that was held of a job, by index."""
        return {int(item.sk): _held(item) for item in query_all(HeldItem, _pk(job))}

    def in_job(
        self, organisation: str, job: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[Held], str | None]:
        """Return a stretch of what was held of a job, decided or not, and where to go on."""
        found = query(HeldItem, _pk(job), after=after, limit=limit)
        mine = [_held(item) for item in found.items if item.organisation == organisation]
        return mine, found.last if mine else None

    def waiting(
        self, organisation: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[Held], str | None]:
        """Return a stretch of what waits, the oldest first, and where to go on.

        It may be short, or empty, and yet go on: what was decided a moment ago is left out.
        """
        found = query(WaitingItem, _list_pk(organisation), after=after, limit=limit)
        places = (item.sk.split("#") for item in found.items)
        keys = [Key(HeldItem, _pk(job), index) for _, job, index in places]
        items = get_many(keys)
        events = [_held(each) for key in keys if isinstance(each := items.get(key), HeldItem)]
        return [each for each in events if each.standing is Standing.HELD], found.last

    def put(self, held: Held) -> Held:
        """Write a changed event down; return it with its next version.

        Raises:
            Raced: somebody else changed it.
        """
        tx = Transaction()
        tx.replace(_item(held), version=held.version)
        note = _note(held)
        if not held.listed:
            tx.delete(WaitingItem, note.pk, note.sk)
        tx.commit()
        return replace(held, version=held.version + 1)

    def record(self, held: Held) -> Held:
        """Note that an event is recorded, which is true whatever else was noted meanwhile."""
        for _ in range(_ATTEMPTS):
            if held.standing is Standing.RECORDED:
                return held
            try:
                return self.put(held.recorded())
            except Raced:
                held = self.of(held.organisation, held.id)
        raise Busy("Too many decide about this event; try again.", code="contended")

    def tidy(self, held: Held) -> Held:
        """Take the note of a rejected event away.

        Raises:
            Raced: somebody else changed the event.
        """
        if held.standing is not Standing.REJECTED or not held.listed:
            return held
        return self.put(replace(held, listed=False))

    def correct(self, held: Held, operation: str, event: EventObject) -> None:
        """Keep what a person made of an event, for a decision that points to it."""
        bucket.keep(_corrected(held, operation), dumps(event), _JSON)

    def original(self, held: Held) -> EventObject:
        """Return an event as it was read."""
        return _read(_original(held))

    def corrected(self, held: Held) -> EventObject | None:
        """Return what a person made of an event; None where nobody changed it."""
        made = held.correction
        return None if made is None else _read(_corrected(held, made))


def _read(key: str) -> EventObject:
    raw = bucket.read(key)
    if raw is None:
        raise NotFound("What was held is not in the bucket any more.")
    event: EventObject = json.loads(raw, parse_float=Decimal)
    return event


def _original(held: Held) -> str:
    return f"held/{held.job}/{held.index}"


def _corrected(held: Held, operation: str) -> str:
    return f"held/{held.job}/{held.index}-{operation}"


def _pk(job: str) -> str:
    return f"held#{job}"


def _sk(index: int) -> str:
    return f"{index:08}"


def _list_pk(organisation: str) -> str:
    return f"quarantine#{organisation}"


def _note(held: Held) -> WaitingItem:
    since = held.since.isoformat(timespec="milliseconds")
    return WaitingItem(pk=_list_pk(held.organisation), sk=f"{since}#{held.job}#{_sk(held.index)}")


def _item(held: Held) -> HeldItem:
    return HeldItem(
        pk=_pk(held.job),
        sk=_sk(held.index),
        version=held.version + 1,
        organisation=held.organisation,
        sender=held.sender,
        format=held.format,
        since=held.since.isoformat(),
        fault=json.dumps(astuple(held.fault)),
        standing=held.standing.value,
        listed=held.listed,
        decisions=json.dumps([astuple(each) for each in held.decisions], default=str),
    )


def _held(item: HeldItem) -> Held:
    return Held(
        job=item.pk.partition("#")[2],
        index=int(item.sk),
        organisation=item.organisation,
        sender=item.sender,
        format=item.format,
        since=datetime.fromisoformat(item.since),
        fault=_fault(*json.loads(item.fault)),
        standing=Standing(item.standing),
        decisions=tuple(_decision(*row) for row in json.loads(item.decisions)),
        listed=bool(item.listed),
        version=int(item.version),
    )


def _fault(*row: Any) -> EventFault:
    index, code, status, title, detail, errors, exception = row
    return EventFault(index, code, status, title, detail, tuple(errors), exception)


def _decision(standing: str, client: str, at: str, *more: Any) -> Decision:
    return Decision(Standing(standing), client, datetime.fromisoformat(at), *more)
