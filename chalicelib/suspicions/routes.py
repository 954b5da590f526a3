"""Cases of suspect product over HTTP."""

import json
from typing import Annotated

from pydantic import StringConstraints

from chalicelib.access.model import Scope
from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Sscc
from chalicelib.http.answer import JSON
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes, Text
from chalicelib.suspicions import form, store, usecases
from chalicelib.suspicions.model import Contact, Note
from chalicelib.suspicions.usecases import Asked
from chalicelib.suspicions.wire import (
    MOST_CONTAINERS,
    MOST_THINGS,
    CaseNoteBody,
    DoneAnswer,
    HeldAnswer,
    NoticeAnswer,
    NoticesAnswer,
    NotificationAnswer,
    SuspicionAnswer,
    SuspicionBody,
    SuspicionsAnswer,
    ThingsAnswer,
)

routes = Routes(__name__)

IdField = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@routes.post(
    "/v1/suspicions",
    scope=Scope.WRITE_SUSPICIONS,
    body=SuspicionBody,
    answer=DoneAnswer,
    status=201,
)
def open_suspicion(call: Call[SuspicionBody]) -> Answer:
    """Open a case of suspect product: what you hold of it is kept out of trade at once."""
    body = call.body
    containers = sum(isinstance(each, Sscc) for each in body.things)
    for found, most, what in (
        (len(body.things), MOST_THINGS, "things"),
        (containers, MOST_CONTAINERS, "containers"),
    ):
        if found > most:
            message = f"found {found} {what}, expected at most {most}"
            raise Malformed.field("/things", "too_many", message)
    opening = Note(
        call.at, call.actor.client_id, body.state, body.description, call.operation.hex,
        call.fingerprint, body.classification,
    )  # fmt: skip
    contact = body.contact.contact() if body.contact else Contact()
    case, pages, replayed = usecases.open_case(
        call.operation, opening, contact, body.things, Asked(call.actor, call.at)
    )
    return Answer(DoneAnswer.after(case, pages, call.at), replayed=replayed)


@routes.get("/v1/suspicions", scope=Scope.READ_SUSPICIONS, query=PageQuery, answer=SuspicionsAnswer)
def suspicions(call: Call[None, PageQuery]) -> Answer:
    """List the organisation's cases, newest first."""
    found, last = store.listed(call.actor.organisation, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    shown = tuple(SuspicionAnswer.of(each, call.at) for each in found)
    return Answer(SuspicionsAnswer(suspicions=shown, next=cursor), headers=next_link(call, cursor))


@routes.get("/v1/suspicions/{case}", scope=Scope.READ_SUSPICIONS, answer=SuspicionAnswer)
def suspicion(call: Call, case: IdField) -> SuspicionAnswer:
    """Show a case with all that became of it."""
    return SuspicionAnswer.of(usecases.seen(case, actor=call.actor), call.at)


@routes.get(
    "/v1/suspicions/{case}/things",
    scope=Scope.READ_SUSPICIONS,
    query=PageQuery,
    answer=ThingsAnswer,
)
def suspicion_things(call: Call[None, PageQuery], case: IdField) -> Answer:
    """List the things of a case, what was done with each, and with whom it was traded."""
    found = usecases.seen(case, actor=call.actor)
    first = int(after(call) or 0)
    last = min(first + call.query.limit, found.pages)
    pages = store.pages(found, range(first, last))
    cursor = seal(call, str(last)) if last < found.pages else None
    shown = tuple(HeldAnswer.of(each) for page in pages for each in page.things)
    return Answer(ThingsAnswer(things=shown, next=cursor), headers=next_link(call, cursor))


@routes.post(
    "/v1/suspicions/{case}/notes",
    scope=Scope.WRITE_SUSPICIONS,
    body=CaseNoteBody,
    answer=DoneAnswer,
    status=201,
)
def note_suspicion(call: Call[CaseNoteBody], case: IdField) -> Answer:
    """Keep what became of a case, and do with its goods what follows from that."""
    body = call.body
    wanted = Note(
        call.at, call.actor.client_id, body.state, body.text, call.operation.hex, call.fingerprint,
        body.classification, body.notified_at, body.incident_number or "",
    )  # fmt: skip
    found, pages, replayed = usecases.note(case, wanted, Asked(call.actor, call.at))
    return Answer(DoneAnswer.after(found, pages, call.at), replayed=replayed)


@routes.get(
    "/v1/suspicions/{case}/notices",
    scope=Scope.READ_SUSPICIONS,
    query=PageQuery,
    answer=NoticesAnswer,
)
def suspicion_notices(call: Call[None, PageQuery], case: IdField) -> Answer:
    """List which trading partners a case concerns, and what each is told."""
    found = usecases.seen(case, actor=call.actor)
    notices, last = store.notices_of(found, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    body = NoticesAnswer(notices=tuple(map(NoticeAnswer.of, notices)), next=cursor)
    return Answer(body, headers=next_link(call, cursor))


@routes.get(
    "/v1/suspicions/{case}/notification", scope=Scope.READ_SUSPICIONS, answer=NotificationAnswer
)
def suspicion_notification(call: Call, case: IdField) -> Text:
    """Hand out the record of a notification with the fields of Form FDA 3911."""
    found = usecases.seen(case, actor=call.actor)
    record = form.notification(found, store.pages(found), call.at)
    # As text: its fields are the form's, and a model would say them all over again.
    return Text(json.dumps(record), JSON, {"Cache-Control": "no-store"})


@routes.get(
    "/v1/suspicion-notices", scope=Scope.READ_SUSPICIONS, query=PageQuery, answer=NoticesAnswer
)
def notices_received(call: Call[None, PageQuery]) -> Answer:
    """List what trading partners told of goods that they got from you, or you from them."""
    notices, last = store.notices_to(
        call.actor.organisation, after=after(call), limit=call.query.limit
    )
    cursor = last and seal(call, last)
    body = NoticesAnswer(notices=tuple(map(NoticeAnswer.of, notices)), next=cursor)
    return Answer(body, headers=next_link(call, cursor))
