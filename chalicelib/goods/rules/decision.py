"""The decisions of one request, and what all steps share: how things are found and changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.epcis.model import Epc, Event, Quantity
from chalicelib.errors import TooLarge
from chalicelib.goods.history import related
from chalicelib.goods.model import (
    Entry,
    Kind,
    Situation,
    Status,
    containers,
    released,
    situation,
)
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.ledger.model import MOST_EVENTS, event_uri


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
    _situations: dict[int, Situation] = field(default_factory=dict, repr=False)
    _seen_at: int = -1

    @property
    def now_us(self) -> int:
        """Record time in microseconds since 1970."""
        return self.world.now_us

    def situation(self, epc: Epc) -> Situation:
        """Return where a thing is; nothing at all for what this organisation may not know.

        Things of one past are one object, so each past is looked at once, until something changes.
        """
        if self._seen_at != self.world.changes:
            self._situations.clear()
            self._seen_at = self.world.changes
        key = str(epc)
        thing = self.world.things.get(key)
        if thing is None:
            return _NOWHERE
        now = self._situations.get(id(thing))
        if now is None:
            known = related(key, self.world.things, self.actor.gln)
            now = situation(key, self.world.things) if known else _NOWHERE
            self._situations[id(thing)] = now
        return now

    def chain(self, epc: Epc) -> tuple[str, ...]:
        """Return the containers around a thing, innermost first."""
        key = str(epc)
        return containers(key, self.world.things) if key in self.world.things else ()

    def moment(self, event: Event) -> int:
        """Return when the event takes effect: never before what its things went through."""
        things, named = self.world.things, self._unlike(map(str, event.epcs))
        keys = {*named, *self._unlike(inner for key in named for inner in self.world.within(key))}
        if event.parent:
            keys |= {str(event.parent), *self.chain(event.parent)}
        latest = max((released(key, things) for key in keys if key in things), default=0)
        return max(round(event.event_time.timestamp() * 1_000_000), latest + 1)

    def _unlike(self, keys: Iterable[str]) -> list[str]:
        """Return one key of each past among things: what is alike in all holds for each."""
        things = self.world.things
        return list({id(things[key]): key for key in keys if key in things}.values())

    def total(self, epcs: Iterable[Epc]) -> dict[Lgtin, int]:
        """Return the lots in things, all together; nothing of what does not exist."""
        alike: dict[tuple[int, str], list[Epc]] = {}
        for epc in epcs:
            thing, of = self.world.things.get(str(epc)), isinstance(epc, Sgtin) and epc.gtin.digits
            alike.setdefault((id(thing), of or ""), []).append(epc)
        goods: dict[Lgtin, int] = {}
        for epc, *others in alike.values():
            thing = self.world.things.get(str(epc))
            each = thing.goods(epc) if thing else {}
            summed(goods, {lgtin: count * (1 + len(others)) for lgtin, count in each.items()})
        return goods

    def entry(
        self, kind: Kind, at: int, event: Event, *, container: str = "", party: str = ""
    ) -> Entry:
        """Return what trails say of the event that is noted next."""
        place = event.biz_location or event.read_point
        uri = event_uri(self.record, len(self.events)).removeprefix("urn:uuid:")
        return Entry(kind, uri, at, event.by.digits, container, party, str(place) if place else "")

    def count(self, container: Epc, goods: Mapping[Lgtin, int], sign: int, entry: Entry) -> None:
        """Carry what went in or came out through to the outermost container.

        Each gets the entry, so that no later event of theirs takes effect before it.
        """
        for key in (str(container), *self.chain(container)):
            self.world.then(key, entry)
            self.world.count(key, goods, sign)

    def move(self, event: Event, entries: Mapping[Epc, Entry]) -> None:
        """Let things go on, each by its entry, with what is in them."""
        goods = self.total(entries)
        for epc, entry in entries.items():
            self.world.then(str(epc), entry)
        self.note(event, goods)

    def note(self, event: Event, goods: Mapping[Lgtin, int]) -> None:
        """Keep the event, with the goods that it concerned."""
        if len(self.events) >= MOST_EVENTS:
            raise TooLarge(f"One request may record at most {MOST_EVENTS} events; split it.")
        self.events.append(replace(event, goods=quantities(goods)))


def quantities(goods: Mapping[Lgtin, int]) -> tuple[Quantity, ...]:
    """Return goods as an event tells them."""
    return tuple(Quantity(lgtin, count) for lgtin, count in sorted(goods.items()))


def summed(total: dict[Lgtin, int], more: Mapping[Lgtin, int]) -> dict[Lgtin, int]:
    """Add goods to a total."""
    for lgtin, count in more.items():
        total[lgtin] = total.get(lgtin, 0) + count
    return total


_NOWHERE = Situation(Status.UNASSIGNED, "", "", "", ())
