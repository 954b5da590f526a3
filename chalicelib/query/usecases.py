"""Finding events: the index that answers a query best, then every event looked at for itself.

Work is bounded: a request looks at so many events at most, and tells where to go on. What no index
answers needs a bounded range of time, or is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.interpretation import thing_of
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import Epc, Event
from chalicelib.epcis.query.index import OVERFLOW
from chalicelib.epcis.query.matching import asks_about, matches
from chalicelib.epcis.query.model import EventQuery
from chalicelib.epcis.query.ordering import ordered
from chalicelib.epcis.words import EVENT_TYPES
from chalicelib.errors import NotFound, QueryTooComplex, QueryTooLarge
from chalicelib.goods.history import history, related, visible
from chalicelib.goods.model import Entry
from chalicelib.goods.store import GoodsStore, spilled
from chalicelib.ledger.epcset import epc_of
from chalicelib.ledger.model import Record, event_uri, place_of, record_of
from chalicelib.ledger.store import RecordItem, record_key, summary, to_record
from chalicelib.query.attributes import MasterData
from chalicelib.query.model import ALL, Row, parties, time_text
from chalicelib.query.places import PlaceTree
from chalicelib.query.store import has_value, row_of, rows
from chalicelib.serial.store import Numbers
from chalicelib.table.read import get, get_many

LOOKED_AT = 5_000
"""Rows that one request looks at; of most of them the row alone says that they do not match."""

SPAN = timedelta(days=92)
"""Of time, that a query may ask for which no index answers."""

SORTED = 10_000
"""Events that are put into another order than that of their time."""


def known(actor: Actor, asked: EventQuery) -> bool:
    """Whether an organisation's events have the one value that a query asks for."""
    things = [thing for each in asked.epcs if (thing := thing_of(each))]
    if things:
        found = GoodsStore(Numbers()).see(things, now_us=0).things
        return any(str(each) in found and related(str(each), found, actor.gln) for each in things)
    dimensions = {
        "epc": asked.epcs,
        "bizStep": asked.biz_steps,
        "bizLocation": asked.biz_locations,
        "readPoint": asked.read_points,
        "disposition": asked.dispositions,
    }
    named = [(name, value) for name, wanted in dimensions.items() for value in wanted]
    return not EVENT_TYPES.isdisjoint(asked.event_types) or any(
        has_value(actor.gln, *each) for each in named
    )


def epcs(actor: Actor, *, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return EPCs that the organisation's events name, newest events first, and where to go on.

    An EPC is listed with each event that names it, once a page.
    """
    at, _, skipped = (after or "").rpartition("|")
    skip, found = int(skipped or 0), dict[str, None]()
    page = rows(actor.gln, *ALL, after=at or None, limit=limit, newest_first=True)
    before = at
    for item in page.items:
        (event,) = _read(actor, [row_of(item)])
        named = _named_in(event) if event else []
        for number, epc in enumerate(named):
            if number < skip:
                continue
            if len(found) == limit:
                return list(found), f"{before}|{number}"
            found[epc] = None
        skip, before = 0, item.sk
    return list(found), None if page.last is None else f"{page.last}|0"


def _named_in(event: EventObject) -> list[str]:
    lists = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
    parent = [event["parentID"]] if "parentID" in event else []
    return parent + [epc for name in lists for epc in event.get(name) or ()]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, and the position behind it; None at the end."""

    events: Sequence[EventObject]
    after: str | None


def find(actor: Actor, asked: EventQuery, *, after: str | None, limit: int) -> Found:
    """Return a page of the events that a query asks for.

    Raises:
        QueryTooComplex: no index answers it, and it bounds no time.
        QueryTooLarge: there are more than its `maxEventCount`.
    """
    search = _Search(actor, asked)
    counts = asked.max_event_count is not None or asked.event_count_limit is not None
    if asked.order_by != "eventTime" or counts:
        return _sorted(search, asked, after=int(after or 0), limit=limit)
    found: list[EventObject] = []
    for looked, (position, event) in enumerate(search.events(after), start=1):
        if event is not None:
            found.append(event)
        if len(found) == limit or looked == LOOKED_AT:
            return Found(found, position)
    return Found(found, None)


def _sorted(search: "_Search", asked: EventQuery, *, after: int, limit: int) -> Found:
    """Answer a query that counts, or that wants another order than that of time."""
    events: list[EventObject] = []
    for looked, (_, event) in enumerate(search.events(None)):
        if looked == SORTED:
            message = f"More than {SORTED} events would have to be sorted; bound the time."
            raise QueryTooComplex(message)
        if event is not None:
            events.append(event)
        if asked.max_event_count is not None and len(events) > asked.max_event_count:
            message = f"Found more than {asked.max_event_count} events, the most that were asked."
            raise QueryTooLarge(message)
    events = ordered(events, asked)[: asked.event_count_limit]
    page = events[after : after + limit]
    more = after + limit < len(events)
    return Found(page, str(after + limit) if more else None)


def one(actor: Actor, event_id: str) -> EventObject:
    """Return an event by its URI.

    Raises:
        NotFound: there is none that this organisation may see.
    """
    captured = record_of(actor.organisation, event_id)
    own = get(RecordItem, str(captured))
    wanted = [Row("", event_uri(captured, len(summary(own)) - 1))] if own else []
    page = rows(actor.gln, "eventID", event_id, limit=1, newest_first=False)
    wanted += [row_of(item) for item in page.items]
    wanted += [Row("", event_id)] if _is_uuid(event_id) else []
    for event in _read(actor, wanted):
        if event is not None and event["eventID"] == event_id:
            return event
    raise NotFound("There is no such event here.")


def _is_uuid(event_id: str) -> bool:
    try:
        UUID(event_id.removeprefix("urn:uuid:"))
    except ValueError:
        return False
    return event_id.startswith("urn:uuid:")


class _Search:
    """Goes through the events that may match, in the order of their time."""

    def __init__(self, actor: Actor, asked: EventQuery) -> None:
        self._actor = actor
        self._asked = asked
        in_row = {
            "type": asked.event_types,
            "bizStep": asked.biz_steps,
            "disposition": asked.dispositions,
            "bizLocation": asked.biz_locations,
            "readPoint": asked.read_points,
        }
        self._told = {dimension: wanted for dimension, wanted in in_row.items() if wanted}
        self._within = PlaceTree(actor.organisation).within
        self._attributes = MasterData(actor.organisation)

    def events(self, after: str | None) -> Iterator[tuple[str, EventObject | None]]:
        """Yield each event looked at with its position; None for one that does not match."""
        batch: list[Row] = []
        for row in self._rows(after):
            batch.append(row)
            if len(batch) == 100:
                yield from self._judged(batch)
                batch = []
        yield from self._judged(batch)

    def _judged(self, batch: Sequence[Row]) -> Iterator[tuple[str, EventObject | None]]:
        likely = [row for row in batch if self._likely(row)]
        events = dict(zip(likely, _read(self._actor, likely), strict=True))
        there = [event for event in events.values() if event is not None]
        self._attributes.load({uri for each in there for uri in asks_about(each, self._asked)})
        for row in batch:
            event = events.get(row)
            fits = event is not None and self._fits(event)
            yield row.position, event if fits else None

    def _fits(self, event: EventObject) -> bool:
        return matches(event, self._asked, self._within, self._attributes)

    def _likely(self, row: Row) -> bool:
        """Whether what a row tells does not contradict the query already."""
        return not row.told or all(
            any((dimension, value) in row.told for value in wanted)
            for dimension, wanted in self._told.items()
        )

    def _rows(self, after: str | None) -> Iterator[Row]:
        """Yield where events may be found: by the trails of things, and by keys of all else."""
        named = self._asked.epcs or self._asked.parents
        things = [thing for each in named if (thing := thing_of(each))]
        others = [each for each in named if thing_of(each) is None]
        sources = [self._of_things(things, after)] if things else []
        if others or not things:
            sources += [self._of_key(*key, after) for key in self._keys(others)]
        return self._merged(sources)

    def _keys(self, named: Sequence[str]) -> list[tuple[str, str]]:
        """Return the keys that together lead to every event that can match."""
        asked = self._asked
        choices = (
            ("epc" if asked.epcs else "parent", named),
            ("eventID", asked.event_ids),
            ("class", asked.classes),
            ("document", asked.documents),
            ("transformation", asked.transformations),
        )
        for dimension, chosen in choices:
            if chosen:
                more = [OVERFLOW] if dimension == "epc" else []
                return [(dimension, value) for value in chosen] + more
        if asked.filters and not self._told and not self._bounded():
            raise QueryTooComplex(
                "No index answers this query: add GE_eventTime and LT_eventTime at most "
                f"{SPAN.days} days apart, or ask for an EPC, class, document, place, step, "
                "disposition or event type as well."
            )
        return [ALL]

    def _bounded(self) -> bool:
        first, last = self._asked.event_from, self._asked.event_to
        only_time = first or last
        return bool(only_time and self._only_times()) or bool(
            first and last and last - first <= SPAN
        )

    def _only_times(self) -> bool:
        return all(each.name.endswith("eventTime") for each in self._asked.filters)

    def _of_key(self, dimension: str, value: str, after: str | None) -> Iterator[Row]:
        newest = self._asked.descending
        low, high = self._asked.event_from, self._asked.event_to
        start = after or (time_text(high) if newest and high else None)
        if not newest and start is None and low:
            start = time_text(low)
        while True:
            page = rows(
                self._actor.gln, dimension, value, after=start, limit=200, newest_first=newest
            )
            for item in page.items:
                row = row_of(item)
                if low and newest and row.at < time_text(low):
                    return
                if high and not newest and row.at >= time_text(high):
                    return
                yield row
            if page.last is None:
                return
            start = page.last

    def _merged(self, sources: Sequence[Iterator[Row]]) -> Iterator[Row]:
        """Yield the rows of several keys in one order, each event once."""
        choose = max if self._asked.descending else min
        heads = {n: row for n, each in enumerate(sources) if (row := next(each, None))}
        seen: set[str] = set()
        while heads:
            n = choose(heads, key=lambda number: heads[number].position)
            row = heads.pop(n)
            if (following := next(sources[n], None)) is not None:
                heads[n] = following
            if row.event not in seen:
                yield row
            seen.add(row.event)

    def _of_things(self, things: Sequence[Epc], after: str | None) -> Iterator[Row]:
        """Yield where events of things stand: their own trails tell, and are never behind."""
        world = GoodsStore(Numbers()).see(things, now_us=0)
        found: set[Row] = set()
        for thing in things:
            key = str(thing)
            if key not in world.things or not related(key, world.things, self._actor.gln):
                continue
            further = {key: spilled(key, world.things[key])}
            steps = visible(history(key, world.things, further=further), self._actor.gln)
            found |= {_row(step.entry, key) for step in steps if step.key == key}
        newest = self._asked.descending
        ordered_rows = sorted(found, key=lambda row: row.position, reverse=newest)
        for row in ordered_rows:
            behind = row.position < (after or "") if newest else row.position > (after or "")
            if after is None or behind:
                yield row


def _row(entry: Entry, key: str) -> Row:
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=entry.at)
    return Row(time_text(at), entry.event, key)


def _read(actor: Actor, found: Sequence[Row]) -> list[EventObject | None]:
    """Return events as far as this organisation may see them; None for what it may not."""
    places = [place_of(row.event) for row in found]
    items = get_many(record_key(record) for record, _ in places)
    numbers, records = Numbers(), dict[UUID, Record]()
    events: list[EventObject | None] = []
    for row, (record, number) in zip(found, places, strict=True):
        item = items.get(record_key(record))
        if not isinstance(item, RecordItem):
            events.append(None)  # committed this instant: its record is written next
            continue
        if record not in records:
            records[record] = to_record(item, numbers)
        whole = records[record]
        own = item.organisation == actor.organisation
        event = _seen(whole.events[number], actor, row, own=own)
        uri = event_uri(record, number)
        events.append(None if event is None else render(event, uri, whole.recorded))
    return events


def _seen(event: Event, actor: Actor, row: Row, *, own: bool) -> Event | None:
    """Return an event for an organisation: whole to who recorded it and to its parties.

    Of what others did to goods before it had them, it sees what was done to these goods alone.
    """
    if own or actor.gln in parties(event):
        return event
    if not row.about:
        return None
    about = epc_of(row.about)
    if event.parent == about:
        return replace(event, epcs=(), captured=None)
    captured = event.captured
    if captured:
        kept = {name: each for name, each in captured.object.items() if name not in _LISTS}
        captured = replace(captured, object=kept)
    return replace(event, epcs=(about,), captured=captured)


_LISTS = frozenset({"epcList", "childEPCs", "bizTransactionList"})
"""What an event may say of other goods, and of documents between others."""
