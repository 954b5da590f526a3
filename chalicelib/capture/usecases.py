"""Taking documents in: accept, then do the work as often as it takes, with one effect.

A document is kept as it was sent, a job is written, and a message tells a worker. The worker may
crash between any two of its steps: the message comes again, and everything it did stands under an
identity that it finds.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib import clock
from chalicelib.access.model import Actor
from chalicelib.capture import documents
from chalicelib.capture.model import SHOWN, EventFault, Job
from chalicelib.capture.queue import enqueue
from chalicelib.capture.store import JobStore
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.formats import read, read_event
from chalicelib.epcis.gates import check_event, check_header
from chalicelib.epcis.interpretation import interpret
from chalicelib.errors import AlreadyExists, Malformed, NotFound, Raced, TooLarge
from chalicelib.goods.capturing import Capturer, Outcome, Taken
from chalicelib.gs1.keys import Gln
from chalicelib.http.epcis import CaptureErrorBehaviour
from chalicelib.http.gate import malformed
from chalicelib.serial.store import Numbers

OFTEN = 25
"""Events after which a job that proceeds writes down how far it is."""


def accept(job: Job, raw: bytes) -> Job:
    """Take a document in; the work on it begins at once, elsewhere.

    Args:
        job: as it shall begin; its id the same for every repeat of the request.
        raw: the document as sent.

    Returns:
        The job; the one of the first time when this is a repeat.
    """
    documents.put(job.id, raw, job.media_type)
    return begin(job)


def check_document(raw: bytes, media_type: str, *, most: int) -> None:
    """Refuse what is no document of events, before it becomes a job.

    Raises:
        Malformed: it cannot be read, or its header is at fault.
        TooLarge: it has more events than `most`.
    """
    document = read(raw, media_type)
    count = sum(1 for _ in document.events)
    if count > most:
        raise TooLarge(f"Found {count} events, expected at most {most}.")
    if faults := check_header(document):
        raise malformed(faults)


def capture_one(raw: bytes, media_type: str, actor: Actor, at: datetime) -> tuple[str, bool]:
    """Record one event at once, in one transaction.

    Returns:
        Its id, and whether it had been recorded before.

    Raises:
        Malformed: it cannot be read, or does not pass the gates.
        Conflict, NotFound, Forbidden: as for the friendly endpoints.
        TooLarge: it changes more than one transaction holds.
    """
    taken = take(read_event(raw, media_type), 0, actor.gln)
    outcome = Capturer("", actor, at, Numbers()).at_once([taken])
    if outcome is None:
        raise TooLarge("The event changes more goods than one request may; POST it to /capture.")
    if outcome.errors:
        raise outcome.errors[0]
    return taken.id, outcome.repeated > 0


def begin(job: Job) -> Job:
    """Begin a job whose document is there already."""
    try:
        JobStore().create(job)
    except AlreadyExists:
        job = JobStore().of(job.actor.organisation, job.id)
    if job.running:
        enqueue(job.id)
    return job


def run(job_id: str) -> None:
    """Do the work of a job, or what is left of it.

    Raises:
        Busy: throttled, or the goods are in use; the message comes again.
    """
    job = JobStore().get(job_id)
    if job is None or not job.running:
        return
    try:
        job = _checked(job)
        if job.success or job.on_error is CaptureErrorBehaviour.PROCEED:
            job = (
                _proceed(job)
                if job.on_error is CaptureErrorBehaviour.PROCEED
                else _all_or_nothing(job)
            )
    except (Malformed, NotFound) as error:  # the document itself cannot be read, or is gone
        job = job.refuse([EventFault.of(error, None)])
    try:
        JobStore().put(job.finish(clock.now()))
    except Raced:
        return  # another worker finished it; both did the same


def take(found: EventObject, index: int, by: Gln) -> Taken:
    """Return an event that passed the gates as what is to be recorded.

    Raises:
        Malformed: with every fault of the event.
    """
    if faults := check_event(found):
        raise malformed(faults)
    fingerprint = event_hash(found)
    event = interpret(found, found.get("eventID") or fingerprint, by)
    return Taken(index, event, fingerprint, declares="errorDeclaration" in found)


def _document(job: Job) -> EpcisDocument:
    return read(documents.open(job.id), job.media_type)


def _checked(job: Job) -> Job:
    """Return the job with the faults of every event that does not pass the gates, and counted."""
    count, faults, refused = 0, list[EventFault](), 0
    for index, found in enumerate(_document(job).events):
        count += 1
        if wrong := check_event(found):
            refused += 1
            if len(faults) < SHOWN:
                faults.append(EventFault.of(malformed(wrong), index))
    job = replace(job, events=count, recorded=0, repeated=0, refused=0, faults=())
    if job.on_error is CaptureErrorBehaviour.ROLLBACK and faults:
        return replace(job.refuse(faults), refused=refused, done=count)
    return JobStore().put(job)


def _all_or_nothing(job: Job) -> Job:
    events = (
        take(found, index, job.actor.gln) for index, found in enumerate(_document(job).events)
    )
    outcome = _capturer(job, job.id).capture(events)
    return replace(_with(job, outcome), done=job.events)


def _proceed(job: Job) -> Job:
    """Take each event for itself."""
    job = replace(job, success=True)
    for index, found in enumerate(_document(job).events):
        try:
            taken = take(found, index, job.actor.gln)
            outcome = _capturer(job, f"{job.id}.{index}").capture([taken])
        except Malformed as error:
            outcome = Outcome(errors={index: error})
        job = replace(_with(job, outcome), done=index + 1)
        if job.done % OFTEN == 0:
            job = JobStore().put(job)
    return job


def _capturer(job: Job, batch: str) -> Capturer:
    return Capturer(batch, job.actor, job.created, Numbers())


def _with(job: Job, outcome: Outcome) -> Job:
    faults = [EventFault.of(error, index) for index, error in sorted(outcome.errors.items())]
    return replace(
        job.refuse(faults),
        recorded=job.recorded + (0 if outcome.errors else outcome.recorded),
        repeated=job.repeated + outcome.repeated,
    )
