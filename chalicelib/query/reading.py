"""Events as an organisation may see them, read from their records."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import Event
from chalicelib.ledger.epcset import epc_of
from chalicelib.ledger.model import Record, event_uri, is_event_uri, place_of, record_of
from chalicelib.ledger.store import RecordItem, outline, record_key, summary, to_record
from chalicelib.query.model import Row, parties, row
from chalicelib.serial.store import Numbers
from chalicelib.table.read import get_many

_LISTS = frozenset(
    {
        *("epcList", "childEPCs", "bizTransactionList", "transformationID"),
        *("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList"),
    }
)
"""What an event may say of other goods, and of documents between others."""


class Reader:
    """Reads events for one organisation; a record once for each request."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._items: dict[UUID, RecordItem | None] = {}
        self._numbers = Numbers()
        self.read = 0
        """So many events were read."""

    def events(self, found: Sequence[Row]) -> list[EventObject | None]:
        """Return events as far as this organisation may see them; None for what it may not."""
        places = [place_of(each.event) for each in found]
        self._load(record for record, _ in places)
        self.read += len(found)
        records: dict[UUID, Record] = {}
        events: list[EventObject | None] = []
        for each, (record, number) in zip(found, places, strict=True):
            item = self._items[record]
            if item is None:
                events.append(None)  # committed this instant: its record is written next
                continue
            if record not in records:
                records[record] = to_record(item, self._numbers)
            whole = records[record]
            if number >= len(whole.events):
                events.append(None)
                continue
            own = item.organisation == self._actor.organisation
            event = _seen(whole.events[number], self._actor, each, own=own)
            uri = event_uri(record, number)
            events.append(None if event is None else render(event, uri, whole.recorded))
        return events

    def rows(self, about: Iterable[tuple[str, tuple[str, ...]]]) -> list[Row]:
        """Return where events stand in time, given their ids and the things they were found by."""
        named = [(place_of(event), things) for event, things in about]
        self._load(record for (record, _), _ in named)
        found: list[Row] = []
        heads: dict[UUID, list[Event]] = {}
        for (record, number), things in named:
            item = self._items[record]
            if item is None:
                continue
            if record not in heads:
                heads[record] = list(summary(item))
            if number >= len(heads[record]):
                continue
            uri = event_uri(record, number)
            told = render(heads[record][number], uri, datetime.fromisoformat(item.recorded))
            found.append(row(told, uri, about=things))
        return found

    def named(self, event_id: str) -> list[str]:
        """Return where the events with an id may stand whose ids tell: one's own, and ours."""
        captured = record_of(self._actor.organisation, event_id)
        declaration = record_of(self._actor.organisation, event_id, declaration=True)
        self._load((captured, declaration))
        found: list[str] = []
        if item := self._items[captured]:  # it stands behind what it implies
            found.append(event_uri(captured, sum(1 for _ in outline(item)) - 1))
        if self._items[declaration]:  # what is withdrawn with it comes after it
            found.append(event_uri(declaration, 0))
        return found + ([event_id] if is_event_uri(event_id) else [])

    def _load(self, records: Iterable[UUID]) -> None:
        wanted = {each for each in records if each not in self._items}
        items = get_many(record_key(each) for each in wanted)
        for each in wanted:
            item = items.get(record_key(each))
            self._items[each] = item if isinstance(item, RecordItem) else None


def _seen(event: Event, actor: Actor, found: Row, *, own: bool) -> Event | None:
    """Return an event for an organisation: whole to who recorded it and to its parties.

    Of what others did to goods before it had them, it sees what was done to these goods alone.
    """
    if own or actor.gln in parties(event):
        return event
    about = tuple(epc_of(each) for each in found.about)
    if not about:
        return None
    items = tuple(each for each in about if each != event.parent)
    captured = event.captured
    if not items:
        return replace(event, epcs=(), captured=None)
    if captured:
        kept = {name: each for name, each in captured.object.items() if name not in _LISTS}
        captured = replace(captured, object=kept)
    return replace(event, epcs=items, captured=captured)
