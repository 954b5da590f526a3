"""Capture jobs in the JSON of the EPCIS 2.0 REST binding, and a little more."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.capture.model import EventFault, Job
from chalicelib.http.fields import AnswerModel, Body, InstantField
from chalicelib.http.problem import type_of

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


MediaType = Literal["application/json", "application/ld+json", "application/xml", "text/xml"]


class UploadBody(Body):
    """A document that is too large to be sent directly."""

    media_type: Literal[
        "application/json", "application/ld+json", "application/xml", "text/xml"
    ] = Field(description="Of the document that will be sent.", examples=["application/xml"])


class UploadAnswer(AnswerModel):
    """Where to send the document."""

    id: str
    url: str = Field(description="Send the document there by PUT, with this Content-Type alone.")
    media_type: str
    expires_at: InstantField


class CaptureFault(AnswerModel):
    """Why an event, or the whole document, was refused: a problem document of its own."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    event_index: int | None = Field(description="Of the event in the document, from 0.")
    errors: list[dict[str, str]] = Field(description="The fields at fault, by JSON pointer.")

    @classmethod
    def of(cls, fault: EventFault) -> "CaptureFault":
        """Return a fault as it is answered."""
        return cls(
            type=(fault.exception and f"epcisException:{fault.exception}") or type_of(fault.code),
            title=fault.title,
            status=fault.status,
            detail=fault.detail,
            code=fault.code,
            event_index=fault.index,
            errors=[dict(each) for each in fault.errors],
        )


class CaptureRepair(AnswerModel):
    """What was put right in an event."""

    event_index: int
    pointer: str
    message: str


class CaptureAnswer(AnswerModel):
    """A capture job (EPCIS 2.0, 12.6)."""

    capture_id: str = Field(alias="captureID")
    created_at: InstantField
    finished_at: InstantField | None
    running: bool
    success: bool
    capture_error_behaviour: Literal["rollback", "proceed"]
    errors: list[CaptureFault]
    events: int = Field(description="In the document, as far as they are counted.")
    done: int = Field(description="How many were dealt with.")
    recorded: int = Field(description="How many this job recorded.")
    repeated: int = Field(description="How many had been recorded before.")
    refused: int = Field(description="How many were refused; `errors` has the first 100.")
    repairs: list[CaptureRepair] = Field(
        description="What was put right in events of EPCIS 1.x, the first 100: "
        "only with `Packtrail-Tolerant: true`."
    )

    @classmethod
    def of(cls, job: Job) -> "CaptureAnswer":
        """Return a job as it is answered."""
        return cls(
            capture_id=job.id,
            created_at=job.created,
            finished_at=job.finished,
            running=job.running,
            success=job.success,
            capture_error_behaviour=job.on_error.value,
            errors=[CaptureFault.of(fault) for fault in job.faults],
            events=job.events,
            done=job.done,
            recorded=job.recorded,
            repeated=job.repeated,
            refused=job.refused,
            repairs=[
                CaptureRepair(event_index=each.index, pointer=each.pointer, message=each.message)
                for each in job.repairs
            ],
        )


class CapturesAnswer(AnswerModel):
    """Capture jobs, newest first."""

    captures: list[CaptureAnswer]
