"""Units and containers: what their trails say.

A **thing** is a serialised item or a logistic unit. Its **trail** is the list of what happened to
it, in the order in which we accepted it; its **state** is what the trail adds up to. Containment
and custody are by reference: a thing inside a container is where its container is, and in the
hands that hold it; a thing that left a container is where that container was at that moment. So
moving a pallet changes one thing, whatever is in it.

Effective times in a trail always run forward: an event that is said to have happened before what
the trails it touches already hold takes effect right after them (its own event time stays in the
record). All trails that one event touches get the same effective time, so that what is said of a
thing and of its container can be compared. Between things time is free: an event that arrives late
falls into the right interval of every history.

An event that was declared an error is withdrawn: its entries stay, another says that they count no
longer, and of no moment do they count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique
from functools import lru_cache
from typing import NamedTuple

from chalicelib.epcis.model import Epc
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.ledger.epcset import EMPTY, EpcSet


@unique
class Kind(StrEnum):
    """What an entry of a trail says happened to the thing; one letter, as stored."""

    COMMISSIONED = "c"
    PACKED = "p"
    UNPACKED = "u"
    FILLED = "f"
    EMPTIED = "e"
    RELIEVED = "l"
    SHIPPED = "s"
    RECEIVED = "r"
    DISPENSED = "d"
    SAMPLED = "m"
    DESTROYED = "x"
    DECOMMISSIONED = "i"
    EXPORTED = "g"
    FREE_SAMPLED = "h"
    LOCKED = "k"
    STOLEN = "y"
    CHECKED_OUT = "b"
    SUSPECTED = "q"
    CONDEMNED = "j"
    CLEARED = "z"
    REACTIVATED = "a"
    RETURNED = "n"
    OBSERVED = "o"
    VOIDED = "v"
    WITHDRAWN = "w"
    CONSUMED = "t"


class Status(StrEnum):
    """The life of a thing, in the words that answers use."""

    UNASSIGNED = "unassigned"
    ACTIVE = "active"
    DISPENSED = "dispensed"
    SAMPLED = "sampled"
    DESTROYED = "destroyed"
    INACTIVE = "inactive"
    EXPORTED = "exported"
    FREE_SAMPLE = "free_sample"
    LOCKED = "locked"
    SUSPECT = "suspect"
    ILLEGITIMATE = "illegitimate"
    STOLEN = "stolen"
    CHECKED_OUT = "checked_out"
    RETURNED = "number_returned"
    CONSUMED = "consumed"


_STATUS = {
    Kind.COMMISSIONED: Status.ACTIVE,
    Kind.FILLED: Status.ACTIVE,
    Kind.REACTIVATED: Status.ACTIVE,
    Kind.DISPENSED: Status.DISPENSED,
    Kind.SAMPLED: Status.SAMPLED,
    Kind.DESTROYED: Status.DESTROYED,
    Kind.DECOMMISSIONED: Status.INACTIVE,
    Kind.EXPORTED: Status.EXPORTED,
    Kind.FREE_SAMPLED: Status.FREE_SAMPLE,
    Kind.LOCKED: Status.LOCKED,
    Kind.SUSPECTED: Status.SUSPECT,
    Kind.CONDEMNED: Status.ILLEGITIMATE,
    Kind.CLEARED: Status.ACTIVE,
    Kind.STOLEN: Status.STOLEN,
    Kind.CHECKED_OUT: Status.CHECKED_OUT,
    Kind.RETURNED: Status.RETURNED,
    Kind.CONSUMED: Status.CONSUMED,
}


class Entry(NamedTuple):
    """One thing that happened to a thing.

    Attributes:
        kind: what.
        event: id of the event, a bare UUID.
        at: when it took effect, microseconds since 1970 UTC; later than every entry before it.
        by: GLN of the party that did it.
        container: plain key of the container (packed, unpacked).
        party: GLN of the party it was shipped to, or received from.
        place: plain SGLN where it is afterwards; empty when not said.
        withdraws: id of the event whose entry counts no longer, a bare UUID (withdrawn).
    """

    kind: Kind
    event: str
    at: int
    by: str
    container: str = ""
    party: str = ""
    place: str = ""
    withdraws: str = ""


EVER = 2**62
"""A moment after all others."""


class State(NamedTuple):
    """What a trail adds up to.

    Attributes:
        status: of its life.
        holder: GLN of the custodian; empty while unknown from this trail alone.
        place: plain SGLN; empty when not said.
        to: GLN it is in transit to; empty when it is not in transit.
        container: plain key of what it is inside of; empty when loose.
        since: when it went in there.
        left: the container whose custody it keeps since it left it, and when; None when its own
            trail says who holds it.
    """

    status: Status = Status.UNASSIGNED
    holder: str = ""
    place: str = ""
    to: str = ""
    container: str = ""
    since: int = EVER
    left: tuple[str, int] | None = None


BLANK = State()


def step(state: State, entry: Entry) -> State:
    """Return the state after one more entry."""
    status = _STATUS.get(entry.kind, state.status)
    match entry.kind:
        case Kind.COMMISSIONED | Kind.RECEIVED:
            return State(status, entry.by, entry.place)
        case Kind.FILLED if state is BLANK:
            return State(status, entry.by, entry.place)
        case Kind.PACKED:
            return State(status, container=entry.container, since=entry.at)
        case Kind.UNPACKED:
            return State(status, left=(entry.container, entry.at))
        case Kind.SHIPPED:
            return State(status, entry.by, state.place, entry.party)
        case Kind.VOIDED:
            state = state._replace(to="")
        case Kind.OBSERVED if not state.container and entry.place:
            state = state._replace(place=entry.place)
    return state._replace(status=status)


def fold(trail: Sequence[Entry]) -> State:
    """Return what a trail adds up to: an event that was withdrawn is as if it had never been."""
    state = BLANK
    for entry in trail:
        if entry.kind is Kind.WITHDRAWN:
            return fold(standing(trail))
        state = step(state, entry)
    return state


def standing(trail: Sequence[Entry]) -> Sequence[Entry]:
    """Return the entries of a trail that count: neither withdrawn, nor a withdrawal."""
    gone = {entry.withdraws for entry in trail if entry.kind is Kind.WITHDRAWN}
    if not gone:
        return trail
    return [each for each in trail if each.kind is not Kind.WITHDRAWN and each.event not in gone]


@dataclass(frozen=True, slots=True)
class Thing:
    """A unit, a container, or both.

    Attributes:
        trail: what happened to it, oldest first. Of a container, entries that only tell of goods
            put in or taken out may lie in further items: they bear on its history, not its state.
        lot: plain lot number of a unit; empty for a logistic unit.
        contents: what is directly inside now.
        inside: how many of which lots are inside, at every depth.
        spilled: how many further items hold entries of the trail.
        height: how many levels of things are inside, at most; 0 when it is empty.
        before: what was directly inside when it was last emptied of all; it is there again when
            the emptying is withdrawn.
    """

    trail: tuple[Entry, ...] = ()
    lot: str = ""
    contents: EpcSet = EMPTY
    inside: Mapping[Lgtin, int] = field(default_factory=dict)
    spilled: int = 0
    height: int = 0
    before: EpcSet = EMPTY

    @property
    def state(self) -> State:
        """What the trail adds up to now."""
        return fold(self.trail)

    @property
    def exists(self) -> bool:
        """Whether anything that happened to it stands."""
        return self.state.status is not Status.UNASSIGNED

    @property
    def latest(self) -> int:
        """When the last entry took effect; 0 when there is none."""
        return self.trail[-1].at if self.trail else 0

    def emptied_after(self, since: int) -> int | None:
        """Return when the thing was next emptied of all after `since`, or None."""
        marks = (entry.at for entry in standing(self.trail) if entry.kind is Kind.EMPTIED)
        return next((mark for mark in marks if mark > since), None)

    def goods(self, epc: Epc) -> dict[Lgtin, int]:
        """Return the lots in it, the thing itself included when it is a unit."""
        total = dict(self.inside)
        if isinstance(epc, Sgtin) and self.lot:
            own = _lot_of(epc.gtin, self.lot)
            total[own] = total.get(own, 0) + 1
        return total


# Few lots, many units.
_lot_of = lru_cache(maxsize=1024)(Lgtin.of)


class Situation(NamedTuple):
    """Where a thing is and in whose hands, its containers considered.

    Attributes:
        status: of its own life.
        holder: GLN of the custodian; empty when nobody can be named.
        place: plain SGLN; empty when not said.
        to: GLN that it is in transit to, or empty.
        chain: plain keys of the containers around it, innermost first.
    """

    status: Status
    holder: str
    place: str
    to: str
    chain: tuple[str, ...]


Things = Mapping[str, Thing]
"""Things by plain key: 18 digits of an SSCC, or `{gtin}#{serial}`."""


def situation(key: str, things: Things) -> Situation:
    """Return where a thing is now, and in whose hands.

    Args:
        key: plain key of the thing; it and every container it refers to must be in `things`.
        things: by plain key.
    """
    chain = containers(key, things)
    top = chain[-1] if chain else key
    holder, place, to = custody(top, things, EVER)
    return Situation(things[key].state.status, holder, place, to, chain)


def containers(key: str, things: Things) -> tuple[str, ...]:
    """Return the containers around a thing now, innermost first."""
    chain: list[str] = []
    outer = inside(things[key].state, things)
    while outer:
        chain.append(outer)
        outer = inside(things[outer].state, things)
    return tuple(chain)


def inside(state: State, things: Things) -> str:
    """Return the container a thing is in now; empty when it is loose.

    A container that was emptied of all since the thing went in holds it no longer.
    """
    if state.container and things[state.container].emptied_after(state.since) is None:
        return state.container
    return ""


def custody(key: str, things: Things, when: int) -> tuple[str, str, str]:
    """Return holder, place, and destination while in transit, as of a moment, inclusive.

    Follows the containers that the thing was in, or had left, at that moment. Terminates: each step
    goes to a container at the same or an earlier moment, and containment has no cycles.
    """
    while True:
        state = as_of(things[key], when)
        if state.container:
            emptied = things[state.container].emptied_after(state.since)
            key, when = state.container, min(when, emptied or EVER)
        elif state.left:
            key, when = state.left
        else:
            return state.holder, state.place, state.to


def shipped_as(key: str, things: Things) -> tuple[str, str]:
    """Return the thing that a thing in transit was shipped as, and the id of that event.

    That is the thing itself, or the outermost container around it.

    Args:
        key: plain key of something in transit.
        things: it and the containers around it.
    """
    chain = containers(key, things)
    top = chain[-1] if chain else key
    counts = standing(things[top].trail)
    sent = (entry.event for entry in reversed(counts) if entry.kind is Kind.SHIPPED)
    return top, next(sent)


def released(key: str, things: Things) -> int:
    """Return when the last thing that is told of a thing took effect; 0 when there is none.

    That is its own last entry, or the emptying of the container that it was in.
    """
    thing = things[key]
    state = thing.state
    emptied = things[state.container].emptied_after(state.since) if state.container else None
    return max(thing.latest, emptied or 0)


def as_of(thing: Thing, when: int) -> State:
    """Return what a trail added up to at a moment, inclusive, as we know today."""
    return fold([entry for entry in standing(thing.trail) if entry.at <= when])


def references(thing: Thing) -> set[str]:
    """Return the containers that a trail refers to, past and present."""
    return {entry.container for entry in thing.trail if entry.container}
