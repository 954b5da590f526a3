"""Numbers that goods are given, and numbers that are given back."""

from collections.abc import Mapping

from chalicelib.epcis.model import Epc, Event
from chalicelib.errors import FieldError, Malformed, NotFound
from chalicelib.goods.model import Kind
from chalicelib.goods.rules.check import Check, Refusal, conflict
from chalicelib.goods.rules.decision import Decision
from chalicelib.gs1.keys import Gtin, Lgtin, Sgtin
from chalicelib.lots.model import Lot


def commission(decision: Decision, event: Event, pointer: str) -> None:
    """Give goods their numbers, and their lot."""
    lots = commissionable(decision, event, pointer)
    decision.note(event, come_to_be(decision, event, lots, decision.moment(event)))


def commissionable(decision: Decision, event: Event, pointer: str) -> dict[Gtin, Lgtin]:
    """Return the lots in which an event commissions goods, having seen that it may.

    Raises:
        Conflict: a number is in use, or was never issued; or the lot takes no more goods.
        NotFound: there is no such lot of this organisation.
        Malformed: the event does not say which lot.
    """
    lots = _lots(decision, event, pointer)
    check = Check(decision, f"{pointer}/serials")
    for epc in event.epcs:
        check.add(epc, _not_commissionable(decision, epc))
    check.done()
    return lots


def come_to_be(
    decision: Decision, event: Event, lots: Mapping[Gtin, Lgtin], at: int
) -> dict[Lgtin, int]:
    """Let goods come to be at a moment; return how many of which lots."""
    entry = decision.entry(Kind.COMMISSIONED, at, event)
    goods = dict.fromkeys(lots.values(), 0)
    for epc in event.epcs:
        if isinstance(epc, Sgtin):
            lot = lots[epc.gtin]
            decision.world.then(str(epc), entry, lot=lot.lot)
            goods[lot] += 1
        else:
            decision.world.then(str(epc), entry)
    return goods


def _lots(decision: Decision, event: Event, pointer: str) -> dict[Gtin, Lgtin]:
    """Return the lot of each product of the event; a captured one may name containers too."""
    if event.captured is None:
        gtin = _one_gtin(decision, event, pointer)
        return {gtin: _lot(decision, gtin, event, pointer)}
    gtins = {epc.gtin for epc in event.epcs if isinstance(epc, Sgtin)}
    return {gtin: _lot(decision, gtin, event, pointer) for gtin in sorted(gtins)}


def _lot(decision: Decision, gtin: Gtin, event: Event, pointer: str) -> Lgtin:
    if event.lot is None:
        raise Malformed.field(
            f"{pointer}/lot", "missing", "Found no lot; expected the lot that the units are of."
        )
    lgtin = Lgtin.of(gtin, event.lot)
    if event.captured and gtin not in decision.world.owners:
        _introduce(decision, lgtin, event, pointer)
    elif not decision.world.owns(decision.actor, gtin) or lgtin not in decision.world.lots:
        raise NotFound(
            f"There is no lot {event.lot!r} of {gtin} here.",
            errors=[FieldError(f"{pointer}/lot", "not_found", "not a lot of yours")],
        )
    lot = decision.world.lots[lgtin]
    if decision.world.whole_recall(lgtin):
        raise conflict(f"{pointer}/lot", "recalled", f"Lot {event.lot!r} is recalled.")
    if event.expiry and event.expiry != lot.expiry:
        found, expected = event.expiry.isoformat(), lot.expiry.isoformat()
        message = f"Found expiry {found}; the lot's is {expected}."
        raise conflict(f"{pointer}/expiry", "expiry", message)
    return lgtin


def _one_gtin(decision: Decision, event: Event, pointer: str) -> Gtin:
    gtins = {epc.gtin if isinstance(epc, Sgtin) else None for epc in event.epcs}
    gtin = gtins.pop() if len(gtins) == 1 else None
    if gtin is None:
        message = "Expected serial numbers of one product."
        raise Malformed.field(f"{pointer}/serials", "one_product", message)
    return gtin


def _introduce(decision: Decision, lgtin: Lgtin, event: Event, pointer: str) -> None:
    """Take goods in whose brand owner is not in the network: their lot comes with them."""
    if lgtin in decision.world.lots:
        return
    if event.expiry is None:
        message = "Found no expiry; expected that of the lot, which comes with its first goods."
        raise Malformed.field(f"{pointer}/expiry", "missing", message)
    decision.world.introduce(Lot(lgtin, decision.actor.organisation, event.expiry))


def _not_commissionable(decision: Decision, epc: Epc) -> Refusal:
    thing = decision.world.things.get(str(epc))
    if thing is not None and thing.exists:
        status = thing.state.status
        return "already_commissioned", f"it is {status} already"
    if epc in decision.world.unissued:
        return "not_issued", "the serial number was never issued"
    return None


def return_numbers(decision: Decision, event: Event, pointer: str) -> None:
    """Give back numbers that were never used."""
    gtin = _one_gtin(decision, event, pointer)
    if not decision.world.owns(decision.actor, gtin):
        raise NotFound(f"There is no GTIN {gtin} of yours here.")
    check = Check(decision, f"{pointer}/serials")
    for epc in event.epcs:
        thing = decision.world.things.get(str(epc))
        known = (thing is not None and thing.exists) or epc in decision.world.unissued
        known = known or (isinstance(epc, Sgtin) and epc not in decision.world.places)
        check.add(epc, ("not_returnable", "the number is in use or not ours") if known else None)
    check.done()
    returned = decision.entry(Kind.RETURNED, decision.moment(event), event)
    for epc in event.epcs:
        decision.world.then(str(epc), returned)
    decision.note(event, {})
