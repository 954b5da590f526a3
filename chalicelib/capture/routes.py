"""The doors for events of partners' systems: whole documents by a job, single events at once."""

from urllib.parse import quote

from chalicelib.access.model import Scope
from chalicelib.capture import documents, usecases
from chalicelib.capture.deciding import Deciding
from chalicelib.capture.held import Decision, Standing
from chalicelib.capture.model import Job
from chalicelib.capture.quarantine import Quarantine
from chalicelib.capture.store import JobStore
from chalicelib.capture.wire import (
    CaptureAnswer,
    CapturesAnswer,
    DecisionAnswer,
    HeldAnswer,
    HeldEventAnswer,
    HeldId,
    Id,
    QuarantineAnswer,
    QuarantineQuery,
    RejectBody,
    ReleaseBody,
    UploadAnswer,
    UploadBody,
)
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.json_format import read_event
from chalicelib.epcis.json_text import dumps, load
from chalicelib.errors import Malformed
from chalicelib.gs1.refusal import shown
from chalicelib.http.epcis import JSON
from chalicelib.http.epcis_paging import EpcisPageQuery, page_after, page_headers, per_page
from chalicelib.http.gate import MAX_BYTES
from chalicelib.http.paging import after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes, Text

routes = Routes(__name__)

MOST_EVENTS = 100_000
"""Events in one document."""

TOLERANT = "Packtrail-Tolerant"
"""Header of a capture in which EPCIS 1.x is repaired."""

LARGEST = 500 * 2**20
"""Bytes of a document that is uploaded by a link."""


@routes.epcis_post(
    "/capture",
    scope=Scope.CAPTURE,
    status=202,
    capture_limit=MOST_EVENTS,
    capture_bytes=MAX_BYTES,
)
def capture(call: Call) -> Answer:
    """Take a document of events in: JSON-LD, or XML of EPCIS 1.0 to 2.0.

    It is checked for what makes it a document, and kept; the job, whose address is in `Location`,
    checks and records its events. With `GS1-Capture-Error-Behaviour: rollback`, all of them or
    none; with `proceed`, those that can be. With `Packtrail-Tolerant: true`, EPCIS 1.x is put
    right where only one thing can have been meant, and the job says what; an event that is
    refused nevertheless is held for a person to decide: see `/v1/quarantine`.
    """
    media_type = call.epcis.body_type or JSON
    usecases.check_document(call.raw, media_type, most=MOST_EVENTS, tolerant=_tolerant(call))
    return _accepted(usecases.accept(_job(call, media_type), call.raw))


@routes.epcis_get("/capture", scope=Scope.CAPTURE, query=EpcisPageQuery, answer=CapturesAnswer)
def captures(call: Call) -> Answer:
    """List the organisation's capture jobs, newest first."""
    jobs, after = JobStore().page(
        call.actor.organisation, after=page_after(call), limit=per_page(call)
    )
    listed = CapturesAnswer(captures=[CaptureAnswer.of(job) for job in jobs])
    return Answer(listed, headers=page_headers(call, after))


@routes.epcis_get("/capture/{capture}", scope=Scope.CAPTURE, answer=CaptureAnswer)
def capture_job(call: Call, capture: str) -> CaptureAnswer:
    """Say how far a capture job is, and why events were refused."""
    return CaptureAnswer.of(JobStore().of(call.actor.organisation, capture))


@routes.epcis_post("/events", scope=Scope.CAPTURE, status=201)
def post_event(call: Call) -> Answer:
    """Record one event at once; `Location` is where it can be read.

    The same event again is answered as the first time; another one under its id is refused.
    """
    event_id, replayed = usecases.capture_one(call.raw, call.epcis.body_type, call.actor, call.at)
    headers = {"Location": f"/events/{quote(event_id, safe='')}"}
    return Answer(headers=headers, replayed=replayed)


@routes.post("/v1/uploads", scope=Scope.CAPTURE, body=UploadBody, answer=UploadAnswer, status=201)
def upload(call: Call[UploadBody]) -> UploadAnswer:
    """Ask for a link to which a document of up to 500 MB can be sent; it works 15 minutes."""
    upload_id = call.operation.hex
    return UploadAnswer(
        id=upload_id,
        url=documents.upload_link(_own(call, upload_id), call.body.media_type),
        media_type=call.body.media_type,
        expires_at=call.at + documents.LINK_LIVES,
    )


@routes.post("/v1/uploads/{upload}/capture", scope=Scope.CAPTURE, status=202)
def capture_upload(call: Call, upload: Id) -> Answer:
    """Capture the document that was sent to an upload's link; as `POST /capture`."""
    job = _job(call, "")
    documents.take(_own(call, upload), job.id, largest=LARGEST)
    return _accepted(usecases.begin(job))


@routes.get(
    "/v1/quarantine", scope=Scope.READ_QUARANTINE, query=QuarantineQuery, answer=QuarantineAnswer
)
def quarantine(call: Call[None, QuarantineQuery]) -> Answer:
    """List events that wait for a decision, the oldest first; or all that one job held."""
    mine, job, limit = call.actor.organisation, call.query.job, call.query.limit
    if job is None:
        found, last = Quarantine().waiting(mine, after=after(call), limit=limit)
    else:
        found, last = Quarantine().in_job(mine, job, after=after(call), limit=limit)
    cursor = last and seal(call, last)
    return Answer(QuarantineAnswer.of(found, cursor), headers=next_link(call, cursor))


@routes.get("/v1/quarantine/{held}", scope=Scope.READ_QUARANTINE, answer=HeldEventAnswer)
def held_event(call: Call, held: HeldId) -> Text:
    """Show a held event: what it says, why it was held, and what was decided."""
    found = Quarantine().of(call.actor.organisation, held)
    told = HeldAnswer.of(found).model_dump(mode="json", by_alias=True)
    told["event"] = Quarantine().original(found)
    told["corrected"] = Quarantine().corrected(found)
    return Text(dumps(told).decode(), JSON)


@routes.post(
    "/v1/quarantine/{held}/release",
    scope=Scope.DECIDE_QUARANTINE,
    body=ReleaseBody,
    answer=DecisionAnswer,
)
def release(call: Call[ReleaseBody], held: HeldId) -> Answer:
    """Let a held event be recorded, as it is or as you correct it.

    It must pass the gates. Its job then records it, by the rules and with the rights that its
    sender had; when it is refused, it is held again, with the refusal. Of a document that is
    captured with `rollback`, nothing is recorded before all that was held is decided on.
    """
    event = _exact(call.raw) if call.body.event is not None else None
    return _decided(call, held, Standing.RELEASED, call.body.reason, event)


@routes.post(
    "/v1/quarantine/{held}/reject",
    scope=Scope.DECIDE_QUARANTINE,
    body=RejectBody,
    answer=DecisionAnswer,
)
def reject(call: Call[RejectBody], held: HeldId) -> Answer:
    """Let a held event never be recorded; it stays readable, with the decision."""
    return _decided(call, held, Standing.REJECTED, call.body.reason)


def _exact(raw: bytes) -> EventObject:
    """Return the event of a body with every digit that was sent."""
    return read_event(dumps(load(raw)["event"]))


def _decided(
    call: Call, held: str, standing: Standing, reason: str, event: EventObject | None = None
) -> Answer:
    decision = Decision(
        standing=standing,
        client=call.actor.client_id,
        at=call.at,
        reason=reason,
        operation=call.operation.hex,
        fingerprint=call.fingerprint,
        corrected=event is not None,
    )
    made, replayed = Deciding(call.actor.organisation, held, decision, event).decide()
    return Answer(DecisionAnswer.of(made), replayed=replayed)


def _own(call: Call, upload_id: str) -> str:
    """Return an upload's name in the bucket: whoever guesses its id finds it in another place."""
    return f"{call.actor.organisation}/{upload_id}"


def _job(call: Call, media_type: str) -> Job:
    return Job(
        id=call.operation.hex,
        actor=call.actor,
        media_type=media_type,
        on_error=call.epcis.error_behaviour,
        created=call.at,
        tolerant=_tolerant(call),
    )


def _tolerant(call: Call) -> bool:
    """Whether the sender asks that EPCIS 1.x be put right where only one thing can be meant."""
    text = call.headers.get(TOLERANT.lower(), "false")
    if text not in ("true", "false"):
        message = f"found {shown(text)}, expected true or false"
        raise Malformed.field(f"#/header/{TOLERANT}", "boolean", message)
    return text == "true"


def _accepted(job: Job) -> Answer:
    return Answer(headers={"Location": f"/capture/{job.id}"})
