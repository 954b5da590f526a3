"""What the goods API answers: things, verdicts and histories, as far as the caller may know."""

from dataclasses import replace
from datetime import datetime

from chalicelib.access.model import Actor
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.errors import Busy, Malformed, NotFound
from chalicelib.goods.guessing import Guesser, verify_within_budget
from chalicelib.goods.history import (
    Step,
    related,
    situation_at,
    told,
    visible,
)
from chalicelib.goods.history import (
    history as steps_of,
)
from chalicelib.goods.model import EVER, Kind, Situation, Status
from chalicelib.goods.store import GoodsStore, spilled
from chalicelib.goods.usecases import Recorded
from chalicelib.goods.verification import Claim, Verdict
from chalicelib.goods.wire import (
    ClaimBody,
    CommissionedAnswer,
    ContainerAnswer,
    ContentsAnswer,
    HistoryAnswer,
    Lots,
    RecordedAnswer,
    UnitAnswer,
    VerdictAnswer,
    VerdictsAnswer,
    Verifications,
)
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Lgtin, Sgln, Sgtin, Sscc
from chalicelib.gs1.scan import Remark
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call
from chalicelib.http.scanning import RemarkAnswer, remarks, scanned
from chalicelib.ledger.epcset import epc_of
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, record_key, summary, to_record
from chalicelib.serial.store import Numbers
from chalicelib.table.read import get_many


def recorded(done: Recorded, noted: tuple[Remark, ...] = ()) -> RecordedAnswer:
    """Return what was recorded, and what of the scans in the request was put right."""
    record = done.record
    asked = [event for event in record.events if event.biz_step is record.events[-1].biz_step]
    return RecordedAnswer(
        event_id=record.event_ids()[-1],
        event_ids=list(record.event_ids()),
        record_time=record.recorded,
        count=sum(len(event.epcs) for event in asked),
        warnings=remarks(noted),
    )


def commissioned(done: Recorded) -> CommissionedAnswer:
    """Return what was commissioned."""
    (quantity,) = done.record.events[-1].goods
    lgtin = quantity.lgtin
    return CommissionedAnswer(
        **recorded(done).model_dump(by_alias=False), gtin=lgtin.gtin, lot=lgtin.lot
    )


def verified(
    body: Verifications, actor: Actor, numbers: Numbers, at: datetime
) -> VerdictAnswer | VerdictsAnswer:
    """Return the verdict on one pack, or on each of several.

    Raises:
        Malformed: the one scan cannot be read; among several, that one's verdict says so.
        TooMany: the client asked about too many packs that do not exist.
    """
    guesser = Guesser.of(actor)
    if not body.items:
        claim, warnings = _claim(body, at)
        (verdict,) = verify_within_budget(guesser, [claim], numbers, at=at)
        return _verdict(verdict, warnings, at)
    claims = [claimed_or_fault(item, at) for item in body.items]
    readable = [claim[0] for claim in claims if not isinstance(claim, Malformed)]
    verdicts = iter(verify_within_budget(guesser, readable, numbers, at=at))
    return VerdictsAnswer(
        results=[
            _unread(claim, at)
            if isinstance(claim, Malformed)
            else _verdict(next(verdicts), claim[1], at)
            for claim in claims
        ]
    )


Claimed = tuple[Claim, list[RemarkAnswer]]
"""What a pack is said to be, and what there is to remark upon its scan."""


def claimed_or_fault(body: ClaimBody, at: datetime) -> Claimed | Malformed:
    """Return what a pack is said to be, or why that cannot be read."""
    try:
        return _claim(body, at)
    except Malformed as fault:
        return fault


def _claim(body: ClaimBody, at: datetime) -> Claimed:
    """Return what a pack is said to be, and what there is to remark upon its scan."""
    if body.scan is None:
        if body.gtin is None or body.serial is None:
            raise Malformed.field("/serial", "missing", "Expected gtin and serial, or scan.")
        return Claim(Sgtin.of(body.gtin, body.serial), body.lot, body.expiry), []
    try:
        scan = scanned(body.scan, body.symbology, body.profile)
        expiry = scan.expiry_date(this_year=at.year)
    except Malformed as fault:
        code = fault.errors[0].code if fault.errors else fault.code
        raise Malformed.field("/scan", code, fault.detail) from fault
    if scan.sgtin is None:
        doubts = "".join(f" Besides, {message}." for _, message in scan.remarks)
        message = f"Found no GTIN with serial in the scan, expected both.{doubts}"
        raise Malformed.field("/scan", "kind", message)
    return Claim(scan.sgtin, scan.lot, expiry), remarks(scan.remarks)


def _unread(fault: Malformed, at: datetime) -> VerdictAnswer:
    return VerdictAnswer(verified=False, reasons=["malformed"], verified_at=at, detail=fault.detail)


def _verdict(verdict: Verdict, warnings: list[RemarkAnswer], at: datetime) -> VerdictAnswer:
    unit = verdict.claim.unit
    return VerdictAnswer(
        verified=verdict.verified,
        reasons=list(verdict.reasons),
        state=verdict.status.value if verdict.known else None,
        gtin=unit.gtin,
        serial=unit.serial,
        lot=verdict.lot.lgtin.lot if verdict.lot else None,
        expiry=verdict.lot.expiry if verdict.lot else None,
        recalled=verdict.recalled,
        expired=verdict.expired,
        verified_at=at,
        warnings=warnings,
    )


def _world(epc: Epc, actor: Actor, numbers: Numbers, at: datetime) -> World:
    world = GoodsStore(numbers).see([epc], now_us=_micros(at))
    if str(epc) not in world.things or not related(str(epc), world.things, actor.gln):
        raise NotFound("There is no such thing here.")
    return world


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _until(as_of: datetime | None) -> int:
    """Return the last microsecond that a moment includes.

    Times are told in whole milliseconds, and what one request does at one time takes effect within
    microseconds, one thing after the other. So a whole millisecond includes all of it.
    """
    if as_of is None:
        return EVER
    at = _micros(as_of)
    return at if at % 1000 else at + 999


def _told(epc: Epc, actor: Actor, world: World, as_of: datetime | None) -> Situation:
    """Return where a thing is, or was, as far as the caller may know.

    Raises:
        NotFound: it did not exist then.
    """
    until = _until(as_of)
    now = situation_at(str(epc), world.things, until)
    if now.status is Status.UNASSIGNED:
        raise NotFound("There is no such thing here.")
    steps = steps_of(str(epc), world.things, until=until)
    return told(now, steps, actor.gln)


def _thing(epc: Epc, now: Situation, world: World) -> dict[str, object]:
    chain = [epc_of(key).digital_link() for key in now.chain]
    return {
        "epc": epc.digital_link(),
        "state": now.status.value,
        "container": chain[0] if chain else None,
        "containers": chain,
        "holder": now.holder or None,
        "place": Sgln.parse(now.place).digital_link() if now.place else None,
        "in_transit_to": now.to or None,
        "recalled": bool(world.recalled(epc)),
    }


def unit(
    epc: Sgtin, actor: Actor, numbers: Numbers, at: datetime, as_of: datetime | None
) -> UnitAnswer:
    """Return where a unit is, or was.

    Raises:
        NotFound: it does not exist for this organisation.
    """
    world = _world(epc, actor, numbers, at)
    thing = world.things[str(epc)]
    lot = world.lots.get(Lgtin.of(epc.gtin, thing.lot)) if thing.lot else None
    return UnitAnswer.model_validate(
        {
            **_thing(epc, _told(epc, actor, world, as_of), world),
            "gtin": epc.gtin,
            "serial": epc.serial,
            "lot": thing.lot or None,
            "expiry": lot.expiry if lot else None,
            "expired": lot.expired(at.date()) if lot else False,
        }
    )


def container(
    epc: Sscc, actor: Actor, numbers: Numbers, at: datetime, as_of: datetime | None
) -> ContainerAnswer:
    """Return where a container is, or was, and how much is in it now.

    Raises:
        NotFound: it does not exist for this organisation.
    """
    world = _world(epc, actor, numbers, at)
    thing = world.things[str(epc)]
    lots = [
        Lots(gtin=lgtin.gtin, lot=lgtin.lot, quantity=count)
        for lgtin, count in sorted(thing.inside.items())
    ]
    open_to_caller = _may_look_inside(epc, actor, world)
    return ContainerAnswer.model_validate(
        {
            **_thing(epc, _told(epc, actor, world, as_of), world),
            "sscc": epc.digits,
            "count": len(thing.contents) if open_to_caller else None,
            "lots": lots if open_to_caller else None,
        }
    )


def _may_look_inside(epc: Epc, actor: Actor, world: World) -> bool:
    """Whether what is in a container now is the caller's business: it knows who holds it."""
    return bool(_told(epc, actor, world, None).holder)


def contents(call: Call[None, PageQuery], epc: Sscc, numbers: Numbers) -> Answer:
    """Return a page of what is directly in a container.

    Raises:
        NotFound: it does not exist for this organisation.
    """
    world = _world(epc, call.actor, numbers, call.at)
    if not _may_look_inside(epc, call.actor, world):
        raise NotFound("There is no such thing here.")
    inside = world.things[str(epc)].contents.epcs(numbers)
    first = int(after(call) or 0)
    last = first + call.query.limit
    cursor = seal(call, str(last)) if last < len(inside) else None
    shown = [each.digital_link() for each in inside[first:last]]
    return Answer(ContentsAnswer(contents=shown, next=cursor), headers=next_link(call, cursor))


def history(
    epc: Epc, actor: Actor, numbers: Numbers, at: datetime, as_of: datetime | None
) -> HistoryAnswer:
    """Return what happened to a thing, as far as the caller may know.

    Raises:
        NotFound: it does not exist for this organisation.
        Busy: a capture has been committed this instant, and its records are not there yet.
    """
    world = _world(epc, actor, numbers, at)
    key = str(epc)
    until = _until(as_of)
    further = {key: spilled(key, world.things[key])}
    steps = steps_of(key, world.things, until=until, further=further)
    shown = visible(steps, actor.gln)
    events = _rendered(shown, actor, numbers)
    return HistoryAnswer(epc=epc.digital_link(), as_of=as_of or at, events=events)


def _rendered(steps: list[Step], actor: Actor, numbers: Numbers) -> list[dict[str, object]]:
    """Render each event with the one thing that it is told for, not with all its siblings."""
    places = {step.event: place_of(str(step.event)) for step in steps}
    items = get_many(record_key(record) for record, _ in places.values())
    kinds = _kinds(steps)
    told_events: list[dict[str, object]] = []
    for step in steps:
        record, number = places[step.event]
        item = items.item(RecordItem, str(record))
        if item is None:
            # What a batch has committed is true before its records are written.
            raise Busy("An event of these goods is being written down; try again.")
        event = _about(step.key, kinds[step], summary(item)[number], actor)
        if event is None:
            event = to_record(item, numbers).events[number]
        when = datetime.fromisoformat(item.recorded)
        told_events.append(render(event, event_uri(record, number), when))
    return told_events


def _kinds(steps: list[Step]) -> dict[Step, Kind]:
    """Return what happened in each step; in a withdrawal what had happened in the withdrawn one."""
    kinds = {(step.key, step.entry.event): step.entry.kind for step in steps}
    of = {step: step.entry.withdraws or step.entry.event for step in steps}
    return {step: kinds.get((step.key, event), step.entry.kind) for step, event in of.items()}


def _about(key: str, kind: Kind, event: Event, actor: Actor) -> Event | None:
    """Return an event with the one thing it is told for; None where all of them are to be told.

    What went into a container, or came out of it, is told to who did that; to others how many. What
    was made of what is the business of who made it.
    """
    mine, about = event.by == actor.gln, epc_of(key)
    if kind in (Kind.FILLED, Kind.RELIEVED):
        return None if mine or not event.goods else event
    if event.biz_step is BizStep.TRANSFORMING:
        return None if mine else event.made(about)
    return event if event.parent == about else replace(event, epcs=(about,))
