"""The end of a life, and its undoing.

Source: Delegated Regulation (EU) 2016/161, Articles 13, 22 to 25, 40, and the pack states of the
national verification systems.
"""

from collections.abc import Iterable
from datetime import timedelta

from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.goods.model import Kind, Status, fold, standing
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
"""A decommissioning may be undone within ten days, by who did it, where (EU 2016/161, Art. 13)."""

ENDS = {
    BizStep.DISPENSING: Kind.DISPENSED,
    BizStep.SAMPLING: Kind.SAMPLED,
    BizStep.DESTROYING: Kind.DESTROYED,
    BizStep.DECOMMISSIONING: Kind.DECOMMISSIONED,
    BizStep.EXPORTING: Kind.EXPORTED,
    BizStep.FREE_SAMPLING: Kind.FREE_SAMPLED,
    BizStep.LOCKING: Kind.LOCKED,
    BizStep.REPORTING_STOLEN: Kind.STOLEN,
    BizStep.CHECKING_OUT: Kind.CHECKED_OUT,
}

_UNITS_ONLY = frozenset({BizStep.DISPENSING, BizStep.SAMPLING, BizStep.FREE_SAMPLING})
"""What is done with units, never with a logistic unit as a whole."""

_FOR_USE = frozenset(
    {BizStep.DISPENSING, BizStep.EXPORTING, BizStep.FREE_SAMPLING, BizStep.CHECKING_OUT}
)
"""After which somebody uses the goods: not what is recalled, held back or expired."""

REVERSIBLE = frozenset(
    {
        Status.DISPENSED,
        Status.SAMPLED,
        Status.INACTIVE,
        Status.EXPORTED,
        Status.FREE_SAMPLE,
        Status.LOCKED,
    }
)
"""Ends that may be undone; what was destroyed, stolen or checked out never comes back."""

KEPT_BACK = (Status.ACTIVE, Status.LOCKED, Status.SUSPECT, Status.ILLEGITIMATE)
"""What is counted among what its holder has: it may be kept back from trade, and is there."""

_OF_SUSPECTS = {
    Status.SUSPECT: frozenset({BizStep.SAMPLING, BizStep.REPORTING_STOLEN}),
    Status.ILLEGITIMATE: frozenset(
        {BizStep.SAMPLING, BizStep.REPORTING_STOLEN, BizStep.DESTROYING}
    ),
}
"""What may be done with what is suspect, or illegitimate: a sample is kept, the rest destroyed."""


def end(decision: Decision, event: Event, pointer: str) -> None:
    """End the life of things, and of all that is in them."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        check.add(epc, _not_endable(decision, epc, event))
    check.nested(event)
    check.done()
    going = counted(decision, event)
    leave_containers(decision, event, pointer)
    with_contents(decision, event, ENDS[event.biz_step], going)


def counted(decision: Decision, event: Event) -> list[Epc]:
    """Return what an end takes from what a party has, or its undoing gives back, just before it.

    What ended before has been counted as gone; what is locked has not.
    """
    status = {epc: decision.situation(epc).status for epc in event.epcs}
    if event.biz_step is BizStep.REACTIVATING:
        return [epc for epc in event.epcs if status[epc] is not Status.LOCKED]
    return [epc for epc in event.epcs if status[epc] in KEPT_BACK]


def _not_endable(decision: Decision, epc: Epc, event: Event) -> Refusal:
    now = decision.situation(epc)
    refusal = not_held(decision, now)
    if refusal is None and not (
        (event.biz_step is BizStep.REPORTING_STOLEN and now.status in REVERSIBLE)
        or event.biz_step in _OF_SUSPECTS.get(now.status, ())
    ):
        refusal = not_alive(now)
    if refusal:
        return refusal
    if event.biz_step in _UNITS_ONLY and isinstance(epc, Sscc):
        return "not_a_unit", "a logistic unit cannot be dispensed or sampled, only units in it"
    if event.biz_step in _FOR_USE:
        refusal = recalled(decision, epc) or decision.world.held_back(epc)
        return refusal or expired(decision, epc, event)
    return None


def reactivate(decision: Decision, event: Event, pointer: str) -> None:
    """Undo the end of a life."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        check.add(epc, _not_reactivable(decision, epc, event))
    check.done()
    with_contents(decision, event, Kind.REACTIVATED, counted(decision, event))


def _not_reactivable(decision: Decision, epc: Epc, event: Event) -> Refusal:
    now = decision.situation(epc)
    if now.status is Status.UNASSIGNED:
        return ABSENT
    *before, last = standing(decision.world.things[str(epc)].trail)
    previous = fold(before).status
    for_good = now.status not in REVERSIBLE
    if for_good or previous in _OF_SUSPECTS:
        return "not_reversible", f"it is {now.status if for_good else previous}"
    if last.by != decision.actor.gln.digits:
        return "other_party", "only the party that ended its life may undo that"
    if now.chain:
        return "ended_inside", f"it ended with its container {now.chain[-1]}, undo that"
    if now.status is Status.LOCKED:
        return None
    return _too_late(decision, epc, event)


def _too_late(decision: Decision, epc: Epc, event: Event) -> Refusal:
    last = standing(decision.world.things[str(epc)].trail)[-1]
    if _elsewhere(last.place, event):
        return "other_place", "it may be undone only where it was done"
    if decision.now_us - last.at > UNDO / timedelta(microseconds=1):
        return "too_late", "it may be undone within ten days only"
    return recalled(decision, epc) or expired(decision, epc, event)


def _elsewhere(place: str, event: Event) -> bool:
    """Whether an event happens at other premises: under another GLN."""
    here = event.biz_location or event.read_point
    return bool(place and here and place[:13] != here.gln.digits)


def with_contents(decision: Decision, event: Event, kind: Kind, moving: Iterable[Epc]) -> None:
    """Let things, and all that is in them, go on; some of them count as coming or going."""
    entry = decision.entry(kind, decision.moment(event), event)
    goods = decision.total(moving)
    for epc in event.epcs:
        for key in (str(epc), *decision.world.within(str(epc))):
            decision.world.then(key, entry)
    decision.note(event, goods)
