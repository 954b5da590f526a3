"""What may happen to goods, and what follows from it: pure decisions, one function for each step.

`Decision.take` looks at the world as it was read, refuses with every reason at once, or changes the
things in it and notes the event. Nothing here reads a clock, a table or a request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.epcis.model import BizStep, Epc, Event, Quantity
from chalicelib.errors import Conflict, FieldError, Malformed, NotFound, PacktrailError, TooLarge
from chalicelib.goods.history import last_shipment, related
from chalicelib.goods.model import (
    Entry,
    Kind,
    Situation,
    Status,
    Thing,
    containers,
    released,
    situation,
)
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgtin, Sscc
from chalicelib.ledger.epcset import EpcSet
from chalicelib.ledger.model import MOST_EVENTS, event_uri
from chalicelib.lots.model import Lot

_REUSE = timedelta(days=365)
"""An SSCC is not given anew within a year of its shipment (GS1 General Specifications, 2.2.1)."""

_UNDO = timedelta(days=10)
"""A decommissioning may be undone within ten days, by who did it (EU 2016/161, Article 13)."""

DEEPEST = 12
"""Containers around a unit, at most: each is a read more for everything that is asked of it."""

_SHOWN = 100
"""Field errors in one answer; more of them help nobody."""

Refusal = tuple[str, str] | None
"""Code and sentence, or None where nothing forbids it."""

_ABSENT = "not_found", "there is no such thing here"
"""Of what does not exist, and in the same words of what this organisation may not know."""

_ENDS = {
    BizStep.DISPENSING: Kind.DISPENSED,
    BizStep.SAMPLING: Kind.SAMPLED,
    BizStep.DESTROYING: Kind.DESTROYED,
    BizStep.DECOMMISSIONING: Kind.DECOMMISSIONED,
}


@dataclass(slots=True)
class Decision:
    """The decisions of one request, taken one after the other on the same world.

    Attributes:
        world: what was read, changed as the events take effect.
        actor: who asks.
        record: id of the record that will hold the events.
        events: what was decided, in order, with what each concerned.
    """

    world: World
    actor: Actor
    record: UUID
    events: list[Event] = field(default_factory=list)

    def take(self, event: Event, pointer: str = "") -> None:
        """Let one event take effect.

        Args:
            event: what happened, as it was asked for.
            pointer: where in the request body the event stands, such as `/items/3`.

        Raises:
            Conflict: the state of goods forbids it; every EPC at fault is named with its reason.
            NotFound: the goods do not exist for this organisation.
            Malformed: the event contradicts itself.
            TooLarge: more events than one record holds.
        """
        _STEPS[event.biz_step](self, event, pointer)

    # --- the steps

    def _commission(self, event: Event, pointer: str) -> None:
        lots = self._lots(event, pointer)
        check = _Check(self, f"{pointer}/serials")
        for epc in event.epcs:
            check.add(epc, self._not_commissionable(epc))
        check.done()
        entry = self._entry(Kind.COMMISSIONED, self._moment(event), event)
        made = {gtin: Thing((entry,), lot=lot.lot) for gtin, lot in lots.items()}
        container, goods = Thing((entry,)), dict.fromkeys(lots.values(), 0)
        for epc in event.epcs:
            if isinstance(epc, Sgtin):
                self.world.put(str(epc), made[epc.gtin])
                goods[lots[epc.gtin]] += 1
            else:
                self.world.put(str(epc), container)
        self._note(event, goods)

    def _lots(self, event: Event, pointer: str) -> dict[Gtin, Lgtin]:
        """Return the lot of each product of the event; a captured one may name containers too."""
        if event.captured is None:
            gtin = self._one_gtin(event, pointer)
            return {gtin: self._lot(gtin, event, pointer)}
        gtins = {epc.gtin for epc in event.epcs if isinstance(epc, Sgtin)}
        return {gtin: self._lot(gtin, event, pointer) for gtin in sorted(gtins)}

    def _lot(self, gtin: Gtin, event: Event, pointer: str) -> Lgtin:
        if event.lot is None:
            raise Malformed.field(
                f"{pointer}/lot", "missing", "Found no lot; expected the lot that the units are of."
            )
        lgtin = Lgtin.of(gtin, event.lot)
        if event.captured and gtin not in self.world.owners:
            self._introduce(lgtin, event, pointer)
        elif not self.world.owns(self.actor, gtin) or lgtin not in self.world.lots:
            raise NotFound(
                f"There is no lot {event.lot!r} of {gtin} here.",
                errors=[FieldError(f"{pointer}/lot", "not_found", "not a lot of yours")],
            )
        lot = self.world.lots[lgtin]
        if self.world.whole_recall(lgtin):
            raise _conflict(f"{pointer}/lot", "recalled", f"Lot {event.lot!r} is recalled.")
        if event.expiry and event.expiry != lot.expiry:
            found, expected = event.expiry.isoformat(), lot.expiry.isoformat()
            message = f"Found expiry {found}; the lot's is {expected}."
            raise _conflict(f"{pointer}/expiry", "expiry", message)
        return lgtin

    def _one_gtin(self, event: Event, pointer: str) -> Gtin:
        gtins = {epc.gtin if isinstance(epc, Sgtin) else None for epc in event.epcs}
        gtin = gtins.pop() if len(gtins) == 1 else None
        if gtin is None:
            message = "Expected serial numbers of one product."
            raise Malformed.field(f"{pointer}/serials", "one_product", message)
        return gtin

    def _introduce(self, lgtin: Lgtin, event: Event, pointer: str) -> None:
        """Take goods in whose brand owner is not in the network: their lot comes with them."""
        if lgtin in self.world.lots:
            return
        if event.expiry is None:
            message = "Found no expiry; expected that of the lot, which comes with its first goods."
            raise Malformed.field(f"{pointer}/expiry", "missing", message)
        self.world.introduce(Lot(lgtin, self.actor.organisation, event.expiry))

    def _not_commissionable(self, epc: Epc) -> Refusal:
        thing = self.world.things.get(str(epc))
        if thing is not None:
            status = thing.state.status
            return "already_commissioned", f"it is {status} already"
        if epc in self.world.unissued:
            return "not_issued", "the serial number was never issued"
        return None

    def _pack(self, event: Event, pointer: str) -> None:
        parent = self._parent(event, pointer)
        self._packable_into(parent, f"{pointer}/parent")
        check = _Check(self, f"{pointer}/children")
        around = (str(parent), *self._chain(parent))
        for epc in event.epcs:
            check.add(epc, self._not_packable(epc, around))
        check.done()
        height = 1 + max(self.world.things[str(epc)].height for epc in event.epcs)
        at = self._moment(event)
        goods: dict[Lgtin, int] = {}
        packed = self._entry(Kind.PACKED, at, event, container=str(parent))
        for epc in event.epcs:
            goods = _sum(goods, self.world.things[str(epc)].goods(epc))
            self.world.then(str(epc), packed)
        added = EpcSet.of(event.epcs, self.world.places)
        self.world.hold(str(parent), added=added)
        self._count(parent, goods, 1, self._entry(Kind.FILLED, at, event))
        for level, key in enumerate(around):
            self.world.raise_to(key, height + level)
        self._note(event, goods)

    def _packable_into(self, parent: Epc, pointer: str) -> None:
        thing = self.world.things.get(str(parent))
        if thing is None:
            if isinstance(parent, Sgtin):
                self._refuse_one(pointer, _ABSENT, parent, self._situation(parent))
            return
        now = self._situation(parent)
        refusal = self._not_held(now) or _not_alive(now)
        if isinstance(parent, Sgtin):
            if refusal:
                self._refuse_one(pointer, refusal, parent, now)
            return
        if now.status is Status.UNASSIGNED:
            refusal = "sscc_in_use", "it is in use"
        elif refusal is None and not len(thing.contents):
            refusal = self._not_reusable(parent)
        if refusal:
            self._refuse_one(pointer, ("sscc_in_use", refusal[1]), parent, now)

    def _not_reusable(self, parent: Sscc) -> Refusal:
        shipped = last_shipment(str(parent), self.world.things)
        if shipped is None or self.now_us - shipped > _REUSE / timedelta(microseconds=1):
            return None
        return "sscc_in_use", "it was shipped less than a year ago and may not be given anew"

    def _not_packable(self, epc: Epc, around: Sequence[str]) -> Refusal:
        if str(epc) in around:
            return "cycle", "a container cannot be packed into itself or into what it holds"
        now = self._situation(epc)
        if refusal := self._not_held(now):
            return refusal
        if now.chain:
            return "already_packed", f"it is packed in {now.chain[0]}"
        if self.world.things[str(epc)].height + len(around) > DEEPEST:
            return "too_deep", f"more than {DEEPEST} containers would be around what is in it"
        return _not_alive(now) or self._recalled(epc)

    def _unpack(self, event: Event, pointer: str) -> None:
        parent = self._parent(event, pointer)
        now = self._situation(parent)
        if refusal := self._not_held(now) or _not_alive(now):
            self._refuse_one(f"{pointer}/parent", refusal, parent, now)
        if event.epcs:
            self._take_out(event, pointer)
        else:
            self._empty(event, pointer)

    def _empty(self, event: Event, pointer: str) -> None:
        parent = self._parent(event, pointer)
        thing = self.world.things[str(parent)]
        if not len(thing.contents):
            raise _conflict(f"{pointer}/parent", "empty", f"{parent} is empty.")
        goods = dict(thing.inside)
        at = self._moment(event)
        self.world.then(str(parent), self._entry(Kind.EMPTIED, at, event))
        self.world.hold(str(parent), removed=thing.contents)
        self.world.count(str(parent), goods, -1)
        for outer in self._chain(parent):
            self.world.then(outer, self._entry(Kind.RELIEVED, at, event))
            self.world.count(outer, goods, -1)
        self._note(event, goods)

    def _take_out(self, event: Event, pointer: str) -> None:
        parent = self._parent(event, pointer)
        check = _Check(self, f"{pointer}/children")
        for epc in event.epcs:
            now = self._situation(epc)
            inside = bool(now.chain) and now.chain[0] == str(parent)
            check.add(epc, None if inside else ("not_inside", f"it is not in {parent}"))
        check.done()
        at = self._moment(event)
        goods: dict[Lgtin, int] = {}
        out = self._entry(Kind.UNPACKED, at, event, container=str(parent))
        for epc in event.epcs:
            goods = _sum(goods, self.world.things[str(epc)].goods(epc))
            self.world.then(str(epc), out)
        removed = EpcSet.of(event.epcs, self.world.places)
        self.world.hold(str(parent), removed=removed)
        self._count(parent, goods, -1, self._entry(Kind.RELIEVED, at, event))
        self._note(event, goods)

    def _ship(self, event: Event, pointer: str) -> None:
        sender = self._outsider(event) or self.actor.gln
        if event.destination is None or event.destination == sender:
            raise Malformed.field(
                f"{pointer}/to", "destination", "Found your own GLN; expected another party's."
            )
        event = replace(event, source=sender)
        check = _Check(self, f"{pointer}/epcs")
        for epc in event.epcs:
            now = self._situation(epc)
            refusal = self._not_held(now) or _not_alive(now)
            check.add(epc, refusal or self._recalled(epc) or self.world.held_back(epc))
        self._nested(event, check)
        check.done()
        self._leave_containers(event, pointer)
        at, to = self._moment(event), event.destination.digits  # type: ignore[union-attr]
        shipped = self._entry(Kind.SHIPPED, at, event, party=to)._replace(by=sender.digits)
        self._move(event, dict.fromkeys(event.epcs, shipped))

    def _outsider(self, event: Event) -> Gln | None:
        """Return who shipped goods to the actor from outside the network; None for all others.

        The actor took them in from the sender's document, and stands for the sender until it
        receives them. Nobody in the network is spoken for, and no product of anybody in it.
        """
        sender = event.source if event.captured and event.destination == self.actor.gln else None
        goods = {lgtin for epc in event.epcs for lgtin in self._goods(epc)}
        if any(each.gtin in self.world.owners for each in goods):
            return None
        return None if sender in self.world.members else sender

    def _goods(self, epc: Epc) -> Mapping[Lgtin, int]:
        thing = self.world.things.get(str(epc))
        return thing.goods(epc) if thing else {}

    def _void(self, event: Event, pointer: str) -> None:
        """Call a shipment back that has not been received (CBV 2.0, 7.1: void_shipping)."""
        check = _Check(self, f"{pointer}/epcs")
        for epc in event.epcs:
            check.add(epc, self._not_voidable(self._situation(epc)))
        self._nested(event, check)
        check.done()
        at = self._moment(event)
        entries = {
            epc: self._entry(Kind.VOIDED, at, event, party=self._situation(epc).to)
            for epc in event.epcs
        }
        self._move(event, entries)

    def _not_voidable(self, now: Situation) -> Refusal:
        if now.status is Status.UNASSIGNED:
            return _ABSENT
        if now.holder != self.actor.gln.digits:
            return "not_held", "you do not hold it"
        if not now.to:
            return "not_in_transit", "it is not in transit"
        if now.chain:
            return "shipped_inside", f"it was shipped in {now.chain[-1]}; void the shipment of that"
        return None

    def _observe(self, event: Event, pointer: str) -> None:
        """Note what changes no state: where things were seen, and by whom that has them."""
        check = _Check(self, f"{pointer}/epcs")
        now = {epc: self._situation(epc) for epc in event.epcs}
        # What does not exist for this organisation is stated all the same, and changes nothing.
        known = [epc for epc in event.epcs if now[epc].status is not Status.UNASSIGNED]
        for epc in known:
            mine = self.actor.gln.digits in (now[epc].holder, now[epc].to)
            check.add(epc, None if mine else self._not_held(now[epc]))
        check.done()
        entry = self._entry(Kind.OBSERVED, self._moment(event), event)
        self._move(event, dict.fromkeys(known, entry))

    def _receive(self, event: Event, pointer: str) -> None:
        check = _Check(self, f"{pointer}/epcs")
        senders: dict[Epc, str] = {}
        for epc in event.epcs:
            now = self._situation(epc)
            check.add(epc, self._not_receivable(now, event))
            senders[epc] = now.holder
        self._nested(event, check)
        check.done()
        self._leave_containers(event, pointer)
        if len(names := set(senders.values())) == 1:
            event = replace(event, source=Gln(*names))
        at = self._moment(event)
        received = {name: self._entry(Kind.RECEIVED, at, event, party=name) for name in names}
        self._move(event, {epc: received[name] for epc, name in senders.items()})

    def _not_receivable(self, now: Situation, event: Event) -> Refusal:
        if now.to != self.actor.gln.digits:
            if now.holder == self.actor.gln.digits and not now.to:
                return "already_received", "you hold it already"
            return "not_addressed", "it is not in transit to you"
        if event.source and event.source.digits != now.holder:
            return "other_sender", f"it was shipped by {now.holder}, not by {event.source}"
        return None

    def _end(self, event: Event, pointer: str) -> None:
        check = _Check(self, f"{pointer}/epcs")
        for epc in event.epcs:
            check.add(epc, self._not_endable(epc, event))
        self._nested(event, check)
        check.done()
        self._leave_containers(event, pointer)
        self._with_contents(event, _ENDS[event.biz_step])

    def _with_contents(self, event: Event, kind: Kind) -> None:
        entry = self._entry(kind, self._moment(event), event)
        goods: dict[Lgtin, int] = {}
        for epc in event.epcs:
            goods = _sum(goods, self.world.things[str(epc)].goods(epc))
            for key in (str(epc), *self.world.within(str(epc))):
                self.world.then(key, entry)
        self._note(event, goods)

    def _not_endable(self, epc: Epc, event: Event) -> Refusal:
        now = self._situation(epc)
        refusal = self._not_held(now) or _not_alive(now)
        if refusal:
            return refusal
        if event.biz_step in (BizStep.DISPENSING, BizStep.SAMPLING) and isinstance(epc, Sscc):
            return "not_a_unit", "a logistic unit cannot be dispensed or sampled, only units in it"
        if event.biz_step is BizStep.DISPENSING:
            refusal = self._recalled(epc) or self.world.held_back(epc)
            return refusal or self._expired(epc, event)
        return None

    def _reactivate(self, event: Event, pointer: str) -> None:
        check = _Check(self, f"{pointer}/epcs")
        for epc in event.epcs:
            check.add(epc, self._not_reactivable(epc, event))
        check.done()
        self._with_contents(event, Kind.REACTIVATED)

    def _not_reactivable(self, epc: Epc, event: Event) -> Refusal:
        now = self._situation(epc)
        if now.status is Status.UNASSIGNED:
            return _ABSENT
        if now.status not in (Status.DISPENSED, Status.SAMPLED, Status.INACTIVE):
            return "not_reversible", f"it is {now.status}"
        last = self.world.things[str(epc)].trail[-1]
        if last.by != self.actor.gln.digits:
            return "other_party", "only the party that ended its life may undo that"
        if now.chain:
            return "ended_inside", f"it ended with its container {now.chain[-1]}, undo that"
        if self.now_us - last.at > _UNDO / timedelta(microseconds=1):
            return "too_late", "it may be undone within ten days only"
        return self._recalled(epc) or self._expired(epc, event)

    def _return_numbers(self, event: Event, pointer: str) -> None:
        gtin = self._one_gtin(event, pointer)
        if not self.world.owns(self.actor, gtin):
            raise NotFound(f"There is no GTIN {gtin} of yours here.")
        check = _Check(self, f"{pointer}/serials")
        for epc in event.epcs:
            known = str(epc) in self.world.things or epc in self.world.unissued
            known = known or (isinstance(epc, Sgtin) and epc not in self.world.places)
            check.add(
                epc, ("not_returnable", "the number is in use or not ours") if known else None
            )
        check.done()
        unit = Thing((self._entry(Kind.RETURNED, self._moment(event), event),))
        for epc in event.epcs:
            self.world.put(str(epc), unit)
        self._note(event, {})

    # --- what the steps share

    @property
    def now_us(self) -> int:
        """Record time in microseconds since 1970."""
        return self.world.now_us

    def _situation(self, epc: Epc) -> Situation:
        """Return where a thing is; nothing at all for what this organisation may not know."""
        key = str(epc)
        if key not in self.world.things or not related(key, self.world.things, self.actor.gln):
            return Situation(Status.UNASSIGNED, "", "", "", ())
        return situation(key, self.world.things)

    def _parent(self, event: Event, pointer: str) -> Epc:
        if event.parent is None:
            raise Malformed.field(f"{pointer}/parent", "missing", "Expected a container.")
        return event.parent

    def _chain(self, epc: Epc) -> tuple[str, ...]:
        key = str(epc)
        return containers(key, self.world.things) if key in self.world.things else ()

    def _not_held(self, now: Situation) -> Refusal:
        if now.status is Status.UNASSIGNED:
            return _ABSENT
        if now.to and self.actor.gln.digits in (now.holder, now.to):
            return "in_transit", "it is in transit"
        if now.holder != self.actor.gln.digits:
            return "not_held", "you do not hold it"
        return None

    def _recalled(self, epc: Epc) -> Refusal:
        if lot := self.world.recalled(epc):
            return "recalled", f"lot {lot} is recalled"
        return None

    def _expired(self, epc: Epc, event: Event) -> Refusal:
        thing = self.world.things[str(epc)]
        on = self._day(epc, event)
        for lgtin in thing.goods(epc):
            lot = self.world.lots.get(lgtin)
            if lot is not None and lot.expired(on):
                return "expired", f"lot {lgtin.lot} expired on {lot.expiry.isoformat()}"
        return None

    def _day(self, epc: Epc, event: Event) -> date:
        """Return the day of the place on which the event takes effect for a thing."""
        effective = datetime.fromtimestamp(released(str(epc), self.world.things) / 1e6, UTC)
        return max(effective, event.event_time).astimezone(event.event_time.tzinfo).date()

    def _nested(self, event: Event, check: "_Check") -> None:
        """Refuse an EPC that is named together with a container around it."""
        named = {str(epc) for epc in event.epcs}
        for epc in event.epcs:
            if not check.refuses(epc) and named & set(self._chain(epc)):
                check.add(epc, ("named_twice", "its container is named in the same event"))

    def _leave_containers(self, event: Event, pointer: str) -> None:
        """Take out of their containers what moves on without them, as an event of its own."""
        by_parent: dict[str, list[Epc]] = {}
        for epc in event.epcs:
            if chain := self._chain(epc):
                by_parent.setdefault(chain[0], []).append(epc)
        for parent, children in by_parent.items():
            out = Event(
                biz_step=BizStep.UNPACKING,
                event_time=event.event_time,
                by=event.by,
                epcs=tuple(children),
                parent=self.world.epc(parent),
                read_point=event.read_point,
            )
            self._take_out(out, pointer)

    def _move(self, event: Event, entries: Mapping[Epc, Entry]) -> None:
        goods: dict[Lgtin, int] = {}
        for epc, entry in entries.items():
            goods = _sum(goods, self.world.things[str(epc)].goods(epc))
            self.world.then(str(epc), entry)
        self._note(event, goods)

    def _moment(self, event: Event) -> int:
        """Return when the event takes effect: never before what its things went through."""
        keys = {str(epc) for epc in event.epcs}
        keys |= {inner for key in tuple(keys) for inner in self.world.within(key)}
        if event.parent:
            keys |= {str(event.parent), *self._chain(event.parent)}
        things = self.world.things
        latest = max((released(key, things) for key in keys if key in things), default=0)
        return max(round(event.event_time.timestamp() * 1_000_000), latest + 1)

    def _entry(
        self, kind: Kind, at: int, event: Event, *, container: str = "", party: str = ""
    ) -> Entry:
        place = event.biz_location or event.read_point
        uri = event_uri(self.record, len(self.events)).removeprefix("urn:uuid:")
        return Entry(kind, uri, at, event.by.digits, container, party, str(place) if place else "")

    def _count(self, container: Epc, goods: Mapping[Lgtin, int], sign: int, entry: Entry) -> None:
        """Carry what went in or came out through to the outermost container.

        Each gets the entry, so that no later event of theirs takes effect before it.
        """
        for key in (str(container), *self._chain(container)):
            self.world.then(key, entry)
            self.world.count(key, goods, sign)

    def _note(self, event: Event, goods: Mapping[Lgtin, int]) -> None:
        if len(self.events) >= MOST_EVENTS:
            raise TooLarge(f"One request may record at most {MOST_EVENTS} events; split it.")
        counted = tuple(Quantity(lgtin, count) for lgtin, count in sorted(goods.items()))
        self.events.append(replace(event, goods=counted))

    def _refuse_one(self, pointer: str, refusal: tuple[str, str], epc: Epc, now: Situation) -> None:
        code, reason = refusal
        kind = NotFound if refusal == _ABSENT else Conflict
        raise kind(
            f"{epc}: {reason}.",
            code=code,
            errors=[FieldError(pointer, code, reason)],
            facts=_facts(now),
        )


class _Check:
    """Collects what is refused of one event, to tell it all at once."""

    def __init__(self, decision: Decision, pointer: str) -> None:
        self._decision = decision
        self._pointer = pointer
        self._index: dict[Epc, int] = {}
        self._refused: dict[Epc, tuple[str, str]] = {}

    def add(self, epc: Epc, refusal: Refusal) -> None:
        """Note the verdict on an EPC; the first call for each is in the order of the event."""
        self._index.setdefault(epc, len(self._index))
        if refusal is not None:
            self._refused[epc] = refusal

    def refuses(self, epc: Epc) -> bool:
        """Whether the verdict on an EPC stands."""
        return epc in self._refused

    def done(self) -> None:
        """Refuse if anything was refused; what is absent makes no conflict."""
        if not self._refused:
            return
        conflicts = (epc for epc, refusal in self._refused.items() if refusal != _ABSENT)
        first = next(conflicts, None)
        kind: type[PacktrailError] = NotFound if first is None else Conflict
        epc = first or next(iter(self._refused))
        code, reason = self._refused[epc]
        others = len(self._refused) - 1
        raise kind(
            f"{epc}: {reason}" + (f" ({others} more are refused)." if others else "."),
            code=code,
            errors=self._errors(),
            facts=_facts(self._decision._situation(epc)),
        )

    def _errors(self) -> list[FieldError]:
        ordered = sorted((self._index[epc], refusal) for epc, refusal in self._refused.items())
        return [FieldError(f"{self._pointer}/{at}", *refusal) for at, refusal in ordered[:_SHOWN]]


def _facts(now: Situation) -> dict[str, str]:
    return {} if now.status is Status.UNASSIGNED else {"state": now.status.value}


def _conflict(pointer: str, code: str, message: str) -> Conflict:
    return Conflict(message, code=code, errors=[FieldError(pointer, code, message)])


def _not_alive(now: Situation) -> Refusal:
    return None if now.status is Status.ACTIVE else (now.status.value, f"it is {now.status}")


def _sum(total: dict[Lgtin, int], more: Mapping[Lgtin, int]) -> dict[Lgtin, int]:
    for lgtin, count in more.items():
        total[lgtin] = total.get(lgtin, 0) + count
    return total


_STEPS: Mapping[BizStep, Callable[[Decision, Event, str], None]] = {
    BizStep.COMMISSIONING: Decision._commission,
    BizStep.PACKING: Decision._pack,
    BizStep.UNPACKING: Decision._unpack,
    BizStep.SHIPPING: Decision._ship,
    BizStep.RECEIVING: Decision._receive,
    BizStep.DISPENSING: Decision._end,
    BizStep.SAMPLING: Decision._end,
    BizStep.DESTROYING: Decision._end,
    BizStep.DECOMMISSIONING: Decision._end,
    BizStep.REACTIVATING: Decision._reactivate,
    BizStep.RETURNING_NUMBERS: Decision._return_numbers,
    BizStep.VOIDING: Decision._void,
    BizStep.OBSERVING: Decision._observe,
}
