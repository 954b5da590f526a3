"""What has happened to goods since an event, and why it cannot be withdrawn then.

An event is withdrawn while nothing builds on it. Other goods that go into the same container, or
leave it, do not; nor does anything on where goods were seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from chalicelib.epcis.interpretation import inputs_of
from chalicelib.epcis.model import BizStep, Epc, Event, Fulfilment
from chalicelib.goods.history import history, visible
from chalicelib.goods.model import EVER, Entry, Kind, Thing, Things, containers, standing
from chalicelib.goods.rules.check import Check, Refusal, refuse_one
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.ending import ENDS, UNDO
from chalicelib.goods.rules.suspecting import SUSPECTS
from chalicelib.ledger.model import place_of

_CONTENTS = frozenset({Kind.FILLED, Kind.RELIEVED})
_FINAL = frozenset(ENDS.values()) - {Kind.LOCKED}
WITH_CONTENTS = frozenset({*ENDS, *SUSPECTS, BizStep.REACTIVATING, BizStep.CLEARING})
"""What happens to a thing and to all that is in it."""


@dataclass(frozen=True, slots=True)
class Original:
    """The events that are declared an error together: one, and those that it implied.

    Attributes:
        record: id of the record that holds them.
        first: number of the first of them there.
        last: number of the last of them, which is the one.
        fulfils: what of which shipments that one settled.
    """

    record: UUID
    first: int = 0
    last: int = 255
    fulfils: tuple[Fulfilment, ...] = ()

    def holds(self, event: str) -> bool:
        """Whether an event, by its bare UUID, is one of them."""
        record, number = place_of(event)
        return record == self.record and self.first <= number <= self.last


@dataclass(slots=True)
class Found:
    """The standing entries of the events to be withdrawn, and what was built on them.

    Attributes:
        original: the events.
        entries: by event and plain key.
        after: newest entry that builds on one of them, by plain key; None where there is none.
    """

    original: Original
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    after: dict[str, Entry | None] = field(default_factory=dict)
    _known: dict[int, tuple[list[Entry], Entry | None]] = field(default_factory=dict)

    def look_at(self, keys: Iterable[str], things: Things, at: int = EVER) -> None:
        """Look for entries in trails.

        Args:
            keys: of things.
            things: by plain key.
            at: when the event took effect, for containers whose entry is in a further item.
        """
        for key in keys:
            if key not in self.after:
                own, self.after[key] = self._in(things[key], at)
                for entry in own:
                    self.entries.setdefault(entry.event, {})[key] = entry

    def _in(self, thing: Thing, at: int) -> tuple[list[Entry], Entry | None]:
        """Return what a trail says of the events, and what followed; units share their trails."""
        if id(thing.trail) not in self._known:
            counts = standing(thing.trail)
            own = [entry for entry in counts if self.original.holds(entry.event)]
            self._known[id(thing.trail)] = own, _built_on(own, counts, at, spilled=thing.spilled)
        return self._known[id(thing.trail)]

    def unpacked(self) -> list[tuple[str, int]]:
        """Return the containers that things were taken out of, and when."""
        every = (entry for entries in self.entries.values() for entry in entries.values())
        return [(each.container, each.at) for each in every if each.kind is Kind.UNPACKED]

    def emptied(self, key: str) -> Entry | None:
        """Return the entry that says that a container was emptied of all."""
        every = (entries.get(key) for entries in self.entries.values())
        return next((each for each in every if each and each.kind is Kind.EMPTIED), None)


def _built_on(own: list[Entry], counts: Sequence[Entry], at: int, *, spilled: int) -> Entry | None:
    """Return the newest entry that builds on an event's own, or None.

    A container that came to be by the event is what all others went into.
    """
    kinds = {entry.kind for entry in own}
    if kinds == {Kind.OBSERVED}:
        return None
    since = min((entry.at for entry in own), default=at)
    later = [entry for entry in counts if entry.at > since and entry not in own]
    if own and own[0] == counts[0]:
        return later[-1] if later else counts[0] if spilled else None
    if kinds <= _CONTENTS:
        later = [entry for entry in later if entry.kind not in _CONTENTS]
    return later[-1] if later else None


def look(decision: Decision, event: Event, original: Original) -> Found:
    """Find what the events said of everything that they concerned."""
    found, world = Found(original), decision.world
    inputs = [str(epc) for epc in inputs_of(event) if str(epc) in world.things]
    keys = [str(epc) for epc in event.epcs if str(epc) in world.things]
    around = keys if event.biz_step in WITH_CONTENTS else inputs
    keys += [*inputs, *(inner for key in tuple(around) for inner in world.within(key))]
    found.look_at(keys, world.things)
    containers_of = found.unpacked()
    if event.parent and not containers_of:
        entries = (entry for each in found.entries.values() for entry in each.values())
        containers_of = [(str(event.parent), min((entry.at for entry in entries), default=EVER))]
    for container, at in set(containers_of):
        found.look_at(upwards(container, world.things), world.things, at)
    return found


def upwards(key: str, things: Things) -> tuple[str, ...]:
    """Return a container, if it is there, and those around it."""
    return (key, *containers(key, things)) if key in things else ()


def refuse_what_went_on(decision: Decision, event: Event, found: Found) -> None:
    """Refuse when anything was built on the events, for each thing with what that was.

    Raises:
        Conflict: something was, or the end of a life cannot be undone any more.
    """
    since, things = _Since(decision, found.after), decision.world.things
    inputs = inputs_of(event)
    for pointer, epcs in (("/epcs", event.epcs), ("/inputs", inputs)):
        _refuse_each(decision, epcs, pointer, found, since)
    if event.parent:
        parent = str(event.parent)
        refusal = next(filter(None, map(since.of, upwards(parent, things))), None)
        if refusal := refusal or _moved_out(decision, parent, found, since):
            refuse_one("/parent", refusal, event.parent, decision.situation(event.parent))


def _refuse_each(
    decision: Decision, epcs: Iterable[Epc], pointer: str, found: Found, since: "_Since"
) -> None:
    check, things = Check(decision, pointer), decision.world.things
    for epc in epcs:
        own = (str(epc), *decision.world.within(str(epc)))
        refusal = next(filter(None, map(since.of, own)), None)
        check.add(
            epc,
            refusal
            or _left(str(epc), found, since, things)
            or _too_late(decision, str(epc), found),
        )
    check.done()


class _Since:
    """Says what happened to things since, as far as the actor may know."""

    def __init__(self, decision: Decision, after: Mapping[str, Entry | None]) -> None:
        self._decision = decision
        self._after = after
        self._told: dict[tuple[int, Entry], Refusal] = {}

    def of(self, key: str) -> Refusal:
        """Return why the event cannot be withdrawn of a thing; None where nothing followed."""
        after = self._after.get(key)
        return after and self.told(key, after)

    def told(self, key: str, after: Entry) -> Refusal:
        """Return what happened to a thing as a refusal; things that share a trail share it."""
        of = id(self._decision.world.things[key].trail), after
        if of not in self._told:
            self._told[of] = "happened_since", self._sentence(key, after)
        return self._told[of]

    def _sentence(self, key: str, after: Entry) -> str:
        steps = visible(history(key, self._decision.world.things), self._decision.actor.gln)
        if not any(step.key == key and step.entry == after for step in steps):
            return "something has happened to it since"
        word, uri = after.kind.name.lower(), f"urn:uuid:{after.event}"
        return f"it was {word} since, by {uri}; expected that to be declared an error first"


def _left(key: str, found: Found, since: _Since, things: Things) -> Refusal:
    """Refuse when a container that a thing was taken out of has moved on since."""
    for entries in found.entries.values():
        entry = entries.get(key)
        if entry is not None and entry.kind is Kind.UNPACKED:
            return next(filter(None, map(since.of, upwards(entry.container, things))), None)
    return None


def _too_late(decision: Decision, key: str, found: Found) -> Refusal:
    """Refuse what may not be undone by any other event either (EU 2016/161, Article 13)."""
    for entries in found.entries.values():
        entry = entries.get(key)
        if entry is None or entry.kind not in _FINAL:
            continue
        if decision.now_us - entry.at > UNDO / timedelta(microseconds=1):
            return "too_late", "the end of a life may be undone within ten days only"
    return None


def _moved_out(decision: Decision, parent: str, found: Found, since: _Since) -> Refusal:
    """Refuse when something happened to what was in a container since it was emptied."""
    emptied, world = found.emptied(parent), decision.world
    if emptied is None:
        return None
    if not len(world.things[parent].before):
        return "happened_since", "it was filled and emptied again since"
    for inner in world.directly_in(world.things[parent].before):
        later = [each for each in standing(world.things[inner].trail) if each.at > emptied.at]
        if later:
            return since.told(inner, later[-1])
    return None
