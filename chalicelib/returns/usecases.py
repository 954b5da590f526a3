"""Taking returns in: verify each unit, find our own sale of it, accept it or set it apart.

What shall be done with each unit is kept first, and then done a few units at a time, each few in
one transaction under an identity of its own. So a repeated request does what the first one decided.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from chalicelib.access.model import Actor
from chalicelib.epcis.model import BizStep, Event
from chalicelib.errors import (
    Conflict,
    FieldError,
    KeyReused,
    Malformed,
    NotFound,
    PacktrailError,
)
from chalicelib.goods.history import sent
from chalicelib.goods.model import Status
from chalicelib.goods.store import GoodsStore
from chalicelib.goods.usecases import Request, micros, not_ahead, record
from chalicelib.goods.verification import Claim, Verdict, verify
from chalicelib.gs1.keys import Gln, Sgln, Sgtin
from chalicelib.returns import store
from chalicelib.returns.model import FEW, Outcome, Result, Return, Verification, judged
from chalicelib.returns.store import Page
from chalicelib.serial.store import Numbers
from chalicelib.vrs.model import Context, Question
from chalicelib.vrs.several import Answered, verify_each

VERSION = "1.3.0"
"""Of the messages in which units are verified: this one tells that an expiry was extended."""

Read = Claim | Malformed
"""What a unit says of itself, or why that cannot be read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        id: identity of the request; the same for every repeat.
        fingerprint: of its payload.
        actor: who asks.
        at: now.
        event_time: when the goods came back.
        place: where.
        customer: who brought them back.
    """

    id: UUID
    fingerprint: str
    actor: Actor
    at: datetime
    event_time: datetime
    place: Sgln
    customer: Gln


def take(asked: Asked, units: Sequence[Read]) -> tuple[Return, list[Result], bool]:
    """Take a return in.

    Args:
        asked: the request.
        units: up to 1,000.

    Returns:
        The return; what came of each unit, in their order; and whether it had been taken in before.

    Raises:
        Malformed: the event time lies in the future, or we are the customer.
        KeyReused: the same identity with another payload.
        TooMany: too many of the units do not exist.
        Busy, Raced: some may be done; a repeat does the rest.
    """
    if asked.customer == asked.actor.gln:
        message = f"found your own GLN {asked.customer}, expected that of a customer"
        raise Malformed.field("/from", "customer", message)
    not_ahead(asked.at, _event(asked, BizStep.RECEIVING, ()), "/eventTime")
    made = _standing(asked)
    if made is None:
        made = Return(
            asked.id.hex, asked.actor.organisation, asked.customer, asked.actor.client_id, asked.at,
            asked.event_time, asked.place, asked.fingerprint, len(units), {},
        )  # fmt: skip
        if not store.create(made, _planned(asked, units)):
            made = _standing(asked) or made
    replayed = made.complete
    # As it was asked first: a repeat may be a day later.
    asked = replace(asked, event_time=made.event_time)
    done = [page if page.done else _carried_out(asked, made, page) for page in store.pages(made)]
    results = [result for page in done for result in page.results]
    if not made.complete:
        made = store.complete(made, Counter(each.outcome for each in results))
    return made, results, replayed


def _standing(asked: Asked) -> Return | None:
    """Return what the first of several same requests made."""
    made = store.find(asked.id.hex)
    if made is not None and (made.fingerprint, made.organisation) != (
        asked.fingerprint,
        asked.actor.organisation,
    ):
        raise KeyReused("This Idempotency-Key was used with another payload.")
    return made


def one(return_id: str, *, actor: Actor) -> Return:
    """Return a return of the caller's organisation.

    Raises:
        NotFound: there is none.
    """
    made = store.find(return_id)
    if made is None or made.organisation != actor.organisation:
        raise NotFound("There is no such return.")
    return made


def results_of(made: Return, *, first: int, limit: int) -> list[tuple[Result, bool]]:
    """Return what came of some units of a return, each with whether it has been done.

    Args:
        made: the return.
        first: how many to leave out.
        limit: at most so many.
    """
    last = min(first + limit, made.count)
    pages = store.pages(made, range(first // FEW, -(-last // FEW)))
    found = [(result, page.done) for page in pages for result in page.results]
    begin = first - first // FEW * FEW
    return found[begin : begin + last - first]


def _planned(asked: Asked, units: Sequence[Read]) -> list[Result]:
    """Decide what shall be done with each unit."""
    results: dict[int, Result] = {}
    whole: dict[int, Claim] = {}
    seen: set[Sgtin] = set()
    for number, read in enumerate(units):
        fault = _unreadable(read, seen)
        if fault is not None:
            results[number] = fault
        elif isinstance(read, Claim):
            seen.add(read.unit)
            whole[number] = read
    questions = {number: _question(asked, number, claim) for number, claim in whole.items()}
    answers = verify_each(list(questions.values()), actor=asked.actor, at=asked.at)
    ours = _sold(asked, [claim.unit for claim in whole.values()])
    known = verify([c for c in whole.values() if c.unit in ours], Numbers(), on=asked.at.date())
    verdicts = {verdict.claim.unit: verdict for verdict in known}
    for (number, claim), answer in zip(whole.items(), answers, strict=True):
        asked_about = _verification(questions[number], answer)
        results[number] = _judged(claim, asked_about, verdicts.get(claim.unit))
    return [results[number] for number in range(len(units))]


def _unreadable(read: Read, seen: set[Sgtin]) -> Result | None:
    """Refuse a unit that does not say all that is verified, or is named before."""
    if isinstance(read, Malformed):
        return Result(None, "", None, Outcome.REFUSED, ("malformed",), detail=read.detail)
    shown = Result(read.unit, read.lot or "", read.expiry, Outcome.REFUSED)
    if read.lot is None or read.expiry is None:
        detail = "The product identifier is GTIN, serial number, lot and expiry; read all of them."
        return replace(shown, reasons=("incomplete",), detail=detail)
    if read.unit in seen:
        return replace(shown, reasons=("named_twice",), detail="It is named before.")
    return None


def _question(asked: Asked, number: int, claim: Claim) -> Question:
    assert claim.expiry is not None  # noqa: S101  see `_unreadable`
    correlation = UUID(bytes=uuid5(asked.id, f"verification {number}").bytes, version=4)
    return Question(
        claim.unit.gtin, claim.lot or "", claim.unit.serial, claim.expiry.strftime("%y%m%d"),
        claim.expiry, Context.RETURN, asked.actor.gln, str(correlation), VERSION,
    )  # fmt: skip


def _verification(question: Question, answer: Answered) -> Verification:
    responder = str(answer.responder) if answer.responder else ""
    if answer.reply is None:
        return Verification(question.correlation, responder)
    said = answer.reply
    return Verification(question.correlation, responder, said.verified, said.reason, said.info)


def _sold(asked: Asked, units: Sequence[Sgtin]) -> set[Sgtin]:
    """Return the units that we shipped to the customer: themselves, or in a container."""
    if not units:
        return set()
    things = GoodsStore(Numbers()).see(units, now_us=micros(asked.at)).things
    sale = (asked.actor.gln.digits, asked.customer.digits)
    return {
        unit
        for unit in units
        if str(unit) in things
        and any((each.entry.by, each.entry.party) == sale for each in sent(str(unit), things))
    }


def _judged(claim: Claim, verification: Verification, verdict: Verdict | None) -> Result:
    doubts = verdict.reasons if verdict else ()
    outcome, reasons = judged(doubts, verification, ours=verdict is not None)
    shown = Result(
        claim.unit, claim.lot or "", claim.expiry, outcome, reasons, verification=verification
    )
    if verdict is None:
        return replace(shown, detail="We did not ship this unit to this customer.")
    if verdict.status not in (Status.ACTIVE, Status.LOCKED):
        detail = f"It is {verdict.status}."
        return replace(shown, outcome=Outcome.REFUSED, reasons=(verdict.status,), detail=detail)
    locks = outcome is Outcome.QUARANTINED and verdict.status is Status.ACTIVE
    return replace(shown, locks=locks)


def _carried_out(asked: Asked, made: Return, page: Page) -> Page:
    """Take a few units in, and lock those that are set apart, in one transaction."""
    wanted = {r.unit: r for r in page.results if r.unit and r.outcome is not Outcome.REFUSED}
    if not wanted:
        return store.finish(made, page)
    identity = UUID(bytes=uuid5(asked.id, str(page.number)).bytes[:15] + b"\0")
    request = Request(identity, asked.fingerprint, asked.actor, asked.at)
    refusals: dict[Sgtin, FieldError] = {}
    taken: set[Sgtin] = set()
    while units := [unit for unit in wanted if unit not in refusals]:
        locked = [unit for unit in units if wanted[unit].locks]
        events = [(_event(asked, BizStep.RECEIVING, units), "/received")]
        if locked:
            events.append((_event(asked, BizStep.LOCKING, locked), "/locked"))
        try:
            recorded = record(request, events, Numbers(), time_at="/eventTime")
        except (Conflict, NotFound) as refusal:
            refusals |= _at_fault(refusal, {"/received": units, "/locked": locked})
            continue
        # Of a repeat, what was recorded the first time.
        done = (e for e in recorded.record.events if e.biz_step is BizStep.RECEIVING)
        taken = {epc for event in done for epc in event.epcs if isinstance(epc, Sgtin)}
        break
    results = tuple(
        _refused(each, refusals) if each.unit in wanted and each.unit not in taken else each
        for each in page.results
    )
    return store.finish(made, replace(page, results=results))


def _event(asked: Asked, step: BizStep, units: Iterable[Sgtin]) -> Event:
    receives = step is BizStep.RECEIVING
    return Event(
        biz_step=step,
        event_time=asked.event_time,
        by=asked.actor.gln,
        epcs=tuple(units),
        read_point=asked.place,
        biz_location=asked.place if receives else None,
        source=asked.customer if receives else None,
        destination=asked.actor.gln if receives else None,
        reason=None if receives else "saleable return, set apart",
    )


def _at_fault(
    refusal: PacktrailError, named: Mapping[str, Sequence[Sgtin]]
) -> dict[Sgtin, FieldError]:
    """Return the units that a refusal names.

    Raises:
        PacktrailError: it names none; the request as a whole is at fault.
    """
    found: dict[Sgtin, FieldError] = {}
    for fault in refusal.errors:
        head, _, index = fault.pointer.rpartition("/")
        units = named.get(head.removesuffix("/epcs"), ())
        if index.isdigit() and int(index) < len(units):
            found[units[int(index)]] = fault
    if not found:
        raise refusal
    return found


_GONE = FieldError("", "not_done", "it was refused when this was asked first; ask anew")


def _refused(result: Result, refusals: Mapping[Sgtin, FieldError]) -> Result:
    fault = refusals.get(result.unit, _GONE) if result.unit else _GONE
    return replace(
        result,
        outcome=Outcome.REFUSED,
        reasons=(fault.code,),
        detail=f"{fault.message[:1].upper()}{fault.message[1:]}.",
        locks=False,
    )
