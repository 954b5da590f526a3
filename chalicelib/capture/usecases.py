"""Taking documents in: accept, then do the work as often as it takes, with one effect.

A document is kept as it was sent, a job is written, and a message tells a worker. The worker may
crash between any two of its steps: the message comes again, and everything it did stands under an
identity that it finds.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice

from chalicelib import clock
from chalicelib.access.model import Actor
from chalicelib.capture import documents, statements
from chalicelib.capture.describing import described
from chalicelib.capture.model import SHOWN, EventFault, Job, Mended
from chalicelib.capture.queue import enqueue
from chalicelib.capture.store import JobStore
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.formats import read, read_event
from chalicelib.epcis.gates import MASTER_DATA_AT, check_event, check_header
from chalicelib.epcis.interpretation import interpret
from chalicelib.epcis.repair import Repaired, repair, repair_header
from chalicelib.errors import AlreadyExists, Malformed, NotFound, Raced, TooLarge
from chalicelib.goods.capturing import Capturer, Outcome, Taken
from chalicelib.gs1.keys import Gln
from chalicelib.http.epcis import CaptureErrorBehaviour
from chalicelib.http.gate import malformed
from chalicelib.serial.store import Numbers

OFTEN = 25
"""Events after which a job that proceeds writes down how far it is."""

PROGRESS = 1_000
"""Events after which a job that takes all or none does: reading them takes it little."""


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


def run(job_id: str) -> None:
    """Do the work of a job, or what is left of it.

    Raises:
        Busy: throttled, or the goods are in use; the message comes again.
    """
    job = JobStore().get(job_id)
    if job is None or not job.running:
        return
    try:
        proceeds = job.on_error is CaptureErrorBehaviour.PROCEED
        job = _proceed(_counted(job)) if proceeds else _all_or_nothing(job)
        document = _document(job)
        if job.recorded or job.repeated:
            statements.keep(job, document)
        job = described(job, document)
    except (Malformed, NotFound) as error:  # the document itself cannot be read, or is gone
        job = job.refuse([EventFault.of(error, None)])
    try:
        JobStore().put(job.finish(clock.now()))
    except Raced:
        return  # another worker finished it; both did the same


def take(found: EventObject, index: int, by: Gln) -> Taken:
    """Return an event that passed the gates as what is to be recorded."""
    fingerprint = event_hash(found)
    event = interpret(found, found.get("eventID") or fingerprint, by)
    return Taken(index, event, fingerprint, declares="errorDeclaration" in found)


def _counted(job: Job) -> Job:
    """Return the job as it begins, with the number of its events, for all who ask how far it is."""
    count = sum(1 for _ in read(documents.open(job.id), job.media_type).events)
    return JobStore().put(_begun(job, count))


def _begun(job: Job, events: int) -> Job:
    # A job that goes on after a crash tells of all its events anew.
    return replace(
        job, success=True, events=events, recorded=0, repeated=0, refused=0, faults=(), repairs=()
    )


def _document(job: Job) -> EpcisDocument:
    """Return a job's document, its events put right where that is tolerated."""
    document = read(documents.open(job.id), job.media_type)
    if not job.tolerant:
        return document
    events = (repair(each, document.version).event for each in document.events)
    return replace(document, events=events)


def _judged(job: Job) -> Iterator[Repaired]:
    """Yield the events of a job's document, put right where it is tolerated."""
    document = read(documents.open(job.id), job.media_type)
    for found in document.events:
        if job.tolerant:
            yield repair(found, document.version)
        else:
            yield Repaired(found, [], check_event(found))


class _Unsound(Malformed):
    """Some events of the document did not pass the gates; each was noted."""

    title, code = "Events are malformed", "unsound"


class _Reading:
    """One reading of a document, of whose events all are to be recorded or none.

    Attributes:
        job: whose document it is, as last written down.
        count: events read so far.
        refused: how many of them did not pass the gates.
        faults: why, at most `SHOWN` of them.
        repairs: what was put right, at most `SHOWN` of it.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.count = self.refused = 0
        self.faults: list[EventFault] = []
        self.repairs: list[Mended] = []

    def events(self) -> Iterator[Taken]:
        """Yield the events; none more after the first that is at fault, of which all are judged.

        Raises:
            _Unsound: at the end, when any was at fault.
        """
        for index, judged in enumerate(_judged(self.job)):
            self.count = index + 1
            self.repairs += islice(_mended(judged, index), SHOWN - len(self.repairs))
            if self.count % PROGRESS == 0:
                self.job = JobStore().put(replace(self.job, events=self.count))
            try:
                taken = _taken(judged, index, self.job)
            except Malformed as error:
                self._refuse(error, index)
                continue
            if not self.refused:
                yield taken
        if self.refused:
            raise _Unsound("Not all events passed the gates.")

    def _refuse(self, error: Malformed, index: int) -> None:
        self.refused += 1
        if len(self.faults) < SHOWN:
            self.faults.append(EventFault.of(error, index))


def _taken(judged: Repaired, index: int, job: Job) -> Taken:
    if judged.faults:
        raise malformed(judged.faults)
    return take(judged.event, index, job.actor.gln)


def _mended(judged: Repaired, index: int) -> Iterator[Mended]:
    return (Mended(index, each.pointer, each.message) for each in judged.repairs)


def _all_or_nothing(job: Job) -> Job:
    """Take all events, or none; each is read and judged once."""
    reading = _Reading(job)
    events = reading.events()
    outcome = Outcome()
    with suppress(_Unsound):
        outcome = _capturer(job, job.id).capture(events)
        for _ in events:  # what is behind those that were refused is judged all the same
            pass
    job = replace(
        _begun(reading.job, reading.count), done=reading.count, repairs=tuple(reading.repairs)
    )
    if reading.faults:
        return replace(job.refuse(reading.faults), refused=reading.refused)
    return _with(job, outcome)


def _proceed(job: Job) -> Job:
    """Take each event for itself."""
    for index, judged in enumerate(_judged(job)):
        try:
            taken = _taken(judged, index, job)
            outcome = _capturer(job, f"{job.id}.{index}").capture([taken])
        except Malformed as error:
            outcome = Outcome(errors={index: error})
        job = replace(
            _with(job, outcome),
            done=index + 1,
            repairs=(*job.repairs, *_mended(judged, index))[:SHOWN],
        )
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
