"""Goods that become others: what goes in is consumed, what comes out is commissioned.

Only things with serials are acted upon. What goes in and is not known here, such as a supplier's
goods, is stated all the same; so are quantities. A transformation may be told in parts that share a
`transformationID` (EPCIS 2.0, 7.4.6): each part has its own effect.
"""

from dataclasses import replace

from chalicelib.epcis.interpretation import inputs_of
from chalicelib.epcis.model import Epc, Event
from chalicelib.goods.model import Kind, Status
from chalicelib.goods.rules.check import Check, Refusal, expired, not_alive, not_held, recalled
from chalicelib.goods.rules.commissioning import come_to_be, commissionable
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.packing import leave_containers
from chalicelib.gs1.keys import Lgtin, Sscc


def transform(decision: Decision, event: Event, pointer: str) -> None:
    """Consume what goes in, commission what comes out."""
    inputs = _inputs(decision, event, pointer)
    lots = commissionable(decision, event, pointer)
    leave_containers(decision, replace(event, epcs=inputs), pointer)
    at = decision.moment(replace(event, epcs=(*inputs, *event.epcs)))
    used, consumed = decision.total(inputs), decision.entry(Kind.CONSUMED, at, event)
    for epc in inputs:
        for key in (str(epc), *decision.world.within(str(epc))):
            decision.world.then(key, consumed)
    made = come_to_be(decision, event, lots, at)
    decision.note(event, less(made, used))


def _inputs(decision: Decision, event: Event, pointer: str) -> tuple[Epc, ...]:
    """Return what goes in and is known here, having seen that it may be consumed."""
    check, known = Check(decision, f"{pointer}/inputs"), list[Epc]()
    for epc in inputs_of(event):
        there = decision.situation(epc).status is not Status.UNASSIGNED
        check.add(epc, _not_consumable(decision, epc, event) if there else None)
        known += [epc] if there else []
    check.nested(replace(event, epcs=tuple(known)))
    check.done()
    return tuple(known)


def _not_consumable(decision: Decision, epc: Epc, event: Event) -> Refusal:
    now = decision.situation(epc)
    if refusal := not_held(decision, now) or not_alive(now):
        return refusal
    if isinstance(epc, Sscc):
        return "not_a_unit", "a logistic unit cannot be consumed, only units in it"
    refusal = recalled(decision, epc) or decision.world.held_back(epc)
    return refusal or expired(decision, epc, event)


def less(made: dict[Lgtin, int], used: dict[Lgtin, int]) -> dict[Lgtin, int]:
    """Return what was made, less what was consumed for it: below zero what is gone."""
    return {lot: made.get(lot, 0) - used.get(lot, 0) for lot in {*made, *used}}
