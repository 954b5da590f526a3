"""Capturing events: as many as a document holds, all of them or none, each once for ever.

The same decisions as for the friendly endpoints, on the same world. What fits one transaction is
one; what is larger is staged in a batch (see `staging`), window by window, so that memory does not
grow with the document. An event that was captured before is a repeat and changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from uuid import UUID

from chalicelib.access.model import Actor, Scope
from chalicelib.clock import TimeLeft, endless
from chalicelib.epcis.model import BizStep, Event, EventType, Fulfilment
from chalicelib.errors import (
    AlreadyExists,
    Busy,
    Conflict,
    FieldError,
    Forbidden,
    PacktrailError,
    Raced,
    TooLarge,
)
from chalicelib.goods.originals import original, own_place, unknown
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.since import Original
from chalicelib.goods.rules.steps import take
from chalicelib.goods.rules.withdrawal import withdraw
from chalicelib.goods.staging import Batch, OutOfTime
from chalicelib.goods.store import GoodsStore, Loaded
from chalicelib.goods.usecases import ATTEMPTS, check_destination, give_way, micros, not_ahead
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Sgtin
from chalicelib.ledger.model import Record, record_of
from chalicelib.ledger.store import summary, to_record
from chalicelib.serial.store import Numbers

WINDOW = 20_000
"""EPCs that are decided together, and kept in memory; one event may have more."""

RESERVE = 120.0
"""Seconds that a window takes at most, with what must be written after the last one."""

SCOPES: Mapping[BizStep, Scope] = {
    BizStep.COMMISSIONING: Scope.COMMISSION,
    BizStep.TRANSFORMING: Scope.COMMISSION,
    BizStep.PACKING: Scope.PACK,
    BizStep.UNPACKING: Scope.PACK,
    BizStep.SHIPPING: Scope.SHIP,
    BizStep.VOIDING: Scope.SHIP,
    BizStep.RECEIVING: Scope.RECEIVE,
    BizStep.DISPENSING: Scope.DISPENSE,
    BizStep.SAMPLING: Scope.SAMPLE,
    BizStep.DESTROYING: Scope.DESTROY,
    BizStep.DECOMMISSIONING: Scope.DECOMMISSION,
    BizStep.EXPORTING: Scope.EXPORT,
    BizStep.FREE_SAMPLING: Scope.SAMPLE,
    BizStep.LOCKING: Scope.LOCK,
    BizStep.REPORTING_STOLEN: Scope.LOCK,
    BizStep.CHECKING_OUT: Scope.DECOMMISSION,
    BizStep.REACTIVATING: Scope.REACTIVATE,
    BizStep.SUSPECTING: Scope.WRITE_SUSPICIONS,
    BizStep.CONDEMNING: Scope.WRITE_SUSPICIONS,
    BizStep.CLEARING: Scope.WRITE_SUSPICIONS,
    BizStep.RETURNING_NUMBERS: Scope.ISSUE_SERIALS,
}
"""The scope that the friendly endpoint of a step asks for; observing needs none of its own."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An event of a document.

    Attributes:
        index: in the document, from 0.
        event: what it means here.
        fingerprint: its event hash, which tells a repeat from another event under the same id.
        declares: it declares the event of its id an error.
    """

    index: int
    event: Event
    fingerprint: str
    declares: bool = False

    def record(self, organisation: str) -> UUID:
        """Return the id of its record."""
        return record_of(organisation, self.id, declaration=self.declares)

    def original(self, organisation: str) -> UUID:
        """Return the id of the record of the event that it declares an error, as captured."""
        return record_of(organisation, self.id)

    def originals(self, organisation: str) -> set[UUID]:
        """Return the ids of the records that may hold the event that it declares an error."""
        place = own_place(self.id)
        return {self.original(organisation)} | ({place[0]} if place else set())

    @property
    def id(self) -> str:
        """URI of the event."""
        if self.event.captured is None:
            raise ValueError("the event was not captured")
        return self.event.captured.id


@dataclass(slots=True)
class Outcome:
    """What became of the events of one capture.

    Attributes:
        recorded: how many are recorded now that were not before.
        repeated: how many were recorded before.
        errors: why events were refused, by their index; none of the events is recorded then.
    """

    recorded: int = 0
    repeated: int = 0
    errors: dict[int, PacktrailError] = field(default_factory=dict)


@dataclass(slots=True)
class _Ready:
    """Events that were decided on, and what is to be written of them."""

    window: Sequence[Taken]
    loaded: Loaded
    outcome: Outcome
    records: list[Record]


@dataclass(slots=True)
class _Seen:
    """Events of the same capture that were decided on before, in windows that are staged.

    Attributes:
        known: fingerprints, by record.
        fulfils: which shipments they settled.
    """

    known: dict[UUID, str] = field(default_factory=dict)
    fulfils: dict[UUID, tuple[Fulfilment, ...]] = field(default_factory=dict)


def _contended() -> Busy:
    return Busy("Too many writers are at these goods; try again.", code="contended")


@dataclass(frozen=True, slots=True)
class Capturer:
    """Who captures, under which identity.

    Attributes:
        batch: identity of this work: begun again under the same one, it goes on, not twice.
        actor: who sent the events.
        at: record time.
        numbers: knows which serial numbers we issued.
        left: how long this may go on.
    """

    batch: str
    actor: Actor
    at: datetime
    numbers: Numbers
    left: TimeLeft = endless

    def capture(self, events: Iterable[Taken]) -> Outcome:
        """Record events and all that follows from them, or nothing.

        Args:
            events: in order; read as they are needed.

        Raises:
            Busy: throttled, unanswered, or too many writers at the same goods; a repeat is safe.
            OutOfTime: a repeat under the same identity goes on where this stopped.
        """
        windows = _windows(events)
        heads = list(islice(windows, 2))
        ready = None
        if len(heads) < 2 and not Batch.begun(self.batch):
            ready = self._ready(heads[0] if heads else [])
            outcome = self._saved(ready)
            if outcome is not None:
                return outcome
        return self._staged(_let_go(heads, windows), ready)

    def _late(self) -> bool:
        return self.left() < RESERVE

    def at_once(self, window: Sequence[Taken]) -> Outcome | None:
        """Record in one transaction, or nothing; None when it takes more than one."""
        return self._saved(self._ready(window))

    def _ready(self, window: Sequence[Taken]) -> "_Ready":
        """Decide on events, as soon as nobody else is changing their goods."""
        store = GoodsStore(self.numbers)
        for attempt in range(ATTEMPTS):
            try:
                return _Ready(window, *self._decide(store, window, _Seen()))
            except Raced:
                give_way(attempt)
        raise _contended()

    def _saved(self, ready: "_Ready") -> Outcome | None:
        """Write what was decided in one transaction; None when it takes more than one."""
        store = GoodsStore(self.numbers)
        for attempt in range(ATTEMPTS):
            try:
                if ready.records and not ready.outcome.errors:
                    store.save(ready.loaded, *ready.records)
            except TooLarge:
                return None
            except (Raced, AlreadyExists):
                give_way(attempt)
                ready = self._ready(ready.window)
            else:
                return ready.outcome
        raise _contended()

    def _staged(self, windows: Iterable[Sequence[Taken]], ready: "_Ready | None") -> Outcome:
        batch = _begin(self.batch)
        if batch.committed:
            batch.settle(self._late)
            return Outcome(*batch.counts)
        try:
            outcome = self._stage_all(batch, windows, ready)
        except PacktrailError:
            batch.give_up()  # the goods are not to wait until somebody tries again
            raise
        if outcome.errors:
            batch.give_up()
            return outcome
        try:
            batch.commit(recorded=outcome.recorded, repeated=outcome.repeated)
        except PacktrailError as error:
            with suppress(Raced):  # it is committed, and only the answer was lost; or fenced off
                batch.give_up()
            raise _contended() from error
        batch.settle(self._late)
        return outcome

    def _stage_all(
        self, batch: Batch, windows: Iterable[Sequence[Taken]], ready: "_Ready | None"
    ) -> Outcome:
        """Stage window by window; the first may have been decided on already."""
        store, seen, total = GoodsStore(self.numbers, batch), _seen_before(batch), Outcome()
        total.recorded, total.repeated = batch.counts
        moved = False
        for whole in windows:
            window = [taken for taken in whole if taken.index >= batch.staged]
            if not window:
                continue
            if moved and self._late():
                done = window[0].index
                batch.pause(done, recorded=total.recorded, repeated=total.repeated)
                raise OutOfTime(done)
            moved = True
            outcome = self._stage(store, window, seen, ready)
            if outcome.errors:
                return outcome
            ready = None
            del whole, window  # before the next one is read
            total.recorded += outcome.recorded
            total.repeated += outcome.repeated
        return total

    def _stage(
        self,
        store: GoodsStore,
        window: Sequence[Taken],
        seen: _Seen,
        ready: "_Ready | None",
    ) -> Outcome:
        for attempt in range(ATTEMPTS):
            try:
                if ready is None:
                    ready = _Ready(window, *self._decide(store, window, seen))
                if not ready.outcome.errors:
                    store.stage(ready.loaded, *ready.records)
            except Raced:
                give_way(attempt)
                ready = None
            else:
                seen.known |= {record.id: record.fingerprint for record in ready.records}
                return ready.outcome
        raise _contended()

    def _decide(
        self, store: GoodsStore, window: Sequence[Taken], seen: _Seen
    ) -> tuple[Loaded, Outcome, list[Record]]:
        mine = self.actor.organisation
        ids = {taken.record(mine) for taken in window}
        for taken in window:
            if taken.declares:
                ids |= taken.originals(mine)
        loaded = store.load([taken.event for taken in window], ids, now_us=micros(self.at))
        known = {key: item.fingerprint for key, item in loaded.records.items()} | seen.known
        outcome, records = Outcome(), list[Record]()
        for taken in window:
            record = taken.record(mine)
            try:
                if _repeats(taken, known.get(record)):
                    outcome.repeated += 1
                    continue
                made = self._take(loaded, taken, known, seen)
                records.append(made)
                if fulfils := made.events[-1].fulfils:
                    seen.fulfils[record] = fulfils
            except PacktrailError as error:
                error.errors = tuple(_as_sent(each, taken.event) for each in error.errors)
                outcome.errors[taken.index] = error
            known[record] = taken.fingerprint
        outcome.recorded = len(records)
        return loaded, outcome, records

    def _take(self, loaded: Loaded, taken: Taken, known: Mapping[UUID, str], seen: _Seen) -> Record:
        """Decide on one event."""
        not_ahead(self.at, taken.event, "/eventTime")
        stands = self._original(taken, known, loaded, seen) if taken.declares else None
        scope = _scope(taken.event, loaded.world)
        if scope is not None and not self.actor.may(scope):
            step = taken.event.biz_step.value
            message = f"The client's roles do not allow {step}: it needs the scope {scope}."
            raise Forbidden(message, code="scope")
        decision = Decision(loaded.world, self.actor, taken.record(self.actor.organisation))
        if stands is not None:
            withdraw(decision, taken.event, stands)
        else:
            self._check_destination(taken.event)
            take(decision, taken.event)
        return Record(
            id=decision.record,
            organisation=self.actor.organisation,
            client=self.actor.client_id,
            fingerprint=taken.fingerprint,
            recorded=self.at,
            events=tuple(decision.events),
            places=loaded.world.places,
        )

    def _check_destination(self, event: Event) -> None:
        if event.biz_step is BizStep.SHIPPING and event.destination != self.actor.gln:
            check_destination(event, self.actor.organisation, "/to")

    def _original(
        self, taken: Taken, known: Mapping[UUID, str], loaded: Loaded, seen: _Seen
    ) -> Original:
        """Return what stands of the event that is declared an error; it must be ours, repeated."""
        mine, records = self.actor.organisation, loaded.records
        captured = taken.original(mine)
        fingerprint, stands = known.get(captured), Original(captured)
        if item := records.get(captured):
            stands = replace(stands, fulfils=summary(item)[-1].fulfils)
        elif fingerprint is not None:
            stands = replace(stands, fulfils=seen.fulfils.get(captured, ()))
        elif place := own_place(taken.id):
            item = records.get(place[0])
            if item is not None and item.organisation == mine:
                stands, fingerprint = original(to_record(item, self.numbers), place[1])
        if fingerprint is None:
            raise unknown()
        if fingerprint != taken.fingerprint:
            message = "It differs from the event that it declares an error; it must repeat it."
            raise Conflict(message, code="other_event")
        return stands


_EPCS = {EventType.AGGREGATION: "childEPCs", EventType.TRANSFORMATION: "outputEPCList"}
_AS_SENT = {
    "inputs": "inputEPCList",
    "parent": "parentID",
    "children": "childEPCs",
    "lot": "ilmd",
    "expiry": "ilmd",
    "to": "destinationList",
}


def _as_sent(fault: FieldError, event: Event) -> FieldError:
    """Return a fault of a field that the friendly endpoints have, by its name in EPCIS."""
    _, _, path = fault.pointer.partition("/")
    name, mark, rest = path.partition("/")
    if name in ("serials", "epcs"):
        name = _EPCS.get(event.type, "epcList")
    pointer = f"/{_AS_SENT.get(name, name)}{mark}{rest}" if path else fault.pointer
    return FieldError(pointer, fault.code, fault.message)


def _scope(event: Event, world: World) -> Scope | None:
    """Return the scope that an event needs; who takes goods in from outside needs that to receive.

    The sender's own document says how they came to be, and who sent them.
    """
    gtins = {epc.gtin for epc in event.epcs if isinstance(epc, Sgtin)}
    made = event.biz_step in (BizStep.COMMISSIONING, BizStep.TRANSFORMING)
    if made and gtins and not gtins & world.owners.keys():
        return Scope.RECEIVE
    if event.biz_step is BizStep.SHIPPING and event.destination == event.by:
        return Scope.RECEIVE
    return SCOPES.get(event.biz_step)


def _repeats(taken: Taken, known: str | None) -> bool:
    """Whether an event was recorded before.

    Raises:
        AlreadyExists: another event was, under the same id.
    """
    if known is None:
        return False
    if known != taken.fingerprint:
        raise AlreadyExists("Another event was captured under this id.")
    return True


def _seen_before(batch: Batch) -> _Seen:
    """Return what a batch decided on before it was paused."""
    seen = _Seen()
    for item in batch.records() if batch.staged else ():
        record = UUID(item.pk)
        seen.known[record] = item.fingerprint
        if fulfils := summary(item)[-1].fulfils:
            seen.fulfils[record] = fulfils
    return seen


def _begin(batch: str) -> Batch:
    try:
        return Batch.begin(batch)
    except Raced as error:
        raise Busy("This capture is under way already.", code="contended") from error


def _windows(events: Iterable[Taken]) -> Iterator[list[Taken]]:
    window, size = list[Taken](), 0
    for taken in events:
        window.append(taken)
        size += len(taken.event.epcs) + 1
        if size >= WINDOW:
            yield window
            window, size = [], 0
    if window:
        yield window


def _let_go(heads: list[list[Taken]], rest: Iterator[list[Taken]]) -> Iterator[list[Taken]]:
    """Yield windows and keep none of them: one takes all the memory that a capture shall take."""
    while heads:
        yield heads.pop(0)
    yield from rest
