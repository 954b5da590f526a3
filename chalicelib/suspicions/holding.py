"""Doing with the goods of a case what its state asks for: a few at a time, each few exactly once.

Each few go in one transaction under an identity that follows from case, page and what is done, so
whoever comes again finds it done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from chalicelib.access.model import Actor
from chalicelib.epcis.model import BizStep, Epc, Event, Quantity
from chalicelib.errors import Conflict, FieldError, NotFound, PacktrailError, TooLarge
from chalicelib.goods.history import history, related, sent, standing_steps
from chalicelib.goods.model import Kind, Status
from chalicelib.goods.store import GoodsStore
from chalicelib.goods.usecases import Request, micros, record
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Gln, Sgln
from chalicelib.serial.store import Numbers
from chalicelib.suspicions.model import Held, Hold, Page, Role, Suspicion

_STEPS = {
    Hold.SUSPECT: BizStep.SUSPECTING,
    Hold.CONDEMNED: BizStep.CONDEMNING,
    Hold.RELEASED: BizStep.CLEARING,
}


@dataclass(frozen=True, slots=True)
class Doing:
    """What is done with the goods of a case, by whom and when."""

    case: Suspicion
    actor: Actor
    at: datetime


def go_on(doing: Doing, page: Page) -> Page:
    """Do with the things of a page what the case asks for, unless that has been done.

    Raises:
        Busy, Raced: it may not be done; to be called again.
    """
    wanted = doing.case.hold
    if page.hold is wanted:
        return page
    things = page.things if page.hold else _looked_at(doing, page.things)
    if wanted is Hold.RELEASED:
        pending = [each for each in things if each.hold is Hold.SUSPECT]
    else:
        pending = [each for each in things if each.code != "not_found"]
    done, refusals = _recorded(doing, page.number, pending)
    told = tuple(_told(each, wanted, done, refusals) for each in things)
    return replace(page, things=told, hold=wanted, version=page.version + 1)


def _looked_at(doing: Doing, things: Sequence[Held]) -> tuple[Held, ...]:
    """Return things with what is known of them: their goods, and with whom they were traded."""
    epcs = [each.epc for each in things]
    world = GoodsStore(Numbers()).see(epcs, now_us=micros(doing.at))
    return tuple(_known(each, world, doing.actor.gln) for each in things)


def _known(held: Held, world: World, me: Gln) -> Held:
    key = str(held.epc)
    if key not in world.things or not related(key, world.things, me):
        return replace(held, code="not_found", detail="There is no such thing here.")
    thing = world.things[key]
    goods = tuple(Quantity(lot, count) for lot, count in sorted(thing.goods(held.epc).items()))
    customers = (step.entry.party for step in sent(key, world.things) if step.entry.by == me.digits)
    entries = (step.entry for step in standing_steps(history(key, world.things)))
    suppliers = (
        each.party for each in entries if each.kind is Kind.RECEIVED and each.by == me.digits
    )
    partners = dict.fromkeys(
        [(Gln(name), Role.SUPPLIER) for name in suppliers if name]
        + [(Gln(name), Role.CUSTOMER) for name in customers if name]
    )
    locked = thing.state.status is Status.LOCKED
    return replace(held, locked=locked, goods=goods, partners=tuple(partners))


def _recorded(
    doing: Doing, number: int, pending: Sequence[Held]
) -> tuple[set[Epc], dict[Epc, FieldError]]:
    """Record what is done with things; return with which it was, and why not with the others.

    Of a repeat, the record says with which it was done; of the others it is asked again why not.
    """
    done: set[Epc] = set()
    refusals: dict[Epc, FieldError] = {}
    for again in range(len(pending)):
        left = [e for e in pending if e.epc not in done and e.epc not in refusals]
        if not left:
            break
        more, refused = _record_once(doing, f"{doing.case.hold} {number} {again}", left)
        done |= more
        refusals |= refused
    return done, refusals


def _record_once(
    doing: Doing, name: str, pending: Sequence[Held]
) -> tuple[set[Epc], dict[Epc, FieldError]]:
    """Record under an identity what is done with things, those left out that refuse it."""
    case, step = doing.case, _STEPS[doing.case.hold]
    # The same whichever request of the case comes to it.
    identity = UUID(bytes=uuid5(UUID(case.id), name).bytes[:15] + b"\0")
    request = Request(identity, case.id, doing.actor, doing.at)
    refusals: dict[Epc, FieldError] = {}
    while wanted := [each for each in pending if each.epc not in refusals]:
        epcs = [each.epc for each in wanted]
        locked = [each.epc for each in wanted if each.locked and step is BizStep.CLEARING]
        events = [(_event(doing, step, epcs), "/things")]
        if locked:
            events.append((_event(doing, BizStep.LOCKING, locked), "/locked"))
        try:
            recorded = record(request, events, Numbers(), time_at="/eventTime")
        except TooLarge:
            if len(wanted) > 1:
                raise
            return set(), {epcs[0]: _LARGE}
        except (Conflict, NotFound) as refusal:
            refusals |= _at_fault(refusal, {"/things": epcs, "/locked": locked})
            continue
        done = {e for event in recorded.record.events if event.biz_step is step for e in event.epcs}
        return done, refusals
    return set(), refusals


def _event(doing: Doing, step: BizStep, epcs: Sequence[Epc]) -> Event:
    return Event(
        biz_step=step,
        event_time=doing.at,
        by=doing.actor.gln,
        epcs=tuple(epcs),
        read_point=Sgln(doing.actor.gln),
        reason=f"case {doing.case.id}",
    )


def _at_fault(refusal: PacktrailError, named: Mapping[str, Sequence[Epc]]) -> dict[Epc, FieldError]:
    """Return the things that a refusal names.

    Raises:
        PacktrailError: it names none; the request as a whole is at fault.
    """
    found: dict[Epc, FieldError] = {}
    for fault in refusal.errors:
        head, _, index = fault.pointer.rpartition("/")
        epcs = named.get(head.removesuffix("/epcs"), ())
        if index.isdigit() and int(index) < len(epcs):
            found[epcs[int(index)]] = fault
    if not found:
        raise refusal
    return found


_LARGE = FieldError("", "too_large", "it holds more than one request changes; name less")


def _told(held: Held, wanted: Hold, done: set[Epc], refusals: Mapping[Epc, FieldError]) -> Held:
    if held.epc in done:
        return replace(held, hold=wanted, code="", detail="")
    if held.code == "not_found" or (wanted is Hold.RELEASED and held.hold is not Hold.SUSPECT):
        return held
    fault = refusals[held.epc]
    detail = f"{fault.message[:1].upper()}{fault.message[1:]}."
    # What was held stays as it was: only the new step could not be taken.
    return replace(held, code=fault.code, detail=detail)
