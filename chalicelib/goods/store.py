"""The units table: pages of units, and things of their own. Nothing above knows of pages.

Promises: `load` reads strongly; `save` writes the record and every change in one transaction, each
item on condition that it is as it was read. A unit stands in one place: on its page until something
happens to it alone, from then on in an item of its own, and the page says so.

Trust: whoever can write to this table can change where goods are said to be; the events table tells
otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from chalicelib.directory.store import OrganisationItem, ProductItem, gln_pk, product_key
from chalicelib.epcis.interpretation import inputs_of
from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.errors import AlreadyExists, Raced, TooLarge
from chalicelib.goods.codec import (
    MOVED,
    Slots,
    decode_entries,
    decode_page,
    decode_thing,
    encode_entries,
    encode_page,
    encode_thing,
)
from chalicelib.goods.model import Entry, Kind, Thing, references, standing
from chalicelib.goods.staging import Batch, Staged, StagedItem, effective
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgtin, Sscc
from chalicelib.ledger.epcset import epc_of
from chalicelib.ledger.model import Record
from chalicelib.ledger.store import PartItem, RecordItem, record_key, to_items
from chalicelib.lots import scopes
from chalicelib.lots.store import LotItem, introduce, lot_key, reach_epoch, to_lot
from chalicelib.serial.model import PAGE, Place
from chalicelib.serial.store import Numbers
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get_many
from chalicelib.table.transaction import LIMIT, Transaction

IN_PLACE = 8
"""From so many units of one page on, one page write is cheaper than moving each unit out."""

EAGER = 25
"""Up to so many units, items of their own are read along with the pages: one round trip less."""

SPILL = 32
"""Entries about contents that a container carries before they move to a further item."""


class PageItem(StagedItem):
    """512 consecutive serial numbers: `pk` is `P#{gtin}#{epoch}#{page}`."""

    class Meta:
        """Where it lives."""

        table_name = "units"


class ThingItem(StagedItem):
    """A unit or container of its own: `pk` is `U#{plain key}`; `sk` `h{n}` holds old entries."""

    class Meta:
        """Where it lives."""

        table_name = "units"


_WITH_CONTENTS = frozenset(
    {
        BizStep.DISPENSING,
        BizStep.SAMPLING,
        BizStep.DESTROYING,
        BizStep.DECOMMISSIONING,
        BizStep.EXPORTING,
        BizStep.FREE_SAMPLING,
        BizStep.LOCKING,
        BizStep.REPORTING_STOLEN,
        BizStep.CHECKING_OUT,
        BizStep.REACTIVATING,
        BizStep.SUSPECTING,
        BizStep.CONDEMNING,
        BizStep.CLEARING,
    }
)
"""What happens to a thing and to all that is in it."""

_COMMISSIONING = frozenset({BizStep.COMMISSIONING, BizStep.TRANSFORMING})
_OF_NEW_NUMBERS = _COMMISSIONING | {BizStep.RETURNING_NUMBERS}
"""What happens to numbers that nothing stands under yet."""


class ForeignItem(Item):
    """Says that units of a product carry numbers from elsewhere: `pk` is `F#{gtin}`."""

    class Meta:
        """Where it lives."""

        table_name = "units"


PageKey = tuple[str, int, int]
"""GTIN digits, epoch, number of the page."""


@dataclass(slots=True)
class Loaded:
    """A world, and what is needed to write it back.

    Attributes:
        world: for the decisions.
        records: those that stand already of the ids that the request's events would be under.
        pages: units by slot, as read.
        versions: of the items read, by key; 0 for what is not there.
        staged: keys of the items that the reading batch itself has staged.
    """

    world: World
    records: dict[UUID, RecordItem] = field(default_factory=dict)
    pages: dict[PageKey, Slots] = field(default_factory=dict)
    versions: dict[Key, int] = field(default_factory=dict)
    staged: set[Key] = field(default_factory=set)


def page_key(page: PageKey) -> Key:
    """Return where a page stands."""
    gtin, epoch, number = page
    return Key(PageItem, f"P#{gtin}#{epoch}#{number}")


def thing_key(key: str) -> Key:
    """Return where a thing of its own stands."""
    return Key(ThingItem, f"U#{key}")


def foreign_key(gtin: Gtin) -> Key:
    """Return where it stands that a product carries numbers from elsewhere."""
    return Key(ForeignItem, f"F#{gtin}")


def page_of(unit: Sgtin, place: Place) -> PageKey:
    """Return the page that a unit with a place belongs to."""
    return unit.gtin.digits, place.epoch, place.index // PAGE


class GoodsStore:
    """Reads and writes goods.

    Args:
        numbers: knows which serial numbers we issued.
        batch: reads what this batch has staged as if it were true.
    """

    def __init__(self, numbers: Numbers, batch: Batch | None = None) -> None:
        self._numbers = numbers
        self._batch = batch

    def load(self, events: Sequence[Event], records: Iterable[UUID], *, now_us: int) -> Loaded:
        """Read everything that the events touch, in as few round trips as there are levels.

        Raises:
            Raced: a batch under way is changing some of it.
        """
        epcs = {epc for event in events for epc in (*event.epcs, event.parent) if epc}
        epcs |= {epc for event in events for epc in inputs_of(event)}
        loaded = Loaded(World(now_us))
        self._place(loaded.world, epcs)
        token = self._batch.token if self._batch else ""
        loaded.world.lots |= self._batch.lots if self._batch else {}
        reader = _Reader(self._numbers, loaded, events, token=token, wait=True)
        reader.first(map(record_key, records), epcs)
        reader.rest()
        return loaded

    def see(self, epcs: Iterable[Epc], *, now_us: int) -> World:
        """Read things and all that their trails refer to, for answering questions."""
        loaded = Loaded(World(now_us))
        wanted = set(epcs)
        self._place(loaded.world, wanted)
        reader = _Reader(self._numbers, loaded, ())
        reader.first((), wanted)
        reader.rest()
        return loaded.world

    def _place(self, world: World, epcs: Iterable[Epc]) -> None:
        by_gtin: dict[Gtin, list[Sgtin]] = {}
        for epc in epcs:
            if isinstance(epc, Sgtin):
                by_gtin.setdefault(epc.gtin, []).append(epc)
        for gtin, units in by_gtin.items():
            places = self._numbers.locate(gtin, [unit.serial for unit in units])
            for unit, place in zip(units, places, strict=True):
                if place is not None:
                    world.places[unit] = place
                elif self._numbers.candidates(gtin, unit.serial):
                    world.unissued.add(unit)

    def save(self, loaded: Loaded, *records: Record) -> None:
        """Write records and everything that their events changed, or nothing.

        Raises:
            AlreadyExists: a record stands under one of the ids; it is in `existing`.
            Raced: something changed since it was read.
            TooLarge: more changes than one transaction carries.
        """
        if len(records) > LIMIT:
            raise _too_large()  # before anything is worked out for nothing
        tx = Transaction()
        for record in records:
            head, parts = to_items(record)
            tx.create(head, refused=AlreadyExists("The event is recorded already."))
            for part in parts:
                tx.put(part)
        for lot in loaded.world.introduced.values():
            introduce(tx, lot)
        self._note_news(tx, loaded.world, records)
        room = LIMIT - len(tx)
        plan = _planned(loaded)
        if len(plan) > room:
            plan = _planned(loaded, few=0)
        if len(plan) > room:
            raise _too_large()
        for change in _changes(loaded, plan):
            item = change.key.model(pk=change.key.pk, body=change.body, version=change.version + 1)
            tx.replace(
                item, version=change.version, refused=Raced("The goods were changed meanwhile.")
            )
            for beside in change.beside:
                tx.put(beside)
        tx.commit()

    def stage(self, loaded: Loaded, *records: Record) -> None:
        """Stage records and everything that their events changed, in this store's batch.

        Raises:
            Raced: something changed since it was read, or the batch is over.
        """
        if self._batch is None:
            raise ValueError("there is no batch to stage in")
        # Notes of what to look for say nothing of goods: they may stand before them.
        tx = Transaction()
        self._note_news(tx, loaded.world, records)
        tx.commit()
        self._batch.introduce(loaded.world.introduced.values())
        items: list[RecordItem | PartItem] = []
        for record in records:
            head, parts = to_items(record)
            items += [*parts, head]
        self._batch.stage(_changes(loaded, _planned(loaded)), items)

    def _note_news(self, tx: Transaction, world: World, records: Sequence[Record]) -> None:
        """Write what is to be known of lots and products before units of a new kind can be."""
        for lgtin, epoch in _newer_epochs(world, records).items():
            reach_epoch(tx, lgtin, epoch)
        for gtin in _newly_foreign(world, records):
            tx.put(ForeignItem(pk=foreign_key(gtin).pk))


class _Reader:
    """Reads a world level by level: first what is named, then what that refers to."""

    def __init__(
        self,
        numbers: Numbers,
        loaded: Loaded,
        events: Sequence[Event],
        *,
        token: str = "",
        wait: bool = False,
    ) -> None:
        self._numbers = numbers
        self._token, self._wait = token, wait
        self._loaded = loaded
        self._world = loaded.world
        self._asked: set[Key] = set()
        self._bodies: dict[bytes, Thing] = {}
        self._wanted: set[str] = set()
        self._expected: set[str] = set()
        self._events = events
        self._inbound = any(map(_inbound, events))
        self._refilled = {str(event.parent) for event in events if _refills(event)}
        self._emptied: set[str] = set()
        for event in events:
            ending = event.epcs if event.biz_step in _WITH_CONTENTS else inputs_of(event)
            self._emptied |= set(map(str, ending))

    def first(self, records: Iterable[Key], epcs: set[Epc]) -> None:
        """Read what is named, the request's own records, and what commissioning needs."""
        self._wanted |= set(map(str, epcs))
        fresh = {e for each in self._events if each.biz_step in _OF_NEW_NUMBERS for e in each.epcs}
        self._expected = set(map(str, epcs - fresh))
        keys = {*records, *self._senders()}
        for event in self._events:
            if event.biz_step in _OF_NEW_NUMBERS:
                gtins = {epc.gtin for epc in event.epcs if isinstance(epc, Sgtin)}
                keys |= {product_key(gtin) for gtin in gtins}
                keys |= {foreign_key(gtin) for gtin in gtins}
                keys |= {lot_key(Lgtin.of(gtin, event.lot)) for gtin in gtins if event.lot}
        eager = len(epcs) <= EAGER
        for epc in epcs:
            place = self._world.places.get(epc) if isinstance(epc, Sgtin) else None
            if place is not None and isinstance(epc, Sgtin):
                keys.add(page_key(page_of(epc, place)))
            if place is None or eager:
                keys.add(thing_key(str(epc)))
        self._read(keys)

    def _senders(self) -> set[Key]:
        """Return where it stands whether those are members from whom goods come."""
        inbound = (
            event
            for event in self._events
            if _inbound(event) or event.biz_step is BizStep.RECEIVING
        )
        return {Key(OrganisationItem, gln_pk(event.source)) for event in inbound if event.source}

    def rest(self) -> None:
        """Read what the things refer to, until nothing is missing."""
        self._read(self._doubles() - self._asked)
        self._until_nothing_is(self._missing)
        self._partial()

    def _doubles(self) -> set[Key]:
        """Return where numbers of ours would stand if they had come from elsewhere before.

        A product may carry imported numbers that a format of ours, chosen later, spells too. They
        have no place, so each is looked for; only for products that have such numbers at all.
        """
        return {
            thing_key(str(epc))
            for event in self._events
            if event.biz_step in _OF_NEW_NUMBERS
            for epc in event.epcs
            if isinstance(epc, Sgtin) and epc.gtin in self._world.foreign
        }

    def _until_nothing_is(self, missing: Callable[[], set[Key]]) -> None:
        """Read what is missing until that brings up nothing new.

        A thing may come up without a read: its page was read for another one.
        """
        known = -1
        while (keys := missing() - self._asked) or known < len(self._world.things):
            known = len(self._world.things)
            if keys:
                self._read(keys)

    def _missing(self) -> set[Key]:
        things = self._world.things
        keys = {thing_key(key) for key in self._wanted if things.get(key) is MOVED}
        # What came from elsewhere has no slot on the page that a later format gives it.
        keys |= {thing_key(key) for key in self._expected - things.keys()}
        # Units of one past are one object; of several products, each has lots of its own.
        distinct = {
            (id(thing), key[:14]): (key, thing)
            for key, thing in things.items()
            if thing is not MOVED
        }
        for key, thing in distinct.values():
            keys |= self._look_for(references(thing))
            lots = thing.goods(epc_of(key))
            keys |= {lot_key(lgtin) for lgtin in lots}
            if self._inbound:
                keys |= {product_key(lgtin.gtin) for lgtin in lots}
        ending = [things[key] for key in self._emptied if key in things]
        inner = {str(epc) for thing in ending for epc in thing.contents.epcs(self._numbers)}
        self._emptied |= inner
        refilled = [things[key] for key in self._refilled if key in things]
        # What is inside may be taken out by an event of the same document.
        held = [each for thing in refilled for each in (thing.before, thing.contents)]
        inner |= {str(epc) for each in held for epc in each.epcs(self._numbers)}
        return keys | self._look_for(inner)

    def _look_for(self, names: Iterable[str]) -> set[Key]:
        """Return what must be read for things that are not here yet."""
        missing = {name for name in names if name not in self._world.things}
        self._wanted |= missing
        keys = {key for name in missing for key in self._stands(name)}
        if missing:
            self._look_up()
        return keys

    def _stands(self, name: str) -> set[Key]:
        epc = epc_of(name)
        if isinstance(epc, Sgtin):
            (place,) = self._numbers.locate(epc.gtin, [epc.serial])
            if place is not None:
                self._world.places[epc] = place
                return {page_key(page_of(epc, place))}
        return {thing_key(name)}

    def _read(self, keys: set[Key]) -> None:
        self._asked |= keys
        found = get_many(keys)
        for key, item in found.items():
            if isinstance(item, StagedItem):
                self._loaded.versions[key] = int(item.version)
                if self._token and item.intent == self._token:
                    self._loaded.staged.add(key)
        for key, item in effective(found, mine=self._token, wait=self._wait).items():
            self._take(key, item)
        self._look_up()

    def _take(self, key: Key, item: Item) -> None:
        match item:
            case RecordItem():
                self._loaded.records[UUID(item.pk)] = item
            case ThingItem():
                self._world.things[key.pk[2:]] = self._decoded(item.body or b"")
            case PageItem():
                _, gtin, epoch, number = key.pk.split("#")
                self._loaded.pages[gtin, int(epoch), int(number)] = decode_page(item.body or b"")
            case LotItem():
                lot = to_lot(item)
                self._world.lots[lot.lgtin] = lot
            case ForeignItem():
                self._world.foreign.add(Gtin(key.pk[2:]))
            case OrganisationItem():
                self._world.members.add(Gln(item.gln))
            case ProductItem():
                self._world.owners[Gtin(item.pk.removeprefix("product#"))] = item.owner

    def _decoded(self, body: bytes) -> Thing:
        """Return a thing; those that say the same are one, as on a page."""
        thing = self._bodies.get(body)
        if thing is None:
            thing = self._bodies[body] = decode_thing(body)
        return thing

    def _look_up(self) -> None:
        """Find the wanted units on the pages read; an item of its own goes before its page."""
        for unit, place in self._world.places.items():
            key = str(unit)
            known = self._world.things.get(key)
            if known is not None and known is not MOVED:
                continue
            slots = self._loaded.pages.get(page_of(unit, place), {})
            thing = slots.get(place.index % PAGE)
            if thing is not None:
                self._world.things[key] = thing

    def _partial(self) -> None:
        """Read the serials under a recall of part of a lot, and the containers in between."""
        partial = [
            (lgtin, recall_id)
            for lgtin, lot in self._world.lots.items()
            for recall_id in lot.partial_recalls
        ]
        if not partial:
            return
        for lgtin, recall_id in partial:
            texts = sorted(scopes.serials(recall_id, lgtin))
            places = self._numbers.locate(lgtin.gtin, texts)
            units = (Sgtin.of(lgtin.gtin, text) for text in texts)
            known = dict(self._world.partial.get(lgtin, {}))
            self._world.partial[lgtin] = known | dict(zip(units, places, strict=True))
        self._until_nothing_is(self._containers_below)

    def _containers_below(self) -> set[Key]:
        things = self._world.things
        inner: set[str] = set()
        for thing in things.values():
            if len(thing.contents):
                inner |= {str(epc) for epc in thing.contents.others if isinstance(epc, Sscc)}
                if self._hides(thing):
                    inner |= set(map(str, thing.contents.epcs(self._numbers)))
        self._wanted |= inner
        keys = {thing_key(name) for name in inner if things.get(name) is MOVED}
        return keys | self._look_for(inner)

    def _hides(self, thing: Thing) -> bool:
        """Whether units in it hold others: there are more inside than its cases account for."""
        count = sum(thing.inside.values())
        for epc in thing.contents.others:
            case = self._world.things.get(str(epc)) if isinstance(epc, Sscc) else None
            count -= sum(case.inside.values()) if case else isinstance(epc, Sgtin)
        return count > sum(map(len, thing.contents.own.values()))


def _too_large() -> TooLarge:
    return TooLarge("The request changes more goods than one transaction holds; split it.")


def _inbound(event: Event) -> bool:
    """Whether it may be a shipment from outside the network to who records it."""
    step, to_self = event.biz_step is BizStep.SHIPPING, event.destination == event.by
    return event.captured is not None and step and to_self


def _refills(event: Event) -> bool:
    """Whether it declares an error that a container was emptied of all."""
    return event.declares and event.biz_step is BizStep.UNPACKING and not event.epcs


def _commissioned(records: Iterable[Record]) -> Iterable[tuple[Event, Sgtin]]:
    for record in records:
        for event in record.events:
            if event.biz_step in _COMMISSIONING and not event.withdraws:
                yield from ((event, epc) for epc in event.epcs if isinstance(epc, Sgtin))


def _newer_epochs(world: World, records: Iterable[Record]) -> dict[Lgtin, int]:
    """Return the lots in which units of a newer epoch than before are commissioned."""
    newest: dict[tuple[Gtin, str], int] = {}
    for event, epc in _commissioned(records):
        place, of = world.places.get(epc), (epc.gtin, event.lot or "")
        if place and place.epoch > newest.get(of, 0):
            newest[of] = place.epoch
    by_lot = {Lgtin.of(*of): epoch for of, epoch in newest.items()}
    return {lgtin: epoch for lgtin, epoch in by_lot.items() if epoch > world.lots[lgtin].epoch}


def _newly_foreign(world: World, records: Iterable[Record]) -> set[Gtin]:
    """Return the products of which a number from elsewhere is commissioned for the first time."""
    return {
        epc.gtin
        for _, epc in _commissioned(records)
        if epc not in world.places and epc.gtin not in world.foreign
    }


@dataclass(slots=True)
class _Plan:
    """What is to be written: pages as they shall be, and things in items of their own."""

    pages: dict[PageKey, Slots]
    own: set[str]
    spilling: int

    def __len__(self) -> int:
        return len(self.pages) + len(self.own) + self.spilling


_Placed = Sequence[tuple[str, PageKey, int]]
"""Changed units that have a place: plain key, page and slot."""


def _planned(loaded: Loaded, few: int = IN_PLACE) -> _Plan:
    """Return what is to be written; fewer than `few` units of a page leave it."""
    placed = _placed(loaded.world)
    return _plan(loaded, placed, _moves(loaded, placed, few))


def _moves(loaded: Loaded, placed: _Placed, few: int) -> set[str]:
    """Return the units that leave their page: fewer than `few` of a page, or holding others.

    Those that have left it before are among them.
    """
    world = loaded.world
    by_page: dict[PageKey, list[str]] = {}
    moved: set[str] = set()
    for key, page, slot in placed:
        before = loaded.pages.get(page, {}).get(slot)
        if before is MOVED or thing_key(key) in loaded.versions or len(world.things[key].contents):
            moved.add(key)
        elif before is not None:
            by_page.setdefault(page, []).append(key)
    for keys in by_page.values():
        if len(keys) < few:
            moved.update(keys)
    return moved


def _plan(loaded: Loaded, placed: _Placed, moved: set[str]) -> _Plan:
    """Return what is to be written when the given units stand in items of their own."""
    world = loaded.world
    pages: dict[PageKey, Slots] = {}
    own = set(world.changed)
    for key, page, slot in placed:
        if key in moved:
            if loaded.pages.get(page, {}).get(slot) is MOVED:
                continue
        else:
            own.discard(key)
        slots = pages.get(page)
        if slots is None:
            slots = pages[page] = dict(loaded.pages.get(page, {}))
        slots[slot] = MOVED if key in moved else world.things[key]
    return _Plan(pages, own, sum(1 for key in own if _excess(world.things[key])))


def _placed(world: World) -> _Placed:
    return [
        (key, page_of(unit, place), place.index % PAGE)
        for unit, place in world.places.items()
        if (key := str(unit)) in world.changed
    ]


def _changes(loaded: Loaded, plan: _Plan) -> Iterator[Staged]:
    """Yield the items to be written: what they shall say, and what was read of them."""
    for page, slots in plan.pages.items():
        key = page_key(page)
        again = key in loaded.staged
        yield Staged(key, encode_page(slots), loaded.versions.get(key, 0), again=again)
    bodies: dict[int, bytes] = {}
    for name in sorted(plan.own):
        whole = loaded.world.things[name]
        thing, beside = _spill(name, whole)
        body = None if beside else bodies.get(id(whole))
        if body is None:
            body = bodies[id(whole)] = encode_thing(thing)
        key = thing_key(name)
        again = key in loaded.staged
        yield Staged(key, body, loaded.versions.get(key, 0), beside, again=again)


def _excess(thing: Thing) -> tuple[Entry, ...]:
    """Return the entries that may move out: about contents, but for those that hold its state.

    That is the first one that stands; the last one that stands, which may be withdrawn; and the
    last one of all, before which nothing may take effect.
    """
    if len(thing.trail) <= SPILL:
        return ()
    counts = standing(thing.trail)
    kept = {*counts[:1], *counts[-1:], thing.trail[-1]}
    contents = (Kind.FILLED, Kind.RELIEVED)
    others = {entry.event for entry in thing.trail if entry.kind not in contents}
    about = [
        entry
        for entry in thing.trail
        if entry not in kept
        and (entry.kind in contents or (entry.withdraws and entry.withdraws not in others))
    ]
    return tuple(about) if len(about) > SPILL else ()


def _spill(name: str, thing: Thing) -> tuple[Thing, tuple[Item, ...]]:
    """Return a thing without the entries that move out, and the item that they move to.

    The item is written whatever stands there: nobody looks before the thing says how many there
    are, and the thing is written on condition that nobody changed it.
    """
    excess = _excess(thing)
    if not excess:
        return thing, ()
    key = thing_key(name)
    item = ThingItem(pk=key.pk, sk=f"h{thing.spilled:06d}", version=1, body=encode_entries(excess))
    gone = set(excess)
    trail = tuple(entry for entry in thing.trail if entry not in gone)
    return replace(thing, trail=trail, spilled=thing.spilled + 1), (item,)


def spilled(name: str, thing: Thing) -> tuple[Entry, ...]:
    """Return the entries of a container's trail that lie in further items."""
    wanted = [Key(ThingItem, f"U#{name}", f"h{n:06d}") for n in range(thing.spilled)]
    found = get_many(wanted)
    bodies = (cast("ThingItem", found[key]).body for key in wanted)
    return tuple(entry for body in bodies for entry in decode_entries(body or b""))
