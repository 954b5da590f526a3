"""A capture job: a document that was taken in, and what became of its events (EPCIS 2.0, 12.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.access.model import Actor
from chalicelib.directory.told import Filled
from chalicelib.errors import PacktrailError
from chalicelib.http.epcis import CaptureErrorBehaviour

SHOWN = 100
"""Errors that a job keeps; more of them help nobody."""


@dataclass(frozen=True, slots=True)
class EventFault:
    """Why an event of a document, or the document itself, was refused.

    Attributes:
        index: of the event in the document, from 0; None for the document.
        code: stable word for machines.
        status: that a request with this event alone would have been answered with.
        title: what kind of refusal it is.
        detail: one sentence.
        errors: the fields at fault, each with pointer, code and message.
        exception: EPCIS's name for that kind of refusal; empty where it has none.
    """

    index: int | None
    code: str
    status: int
    title: str
    detail: str
    errors: tuple[Mapping[str, str], ...] = ()
    exception: str = ""

    @classmethod
    def of(cls, error: PacktrailError, index: int | None) -> "EventFault":
        """Return a refusal as what a job keeps of it."""
        fields = [
            {"pointer": each.pointer, "code": each.code, "message": each.message}
            for each in error.errors[:SHOWN]
        ]
        return cls(
            index, error.code, error.status, error.title, error.detail, tuple(fields),
            error.exception or "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mended:
    """What was put right in an event of a tolerated document.

    Attributes:
        index: of the event in the document, from 0.
        pointer: of the field, in the event.
        message: what was found and what was made of it.
    """

    index: int
    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """A document under way, or done.

    Attributes:
        id: of the job, opaque.
        actor: who sent it; the job has the rights that its sender had then.
        media_type: of the document.
        on_error: what a refused event means for the others.
        created: when it was accepted; record time of its events.
        tolerant: EPCIS 1.x is put right where only one thing can have been meant.
        finished: when it was done; None while it is not.
        success: whether all went well so far (EPCIS 2.0, 12.6: the four states of a job).
        events: in the document, as far as they were counted.
        done: how many of them were dealt with.
        recorded: how many are recorded by this job.
        repeated: how many had been recorded before.
        refused: how many were refused.
        held: how many wait for a person, or to be recorded after a person released them.
        released: how many are recorded that were held.
        rejected: how many a person rejected.
        faults: why, at most `SHOWN` of them.
        repairs: what was put right, at most `SHOWN` of it.
        master_data: what became of the master data; None where the document has none.
        version: goes up with every change.
    """

    id: str
    actor: Actor
    media_type: str
    on_error: CaptureErrorBehaviour
    created: datetime
    tolerant: bool = False
    finished: datetime | None = None
    success: bool = True
    events: int = 0
    done: int = 0
    recorded: int = 0
    repeated: int = 0
    refused: int = 0
    held: int = 0
    released: int = 0
    rejected: int = 0
    faults: tuple[EventFault, ...] = ()
    repairs: tuple[Mended, ...] = ()
    master_data: Filled | None = None
    version: int = 0

    @property
    def running(self) -> bool:
        """Whether it is not done yet."""
        return self.finished is None

    def refuse(self, faults: Sequence[EventFault]) -> "Job":
        """Return the job with more refusals."""
        indexes = {fault.index for fault in faults}
        return replace(
            self,
            success=self.success and not faults,
            refused=self.refused + len(indexes),
            faults=(*self.faults, *faults)[:SHOWN],
        )

    def finish(self, at: datetime) -> "Job":
        """Return the job, done."""
        return replace(self, finished=at)
