"""Finding events: page by page, each event once, and nobody else's.

Work is bounded: a request looks at so many events at most, and tells where to go on. What no index
answers needs a bounded range of time, or is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from chalicelib.access.model import Actor
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.query.model import EventQuery, Filter, Operator
from chalicelib.epcis.query.ordering import ordered
from chalicelib.epcis.query.spelling import uri
from chalicelib.epcis.words import EVENT_TYPES
from chalicelib.errors import NotFound, QueryTooLarge
from chalicelib.query.model import Position, Row
from chalicelib.query.search import SORTED, Search, too_many
from chalicelib.query.store import has_value

LOOKED_AT = 20_000
"""Rows that one request looks at; of most of them the row alone says that they do not match."""

READ = 2_000
"""Events that one request reads."""

_TIMES = ("eventTime", "recordTime")


def known(actor: Actor, asked: EventQuery) -> bool:
    """Whether an organisation's events have the one value that a query asks for."""
    if asked.epcs:
        return bool(find(actor, asked, after=None, limit=1).events)
    dimensions = {
        "bizStep": asked.biz_steps,
        "bizLocation": asked.biz_locations,
        "readPoint": asked.read_points,
        "disposition": asked.dispositions,
    }
    named = [(name, value) for name, wanted in dimensions.items() for value in wanted]
    return not EVENT_TYPES.isdisjoint(asked.event_types) or any(
        has_value(actor.gln, *each) for each in named
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, and the position behind it; None at the end."""

    events: Sequence[EventObject]
    after: str | None


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a page begins: behind a place, when so many events were shown before it."""

    shown: int
    place: Position

    @classmethod
    def opened(cls, after: str) -> "_Cursor":
        shown, at, event = after.split("|")
        return cls(int(shown), (int(at), event))

    def __str__(self) -> str:
        return f"{self.shown}|{self.place[0]}|{self.place[1]}"


def find(actor: Actor, asked: EventQuery, *, after: str | None, limit: int) -> Found:
    """Return a page of the events that a query asks for.

    All pages together hold each event once that was there before the first page, and no event
    twice, whatever is recorded meanwhile.

    Raises:
        QueryTooComplex: no index answers it, and it bounds no time; or it would sort too much.
        QueryTooLarge: there are more than its `maxEventCount`.
    """
    cursor = _Cursor.opened(after) if after else None
    if cursor is None and asked.max_event_count is not None:
        _check_count(actor, asked, asked.max_event_count)
    shown = cursor.shown if cursor else 0
    if asked.event_count_limit is not None:
        limit = min(limit, asked.event_count_limit - shown)
    if limit <= 0:
        return Found([], None)
    look = _in_time if asked.order_by in _TIMES else _by_field
    events, place = look(actor, asked, cursor.place if cursor else None, limit)
    shown += len(events)
    if place is None or shown == asked.event_count_limit:
        return Found(events, None)
    return Found(events, str(_Cursor(shown, place)))


def _in_time(
    actor: Actor, asked: EventQuery, after: Position | None, limit: int
) -> tuple[list[EventObject], Position | None]:
    """Return a page in an order of time, and the place of its last row unless it is the last."""
    search = Search(actor, asked)
    found: list[EventObject] = []
    for looked, (row, event) in enumerate(search.events(after, min(limit, 100)), start=1):
        if event is not None:
            found.append(event)
        if len(found) == limit or looked == LOOKED_AT or search.reader.read >= READ:
            return found, search.place(row)
    return found, None


def _by_field(
    actor: Actor, asked: EventQuery, after: Position | None, limit: int
) -> tuple[list[EventObject], Position | None]:
    """Return a page in the order of a field, for which every event has to be read."""
    rows: dict[int, Row] = {}
    events: list[EventObject] = []
    search = Search(actor, replace(asked, order_by="eventTime"))
    for looked, (row, event) in enumerate(search.events(None, 100), start=1):
        if looked > SORTED:
            raise too_many()
        if event is not None:
            events.append(event)
            rows[id(event)] = row
    events = ordered(events, asked)
    names = [rows[id(event)].event for event in events]
    start = names.index(after[1]) + 1 if after else 0
    page = events[start : start + limit]
    end = start + len(page)
    return page, (0, names[end - 1]) if end < len(events) else None


def _check_count(actor: Actor, asked: EventQuery, most: int) -> None:
    matching = count(1)
    for looked, (_, event) in enumerate(Search(actor, asked).events(None, 100), start=1):
        if looked > SORTED:
            raise too_many()
        if event is not None and next(matching) > most:
            message = f"Found more than {most} events, the most that were asked."
            raise QueryTooLarge(message)


def one(actor: Actor, event_id: str) -> EventObject:
    """Return an event by its URI; what declares it an error, where that was done: it repeats it.

    Raises:
        NotFound: there is none that this organisation may see.
    """
    wanted = Filter("EQ_eventID", Operator.EQ, "eventID", (uri(event_id),))
    asked = EventQuery((wanted,), order_by="recordTime", descending=False)
    found = find(actor, asked, after=None, limit=10).events
    events = [each for each in found if each["eventID"] == event_id]
    if not events:
        raise NotFound("There is no such event here.")
    return next((each for each in events if "errorDeclaration" in each), events[0])
