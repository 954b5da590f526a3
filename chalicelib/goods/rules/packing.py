"""What goes into containers, and comes out of them."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.errors import Malformed
from chalicelib.goods.history import last_shipment
from chalicelib.goods.model import Kind, Status
from chalicelib.goods.rules.check import (
    ABSENT,
    Check,
    Refusal,
    conflict,
    not_alive,
    not_held,
    recalled,
    refuse_one,
)
from chalicelib.goods.rules.decision import Decision
from chalicelib.gs1.keys import Sgtin, Sscc
from chalicelib.ledger.epcset import EpcSet

_REUSE = timedelta(days=365)
"""An SSCC is not given anew within a year of its shipment (GS1 General Specifications, 2.2.1)."""

DEEPEST = 12
"""Containers around a unit, at most: each is a read more for everything that is asked of it."""


def pack(decision: Decision, event: Event, pointer: str) -> None:
    """Put things into a container."""
    parent = _parent(event, pointer)
    _packable_into(decision, parent, f"{pointer}/parent")
    check = Check(decision, f"{pointer}/children")
    around = (str(parent), *decision.chain(parent))
    for epc in event.epcs:
        check.add(epc, _not_packable(decision, epc, around))
    check.done()
    height = 1 + max(decision.world.things[str(epc)].height for epc in event.epcs)
    at = decision.moment(event)
    goods = decision.total(event.epcs)
    packed = decision.entry(Kind.PACKED, at, event, container=str(parent))
    for epc in event.epcs:
        decision.world.then(str(epc), packed)
    added = EpcSet.of(event.epcs, decision.world.places)
    decision.world.hold(str(parent), added=added)
    decision.count(parent, goods, 1, decision.entry(Kind.FILLED, at, event))
    for level, key in enumerate(around):
        decision.world.raise_to(key, height + level)
    decision.note(event, goods)


def _packable_into(decision: Decision, parent: Epc, pointer: str) -> None:
    thing = decision.world.things.get(str(parent))
    if thing is None or not thing.exists:
        if isinstance(parent, Sgtin):
            refuse_one(pointer, ABSENT, parent, decision.situation(parent))
        return
    now = decision.situation(parent)
    refusal = not_held(decision, now) or not_alive(now)
    if isinstance(parent, Sgtin):
        if refusal:
            refuse_one(pointer, refusal, parent, now)
        return
    if now.status is Status.UNASSIGNED:
        refusal = "sscc_in_use", "it is in use"
    elif refusal is None and not len(thing.contents):
        refusal = _not_reusable(decision, parent)
    if refusal:
        refuse_one(pointer, ("sscc_in_use", refusal[1]), parent, now)


def _not_reusable(decision: Decision, parent: Sscc) -> Refusal:
    shipped = last_shipment(str(parent), decision.world.things)
    if shipped is None or decision.now_us - shipped > _REUSE / timedelta(microseconds=1):
        return None
    return "sscc_in_use", "it was shipped less than a year ago and may not be given anew"


def _not_packable(decision: Decision, epc: Epc, around: Sequence[str]) -> Refusal:
    if str(epc) in around:
        return "cycle", "a container cannot be packed into itself or into what it holds"
    now = decision.situation(epc)
    if refusal := not_held(decision, now):
        return refusal
    if now.chain:
        return "already_packed", f"it is packed in {now.chain[0]}"
    if decision.world.things[str(epc)].height + len(around) > DEEPEST:
        return "too_deep", f"more than {DEEPEST} containers would be around what is in it"
    return not_alive(now) or recalled(decision, epc)


def unpack(decision: Decision, event: Event, pointer: str) -> None:
    """Take things out of a container, or everything at once."""
    parent = _parent(event, pointer)
    now = decision.situation(parent)
    if refusal := not_held(decision, now) or not_alive(now):
        refuse_one(f"{pointer}/parent", refusal, parent, now)
    if event.epcs:
        _take_out(decision, event, pointer)
    else:
        _empty(decision, event, pointer)


def _empty(decision: Decision, event: Event, pointer: str) -> None:
    parent = _parent(event, pointer)
    thing = decision.world.things[str(parent)]
    if not len(thing.contents):
        raise conflict(f"{pointer}/parent", "empty", f"{parent} is empty.")
    goods = dict(thing.inside)
    at = decision.moment(event)
    decision.world.then(str(parent), decision.entry(Kind.EMPTIED, at, event))
    decision.world.empty(str(parent))
    decision.world.count(str(parent), goods, -1)
    for outer in decision.chain(parent):
        decision.world.then(outer, decision.entry(Kind.RELIEVED, at, event))
        decision.world.count(outer, goods, -1)
    decision.note(event, goods)


def _take_out(decision: Decision, event: Event, pointer: str) -> None:
    parent = _parent(event, pointer)
    check = Check(decision, f"{pointer}/children")
    for epc in event.epcs:
        now = decision.situation(epc)
        inside = bool(now.chain) and now.chain[0] == str(parent)
        check.add(epc, None if inside else ("not_inside", f"it is not in {parent}"))
    check.done()
    at = decision.moment(event)
    goods = decision.total(event.epcs)
    out = decision.entry(Kind.UNPACKED, at, event, container=str(parent))
    for epc in event.epcs:
        decision.world.then(str(epc), out)
    removed = EpcSet.of(event.epcs, decision.world.places)
    decision.world.hold(str(parent), removed=removed)
    decision.count(parent, goods, -1, decision.entry(Kind.RELIEVED, at, event))
    decision.note(event, goods)


def leave_containers(decision: Decision, event: Event, pointer: str) -> None:
    """Take out of their containers what moves on without them, as an event of its own."""
    by_parent: dict[str, list[Epc]] = {}
    for epc in event.epcs:
        if chain := decision.chain(epc):
            by_parent.setdefault(chain[0], []).append(epc)
    for parent, children in by_parent.items():
        out = Event(
            biz_step=BizStep.UNPACKING,
            event_time=event.event_time,
            by=event.by,
            epcs=tuple(children),
            parent=decision.world.epc(parent),
            read_point=event.read_point,
        )
        _take_out(decision, out, pointer)


def _parent(event: Event, pointer: str) -> Epc:
    if event.parent is None:
        raise Malformed.field(f"{pointer}/parent", "missing", "Expected a container.")
    return event.parent
