"""The work on a capture job: all of a document or nothing, or each event for itself.

Where a document is captured tolerantly, what is refused is held for a person. With `rollback` the
whole document waits until everything held was decided on; with `proceed` only those events wait.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib import clock
from chalicelib.capture.held import MOST_HELD, Held, Standing
from chalicelib.capture.judging import (
    Reading,
    Unsound,
    as_decided,
    document,
    judged,
    mended,
    save,
    taken,
)
from chalicelib.capture.model import SHOWN, EventFault, Job
from chalicelib.capture.quarantine import Quarantine
from chalicelib.clock import TimeLeft
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.repair import Repaired
from chalicelib.errors import Busy, Malformed, Raced
from chalicelib.goods.capturing import RESERVE, Capturer, Outcome
from chalicelib.goods.staging import OutOfTime
from chalicelib.serial.store import Numbers

OFTEN = 25
"""Events after which a job that proceeds writes down how far it is."""

Decided = Mapping[int, Held]


def held_of(job: Job) -> dict[int, Held]:
    """Return what was held of a job, by index.

    Raises:
        Busy: somebody decides at this moment.
    """
    if not job.tolerant:
        return {}
    quarantine = Quarantine()
    try:
        return {n: quarantine.tidy(each) for n, each in quarantine.of_job(job.id).items()}
    except Raced as error:
        raise Busy("Somebody decides about this event.", code="contended") from error


def _begun(job: Job, events: int) -> Job:
    # A job that goes on after a crash tells of all its events anew.
    return replace(
        job, success=True, events=events, done=0, recorded=0, repeated=0, refused=0, faults=(),
        repairs=(),
    )  # fmt: skip


def all_or_nothing(job: Job, held: Decided, left: TimeLeft) -> Job:
    """Capture the whole document, or have all of it wait for a person.

    Returns:
        The job: finished, or as it waits.

    Raises:
        OutOfTime: the job says how far it is.
    """
    if job.held and any(each.standing is Standing.HELD for each in held.values()):
        return _waiting(job, held)
    if job.held:
        job = save(replace(job, held=0))
    reading = Reading(job, held, MOST_HELD if job.tolerant else SHOWN)
    events, outcome = reading.events(), Outcome()
    at = max((each.decisions[-1].at for each in held.values() if each.decisions), default=None)
    capturer = Capturer(job.id, job.actor, at or job.created, Numbers(), left)
    try:
        with suppress(Unsound):
            outcome = capturer.capture(events)
            for _ in events:  # what is behind those that were refused is judged all the same
                pass
    except OutOfTime as pause:
        read = max(reading.count, reading.job.events)
        save(replace(reading.job, events=read, done=read if pause.done is None else pause.done))
        raise
    job = replace(_begun(reading.job, reading.count), repairs=tuple(reading.repairs))
    if reading.faults:
        return _stopped(replace(job, refused=reading.refused), held, reading.faults)
    if outcome.errors:
        faults = {n: EventFault.of(error, n) for n, error in sorted(outcome.errors.items())}
        return _stopped(replace(job, repeated=outcome.repeated, refused=len(faults)), held, faults)
    quarantine = Quarantine()
    recorded = {
        n: each if each.standing is Standing.REJECTED else quarantine.record(each)
        for n, each in held.items()
    }
    rejected = [each for each in recorded.values() if each.standing is Standing.REJECTED]
    return replace(
        job,
        done=job.events,
        recorded=outcome.recorded,
        repeated=outcome.repeated,
        released=len(recorded) - len(rejected),
        rejected=len(rejected),
        faults=tuple(rejection(each) for each in rejected)[:SHOWN],
        success=not rejected or outcome.recorded + outcome.repeated > 0,
    ).finish(clock.now())


def _stopped(job: Job, held: Decided, faults: Mapping[int, EventFault]) -> Job:
    """Return the job whose events were refused: as it waits for a person, or done."""
    if not job.tolerant or (job.refused > MOST_HELD and not held):
        refused = job.refused
        job = replace(job, refused=0).refuse(list(faults.values()))
        return replace(job, refused=refused, done=job.events).finish(clock.now())
    some = dict(list(faults.items())[:MOST_HELD])
    whole, last = document(job), max(some)
    for index, found in enumerate(whole.events):
        before = held.get(index)
        if index in some and before is not None and before.standing is Standing.RELEASED:
            _put(before.refused(some[index]))
        elif index in some:
            _hold(job, some[index], whole.version, found)
        if index == last:
            break
    return _waiting(job, Quarantine().of_job(job.id))


def _hold(job: Job, fault: EventFault, version: str, found: EventObject) -> Held:
    """Hold an event; it waits from now on."""
    held = Held(
        job=job.id,
        index=fault.index or 0,
        organisation=job.actor.organisation,
        sender=job.actor.client_id,
        format=version,
        since=clock.now(),
        fault=fault,
    )
    Quarantine().hold(held, found)
    return held


def _put(held: Held) -> Held:
    try:
        return Quarantine().put(held)
    except Raced as error:
        raise Busy("Somebody decides about this event.", code="contended") from error


def _waiting(job: Job, held: Decided) -> Job:
    """Return a job whose whole document waits: nothing of it is recorded, nothing is refused."""
    rejected = [each for each in held.values() if each.standing is Standing.REJECTED]
    told = [
        rejection(each) if each in rejected else each.fault
        for each in held.values()
        if each.standing in {Standing.HELD, Standing.REJECTED}
    ]
    return replace(
        job,
        done=0,
        recorded=0,
        repeated=0,
        refused=0,
        held=sum(each.standing.open for each in held.values()),
        rejected=len(rejected),
        faults=tuple(told[:SHOWN]),
    )


def one_by_one(job: Job, left: TimeLeft) -> Job:
    """Capture each event for itself; what is refused is held where that is asked.

    Returns:
        The job, finished.

    Raises:
        OutOfTime: the job says how far it is.
    """
    if not job.done:
        job = save(_begun(job, sum(1 for _ in document(job).events)))
    version = document(job).version if job.tolerant else ""
    held = held_of(job)
    for index, found, event in judged(job, start=job.done):
        outcome = Outcome() if index in held else _one(job, index, event, left)
        if outcome.errors and job.tolerant and len(held) < MOST_HELD:
            fault = EventFault.of(outcome.errors[index], index)
            held[index] = _hold(job, fault, version, found)
            outcome = Outcome()
        repairs = (*job.repairs, *mended(event, index))[:SHOWN]
        job = replace(_with(job, outcome), done=index + 1, repairs=repairs)
        late = left() < RESERVE and job.done < job.events
        if late or job.done % OFTEN == 0:
            job = save(job)
        if late:
            raise OutOfTime(job.done)
    return after_decisions(job, held, left).finish(clock.now())


def _one(
    job: Job, index: int, event: Repaired, left: TimeLeft, *, at: datetime | None = None
) -> Outcome:
    try:
        only = taken(event, index, job.actor.gln)
    except Malformed as error:
        return Outcome(errors={index: error})
    batch = event_batch(job, index)
    return Capturer(batch, job.actor, at or job.created, Numbers(), left).capture([only])


def event_batch(job: Job, index: int) -> str:
    """Return the identity of the work on one event of a job."""
    return f"{job.id}.{index}"


def _with(job: Job, outcome: Outcome) -> Job:
    faults = [EventFault.of(error, index) for index, error in sorted(outcome.errors.items())]
    return replace(
        job.refuse(faults),
        recorded=job.recorded + (0 if outcome.errors else outcome.recorded),
        repeated=job.repeated + outcome.repeated,
    )


def after_decisions(job: Job, held: Decided, left: TimeLeft) -> Job:
    """Record what people released of a document whose other events are recorded.

    Returns:
        The job, counted anew.
    """
    now = {
        n: _released(job, each, left) if each.standing is Standing.RELEASED else each
        for n, each in held.items()
    }
    released = sum(each.standing is Standing.RECORDED for each in now.values())
    rejected = sum(each.standing is Standing.REJECTED for each in now.values())
    waiting = len(now) - released - rejected
    told = [fault for fault in job.faults if fault.index not in now]
    told += [each.fault for each in now.values() if each.standing.open]
    told += [rejection(each) for each in now.values() if each.standing is Standing.REJECTED]
    told.sort(key=lambda fault: fault.index or 0)
    return replace(
        job,
        recorded=job.recorded - job.released + released,
        released=released,
        rejected=rejected,
        held=waiting,
        success=not (job.refused or waiting or rejected),
        faults=tuple(told[:SHOWN]),
    )


def _released(job: Job, held: Held, left: TimeLeft) -> Held:
    """Record one event that was released; when it is refused, it is held again."""
    quarantine = Quarantine()
    event = as_decided(held, quarantine.original(held))
    outcome = _one(job, held.index, event, left, at=held.decisions[-1].at)
    if error := outcome.errors.get(held.index):
        return _put(held.refused(EventFault.of(error, held.index)))
    return quarantine.record(held)


def rejection(held: Held) -> EventFault:
    """Return what a job tells of an event that a person rejected."""
    made = held.decisions[-1]
    detail = f"{made.client} rejected it: {made.reason}"
    return EventFault(held.index, "rejected", 409, "The event was held and rejected", detail)
