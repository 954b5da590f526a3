"""Recalls over HTTP."""

from typing import Annotated

from pydantic import StringConstraints

from chalicelib.access.model import Scope
from chalicelib.gs1.keys import Lgtin
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.recall import sight, usecases
from chalicelib.recall.model.notice import Acknowledgement
from chalicelib.recall.model.recall import Order
from chalicelib.recall.store.recalls import RecallStore
from chalicelib.recall.wire.answers import (
    CascadeAnswer,
    NoticeAnswer,
    NoticesAnswer,
    OpenedAnswer,
    RecallAnswer,
    RecallsAnswer,
    RecallSummary,
)
from chalicelib.recall.wire.bodies import AcknowledgementBody, RecallBody

routes = Routes(__name__)

IdField = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@routes.post(
    "/v1/recalls", scope=Scope.WRITE_RECALLS, body=RecallBody, answer=OpenedAnswer, status=201
)
def open_recall(call: Call[RecallBody]) -> Answer:
    """Open a recall: what it covers is blocked when this answers, and everybody is told."""
    order = Order(
        lots=tuple(Lgtin.of(each.gtin, each.lot) for each in call.body.scope.lots),
        serials=call.body.scope.units(),
        reason=call.body.reason,
        classification=call.body.classification,
        cascade=call.body.cascade,
    )
    recall, replayed = usecases.open_recall(
        order,
        actor=call.actor,
        operation=call.operation,
        fingerprint=call.fingerprint,
        at=call.at,
    )
    headers = {"Location": f"/v1/recalls/{recall.id}"}
    return Answer(OpenedAnswer.of(recall), headers=headers, replayed=replayed)


@routes.get("/v1/recalls", scope=Scope.READ_RECALLS, query=PageQuery, answer=RecallsAnswer)
def recalls(call: Call[None, PageQuery]) -> Answer:
    """List the recalls that concern the organisation, newest first."""
    organisation = call.actor.organisation
    found, last = RecallStore().concerning(organisation, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    shown = tuple(RecallSummary.of(each, organisation) for each in found)
    return Answer(RecallsAnswer(recalls=shown, next=cursor), headers=next_link(call, cursor))


@routes.get("/v1/recalls/{recall}", scope=Scope.READ_RECALLS, answer=RecallAnswer)
def recall(call: Call, recall: IdField) -> RecallAnswer:
    """Show a recall and how far telling everybody is."""
    return RecallAnswer.seen(sight.seen(recall, actor=call.actor), call.actor.organisation)


@routes.get(
    "/v1/recalls/{recall}/notices",
    scope=Scope.READ_RECALLS,
    query=PageQuery,
    answer=NoticesAnswer,
)
def recall_notices(call: Call[None, PageQuery], recall: IdField) -> Answer:
    """List the notices that the organisation got, and those to its own customers."""
    found, last = sight.notices(recall, actor=call.actor, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    shown = tuple(NoticeAnswer.of(each, call.actor.organisation) for each in found)
    return Answer(NoticesAnswer(notices=shown, next=cursor), headers=next_link(call, cursor))


@routes.get("/v1/recalls/{recall}/notices/{notice}", scope=Scope.READ_RECALLS, answer=NoticeAnswer)
def recall_notice(call: Call, recall: IdField, notice: IdField) -> NoticeAnswer:
    """Show one notice."""
    found = sight.notice(recall, notice, actor=call.actor)
    return NoticeAnswer.of(found, call.actor.organisation)


@routes.post(
    "/v1/recalls/{recall}/notices/{notice}/acknowledgement",
    scope=Scope.ACKNOWLEDGE_RECALLS,
    body=AcknowledgementBody,
    answer=NoticeAnswer,
)
def acknowledge_notice(call: Call[AcknowledgementBody], recall: IdField, notice: IdField) -> Answer:
    """Answer a notice for the party that got it."""
    answer = Acknowledgement(
        at=call.at,
        client=call.actor.client_id,
        quantity_on_hand=call.body.quantity_on_hand,
        comment=call.body.comment or "",
        operation=call.operation.hex,
        fingerprint=call.fingerprint,
    )
    found, replayed = usecases.acknowledge(recall, notice, answer, actor=call.actor)
    return Answer(NoticeAnswer.of(found, call.actor.organisation), replayed=replayed)


@routes.post(
    "/v1/recalls/{recall}/cascade",
    scope=Scope.ACKNOWLEDGE_RECALLS,
    answer=CascadeAnswer,
    status=202,
)
def confirm_cascade(call: Call, recall: IdField) -> CascadeAnswer:
    """Let the organisation's own customers be told, where the recall waits for its word."""
    leg = usecases.confirm_cascade(recall, actor=call.actor)
    return CascadeAnswer(recall=leg.recall, stage=leg.stage.value)
