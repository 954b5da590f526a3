"""Capture jobs in the JSON of the EPCIS 2.0 REST binding, and a little more."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.capture.held import Decision, Held
from chalicelib.capture.model import EventFault, Job
from chalicelib.directory.told import Filled
from chalicelib.http.fields import AnswerModel, Body, InstantField, TextField
from chalicelib.http.paging import PageQuery
from chalicelib.http.problem import type_of

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
HeldId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}\.[0-9]{1,8}$")]

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
    held: int = Field(
        description="How many wait in the quarantine, or are being recorded after a release: "
        "only with `Packtrail-Tolerant: true`. With `rollback` the job runs until it is none."
    )
    released: int = Field(description="How many of the recorded ones were held before.")
    rejected: int = Field(description="How many were held and then rejected.")
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
            held=job.held,
            released=job.released,
            rejected=job.rejected,
            repairs=[
                CaptureRepair(event_index=each.index, pointer=each.pointer, message=each.message)
                for each in job.repairs
            ],
            master_data=CaptureMasterData.of(job.master_data) if job.master_data else None,
        )


class CapturesAnswer(AnswerModel):
    """Capture jobs, newest first."""

    captures: list[CaptureAnswer]


class QuarantineQuery(PageQuery):
    """Which held events."""

    job: Id | None = Field(
        default=None, description="All that this capture job held, decided or not."
    )


class ReleaseBody(Body):
    """Let a held event be recorded."""

    reason: TextField
    event: dict[str, Any] | None = Field(
        default=None,
        description="The event as it shall be, in EPCIS 2.0 JSON-LD; leave it out to take the "
        "event as it is, with what was corrected before.",
    )


class RejectBody(Body):
    """Let a held event never be recorded."""

    reason: TextField


class DecisionAnswer(AnswerModel):
    """What a person decided about a held event."""

    decision: Literal["released", "rejected"]
    by: str = Field(description="The client that decided.")
    at: InstantField
    reason: str
    corrected: bool = Field(description="Whether a corrected event came with it.")

    @classmethod
    def of(cls, decision: Decision) -> "DecisionAnswer":
        """Return a decision as it is answered."""
        return cls(**_told(decision))


class PastDecisionAnswer(DecisionAnswer):
    """A decision, and what came of it."""

    refusal: str | None = Field(
        description="Why the event was refused after its release, and held again."
    )

    @classmethod
    def of(cls, decision: Decision) -> "PastDecisionAnswer":
        """Return a decision as it is listed."""
        return cls(**_told(decision), refusal=decision.refusal or None)


def _told(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.standing.value,
        "by": decision.client,
        "at": decision.at,
        "reason": decision.reason,
        "corrected": decision.corrected,
    }


class HeldAnswer(AnswerModel):
    """An event that waits, or waited, for a person."""

    id: str
    capture_id: str = Field(alias="captureID", description="The job of the document it is of.")
    event_index: int = Field(description="Of the event in the document, from 0.")
    standing: Literal["held", "released", "recorded", "rejected"]
    held_since: InstantField
    sender: str = Field(description="The client that sent the document.")
    fault: CaptureFault = Field(description="Why it was held, at the last attempt.")
    decisions: list[PastDecisionAnswer] = Field(description="All of them, oldest first.")

    @classmethod
    def of(cls, held: Held) -> "HeldAnswer":
        """Return a held event as it is listed."""
        return cls(
            id=held.id,
            capture_id=held.job,
            event_index=held.index,
            standing=held.standing.value,
            held_since=held.since,
            sender=held.sender,
            fault=CaptureFault.of(held.fault),
            decisions=[PastDecisionAnswer.of(each) for each in held.decisions],
        )


class HeldEventAnswer(HeldAnswer):
    """An event that waits, or waited, for a person, with what it says."""

    event: Any = Field(description="As it was read, before any repair, in EPCIS 2.0 JSON-LD.")
    corrected: Any = Field(description="As a person made it; null where nobody did.")


class QuarantineAnswer(AnswerModel):
    """Held events: what waits, the oldest first; or all of a job, in the document's order."""

    events: list[HeldAnswer]
    next: str | None = None

    @classmethod
    def of(cls, events: Sequence[Held], cursor: str | None) -> "QuarantineAnswer":
        """Return a page of held events."""
        return cls(events=[HeldAnswer.of(each) for each in events], next=cursor)
