"""The end of a life, and its undoing."""

from datetime import timedelta

from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.goods.model import Kind, Status
from chalicelib.goods.rules.check import (
    ABSENT,
    Check,
    Refusal,
    expired,
    not_alive,
    not_held,
    recalled,
)
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.packing import leave_containers
from chalicelib.gs1.keys import Sscc

UNDO = timedelta(days=10)
"""A decommissioning may be undone within ten days, by who did it (EU 2016/161, Article 13)."""

ENDS = {
    BizStep.DISPENSING: Kind.DISPENSED,
    BizStep.SAMPLING: Kind.SAMPLED,
    BizStep.DESTROYING: Kind.DESTROYED,
    BizStep.DECOMMISSIONING: Kind.DECOMMISSIONED,
}


def end(decision: Decision, event: Event, pointer: str) -> None:
    """End the life of things, and of all that is in them."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        check.add(epc, _not_endable(decision, epc, event))
    check.nested(event)
    check.done()
    leave_containers(decision, event, pointer)
    _with_contents(decision, event, ENDS[event.biz_step])


def _not_endable(decision: Decision, epc: Epc, event: Event) -> Refusal:
    now = decision.situation(epc)
    refusal = not_held(decision, now) or not_alive(now)
    if refusal:
        return refusal
    if event.biz_step in (BizStep.DISPENSING, BizStep.SAMPLING) and isinstance(epc, Sscc):
        return "not_a_unit", "a logistic unit cannot be dispensed or sampled, only units in it"
    if event.biz_step is BizStep.DISPENSING:
        refusal = recalled(decision, epc) or decision.world.held_back(epc)
        return refusal or expired(decision, epc, event)
    return None


def reactivate(decision: Decision, event: Event, pointer: str) -> None:
    """Undo the end of a life."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        check.add(epc, _not_reactivable(decision, epc, event))
    check.done()
    _with_contents(decision, event, Kind.REACTIVATED)


def _not_reactivable(decision: Decision, epc: Epc, event: Event) -> Refusal:
    now = decision.situation(epc)
    if now.status is Status.UNASSIGNED:
        return ABSENT
    if now.status not in (Status.DISPENSED, Status.SAMPLED, Status.INACTIVE):
        return "not_reversible", f"it is {now.status}"
    last = decision.world.things[str(epc)].trail[-1]
    if last.by != decision.actor.gln.digits:
        return "other_party", "only the party that ended its life may undo that"
    if now.chain:
        return "ended_inside", f"it ended with its container {now.chain[-1]}, undo that"
    if decision.now_us - last.at > UNDO / timedelta(microseconds=1):
        return "too_late", "it may be undone within ten days only"
    return recalled(decision, epc) or expired(decision, epc, event)


def _with_contents(decision: Decision, event: Event, kind: Kind) -> None:
    entry = decision.entry(kind, decision.moment(event), event)
    goods = decision.total(event.epcs)
    for epc in event.epcs:
        for key in (str(epc), *decision.world.within(str(epc))):
            decision.world.then(key, entry)
    decision.note(event, goods)
