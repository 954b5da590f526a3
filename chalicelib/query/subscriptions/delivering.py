"""Telling subscribers what is on their lists.

A message of the queue may come twice, and two may be worked on at once. What makes every event told
once all the same: a delivery and the notes of its records are one transaction (`store.keep`); what
is on a list and has a note is only seen to the end; and what is off a list was sent, or its next
attempt is queued.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.query.matching import asks_about, matches
from chalicelib.epcis.query.model import EventQuery
from chalicelib.errors import AlreadyExists, PacktrailError, QueryTooComplex, QueryTooLarge, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.http.problem import told as problem_of
from chalicelib.ledger.model import event_uri
from chalicelib.ledger.store import RecordItem, record_key, to_record
from chalicelib.notify import queue
from chalicelib.notify.model.delivery import Delivery, Status, Turn
from chalicelib.notify.store.deliveries import DeliveryStore
from chalicelib.notify.usecases import go_on
from chalicelib.query.attributes import MasterData
from chalicelib.query.model import parties
from chalicelib.query.places import PlaceTree
from chalicelib.query.subscriptions.hearing import QUEUE, readable, tell_body
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.store import (
    AT_ONCE,
    PendingItem,
    SubscriptionStore,
    ToldItem,
    drop_pending,
    keep,
    note,
    note_dropped,
    pending,
    states,
    stretch,
    told,
)
from chalicelib.query.subscriptions.usecases import allowed, disable
from chalicelib.query.subscriptions.way import Results, ToSubscribers, begun
from chalicelib.serial.store import Numbers
from chalicelib.table.read import get_many

DELIVERIES = 10
"""Deliveries that one message of the queue makes; what is left then is another message's."""

EPCS = 20_000
"""EPCs of one delivery, unless one record has more: about a megabyte."""

PAUSE = timedelta(minutes=5)
"""How long a receiver that took nothing is sent nothing new: what comes meanwhile goes together."""

SKEW = timedelta(seconds=30)

Turns = Callable[[], Turn]


def tell(gln: Gln, subscription: str, run: datetime | None, turns: Turns) -> None:
    """Tell a subscriber what is on its list; again tells nothing again.

    Args:
        gln: whose subscription it is.
        subscription: which.
        run: by the clock: the instant of the run, before which its events were recorded.
        turns: begins a turn: reads the clock, draws chance.

    Raises:
        Busy, Raced: another worker is at it, or the database is busy; to be called again.
    """
    found = SubscriptionStore(gln).find(subscription)
    if found is not None and not found.disabled and not allowed(found):
        disable(found, "its client was revoked")
        found = None
    elif found is not None and readable(found) is None:
        disable(found, "its query cannot be read any more; make it anew")
        found = None
    if found is None or found.disabled:
        while items := stretch(subscription, None):
            drop_pending(items)
        return
    telling = _Telling(found, run, turns)
    if run is not None:
        telling.run()
    else:
        telling.stream()


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is told of a stretch of a list.

    Attributes:
        looked_at: the items of the list that it covers.
        events: numbers of the events that match, by record.
        problem: told instead of them.
    """

    looked_at: list[PendingItem] = field(default_factory=list)
    events: list[tuple[str, list[int]]] = field(default_factory=list)
    problem: str = ""

    @property
    def results(self) -> Results | None:
        """What a delivery is made of; None when there is nothing to tell."""
        if self.problem:
            return Results(problem=self.problem)
        return Results(self.events) if self.events else None


class _Telling:
    """One message of the queue, worked on."""

    def __init__(self, subscription: Subscription, run: datetime | None, turns: Turns) -> None:
        self._subscription = subscription
        self._run = run
        self._turns = turns
        self._numbers = Numbers()
        self._within = PlaceTree(subscription.organisation).within
        self._attributes = MasterData(subscription.organisation)

    @cached_property
    def _asked(self) -> EventQuery:
        return self._subscription.asked()

    @property
    def _note(self) -> str | None:
        return None if self._run is None else f"run#{self._run.isoformat()}"

    def stream(self) -> None:
        """Tell what has come, unless the receiver is left in peace for a while."""
        which, turn = self._subscription.id, self._turns()
        paused = states([which])[which].paused
        if paused is not None and turn.at < paused:
            return  # whoever paused it left a message for later
        if self._drained():
            note(which, executed=turn.at)

    def run(self) -> None:
        """Tell what was recorded since the last run; or that it is too much, or nothing."""
        if self._refused():
            return
        if self._drained() and self._subscription.report_if_empty:
            self._tell_of_run(Results(), "empty")

    def _drained(self) -> bool:
        """Tell what is on the list; return whether nothing is left there for later."""
        which = self._subscription.id
        for _ in range(DELIVERIES):
            items = stretch(which, self._run)
            if not items:
                return True
            if not self._told(items):
                self._pause()
                return False
        self._later(timedelta())
        return False

    def _pause(self) -> None:
        """Leave the receiver in peace, after a message for later was left."""
        at = self._turns().at
        self._later(PAUSE)
        if self._run is None:  # over before that message comes, whoever's clock is a little off
            note(self._subscription.id, paused=at + PAUSE - SKEW)

    def _later(self, delay: timedelta) -> None:
        body = tell_body(self._subscription.gln, self._subscription.id, self._run)
        queue.send(QUEUE, [body], delay=delay)

    def _told(self, items: Sequence[PendingItem]) -> bool:
        """Tell the first of these items; return whether the receiver took it."""
        which = self._subscription.id
        notes = told(which, [_record(item) for item in items])
        if notes:
            taken = self._seen_to(notes.values())
            drop_pending([item for item in items if _record(item) in notes])
            return taken
        choice = self._choice_or_problem(items)
        taken = True
        if choice.results:
            records = [record for record, _ in choice.events]
            delivery = self._begun(choice.results, "events", *records)
            try:
                keep(delivery, records, run=self._note)
            except (AlreadyExists, Raced):
                return True  # somebody else tells them: the next look at the list will show it
            taken = self._sent(delivery, ours=True)
        drop_pending(choice.looked_at)
        return taken

    def _choice_or_problem(self, items: Sequence[PendingItem]) -> _Choice:
        """Choose what to tell; of what cannot be judged, why nothing is told."""
        try:
            return self._choice(items)
        except QueryTooComplex as error:
            events = [(_record(item), list[int]()) for item in items]
            return _Choice(list(items), events, self._problem(error))

    def _problem(self, error: PacktrailError) -> str:
        name, which = self._subscription.query_name, self._subscription.id
        return problem_of(error, instance=f"/queries/{name}/subscriptions/{which}")

    def _choice(self, items: Sequence[PendingItem]) -> _Choice:
        """Choose what one delivery tells: up to so many EPCs, and events."""
        found = get_many(record_key(UUID(_record(item))) for item in items)
        most = self._asked.max_event_count or len(items) * 256
        choice, epcs, events = _Choice(), 0, 0
        for item in items:
            record = found[record_key(UUID(_record(item)))]
            matching = list(self._matching(record))
            epcs += sum(map(_size, (event for _, event in matching)))
            events += len(matching)
            if choice.events and (epcs > EPCS or events > most):
                break
            choice.looked_at.append(item)
            if matching:
                choice.events.append((_record(item), [number for number, _ in matching]))
        return choice

    def _matching(self, item: object) -> Iterator[tuple[int, EventObject]]:
        """Yield the events of a record that are the organisation's and match."""
        assert isinstance(item, RecordItem)  # noqa: S101  read by its key
        record = to_record(item, self._numbers)
        for number, event in enumerate(record.events):
            if self._subscription.gln not in parties(event):
                continue
            shown = render(event, event_uri(record.id, number), record.recorded)
            if self._fits(shown):
                yield number, shown

    def _fits(self, shown: EventObject) -> bool:
        self._attributes.load(set(asks_about(shown, self._asked)))
        return matches(shown, self._asked, self._within, self._attributes)

    def _refused(self) -> bool:
        """Tell of a run that it found too much, if it did; what it found is dropped then."""
        most, which = self._asked.max_event_count, self._subscription.id
        if most is None:
            return False
        standing = told(which, [self._note or ""]).get(self._note or "")
        problem = self._message("problem")
        if standing is None and self._found() <= most:
            return False
        if standing is not None and standing.message != problem:
            return False  # it has told events already
        detail = f"Found more than {most} events before {self._run}; none of them is told."
        self._tell_of_run(Results(problem=self._problem(QueryTooLarge(detail))), "problem")
        while items := stretch(which, self._run):
            note_dropped(which, [_record(item) for item in items], self._turns().at)
            drop_pending(items)
        return True

    def _found(self) -> int:
        """Count the events that a run would tell; one more than it may is enough."""
        after: str | None = None
        count, most = 0, self._asked.max_event_count or 0
        before = self._run.isoformat() if self._run else ""
        while count <= most:
            page = pending(self._subscription.id, after=after, limit=AT_ONCE)
            items = [item for item in page.items if item.sk < before]
            notes = told(self._subscription.id, [_record(item) for item in items])
            fresh = [record for item in items if (record := _record(item)) not in notes]
            found = get_many(record_key(UUID(record)) for record in fresh)
            count += sum(1 for item in found.values() for _ in self._matching(item))
            if page.last is None or len(items) < len(page.items):
                break
            after = page.last
        return count

    def _tell_of_run(self, results: Results, what: str) -> None:
        """Tell something of a run that has told nothing yet; again sees to the end of it."""
        delivery = self._begun(results, what)
        try:
            keep(delivery, (), run=self._note, first=True)
        except AlreadyExists:
            standing = told(self._subscription.id, [self._note or ""])
            self._seen_to(standing.values())
        else:
            self._sent(delivery, ours=True)

    def _seen_to(self, notes: Iterable[ToldItem]) -> bool:
        """See to the end what was begun; return whether the receiver took all of it."""
        store = DeliveryStore(self._subscription.id)
        begun_ones = {(each.created, each.message) for each in notes if each.message}
        taken = True
        for created, message in sorted(begun_ones):
            delivery = store.get(datetime.fromisoformat(created), message)
            assert delivery is not None  # noqa: S101  written with its notes
            taken &= self._sent(delivery, ours=False)
        return taken

    def _begun(self, results: Results, *names: str) -> Delivery:
        return begun(self._subscription, results, self._message(*names), self._turns())

    def _message(self, *names: str) -> str:
        run = self._run.isoformat() if self._run else ""
        parts = "\n".join((self._subscription.id, run, *names))
        return sha256(parts.encode()).hexdigest()[:32]

    def _sent(self, delivery: Delivery, *, ours: bool) -> bool:
        way = ToSubscribers(self._subscription)
        done = go_on(delivery, self._turns(), way, ours=ours)
        return done.status is Status.DELIVERED


def _record(item: PendingItem) -> str:
    return str(item.sk).partition("#")[2]


def _size(event: EventObject) -> int:
    return sum(len(each) for each in event.values() if isinstance(each, list))
