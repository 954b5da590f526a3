"""Capture jobs in the JSON of the EPCIS 2.0 REST binding, and a little more."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.capture.model import EventFault, Job
from chalicelib.directory.told import Filled
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


class CaptureMasterData(AnswerModel):
    """What became of the products, parties and places in the header of a document."""

    taken: int = Field(description="Of so many this document now tells in the directory.")
    kept: int = Field(description="Of so many others told more lately.")
    refused: int = Field(description="Of so many nothing was taken; `faults` says why.")
    others: int = Field(description="So many elements of other vocabularies were left aside.")
    faults: list[dict[str, str]] = Field(
        description="What is wrong in it, the first 100, by pointer; no event is refused for it."
    )

    @classmethod
    def of(cls, filled: Filled) -> "CaptureMasterData":
        """Return it as it is answered."""
        faults = [
            {"pointer": each.pointer, "code": each.code, "message": each.message}
            for each in filled.faults
        ]
        return cls(
            taken=filled.taken,
            kept=filled.kept,
            refused=filled.refused,
            others=filled.others,
            faults=faults,
        )


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
    master_data: CaptureMasterData | None = Field(
        description="What became of its master data; null where there is none, or not yet."
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
            master_data=CaptureMasterData.of(job.master_data) if job.master_data else None,
        )


class CapturesAnswer(AnswerModel):
    """Capture jobs, newest first."""

    captures: list[CaptureAnswer]
