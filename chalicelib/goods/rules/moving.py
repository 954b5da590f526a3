"""Goods from hand to hand, and where they were seen."""

from dataclasses import replace

from chalicelib.epcis.model import Epc, Event
from chalicelib.errors import Malformed
from chalicelib.goods.model import Kind, Situation, Status
from chalicelib.goods.rules.check import ABSENT, Check, Refusal, not_alive, not_held, recalled
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.packing import leave_containers
from chalicelib.goods.rules.settling import sent, settled
from chalicelib.gs1.keys import Gln


def ship(decision: Decision, event: Event, pointer: str) -> None:
    """Send goods to another party."""
    sender = _outsider(decision, event) or decision.actor.gln
    if event.destination is None or event.destination == sender:
        raise Malformed.field(
            f"{pointer}/to", "destination", "Found your own GLN; expected another party's."
        )
    event = replace(event, source=sender)
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        now = decision.situation(epc)
        refusal = not_held(decision, now) or not_alive(now)
        check.add(epc, refusal or recalled(decision, epc) or decision.world.held_back(epc))
    check.nested(event)
    check.done()
    leave_containers(decision, event, pointer)
    at, to = decision.moment(event), event.destination.digits  # type: ignore[union-attr]
    shipped = decision.entry(Kind.SHIPPED, at, event, party=to)._replace(by=sender.digits)
    decision.move(event, dict.fromkeys(event.epcs, shipped))


def _outsider(decision: Decision, event: Event) -> Gln | None:
    """Return who shipped goods to the actor from outside the network; None for all others.

    The actor took them in from the sender's document, and stands for the sender until it
    receives them. Nobody in the network is spoken for, and no product of anybody in it.
    """
    sender = event.source if event.captured and event.destination == decision.actor.gln else None
    goods = decision.total(event.epcs)
    if any(each.gtin in decision.world.owners for each in goods):
        return None
    return None if sender in decision.world.members else sender


def void(decision: Decision, event: Event, pointer: str) -> None:
    """Call a shipment back that has not been received (CBV 2.0, 7.1: void_shipping)."""
    check = Check(decision, f"{pointer}/epcs")
    for epc in event.epcs:
        check.add(epc, _not_voidable(decision, decision.situation(epc)))
    check.nested(event)
    check.done()
    at = decision.moment(event)
    entries = {
        epc: decision.entry(Kind.VOIDED, at, event, party=decision.situation(epc).to)
        for epc in event.epcs
    }
    event = replace(event, fulfils=settled(decision, sent(decision, event)))
    decision.move(event, entries)


def _not_voidable(decision: Decision, now: Situation) -> Refusal:
    if now.status is Status.UNASSIGNED:
        return ABSENT
    if now.holder != decision.actor.gln.digits:
        return "not_held", "you do not hold it"
    if not now.to:
        return "not_in_transit", "it is not in transit"
    if now.chain:
        return "shipped_inside", f"it was shipped in {now.chain[-1]}; void the shipment of that"
    return None


def receive(decision: Decision, event: Event, pointer: str) -> None:
    """Take goods in that are in transit to the actor, or that a customer brings back."""
    check = Check(decision, f"{pointer}/epcs")
    senders: dict[Epc, str] = {}
    back: set[Epc] = set()
    for epc in event.epcs:
        now = decision.situation(epc)
        senders[epc] = now.holder
        if _comes_back(decision, now, event):
            senders[epc] = now.to
            back.add(epc)
            check.add(epc, None)
        else:
            check.add(epc, _not_receivable(decision, now, event))
    check.nested(event)
    check.done()
    # What comes back had arrived: its shipment stays as it was.
    coming = tuple(epc for epc in event.epcs if epc not in back)
    arriving = sent(decision, replace(event, epcs=coming))
    leave_containers(decision, event, pointer)
    event = replace(event, fulfils=settled(decision, arriving))
    if len(names := set(senders.values())) == 1:
        event = replace(event, source=Gln(*names))
    at = decision.moment(event)
    received = {name: decision.entry(Kind.RECEIVED, at, event, party=name) for name in names}
    decision.move(event, {epc: received[name] for epc, name in senders.items()})


def _comes_back(decision: Decision, now: Situation, event: Event) -> bool:
    """Whether the actor sent a thing to who brings it back, and who is not in the network.

    Nobody else tells that such a customer had it; a member ships back what it has.
    """
    me, customer = decision.actor.gln.digits, event.source
    if customer is None or customer in decision.world.members:
        return False
    return now.status is not Status.UNASSIGNED and (now.holder, now.to) == (me, customer.digits)


def _not_receivable(decision: Decision, now: Situation, event: Event) -> Refusal:
    if now.to != decision.actor.gln.digits:
        if now.holder == decision.actor.gln.digits and not now.to:
            return "already_received", "you hold it already"
        return "not_addressed", "it is not in transit to you"
    if event.source and event.source.digits != now.holder:
        return "other_sender", f"it was shipped by {now.holder}, not by {event.source}"
    return None


def observe(decision: Decision, event: Event, pointer: str) -> None:
    """Note what changes no state: where things were seen, and by whom that has them."""
    check = Check(decision, f"{pointer}/epcs")
    now = {epc: decision.situation(epc) for epc in event.epcs}
    # What does not exist for this organisation is stated all the same, and changes nothing.
    known = [epc for epc in event.epcs if now[epc].status is not Status.UNASSIGNED]
    for epc in known:
        mine = decision.actor.gln.digits in (now[epc].holder, now[epc].to)
        check.add(epc, None if mine else not_held(decision, now[epc]))
    check.done()
    entry = decision.entry(Kind.OBSERVED, decision.moment(event), event)
    decision.move(event, dict.fromkeys(known, entry))
