"""Going through the events that may match, in the order that is asked for, each once.

An order is that of event time or of record time, by `Position`: whichever way rows are found, they
come in the same order, so that a page may begin where any other ended, and whatever is recorded
between two pages neither moves nor hides an event.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from heapq import heappop, heappush, merge
from itertools import chain, islice
from operator import attrgetter

from chalicelib.access.model import Actor
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.query.index import OVERFLOW
from chalicelib.epcis.query.matching import asks_about, matches
from chalicelib.epcis.query.model import EventQuery
from chalicelib.errors import QueryTooComplex
from chalicelib.goods.history import history, related, visible
from chalicelib.goods.store import GoodsStore, spilled
from chalicelib.gs1.keys import Gln
from chalicelib.query.attributes import MasterData
from chalicelib.query.model import LATE, LATE_RECORDED, PROMPT, SLACK, Position, Row
from chalicelib.query.places import PlaceTree
from chalicelib.query.plan import plan
from chalicelib.query.reading import Reader
from chalicelib.query.segments import walk
from chalicelib.query.store import which_have
from chalicelib.serial.store import Numbers

SORTED = 10_000
"""Rows, or events, that are put into another order than the one they are found in."""

MOST_KEYS = 500
"""Values that one query may be found by: each of them is read on its own."""

_Place = Callable[[Row], Position]

_BY_EVENT_TIME: _Place = attrgetter("by_event_time")
_BY_RECORD_TIME: _Place = attrgetter("by_record_time")


class Search:
    """One query of one organisation."""

    def __init__(self, actor: Actor, asked: EventQuery) -> None:
        """Plan it.

        Raises:
            QueryTooComplex: no index answers it, and it bounds no time.
        """
        self._me = actor.gln
        self._asked = asked
        self._within = PlaceTree(actor.organisation).within
        self._attributes = MasterData(actor.organisation)
        self._plan = plan(asked, self._within)
        self._newest = asked.descending
        self._recorded = asked.order_by == "recordTime"
        self.place: _Place = _BY_RECORD_TIME if self._recorded else _BY_EVENT_TIME
        self.reader = Reader(actor)

    def events(
        self, after: Position | None, at_once: int
    ) -> Iterator[tuple[Row, EventObject | None]]:
        """Yield each row looked at, with its event if that matches.

        Args:
            after: only what comes after this place.
            at_once: so many events are read together.
        """
        rows = self._rows(after)
        while batch := self._batch(rows, at_once):
            likely = [row for row in batch if self._plan.likely(row)]
            events = dict(zip(likely, self.reader.events(likely), strict=True))
            there = [event for event in events.values() if event is not None]
            self._attributes.load({uri for each in there for uri in asks_about(each, self._asked)})
            for row in batch:
                event = events.get(row)
                fits = event is not None and self._fits(event)
                yield row, event if fits else None

    def _fits(self, event: EventObject) -> bool:
        return matches(event, self._asked, self._within, self._attributes)

    def _batch(self, rows: Iterator[Row], at_once: int) -> list[Row]:
        batch: list[Row] = []
        likely = 0
        for row in islice(rows, 1_000):
            batch.append(row)
            likely += self._plan.likely(row)
            if likely == at_once:
                break
        return batch

    def _rows(self, after: Position | None) -> Iterator[Row]:
        """Yield where events may be found, in order, each event once."""
        last = ""
        for row in self._ordered(after):
            if row.event != last:
                yield row
            last = row.event

    def _ordered(self, after: Position | None) -> Iterator[Row]:
        """Yield rows in order: as they stand, or sorted where few are found more quickly so."""
        low, high = self._plan.record_time
        by_record = self._plan.keys is None or (low is not None and not self._plan.small)
        among_all = partial(recorded, self._me, newest_first=self._newest, low=low, high=high)
        if by_record and self._recorded:
            return among_all(after=after)
        rows = self._sorted(among_all(), after) if by_record and low is not None else None
        if rows is None and self._recorded:
            rows = self._sorted(self._found(None), after)
            if rows is None:
                raise too_many()
        return self._found(after) if rows is None else rows

    def _sorted(self, found: Iterable[Row], after: Position | None) -> Iterator[Row] | None:
        """Return rows in the order that is asked for; None when there are too many."""
        rows = list(islice(found, SORTED + 1))
        if len(rows) > SORTED:
            return None
        return _behind(rows, self.place, after, newest_first=self._newest)

    @cached_property
    def _keys(self) -> Sequence[tuple[str, str]]:
        """Keys under which something may stand: most EPCs have trails and no rows."""
        keys = self._plan.keys
        if keys is None:
            return PROMPT, LATE
        epcs = [value for dimension, value in keys if dimension in ("epc", "parent")]
        having = which_have(self._me, "epc", epcs) if epcs else set()
        kept = [
            (dimension, value)
            for dimension, value in keys
            if dimension not in ("epc", "parent")
            or value in having
            or (dimension, value) == OVERFLOW
        ]
        if len(kept) > MOST_KEYS:
            raise QueryTooComplex(
                f"The query names {len(kept)} values that events are found by, expected at most "
                f"{MOST_KEYS}; ask in several queries."
            )
        return kept

    def _found(self, after: Position | None) -> Iterator[Row]:
        """Yield rows in the order of event time, from everywhere where they may stand."""
        low, high = self._plan.event_time
        newest = self._newest
        sources = [
            walk(self._me, *key, newest_first=newest, after=after, low=low, high=high)
            for key in self._keys
        ]
        more = self.reader.rows(chain(self._of_things(), self._of_ids()))
        sources.append(_behind(more, _BY_EVENT_TIME, after, newest_first=newest))
        return merge(*sources, key=_BY_EVENT_TIME, reverse=newest)

    def _of_things(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the events in the trails of things, and of which: trails are never behind."""
        things = self._plan.things
        if not things:
            return
        world = GoodsStore(Numbers()).see(things, now_us=0).things
        found: dict[str, dict[str, None]] = {}
        for key in map(str, things):
            if key not in world or not related(key, world, self._me):
                continue
            further = {key: spilled(key, world[key])}
            for step in visible(history(key, world, further=further), self._me):
                if step.key == key:
                    found.setdefault(step.entry.event, {})[key] = None
        if len(found) > SORTED:
            raise too_many()
        for event, about in found.items():
            yield event, tuple(about)

    def _of_ids(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the events of ids that tell where these stand."""
        if self._plan.keys and self._plan.keys[0][0] == "eventID":
            for event_id in self._asked.event_ids:
                for event in self.reader.named(event_id):
                    yield event, ()


def too_many() -> QueryTooComplex:
    """Return the refusal of a query that would sort too much."""
    return QueryTooComplex(f"More than {SORTED} events would have to be sorted; bound the time.")


def recorded(
    party: Gln,
    *,
    newest_first: bool,
    after: Position | None = None,
    low: int | None = None,
    high: int | None = None,
) -> Iterator[Row]:
    """Yield all of a party's rows in the order of record time.

    Args:
        party: whose.
        newest_first: against the order of time.
        after: only what comes after this place in that order.
        low: recorded not before; in `micros`.
        high: recorded before; in `micros`.
    """
    if newest_first and after:
        high = after[0] + 1 if high is None else min(high, after[0] + 1)
    elif after:
        low = after[0] if low is None else max(low, after[0])
    prompt = walk(
        party,
        *PROMPT,
        newest_first=newest_first,
        low=None if low is None else low - SLACK,
        high=None if high is None else high + SLACK,
    )
    late = walk(party, *LATE_RECORDED, newest_first=newest_first, low=low, high=high)
    both = merge(_reordered(prompt, newest_first), late, key=_BY_RECORD_TIME, reverse=newest_first)
    for row in both:
        place = row.by_record_time
        if after and not (place < after if newest_first else place > after):
            continue
        if (low is None or row.recorded >= low) and (high is None or row.recorded < high):
            yield row


def _reordered(rows: Iterable[Row], newest_first: bool) -> Iterator[Row]:
    """Put prompt rows, which come in the order of event time, into that of record time.

    None that is still to come is recorded more than `SLACK` before the last one happened, when the
    oldest come first, nor after it otherwise.
    """
    sign = -1 if newest_first else 1
    waiting: list[tuple[int, int, Row]] = []
    for row in rows:
        heappush(waiting, (sign * row.recorded, sign * int(row.event, 16), row))
        while waiting[0][0] < sign * row.at - SLACK:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]


def _behind(
    rows: Iterable[Row], place: _Place, after: Position | None, *, newest_first: bool
) -> Iterator[Row]:
    """Yield rows in order, from behind a place on."""
    for row in sorted(rows, key=place, reverse=newest_first):
        here = place(row)
        if after is None or (here < after if newest_first else here > after):
            yield row
