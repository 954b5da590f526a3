"""What happened to a thing: its own trail, and its containers' while it was inside, and only then.

What an organisation sees of it follows from its relation to the goods: where they come from is
open to every present and past holder, a hand-over to its two parties; so nobody learns the
customers of a customer.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from chalicelib.goods.model import (
    EVER,
    Entry,
    Kind,
    Situation,
    State,
    Thing,
    Things,
    as_of,
    custody,
    standing,
)
from chalicelib.gs1.keys import Gln

_CONTENTS = frozenset({Kind.FILLED, Kind.RELIEVED})
_UNTOLD = _CONTENTS | {Kind.WITHDRAWN}
_PROVENANCE = frozenset({Kind.COMMISSIONED, Kind.PACKED, Kind.UNPACKED, Kind.EMPTIED, Kind.FILLED})
_TRADE = frozenset({Kind.SHIPPED, Kind.RECEIVED, Kind.VOIDED})


class Step(NamedTuple):
    """One event of a history.

    Attributes:
        key: plain key of the thing that the event was about: the one asked for, or a container
            around it.
        entry: what its trail says.
    """

    key: str
    entry: Entry

    @property
    def event(self) -> UUID:
        """Id of the event."""
        return UUID(self.entry.event)


def history(
    key: str,
    things: Things,
    *,
    until: int = EVER,
    further: Mapping[str, Iterable[Entry]] | None = None,
) -> list[Step]:
    """Return everything that happened to a thing, in the order in which it took effect.

    Args:
        key: plain key.
        things: the thing and every container that its trail refers to, and theirs.
        until: effective time in microseconds, inclusive.
        further: entries of a container's own trail that lie in further items.
    """
    own = (*things[key].trail, *(further or {}).get(key, ()))
    steps = [Step(key, entry) for entry in own]
    for container, since, to in stays(things[key], things, until):
        steps += _during(container, things, since, to)
    steps = [step for step in steps if step.entry.at <= until]
    return sorted(steps, key=lambda step: (step.entry.at, step.key != key))


def stays(thing: Thing, things: Things, until: int = EVER) -> Iterator[tuple[str, int, int]]:
    """Yield each container that a thing was in, from when (exclusive) to when (inclusive)."""
    container, since = "", 0
    for entry in (*standing(thing.trail), None):
        ends = entry is None or entry.kind in (Kind.PACKED, Kind.UNPACKED)
        if container and ends:
            emptied = things[container].emptied_after(since) or EVER
            yield container, since, min(entry.at if entry else EVER, emptied, until)
            container = ""
        if entry is not None and entry.kind is Kind.PACKED and entry.at <= until:
            container, since = entry.container, entry.at


def _during(key: str, things: Things, since: int, to: int) -> Iterator[Step]:
    """Yield what happened to a container, and to what it was in, between two moments.

    That an event was withdrawn is told with the event, whenever that was.
    """
    shown: set[str] = set()
    for entry in things[key].trail:
        during = since < entry.at <= to and entry.kind not in _UNTOLD
        if during or entry.withdraws in shown:
            shown.add(entry.event)
            yield Step(key, entry)
    for container, first, last in stays(things[key], things, to):
        yield from _during(container, things, max(first, since), min(last, to))


def visible(steps: list[Step], me: Gln) -> list[Step]:
    """Return the steps that a party may see.

    Its own; hand-overs to and from it; and where the goods come from, as far as that was the work
    of who commissioned them or of a party that it trades with, and of the containers that it saw
    them go into: a container of somebody else's customer bears that customer's name. What others
    put into a container after it left the party's hands is theirs alone.
    """
    mine, known = me.digits, _known(steps, me)
    own = (entry.at for _, entry in steps if mine in (entry.by, entry.party))
    last = max(own, default=0)
    shown: list[Step] = []
    seen = {step.key for step in steps[:1]}
    for step in steps:
        key, entry = step
        if entry.kind is Kind.WITHDRAWN:  # told to whom the event was told
            if not any(entry.withdraws == each.entry.event for each in shown):
                continue
        elif mine in (entry.by, entry.party):
            seen |= {key, entry.container}
        elif not _open(step, known, seen, last):
            continue
        elif entry.kind is Kind.PACKED:
            seen.add(entry.container)
        shown.append(step)
    return shown


def _open(step: Step, known: set[str], seen: set[str], last: int) -> bool:
    """Whether a party may see what was the work of others.

    Args:
        step: of the history.
        known: GLNs of whom it knows.
        seen: plain keys of the containers that it saw the goods go into.
        last: when it had to do with the goods for the last time.
    """
    key, entry = step
    if entry.kind not in _PROVENANCE or entry.by not in known or key not in seen:
        return False
    if entry.kind is Kind.FILLED:
        return entry.at <= last
    return entry.kind is Kind.PACKED or not entry.container or entry.container in seen


def _known(steps: list[Step], me: Gln) -> set[str]:
    """Return who a party knows of these goods: who commissioned them, and whom it trades with."""
    known = {me.digits}
    for _, entry in steps:
        if entry.kind is Kind.COMMISSIONED:
            known.add(entry.by)
        if entry.kind in _TRADE and me.digits in (entry.by, entry.party):
            known |= {entry.by, entry.party}
    return known


def parties(key: str, things: Things, since: int = -1, to: int = EVER) -> set[str]:
    """Return every party that had to do with a thing, or with its containers while it was inside.

    Args:
        key: plain key.
        things: as for `history`.
        since: effective time in microseconds, exclusive.
        to: inclusive.
    """
    own = (entry for entry in things[key].trail if since < entry.at <= to)
    found = {name for entry in own for name in (entry.by, entry.party) if name}
    for container, first, last in stays(things[key], things, to):
        found |= parties(container, things, max(first, since), min(last, to))
    return found


def last_shipment(key: str, things: Things) -> int | None:
    """Return when a thing was last shipped, itself or in a container; None when never."""
    steps = standing_steps(history(key, things))
    shipments = (step for step in steps if step.entry.kind is Kind.SHIPPED)
    return max((step.entry.at for step in shipments), default=None)


def standing_steps(steps: Iterable[Step]) -> list[Step]:
    """Return the steps that count: neither withdrawn, nor a withdrawal."""
    found = list(steps)
    gone = {step.entry.withdraws for step in found if step.entry.kind is Kind.WITHDRAWN}
    return [
        step
        for step in found
        if step.entry.kind is not Kind.WITHDRAWN and step.entry.event not in gone
    ]


def sent(key: str, things: Things) -> list[Step]:
    """Return the shipments of a thing that stand: neither withdrawn nor voided."""
    open_by_key: dict[str, Step] = {}
    found: list[Step] = []
    for step in standing_steps(history(key, things)):
        if step.entry.kind is Kind.SHIPPED:
            open_by_key[step.key] = step
            found.append(step)
        elif step.entry.kind is Kind.VOIDED and step.key in open_by_key:
            found.remove(open_by_key.pop(step.key))
    return found


def related(key: str, things: Things, me: Gln) -> bool:
    """Whether a party has, or ever had, anything to do with a thing."""
    return me.digits in parties(key, things)


def situation_at(key: str, things: Things, until: int) -> Situation:
    """Return where a thing was at a moment, inclusive, and in whose hands."""
    chain: list[str] = []
    status = as_of(things[key], until).status
    container = _inside_at(as_of(things[key], until), things, until)
    while container:
        chain.append(container)
        container = _inside_at(as_of(things[container], until), things, until)
    holder, place, to = custody(chain[-1] if chain else key, things, until)
    return Situation(status, holder, place, to, tuple(chain))


def _inside_at(state: State, things: Things, until: int) -> str:
    if not state.container:
        return ""
    emptied = things[state.container].emptied_after(state.since)
    return "" if emptied is not None and emptied <= until else state.container


def told(now: Situation, steps: list[Step], me: Gln) -> Situation:
    """Return the situation as a party may know it: custody only where it had a hand in it."""
    mine = me.digits
    if mine in (now.holder, now.to):
        return now
    trades = (each.entry for each in reversed(standing_steps(steps)) if each.entry.kind in _TRADE)
    last = next(trades, None)
    if last is not None and mine in (last.by, last.party):
        return now._replace(place="")
    return now._replace(holder="", place="", to="", chain=())
