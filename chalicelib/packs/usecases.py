"""Doing one thing with up to 10,000 packs: each for itself, each exactly once.

Packs go a few at a time, each few in one transaction under an identity of its own, which a repeated
request finds. What cannot be done with one pack is left out and told; the others go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from chalicelib.access.model import Actor
from chalicelib.alerts.model import Alert
from chalicelib.alerts.usecases import raise_alerts
from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.epcis.model import Event
from chalicelib.errors import Conflict, FieldError, Forbidden, NotFound, PacktrailError
from chalicelib.goods.guessing import Guesser, verify_within_budget
from chalicelib.goods.model import Status
from chalicelib.goods.store import GoodsStore
from chalicelib.goods.usecases import Request, micros, record
from chalicelib.goods.verification import Claim, Verdict
from chalicelib.gs1.keys import Gtin, Lgtin, Sgln, Sgtin
from chalicelib.lots.model import Lot
from chalicelib.lots.store import LotStore
from chalicelib.packs import store
from chalicelib.packs.model import (
    REQUESTED,
    SCOPES,
    STATES,
    STEPS,
    SUCCESS,
    Operation,
    Outcome,
    Result,
    refused,
    seen,
    unfit,
)
from chalicelib.serial.store import Numbers

FEW = 30
"""Packs in one transaction: each may leave a case and a pallet of its own."""

_MANY = 1_000
"""Packs that are verified together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        operation: what shall be done.
        id: identity of the request; the same for every repeat.
        fingerprint: of its payload.
        actor: who asks.
        at: now.
        event_time: when it happened.
        place: where.
    """

    operation: Operation
    id: UUID
    fingerprint: str
    actor: Actor
    at: datetime
    event_time: datetime
    place: Sgln


def do(asked: Asked, claims: Sequence[Claim]) -> list[Result]:
    """Do one thing with packs.

    Returns:
        What came of each, in the order of the claims.

    Raises:
        Forbidden: the client's roles do not allow the operation.
        Malformed: the event time lies in the future.
        TooMany: too many of the packs do not exist.
        Busy: some may be done; a repeat does the rest.
    """
    scope = SCOPES[asked.operation]
    if not asked.actor.may(scope):
        message = f"The client's roles do not allow {asked.operation}: it needs the scope {scope}."
        raise Forbidden(message, code="scope")
    products = {gtin: ProductStore().get(gtin) for gtin in {claim.unit.gtin for claim in claims}}
    results: list[Result] = []
    for start in range(0, len(claims), _MANY):
        results += _do_some(asked, claims[start : start + _MANY], start, products)
    alerted = [_alerted(asked, number, each, products) for number, each in enumerate(results)]
    raise_alerts([alert for _, alert in alerted if alert])
    return [result for result, _ in alerted]


def _do_some(
    asked: Asked, claims: Sequence[Claim], start: int, products: Mapping[Gtin, Product | None]
) -> Iterator[Result]:
    verdicts = verify_within_budget(Guesser.of(asked.actor), claims, Numbers(), at=asked.at)
    named = {Lgtin.of(claim.unit.gtin, claim.lot) for claim in claims if claim.lot}
    lots = LotStore().get_many(named) if any(not each.known for each in verdicts) else {}
    for first in range(0, len(verdicts), FEW):
        few = verdicts[first : first + FEW]
        outcomes = [_unfit(verdict, lots, products) for verdict in few]
        if asked.operation is Operation.VERIFY:
            outcomes = [
                outcome or seen(verdict.reasons)
                for outcome, verdict in zip(outcomes, few, strict=True)
            ]
        else:
            fit = [v.claim.unit for v, o in zip(few, outcomes, strict=True) if o is None]
            done = _changed(asked, fit, start + first)
            outcomes = [
                outcome or done[verdict.claim.unit]
                for outcome, verdict in zip(outcomes, few, strict=True)
            ]
        for verdict, outcome in zip(few, outcomes, strict=True):
            if outcome is not None:
                yield _result(asked.operation, verdict, outcome)


def _result(operation: Operation, verdict: Verdict, outcome: Outcome) -> Result:
    claim = verdict.claim
    changed = outcome.done and operation is not Operation.VERIFY
    status = REQUESTED[operation] if changed else verdict.status.value
    # Of a pack that is not what it says nothing is told; it may be another one.
    told = verdict.known and not {"lot_mismatch", "expiry_mismatch"} & set(verdict.reasons)
    state = STATES.get(status, "") if told else ""
    return Result(claim.unit, claim.lot, claim.expiry, state, outcome)


def _unfit(
    verdict: Verdict, lots: Mapping[Lgtin, Lot], products: Mapping[Gtin, Product | None]
) -> Outcome | None:
    gtin, lot = verdict.claim.unit.gtin, verdict.claim.lot
    batch = None if lot is None else Lgtin.of(gtin, lot) in lots
    return unfit(verdict.reasons, product=products[gtin] is not None, batch=batch)


def _changed(asked: Asked, packs: Sequence[Sgtin], number: int) -> dict[Sgtin, Outcome]:
    """Change a few packs in one transaction; return what came of each."""
    wanted = list(dict.fromkeys(packs))
    identity = UUID(bytes=uuid5(asked.id, str(number)).bytes[:15] + b"\0")
    request = Request(identity, asked.fingerprint, asked.actor, asked.at)
    refusals: dict[Sgtin, FieldError] = {}
    done: set[Sgtin] = set()
    while wanted:
        event = Event(
            biz_step=STEPS[asked.operation], event_time=asked.event_time, by=asked.actor.gln,
            epcs=tuple(wanted), read_point=asked.place,
        )  # fmt: skip
        try:
            recorded = record(request, [(event, "")], Numbers(), time_at="/eventTime")
        except (Conflict, NotFound) as refusal:
            found = _at_fault(refusal, wanted)
            refusals |= found
            wanted = [pack for pack in wanted if pack not in found]
            continue
        # Of a repeat, what was recorded the first time.
        done = {epc for epc in recorded.record.events[-1].epcs if isinstance(epc, Sgtin)}
        break
    if left := set(packs) - done - refusals.keys():
        refusals |= _at_fault_now(asked, sorted(left))
    outcomes = dict.fromkeys(done, SUCCESS)
    return outcomes | _judged(asked, {p: r for p, r in refusals.items() if p not in done})


def _at_fault(refusal: PacktrailError, packs: Sequence[Sgtin]) -> dict[Sgtin, FieldError]:
    """Return the packs that a refusal names.

    Raises:
        PacktrailError: it names none; the request as a whole is at fault.
    """
    found: dict[Sgtin, FieldError] = {}
    for fault in refusal.errors:
        head, _, index = fault.pointer.rpartition("/")
        if head == "/epcs" and index.isdigit():
            found[packs[int(index)]] = fault
    if not found:
        raise refusal
    return found


def _at_fault_now(asked: Asked, packs: Sequence[Sgtin]) -> dict[Sgtin, FieldError]:
    """Return in which state packs are that a request, now repeated, did not change the first time.

    What kept them from being changed then may be gone; a repeat does not try anew.
    """
    world = GoodsStore(Numbers()).see(packs, now_us=micros(asked.at))
    states = {pack: world.things[str(pack)].state.status for pack in packs}
    gone = FieldError("/epcs", "not_done", "it was refused when this was asked first; ask anew")
    return {
        pack: gone
        if status is Status.ACTIVE
        else FieldError("/epcs", status.value, f"it is {status}")
        for pack, status in states.items()
    }


def _judged(asked: Asked, refusals: Mapping[Sgtin, FieldError]) -> dict[Sgtin, Outcome]:
    """Return what is said of packs that could not be changed."""
    already = [pack for pack, fault in refusals.items() if fault.code == REQUESTED[asked.operation]]
    counts: dict[Sgtin, int] = {}
    if already and asked.operation is not Operation.UNDO:
        world = GoodsStore(Numbers()).see(already, now_us=micros(asked.at))
        last = {pack: world.things[str(pack)].trail[-1] for pack in already}
        here = {
            pack: entry.event
            for pack, entry in last.items()
            if entry.by == asked.actor.gln.digits and entry.place[:13] == asked.place.gln.digits
        }
        counts = store.repeats(here, asked.id.hex)
    return {
        pack: refused(asked.operation, fault.code, fault.message, repeats=counts.get(pack, 0))
        for pack, fault in refusals.items()
    }


def _alerted(
    asked: Asked, number: int, result: Result, products: Mapping[Gtin, Product | None]
) -> tuple[Result, Alert | None]:
    """Return a result with its alert, where it raises one."""
    code = result.outcome.alert
    if not code:
        return result, None
    product = products[result.unit.gtin]
    alert = Alert(
        id=uuid5(asked.id, f"alert {number}").hex,
        code=code,
        reason=result.outcome.code or "",
        gtin=result.unit.gtin,
        serial=result.unit.serial,
        lot=result.lot or "",
        expiry=result.expiry,
        raised=asked.at,
        owner=product.owner if product else "",
        reporter=asked.actor.organisation,
        client=asked.actor.client_id,
        detail=result.outcome.detail,
    )
    return replace(result, alert=alert.id), alert
