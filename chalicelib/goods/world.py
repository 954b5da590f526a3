"""What a decision sees and changes: the goods, lots and rights that one request touches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.access.model import Actor
from chalicelib.epcis.model import Epc
from chalicelib.goods.model import Entry, Thing
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgtin
from chalicelib.ledger.epcset import EMPTY, EpcSet, epc_of
from chalicelib.lots.model import Lot, Status
from chalicelib.serial.model import Place


@dataclass(slots=True)
class World:
    """The goods, lots and rights that one request touches, as read, then as changed.

    Attributes:
        now_us: record time, microseconds since 1970 UTC.
        things: by plain key; what is not here does not exist.
        places: indexes of the serial numbers that we issued.
        unissued: serial numbers in a format of ours that were never issued.
        foreign: products of which some units carry numbers from elsewhere.
        lots: that the things belong to.
        owners: organisation that registered the product, by GTIN.
        members: parties of the events that are organisations of the network.
        partial: serials under a recall of part of a lot, with their places.
        introduced: lots of products that nobody here owns, which come to be with their first units.
        changed: plain keys of the things that decisions have changed.
        changes: how often a thing was changed; while it stays, so does all that follows.
    """

    now_us: int
    things: dict[str, Thing] = field(default_factory=dict)
    places: dict[Sgtin, Place] = field(default_factory=dict)
    unissued: set[Epc] = field(default_factory=set)
    foreign: set[Gtin] = field(default_factory=set)
    lots: dict[Lgtin, Lot] = field(default_factory=dict)
    owners: dict[Gtin, str] = field(default_factory=dict)
    members: set[Gln] = field(default_factory=set)
    partial: dict[Lgtin, Mapping[Sgtin, Place | None]] = field(default_factory=dict)
    introduced: dict[Lgtin, Lot] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    changes: int = 0
    _next: dict[tuple[int, Entry, str | None], tuple[Thing, Thing]] = field(
        default_factory=dict, repr=False
    )
    _units: dict[tuple[str, int, int], str] = field(default_factory=dict, repr=False)

    def epc(self, key: str) -> Epc:
        """Return the EPC of a plain key."""
        return epc_of(key)

    def put(self, key: str, thing: Thing) -> None:
        """Set a thing."""
        self.things[key] = thing
        self.changed.add(key)
        self.changes += 1

    def then(self, key: str, entry: Entry, *, lot: str | None = None) -> None:
        """Let one more thing happen to a thing; it comes to be when it is not there.

        Units that shared their trail share the longer one too: a page of them stays small, and so
        does the work.

        Args:
            key: plain key of the thing.
            entry: what happened.
            lot: plain lot number that it has from now on; as before when not said.
        """
        thing = self.things.get(key, _NOTHING)
        made = self._next.get((id(thing), entry, lot))
        if made is None:
            trail = (*thing.trail, entry)
            made = (thing, replace(thing, trail=trail, lot=thing.lot if lot is None else lot))
            self._next[id(thing), entry, lot] = made
        self.put(key, made[1])

    def hold(self, key: str, *, added: EpcSet = EMPTY, removed: EpcSet = EMPTY) -> None:
        """Change what is directly inside a container."""
        thing = self.things.get(key, _NOTHING)
        contents = (thing.contents | added) - removed
        height = thing.height if len(contents) else 0
        self.put(key, replace(thing, contents=contents, height=height))

    def empty(self, key: str) -> None:
        """Take out all that is directly inside a container, and remember what that was."""
        thing = self.things[key]
        self.put(key, replace(thing, contents=EMPTY, height=0, before=thing.contents))

    def refill(self, key: str) -> None:
        """Put back what was inside a container before it was emptied."""
        thing = self.things[key]
        contents = thing.contents | thing.before
        self.put(key, replace(thing, contents=contents, before=EMPTY))

    def raise_to(self, key: str, height: int) -> None:
        """Note that so many levels of things are inside a container, at least."""
        thing = self.things[key]
        self.put(key, replace(thing, height=max(thing.height, height)))

    def count(self, key: str, goods: Mapping[Lgtin, int], sign: int) -> None:
        """Add to, or take from, what a container holds at every depth."""
        thing = self.things[key]
        inside = dict(thing.inside)
        for lgtin, number in goods.items():
            inside[lgtin] = inside.get(lgtin, 0) + sign * number
        left = {lgtin: number for lgtin, number in inside.items() if number}
        self.put(key, replace(thing, inside=left))

    def owns(self, actor: Actor, gtin: Gtin) -> bool:
        """Whether the actor's organisation registered the product."""
        return self.owners.get(gtin) == actor.organisation

    def introduce(self, lot: Lot) -> None:
        """Let a lot come to be with the units that are introduced from outside the network."""
        self.introduced[lot.lgtin] = self.lots[lot.lgtin] = lot

    def whole_recall(self, lgtin: Lgtin) -> bool:
        """Whether the whole lot is under recall."""
        lot = self.lots.get(lgtin)
        return lot is not None and lot.recalled

    def held_back(self, epc: Epc) -> tuple[str, str] | None:
        """Return code and sentence when quality assurance has not released what is in a thing."""
        for lgtin in self.things[str(epc)].goods(epc):
            lot = self.lots.get(lgtin)
            if lot is not None and lot.status is not Status.RELEASED:
                return lot.status.value, f"lot {lgtin.lot} is {lot.status}"
        return None

    def recalled(self, epc: Epc) -> str:
        """Return the lot under recall that a thing is of, or holds goods of; empty for none."""
        inside: EpcSet | None = None
        for lgtin in self.things[str(epc)].goods(epc):
            if self.whole_recall(lgtin):
                return lgtin.lot
            if partial := self.partial.get(lgtin):
                inside = self._inside(str(epc)) if inside is None else inside
                units = partial.items()
                if epc in partial or any(inside.holds(unit, place) for unit, place in units):
                    return lgtin.lot
        return ""

    def within(self, key: str) -> Iterator[str]:
        """Yield what is inside a thing at every depth, as far as it was read."""
        thing = self.things.get(key)
        if thing is None or not len(thing.contents):
            return
        for inner in self.directly_in(thing.contents):
            if inner in self.things:
                yield inner
                yield from self.within(inner)

    def directly_in(self, contents: EpcSet) -> Iterator[str]:
        """Yield the plain keys of what is in a set, as far as its places are known."""
        if not self._units:
            self._units.update(
                {(epc.gtin.digits, at.epoch, at.index): str(epc) for epc, at in self.places.items()}
            )
        yield from map(str, contents.others)
        for (digits, epoch), indexes in contents.own.items():
            known = (self._units.get((digits, epoch, index)) for index in indexes)
            yield from (key for key in known if key is not None)

    def _inside(self, key: str) -> EpcSet:
        """Return what is in a thing at every depth."""
        found = self.things[key].contents
        for inner in self.within(key):
            if len(contents := self.things[inner].contents):
                found |= contents
        return found


_NOTHING = Thing()
