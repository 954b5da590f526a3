"""Goods that are suspect, goods that are illegitimate, and goods that are cleared.

Source: FD&C Act s582(b)(4), (c)(4), (d)(4): suspect product is quarantined until it is cleared or
dispositioned; illegitimate product is kept out of trade, and a sample of it is retained.
"""

from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.goods.model import Kind, Status, standing
from chalicelib.goods.rules.check import ABSENT, Check, Refusal, not_held
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.ending import counted, with_contents
from chalicelib.goods.rules.packing import leave_containers

SUSPECTS = {BizStep.SUSPECTING: Kind.SUSPECTED, BizStep.CONDEMNING: Kind.CONDEMNED}

_FROM = {
    BizStep.SUSPECTING: frozenset({Status.ACTIVE, Status.LOCKED}),
    BizStep.CONDEMNING: frozenset({Status.ACTIVE, Status.LOCKED, Status.SUSPECT}),
}
"""What may come to be suspect, or illegitimate."""


def suspect(decision: Decision, event: Event, pointer: str) -> None:
    """Keep things, and all that is in them, out of trade: for now, or for good."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        now = decision.situation(epc)
        wrong = (now.status.value, f"it is {now.status}")
        refusal = not_held(decision, now)
        check.add(epc, refusal or (None if now.status in _FROM[event.biz_step] else wrong))
    check.nested(event)
    check.done()
    held = counted(decision, event)
    leave_containers(decision, event, pointer)
    with_contents(decision, event, SUSPECTS[event.biz_step], held)


def clear(decision: Decision, event: Event, pointer: str) -> None:
    """Let things that were suspect, and all that is in them, back into trade."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        check.add(epc, _not_clearable(decision, epc))
    check.done()
    with_contents(decision, event, Kind.CLEARED, event.epcs)


def _not_clearable(decision: Decision, epc: Epc) -> Refusal:
    now = decision.situation(epc)
    if now.status is Status.UNASSIGNED:
        return ABSENT
    if now.status is not Status.SUSPECT:
        return "not_suspect", f"it is {now.status}"
    last = standing(decision.world.things[str(epc)].trail)[-1]
    if last.by != decision.actor.gln.digits:
        return "other_party", "only the party that suspected it may clear it"
    if now.chain:
        return "suspected_inside", f"it is suspect with its container {now.chain[-1]}, clear that"
    return None
