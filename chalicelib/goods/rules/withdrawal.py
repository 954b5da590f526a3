"""Error declarations: what an event did is as if it had never been (EPCIS 2.0, 7.4.1.2).

An event can be withdrawn while nothing that builds on it has happened to any of its goods: the
later ones are withdrawn first, newest first. Its entries stay in the trails; one more entry in each
says that they count no longer.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.epcis.interpretation import inputs_of, interpret
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import BizStep, Epc, Event, Fulfilment, Quantity
from chalicelib.errors import Conflict
from chalicelib.goods.model import Entry, Kind
from chalicelib.goods.rules.decision import Decision, quantities
from chalicelib.goods.rules.ending import counted
from chalicelib.goods.rules.since import (
    WITH_CONTENTS,
    Original,
    look,
    refuse_what_went_on,
    upwards,
)
from chalicelib.goods.rules.transforming import less
from chalicelib.gs1.keys import Lgtin
from chalicelib.ledger.epcset import EpcSet
from chalicelib.ledger.model import event_uri


def withdraw(decision: Decision, event: Event, original: Original) -> None:
    """Withdraw an event, and what it implied, newest first.

    Args:
        decision: of the request.
        event: the declaration: it repeats the event.
        original: what stands of the event.

    Raises:
        Conflict: it is withdrawn already, or something has happened to its goods since; or it is
            the end of a life, and too late to undo.
    """
    found = look(decision, event, original)
    if not found.entries and event.biz_step is not BizStep.OBSERVING:
        raise Conflict("The event was declared an error already.", code="already_withdrawn")
    refuse_what_went_on(decision, event, found)
    for name in sorted(found.entries, reverse=True) or [_unseen(original)]:
        entries = found.entries.get(name, {})
        kinds = {entry.kind for entry in entries.values()}
        implied = Kind.UNPACKED in kinds and event.biz_step is not BizStep.UNPACKING
        each = _implied(decision, event, name, entries) if implied else event
        fulfils = () if implied else original.fulfils
        _undo(decision, replace(each, withdraws=f"urn:uuid:{name}", fulfils=fulfils), name, entries)


def _unseen(original: Original) -> str:
    """Return the id of an observation that concerned nothing that is known here."""
    return event_uri(original.record, original.first).removeprefix("urn:uuid:")


def _undo(decision: Decision, event: Event, name: str, entries: Mapping[str, Entry]) -> None:
    """Let one event be as if it had never been."""
    named = [epc for epc in event.epcs if str(epc) in entries]
    inputs = [epc for epc in inputs_of(event) if str(epc) in entries]
    goods = decision.total(named or _inside_before(decision, event))
    goods = less(goods, decision.total(inputs)) if inputs else goods
    at = decision.moment(replace(event, epcs=(*event.epcs, *inputs)))
    gone = decision.entry(Kind.WITHDRAWN, at, event)
    gone = gone._replace(by=decision.actor.gln.digits, place="", withdraws=name)
    event = replace(event, fulfils=_fulfils(event, name, len(named), goods))
    for key, entry in entries.items():
        decision.world.then(key, gone, lot="" if entry.kind is Kind.COMMISSIONED else None)
    if event.biz_step in WITH_CONTENTS:  # all is as it was when that was counted
        goods = decision.total(counted(decision, event))
    if event.parent and event.biz_step in (BizStep.PACKING, BizStep.UNPACKING):
        _contents(decision, event, goods, gone)
    decision.note(event, goods)


def _inside_before(decision: Decision, event: Event) -> list[Epc]:
    """Return what was taken out of a container with all that was in it."""
    if event.biz_step is not BizStep.UNPACKING or event.parent is None:
        return []
    before = decision.world.things[str(event.parent)].before
    return [decision.world.epc(key) for key in decision.world.directly_in(before)]


def _contents(decision: Decision, event: Event, goods: Mapping[Lgtin, int], gone: Entry) -> None:
    """Put back what was taken out of a container, or take out what was put in."""
    parent, world = str(event.parent), decision.world
    around = upwards(parent, world.things)
    for key in around:
        if gone not in world.things[key].trail:  # the entry it withdraws is in a further item
            world.then(key, gone)
    if event.biz_step is BizStep.PACKING:
        world.hold(parent, removed=EpcSet.of(event.epcs, world.places))
        for key in around:
            world.count(key, goods, -1)
        return
    inner = event.epcs or _inside_before(decision, event)
    height = 1 + max(world.things[str(epc)].height for epc in inner)
    if event.epcs:
        world.hold(parent, added=EpcSet.of(event.epcs, world.places))
    else:
        world.refill(parent)
    for level, key in enumerate(around):
        world.count(key, goods, 1)
        world.raise_to(key, height + level)


def _fulfils(
    event: Event, name: str, things: int, goods: Mapping[Lgtin, int]
) -> tuple[Fulfilment, ...]:
    """Return what of shipments counts no longer: the shipment itself, or what settled one."""
    if event.biz_step is BizStep.SHIPPING:
        return (Fulfilment(name, things, quantities(goods)),)
    return tuple(
        Fulfilment(each.shipment, -each.things, tuple(map(_negative, each.goods)))
        for each in event.fulfils
    )


def _negative(each: Quantity) -> Quantity:
    return Quantity(each.lgtin, -each.count)


def _implied(decision: Decision, event: Event, name: str, entries: Mapping[str, Entry]) -> Event:
    """Return the declaration of an unpacking that an event implied, as it would be sent to us."""
    children = tuple(epc for epc in (*event.epcs, *inputs_of(event)) if str(epc) in entries)
    out = Event(
        biz_step=BizStep.UNPACKING,
        event_time=event.event_time,
        by=event.by,
        epcs=children,
        parent=decision.world.epc(entries[str(children[0])].container),
        read_point=event.read_point,
    )
    said = event.captured.object if event.captured else {}
    return declared(out, f"urn:uuid:{name}", said.get("errorDeclaration", {}))


def declared(event: Event, event_id: str, declaration: Mapping[str, Any]) -> Event:
    """Return what declares an event an error: it repeats the event, and says so.

    Args:
        event: as it was recorded.
        event_id: its URI.
        declaration: `errorDeclaration`: when, and why.
    """
    found = render(event, event_id, event.event_time)
    del found["recordTime"]
    return interpret(found | {"errorDeclaration": declaration}, event_id, event.by)
