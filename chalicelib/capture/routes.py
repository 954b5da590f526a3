"""The doors for events of partners' systems: whole documents by a job, single events at once."""

from urllib.parse import quote

from chalicelib.access.model import Scope
from chalicelib.capture import documents, usecases
from chalicelib.capture.model import Job
from chalicelib.capture.store import JobStore
from chalicelib.capture.wire import (
    CaptureAnswer,
    CapturesAnswer,
    Id,
    UploadAnswer,
    UploadBody,
)
from chalicelib.errors import Malformed
from chalicelib.gs1.refusal import shown
from chalicelib.http.epcis import JSON
from chalicelib.http.epcis_paging import EpcisPageQuery, page_after, page_headers, per_page
from chalicelib.http.gate import MAX_BYTES
from chalicelib.http.routing import Answer, Call, Routes

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
    right where only one thing can have been meant, and the job says what.
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
