"""What happened to a thing: its own trail, and its containers' while it was inside, and only then.

What an organisation sees of it follows from its relation to the goods: where they come from is
open to every present and past holder, a hand-over to its two parties; so nobody learns the
customers of a customer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
    parties,
)
from chalicelib.gs1.keys import Gln

_CONTENTS = frozenset({Kind.FILLED, Kind.RELIEVED})
_PROVENANCE = frozenset({Kind.COMMISSIONED, Kind.PACKED, Kind.UNPACKED, Kind.EMPTIED, Kind.FILLED})
_TRADE = frozenset({Kind.SHIPPED, Kind.RECEIVED})


@dataclass(frozen=True, slots=True)
class Step:
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
    steps = [Step(key, entry) for entry in own if entry.at <= until]
    for container, since, to in stays(things[key], things, until):
        steps += _during(container, things, since, to)
    return sorted(steps, key=lambda step: (step.entry.at, step.key != key))


def stays(thing: Thing, things: Things, until: int = EVER) -> Iterator[tuple[str, int, int]]:
    """Yield each container that a thing was in, from when (exclusive) to when (inclusive)."""
    container, since = "", 0
    for entry in (*thing.trail, None):
        ends = entry is None or entry.kind in (Kind.PACKED, Kind.UNPACKED)
        if container and ends:
            emptied = things[container].emptied_after(since) or EVER
            yield container, since, min(entry.at if entry else EVER, emptied, until)
            container = ""
        if entry is not None and entry.kind is Kind.PACKED and entry.at <= until:
            container, since = entry.container, entry.at


def _during(key: str, things: Things, since: int, to: int) -> Iterator[Step]:
    """Yield what happened to a container, and to what it was in, between two moments."""
    for entry in things[key].trail:
        if since < entry.at <= to and entry.kind not in _CONTENTS:
            yield Step(key, entry)
    for container, first, last in stays(things[key], things, to):
        yield from _during(container, things, max(first, since), min(last, to))


def visible(steps: list[Step], me: Gln) -> list[Step]:
    """Return the steps that a party may see.

    Its own; hand-overs to and from it; and where the goods come from, as far as that was the work
    of who commissioned them or of a party that it trades with.
    """
    mine = me.digits
    known = {mine}
    for step in steps:
        if step.entry.kind is Kind.COMMISSIONED:
            known.add(step.entry.by)
        if step.entry.kind in _TRADE and mine in (step.entry.by, step.entry.party):
            known |= {step.entry.by, step.entry.party}
    return [step for step in steps if _may_see(step.entry, mine, known)]


def _may_see(entry: Entry, mine: str, known: set[str]) -> bool:
    if mine in (entry.by, entry.party):
        return True
    return entry.kind in _PROVENANCE and entry.by in known


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
    last = next((step.entry for step in reversed(steps) if step.entry.kind in _TRADE), None)
    if last is not None and mine in (last.by, last.party):
        return now._replace(place="")
    return now._replace(holder="", place="", to="", chain=())
