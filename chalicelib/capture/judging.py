"""Reading the events of a job's document, put right and judged, with what people decided."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from chalicelib.capture import documents
from chalicelib.capture.held import Held, Standing
from chalicelib.capture.model import SHOWN, EventFault, Job, Mended
from chalicelib.capture.quarantine import Quarantine
from chalicelib.capture.store import JobStore
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.formats import read
from chalicelib.epcis.gates import check_event
from chalicelib.epcis.interpretation import interpret
from chalicelib.epcis.repair import Repaired, repair
from chalicelib.errors import Busy, Malformed, Raced
from chalicelib.goods.capturing import Taken
from chalicelib.gs1.keys import Gln
from chalicelib.http.gate import malformed

PROGRESS = 1_000
"""Events after which a job that takes all or none says how far it is: reading takes it little."""


def save(job: Job) -> Job:
    """Write a changed job down; return it with its next version.

    Raises:
        Busy: another worker changed it; a repeat finds what that one did.
    """
    try:
        return JobStore().put(job)
    except Raced as error:
        raise Busy("Another worker is at this capture.", code="contended") from error


def document(job: Job) -> EpcisDocument:
    """Return the document of a job, to be read from its beginning.

    Raises:
        Malformed: it cannot be read.
        NotFound: it is gone.
    """
    return read(documents.open(job.id), job.media_type)


def judge(found: EventObject, version: str, *, tolerant: bool) -> Repaired:
    """Return an event, put right where it is tolerated, with what the gates say of it."""
    if tolerant:
        return repair(found, version)
    return Repaired(found, [], check_event(found))


def judged(
    job: Job, held: Mapping[int, Held] | None = None, *, start: int = 0
) -> Iterator[tuple[int, EventObject, Repaired]]:
    """Yield the events of a job: index, as it was read, as it is taken.

    Args:
        job: whose document it is.
        held: what people decided: rejected events are left out, corrected ones replaced.
        start: index of the first one.
    """
    whole = document(job)
    for index, found in islice(enumerate(whole.events), start, None):
        decided = (held or {}).get(index)
        if decided is None:
            yield index, found, judge(found, whole.version, tolerant=job.tolerant)
        elif decided.standing is not Standing.REJECTED:
            yield index, found, as_decided(decided, found)


def as_decided(held: Held, found: EventObject) -> Repaired:
    """Return a held event as a person made it, or as it was sent."""
    corrected = Quarantine().corrected(held)
    if corrected is None:
        return judge(found, held.format, tolerant=True)
    return Repaired(corrected, [], check_event(corrected))


def as_recorded(job: Job, held: Mapping[int, Held]) -> EpcisDocument:
    """Return a job's document with its events as they were taken."""
    whole = document(job)
    if not job.tolerant:
        return whole
    return replace(whole, events=(event.event for _, _, event in judged(job, held)))


def taken(event: Repaired, index: int, by: Gln) -> Taken:
    """Return an event as what is to be recorded.

    Raises:
        Malformed: it does not pass the gates.
    """
    if event.faults:
        raise malformed(event.faults)
    return take(event.event, index, by)


def take(found: EventObject, index: int, by: Gln) -> Taken:
    """Return an event that passed the gates as what is to be recorded."""
    fingerprint = event_hash(found)
    event = interpret(found, found.get("eventID") or fingerprint, by)
    return Taken(index, event, fingerprint, declares="errorDeclaration" in found)


def mended(event: Repaired, index: int) -> Iterator[Mended]:
    """Yield what was put right in an event, as its job tells it."""
    return (Mended(index, each.pointer, each.message) for each in event.repairs)


class Unsound(Malformed):
    """Some events of the document did not pass the gates; each was noted."""

    title, code = "Events are malformed", "unsound"


class Reading:
    """One reading of a document, of whose events all are to be recorded or none.

    Attributes:
        job: whose document it is, as last written down.
        count: events read so far.
        refused: how many of them did not pass the gates.
        faults: why, by index, of the first ones.
        repairs: what was put right, at most `SHOWN` of it.
    """

    def __init__(self, job: Job, held: Mapping[int, Held], most: int) -> None:
        """Read the document of `job`, as decided; keep the faults of at most `most` events."""
        self.job = job
        self.count = self.refused = 0
        self.faults: dict[int, EventFault] = {}
        self.repairs: list[Mended] = []
        self._held, self._most = held, most

    def events(self) -> Iterator[Taken]:
        """Yield the events; none more after the first that is at fault, of which all are judged.

        Raises:
            Unsound: at the end, when any was at fault.
            Busy: another worker is at the job.
        """
        for index, _, event in judged(self.job, self._held):
            self.count = index + 1
            self.repairs += islice(mended(event, index), SHOWN - len(self.repairs))
            if self.count % PROGRESS == 0:
                self.job = save(replace(self.job, events=max(self.count, self.job.events)))
            try:
                sound = taken(event, index, self.job.actor.gln)
            except Malformed as error:
                self._refuse(error, index)
                continue
            if not self.refused:
                yield sound
        self.count = max(self.count, *(index + 1 for index in self._held), 0)  # the last, rejected
        if self.refused:
            raise Unsound("Not all events passed the gates.")

    def _refuse(self, error: Malformed, index: int) -> None:
        self.refused += 1
        if len(self.faults) < self._most:
            self.faults[index] = EventFault.of(error, index)
