"""Goods and parties to tell stories with: keys, actors, and two stages on which events happen.

`Scene` is pure: decisions on a dictionary. `Stage` is real: use cases on the emulated account.
Both understand the same verbs, so that a story can be told on either.

    scene = Scene()
    scene.commission("acme", units(50))
    scene.pack("acme", sscc(1), *units(50))
    scene.ship("acme", "meddist", sscc(1))
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from chalicelib.access.model import Actor, Role
from chalicelib.directory.store import ProductItem
from chalicelib.epcis.jsonld import instant
from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.errors import PacktrailError
from chalicelib.goods.history import Step, history, visible
from chalicelib.goods.model import Entry, Kind, Situation, Thing, Things, situation
from chalicelib.goods.originals import original
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.since import Original
from chalicelib.goods.rules.steps import take
from chalicelib.goods.rules.withdrawal import declared, withdraw
from chalicelib.goods.store import GoodsStore
from chalicelib.goods.usecases import Recorded, Request, record
from chalicelib.goods.world import World
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgtin, Sscc
from chalicelib.ledger.model import Record, event_uri
from chalicelib.lots.model import Lot, RecallMark, Status
from chalicelib.lots.store import LotStore
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.contents import Order
from chalicelib.serial.model import DEFAULT, Place
from chalicelib.serial.store import Numbers
from chalicelib.table.transaction import Transaction

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
"""When every story begins."""

EXPIRY = date(2028, 6, 30)
"""Last day of use of every lot, unless said otherwise."""

ORGANISATIONS = {"acme": 1, "meddist": 2, "citypharm": 3, "ruralpharm": 4, "stranger": 5}


def _checked(payload: str) -> str:
    return payload + check_digit(payload)


def gln(who: str | int) -> Gln:
    """Return the GLN of an organisation by name, or one of many that are nobody's by number."""
    return Gln(
        _checked(f"952{ORGANISATIONS[who]}00000001" if isinstance(who, str) else f"9529{who:08}")
    )


def gtin(number: int = 1) -> Gtin:
    return Gtin(_checked(f"0952100000{number:03}"))


def sscc(number: int, who: str = "acme") -> Sscc:
    return Sscc(_checked(f"0952{ORGANISATIONS[who]}00000{number:07}"))


def unit(number: int, of: Gtin | None = None) -> Sgtin:
    """Return a unit of a pure story; its number is its place."""
    return Sgtin.of(of or gtin(), f"S{number:08}")


def units(until: int, start: int = 0, of: Gtin | None = None) -> tuple[Sgtin, ...]:
    return tuple(unit(number, of) for number in range(start, until))


def lgtin(lot: str = "L1", of: Gtin | None = None) -> Lgtin:
    return Lgtin.of(of or gtin(), lot)


def actor(who: str, *roles: Role) -> Actor:
    """Return a client of an organisation, with every role unless some are named."""
    return Actor(who, gln(who), f"{who}-client", frozenset(roles or Role))


def operation(number: int) -> UUID:
    """Return the identity of a request as HTTP makes it: a UUIDv8 whose last byte is zero."""
    digest = int.from_bytes(sha256(str(number).encode()).digest()[:16], "big")
    return UUID(int=digest & ~(0xFF | 0xF << 76 | 3 << 62) | 8 << 76 | 1 << 63)


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def minute(number: float) -> datetime:
    """Return a moment of the story."""
    return START + timedelta(minutes=number)


def event(step: BizStep, who: str, at: datetime | float = 0, **more: Any) -> Event:
    """Return an event; `at` is a moment, or minutes since the story began."""
    when = at if isinstance(at, datetime) else minute(at)
    if isinstance(to := more.pop("to", None), str):
        more["destination"] = gln(to)
    if isinstance(source := more.pop("source", None), str):
        more["source"] = gln(source)
    return Event(step, when, gln(who), **more)


def lot(
    name: str = "L1",
    of: Gtin | None = None,
    *,
    owner: str = "acme",
    expiry: date = EXPIRY,
    status: Status = Status.RELEASED,
    recalls: Iterable[RecallMark] = (),
) -> Lot:
    return Lot(
        lgtin(name, of), owner, expiry, status=status, recalls=tuple(recalls), version=1
    )  # fmt: skip


class Story:
    """Verbs; each happens a minute after the one before, unless `at` says when.

    `now` is the record time; that of the event unless said otherwise.
    """

    def __init__(self) -> None:
        self.clock = 0
        self._ids = count(1)

    def do(self, who: str, *events: Event, now: datetime | None = None) -> Any:
        raise NotImplementedError

    def event(
        self, step: BizStep, who: str, at: datetime | float | None = None, **more: Any
    ) -> Event:
        """Return an event that happens next."""
        self.clock += 1
        return event(step, who, self.clock if at is None else at, **more)

    def _did(self, step: BizStep, who: str, now: datetime | None = None, **more: Any) -> Any:
        return self.do(who, self.event(step, who, **more), now=now)

    def commission(self, who: str, epcs: Iterable[Epc], lot: str | None = "L1", **more: Any) -> Any:
        return self._did(BizStep.COMMISSIONING, who, epcs=tuple(epcs), lot=lot, **more)

    def pack(self, who: str, parent: Epc, *children: Epc, **more: Any) -> Any:
        return self._did(BizStep.PACKING, who, parent=parent, epcs=children, **more)

    def unpack(self, who: str, parent: Epc, *children: Epc, **more: Any) -> Any:
        return self._did(BizStep.UNPACKING, who, parent=parent, epcs=children, **more)

    def ship(self, who: str, to: str, *epcs: Epc, **more: Any) -> Any:
        return self._did(BizStep.SHIPPING, who, to=to, epcs=epcs, **more)

    def receive(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self._did(BizStep.RECEIVING, who, epcs=epcs, **more)

    def send(self, who: str, to: str, *epcs: Epc) -> None:
        """Ship, and have it received."""
        self.ship(who, to, *epcs)
        self.receive(to, *epcs)

    def end(self, step: BizStep, who: str, *epcs: Epc, **more: Any) -> Any:
        return self._did(step, who, epcs=epcs, **more)

    def dispense(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.DISPENSING, who, *epcs, **more)

    def sample(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.SAMPLING, who, *epcs, **more)

    def destroy(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.DESTROYING, who, *epcs, **more)

    def decommission(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.DECOMMISSIONING, who, *epcs, **more)

    def export(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.EXPORTING, who, *epcs, **more)

    def free_sample(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.FREE_SAMPLING, who, *epcs, **more)

    def lock(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.LOCKING, who, *epcs, **more)

    def report_stolen(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.REPORTING_STOLEN, who, *epcs, **more)

    def check_out(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.CHECKING_OUT, who, *epcs, **more)

    def reactivate(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.REACTIVATING, who, *epcs, **more)

    def return_numbers(self, who: str, *epcs: Epc, **more: Any) -> Any:
        return self.end(BizStep.RETURNING_NUMBERS, who, *epcs, **more)


@dataclass
class Scene(Story):
    """A pure stage: what has happened stands in dictionaries.

    Units of `unit()` have a place each while their number is below `issued`; from there on they
    are spelled like ours and were never issued. Serials of other spellings come from elsewhere.
    """

    issued: int = 100_000
    things: dict[str, Thing] = field(default_factory=dict)
    lots: dict[Lgtin, Lot] = field(default_factory=lambda: {lgtin(): lot()})
    owners: dict[Gtin, str] = field(default_factory=lambda: {gtin(): "acme"})
    partial: dict[Lgtin, Mapping[Sgtin, Place | None]] = field(default_factory=dict)
    members: set[Gln] = field(default_factory=set)
    done: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def place(self, epc: Epc) -> Place | None:
        if not isinstance(epc, Sgtin) or not epc.serial.startswith("S"):
            return None
        number = int(epc.serial[1:])
        return Place(0, number) if number < self.issued else None

    def world(self, *events: Event, now: datetime = START) -> World:
        """Return the world as a store would load it for these events."""
        named = {epc for each in events for epc in (*each.epcs, each.parent) if epc}
        named |= {Sgtin.parse(key) for key in self.things if "#" in key}
        places = {epc: place for epc in named if (place := self.place(epc))}
        ours = {epc for epc in named if isinstance(epc, Sgtin) and epc.serial.startswith("S")}
        return World(
            micros(now),
            things=dict(self.things),
            places=places,  # type: ignore[arg-type]  # none of them is an SSCC
            unissued={epc for epc in ours if epc not in places},
            lots=dict(self.lots),
            owners=dict(self.owners),
            partial=dict(self.partial),
            members=set(self.members),
        )

    def do(self, who: str, *events: Event, now: datetime | None = None) -> tuple[Event, ...]:
        """Decide; what happened stays only when nothing is refused."""
        world = self.world(*events, now=now or max(each.event_time for each in events))
        decision = Decision(world, actor(who), operation(next(self._ids)))
        for number, each in enumerate(events):
            take(decision, each, f"/items/{number}" if len(events) > 1 else "")
        return self._happened(decision, who)

    def _happened(self, decision: Decision, who: str) -> tuple[Event, ...]:
        self.things = decision.world.things
        events = tuple(decision.events)
        self.done.append(Record(decision.record, who, f"{who}-client", "f", START, events))
        return events

    def withdraw(
        self, who: str, record: int | Record = -1, number: int = -1, now: datetime | None = None
    ) -> tuple[Event, ...]:
        """Declare an event an error: the last one of a record, which is the last one."""
        found = record if isinstance(record, Record) else self.done[record]
        number %= len(found.events)
        each, uri = found.events[number], event_uri(found.id, number)
        stands, _ = original(found, number)
        return self._withdraw(who, declared(each, uri, _why(now)), stands, now)

    def withdraw_captured(self, who: str, record: Record) -> tuple[Event, ...]:
        """Declare the captured event of a record an error, with all that it implied."""
        event = record.events[-1]
        assert event.captured is not None
        wrong = declared(event, event.captured.id, _why(None))
        return self._withdraw(who, wrong, Original(record.id, fulfils=event.fulfils), None)

    def _withdraw(
        self, who: str, event: Event, stands: Original, now: datetime | None
    ) -> tuple[Event, ...]:
        world = self.world(event, now=now or event.event_time)
        decision = Decision(world, actor(who), operation(next(self._ids)))
        withdraw(decision, event, stands)
        return self._happened(decision, who)

    def thing(self, epc: Epc) -> Thing:
        return self.things[str(epc)]

    def where(self, epc: Epc) -> Situation:
        return situation(str(epc), self.things)

    def kinds(self, epc: Epc, who: str | None = None, **more: Any) -> list[str]:
        """Return what happened to a thing, as `{kind} {key of the thing concerned}`; see `told`."""
        return told(epc, self.things, who, **more)


def _why(at: datetime | None) -> dict[str, str]:
    return {"declarationTime": instant(at or START), "reason": "did_not_occur"}


def told(epc: Epc, things: Things, who: str | None = None, **more: Any) -> list[str]:
    """Return the history of a thing as an organisation sees it; all of it when none is named.

    Each step is a word, followed by the container when it was the container it happened to.
    """
    steps = history(str(epc), things, **more)
    if who is not None:
        steps = visible(steps, gln(who))
    return [_named(step, epc) for step in steps]


def _named(step: Step, epc: Epc) -> str:
    word = step.entry.kind.name.lower()
    return word if step.key == str(epc) else f"{word} {step.key}"


class Stage(Story):
    """The real stage: products, lots and serial numbers in the emulated account."""

    def __init__(self) -> None:
        super().__init__()
        self.register()
        self.keep(lot())

    def register(self, of: Gtin | None = None, owner: str = "acme") -> None:
        """Register a product."""
        item = ProductItem(
            f"product#{of or gtin()}",
            owner=owner,
            owner_gln=gln(owner).digits,
            name="Tablets",
            version=1,
        )
        tx = Transaction()
        tx.put(item)
        tx.commit()

    def keep(self, lot: Lot) -> None:
        """Keep a lot, in whatever state it is."""
        there = LotStore().get(lot.lgtin)
        if there is not None:
            lot = replace(lot, version=there.version, epoch=there.epoch)
        else:
            lot = replace(lot, version=0)
        LotStore().put(lot, client="acme-quality", at=START)

    def issue(self, number: int, of: Gtin | None = None, line: str = "1") -> tuple[Sgtin, ...]:
        """Issue serial numbers, and return the units that will carry them."""
        product = of or gtin()
        order = Order(
            operation(next(self._ids)), product, number, "acme", "acme-line", line, START, "00"
        )
        issued = BlockStore().allocate(order, DEFAULT)
        return tuple(Sgtin.of(product, text) for text in issued.numbers(0, number))

    def made(self, number: int, lot: str | None = "L1", **more: Any) -> tuple[Sgtin, ...]:
        """Issue and commission units."""
        fresh = self.issue(number, **more)
        self.commission("acme", fresh, lot)
        return fresh

    def do(self, who: str, *events: Event, now: datetime | None = None) -> Recorded:
        return self.request(who, operation(next(self._ids)), *events, now=now)

    def request(
        self,
        who: str,
        identity: UUID,
        *events: Event,
        now: datetime | None = None,
        fingerprint: str = "f",
    ) -> Recorded:
        """Record events under an identity of one's own."""
        at = now or max(each.event_time for each in events)
        asked = [
            (each, f"/items/{number}" if len(events) > 1 else "")
            for number, each in enumerate(events)
        ]
        return record(Request(identity, fingerprint, actor(who), at), asked, self.numbers())

    def numbers(self) -> Numbers:
        """Return what a new request knows of serial numbers."""
        return Numbers()

    def see(self, *epcs: Epc) -> World:
        return GoodsStore(self.numbers()).see(epcs, now_us=0)

    def where(self, epc: Epc) -> Situation:
        return situation(str(epc), self.see(epc).things)

    def thing(self, epc: Epc) -> Thing:
        return self.see(epc).things[str(epc)]

    def kinds(self, epc: Epc, who: str | None = None, **more: Any) -> list[str]:
        return told(epc, self.see(epc).things, who, **more)


def entry(kind: str, at: int, **more: Any) -> Entry:
    """Return an entry of a trail; its event is numbered by its time."""
    by = more.pop("by", "acme")
    party = more.pop("party", "")
    return Entry(
        Kind[kind.upper()],
        str(operation(at)),
        at,
        gln(by).digits,
        party=gln(party).digits if party else "",
        **more,
    )


def refused(verb: Callable[..., Any], *args: Any, **more: Any) -> PacktrailError:
    """Return the refusal of a call; anything but a refusal is a failure."""
    try:
        answer = verb(*args, **more)
    except PacktrailError as refusal:
        return refusal
    raise AssertionError(f"not refused: {answer}")


def faults(refusal: PacktrailError) -> dict[str, str]:
    """Return the codes of a refusal, by JSON pointer."""
    return {fault.pointer: fault.code for fault in refusal.errors}
