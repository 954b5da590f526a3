"""Taking documents in: accept, then do the work as often as it takes, with one effect.

A document is kept as it was sent, a job is written, and a message tells a worker. The worker may
crash between any two of its steps: the message comes again, and everything it did stands under an
identity that it finds.
"""

from datetime import datetime

from chalicelib import clock
from chalicelib.access.model import Actor
from chalicelib.capture import documents, statements
from chalicelib.capture.describing import described
from chalicelib.capture.judging import as_recorded, save, take
from chalicelib.capture.model import EventFault, Job
from chalicelib.capture.queue import enqueue
from chalicelib.capture.store import JobStore
from chalicelib.capture.work import (
    OFTEN,
    after_decisions,
    all_or_nothing,
    event_batch,
    held_of,
    one_by_one,
)
from chalicelib.clock import TimeLeft, endless
from chalicelib.epcis.formats import read, read_event
from chalicelib.epcis.gates import MASTER_DATA_AT, check_event, check_header
from chalicelib.epcis.repair import repair_header
from chalicelib.errors import AlreadyExists, Malformed, NotFound, TooLarge
from chalicelib.goods.capturing import Capturer
from chalicelib.goods.staging import Batch
from chalicelib.http.epcis import CaptureErrorBehaviour
from chalicelib.http.gate import malformed
from chalicelib.serial.store import Numbers


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


def check_document(raw: bytes, media_type: str, *, most: int, tolerant: bool = False) -> None:
    """Refuse what is no document of events, before it becomes a job.

    Raises:
        Malformed: it cannot be read, or its header is at fault.
        TooLarge: it has more events than `most`.
    """
    document = read(raw, media_type)
    count = sum(1 for _ in document.events)
    if count > most:
        raise TooLarge(f"Found {count} events, expected at most {most}.")
    faults = repair_header(document).faults if tolerant else check_header(document)
    # Faults of master data are told by the job; they take no event along.
    if faults := [each for each in faults if not each.pointer.startswith(MASTER_DATA_AT)]:
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
    found = read_event(raw, media_type)
    if faults := check_event(found):
        raise malformed(faults)
    taken = take(found, 0, actor.gln)
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


def run(job_id: str, left: TimeLeft = endless) -> None:
    """Do the work of a job, or what is left of it.

    Args:
        job_id: of the job.
        left: until this process is cut off.

    Raises:
        Busy: throttled, or the goods are in use; the message comes again.
        OutOfTime: there is more to do; run it again.
    """
    job = JobStore().get(job_id)
    if job is None or not (job.running or _may_go_on(job)):
        return
    held = held_of(job)
    try:
        if not job.running:
            worked = after_decisions(job, held, left)
        elif job.on_error is CaptureErrorBehaviour.PROCEED:
            worked = one_by_one(job, left)
        else:
            worked = all_or_nothing(job, held, left)
        if worked != job and not worked.running:
            worked = _told(worked)
    except (Malformed, NotFound) as error:  # the document itself cannot be read, or is gone
        worked = job.refuse([EventFault.of(error, None)]).finish(clock.now())
    if worked != job:
        save(worked)


def _may_go_on(job: Job) -> bool:
    """Whether a job that is done may have more to do, because people decide about its events."""
    return job.tolerant and job.on_error is CaptureErrorBehaviour.PROCEED


def _told(job: Job) -> Job:
    """Keep what a document says besides its events, now that those are recorded."""
    whole = as_recorded(job, held_of(job))
    if job.recorded or job.repeated:
        statements.keep(job, whole)
    return described(job, whole)


def let_go(job_id: str) -> None:
    """Free the goods of a job that nobody got to the end of; it can be run again."""
    job = JobStore().get(job_id)
    if job is None:
        return
    indexes = set(range(job.done, job.done + OFTEN))
    indexes |= held_of(job).keys()
    for batch in (job.id, *(event_batch(job, index) for index in sorted(indexes))):
        Batch.let_go(batch)
