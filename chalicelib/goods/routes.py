"""The doors to goods: recording what happens to them, verifying them, tracing them."""

from chalicelib.access.model import Scope
from chalicelib.epcis.model import BizStep
from chalicelib.goods import answers, events
from chalicelib.goods.corrections import correct
from chalicelib.goods.usecases import Recorded, Request, check_destination, record
from chalicelib.goods.wire import (
    AsOfQuery,
    CommissionedAnswer,
    Commissioning,
    ContainerAnswer,
    ContentsAnswer,
    Correction,
    CorrectionAnswer,
    Ending,
    HistoryAnswer,
    Packings,
    Receiving,
    RecordedAnswer,
    Returning,
    Shipping,
    UnitAnswer,
    Unpacking,
    VerdictAnswer,
    VerdictsAnswer,
    VerificationAnswer,
    Verifications,
)
from chalicelib.gs1.keys import Sgtin
from chalicelib.http.fields import GtinField, SerialField, SsccField
from chalicelib.http.paging import PageQuery
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.serial.store import Numbers

routes = Routes(__name__)


def _record(call: Call, asked: events.Asked) -> Recorded:
    request = Request(call.operation, call.fingerprint, call.actor, call.at)
    return record(request, asked, Numbers(), time_at="/eventTime")


def _answer(call: Call, asked: events.Asked) -> Answer:
    recorded = _record(call, asked)
    return Answer(answers.recorded(recorded, call.remarks), replayed=recorded.replayed)


@routes.post(
    "/v1/commissioning",
    scope=Scope.COMMISSION,
    body=Commissioning,
    answer=CommissionedAnswer,
    status=201,
)
def commissioning(call: Call[Commissioning]) -> Answer:
    """Register units: serial numbers come to life in a lot."""
    recorded = _record(call, events.commissioning(call.body, call.actor, call.at))
    return Answer(answers.commissioned(recorded), replayed=recorded.replayed)


@routes.post("/v1/packing", scope=Scope.PACK, body=Packings, answer=RecordedAnswer, status=201)
def packing(call: Call[Packings]) -> Answer:
    """Pack units or containers into a container, or several containers in one go."""
    return _answer(call, events.packing(call.body, call.actor, call.at))


@routes.post("/v1/unpacking", scope=Scope.PACK, body=Unpacking, answer=RecordedAnswer, status=201)
def unpacking(call: Call[Unpacking]) -> Answer:
    """Take some children, or all of them, out of a container."""
    return _answer(call, events.unpacking(call.body, call.actor, call.at))


@routes.post("/v1/shipping", scope=Scope.SHIP, body=Shipping, answer=RecordedAnswer, status=201)
def shipping(call: Call[Shipping]) -> Answer:
    """Send units or containers to a party."""
    asked = events.shipping(call.body, call.actor, call.at)
    for event, pointer in asked:
        check_destination(event, call.actor.organisation, f"{pointer}/to")
    return _answer(call, asked)


@routes.post(
    "/v1/receiving", scope=Scope.RECEIVE, body=Receiving, answer=RecordedAnswer, status=201
)
def receiving(call: Call[Receiving]) -> Answer:
    """Take over units or containers that were shipped to this organisation."""
    return _answer(call, events.receiving(call.body, call.actor, call.at))


@routes.post("/v1/dispensing", scope=Scope.DISPENSE, body=Ending, answer=RecordedAnswer, status=201)
def dispensing(call: Call[Ending]) -> Answer:
    """Supply units to a patient."""
    return _answer(call, events.ending(BizStep.DISPENSING, call.body, call.actor, call.at))


@routes.post("/v1/sampling", scope=Scope.SAMPLE, body=Ending, answer=RecordedAnswer, status=201)
def sampling(call: Call[Ending]) -> Answer:
    """Take units out as samples."""
    return _answer(call, events.ending(BizStep.SAMPLING, call.body, call.actor, call.at))


@routes.post("/v1/destroying", scope=Scope.DESTROY, body=Ending, answer=RecordedAnswer, status=201)
def destroying(call: Call[Ending]) -> Answer:
    """Destroy units, or containers with all that is in them."""
    return _answer(call, events.ending(BizStep.DESTROYING, call.body, call.actor, call.at))


@routes.post(
    "/v1/decommissioning",
    scope=Scope.DECOMMISSION,
    body=Ending,
    answer=RecordedAnswer,
    status=201,
)
def decommissioning(call: Call[Ending]) -> Answer:
    """Take the identity of units, or of containers with all that is in them."""
    return _answer(call, events.ending(BizStep.DECOMMISSIONING, call.body, call.actor, call.at))


@routes.post(
    "/v1/reactivation", scope=Scope.REACTIVATE, body=Ending, answer=RecordedAnswer, status=201
)
def reactivation(call: Call[Ending]) -> Answer:
    """Undo dispensing, sampling or decommissioning within ten days, by who did it."""
    return _answer(call, events.ending(BizStep.REACTIVATING, call.body, call.actor, call.at))


@routes.post(
    "/v1/corrections",
    scope=Scope.CORRECT,
    body=Correction,
    answer=CorrectionAnswer,
    status=201,
    idempotent=False,
)
def corrections(call: Call[Correction]) -> Answer:
    """Declare an event of this organisation an error: its goods are as they were before it.

    Asks for the scope of the event's step as well. Nothing may have happened to the goods since:
    what has is declared an error first, the newest first. The same again is answered as the first
    time.
    """
    body = call.body
    record, replayed = correct(
        body.event,
        body.reason,
        call.actor,
        call.at,
        corrective=body.corrective_events,
        numbers=Numbers(),
    )
    answer = CorrectionAnswer(
        event_id=record.events[0].captured.id if record.events[0].captured else body.event,
        reason=body.reason,
        corrective_events=list(body.corrective_events),
        record_time=record.recorded,
        count=len(record.events[0].epcs),
    )
    return Answer(answer, replayed=replayed)


@routes.post(
    "/v1/products/{gtin}/serials/returns",
    scope=Scope.ISSUE_SERIALS,
    body=Returning,
    answer=RecordedAnswer,
    status=201,
)
def returning_numbers(call: Call[Returning], gtin: GtinField) -> Answer:
    """Give back serial numbers that were issued and never used; they are never issued again."""
    return _answer(call, events.returning(gtin, call.body, call.actor, call.at))


@routes.post(
    "/v1/verifications",
    scope=Scope.VERIFY,
    body=Verifications,
    answer=VerificationAnswer,
    idempotent=False,
)
def verifications(call: Call[Verifications]) -> VerdictAnswer | VerdictsAnswer:
    """Say whether a pack, or each of up to 1,000 packs, is genuine and may be used."""
    return answers.verified(call.body, call.actor, Numbers(), call.at)


@routes.get("/v1/units/{gtin}/{serial}", scope=Scope.READ_GOODS, query=AsOfQuery, answer=UnitAnswer)
def unit(call: Call[None, AsOfQuery], gtin: GtinField, serial: SerialField) -> UnitAnswer:
    """Say what a unit is, where it is, or was, and in whose hands."""
    epc = Sgtin.of(gtin, serial)
    return answers.unit(epc, call.actor, Numbers(), call.at, call.query.as_of)


@routes.get(
    "/v1/units/{gtin}/{serial}/history",
    scope=Scope.READ_GOODS,
    query=AsOfQuery,
    answer=HistoryAnswer,
)
def unit_history(
    call: Call[None, AsOfQuery], gtin: GtinField, serial: SerialField
) -> HistoryAnswer:
    """Say what happened to a unit, and to its containers while it was inside."""
    epc = Sgtin.of(gtin, serial)
    return answers.history(epc, call.actor, Numbers(), call.at, call.query.as_of)


@routes.get(
    "/v1/containers/{sscc}", scope=Scope.READ_GOODS, query=AsOfQuery, answer=ContainerAnswer
)
def container(call: Call[None, AsOfQuery], sscc: SsccField) -> ContainerAnswer:
    """Say what a container is, where it is, or was, in whose hands, and how much is in it."""
    return answers.container(sscc, call.actor, Numbers(), call.at, call.query.as_of)


@routes.get(
    "/v1/containers/{sscc}/contents",
    scope=Scope.READ_GOODS,
    query=PageQuery,
    answer=ContentsAnswer,
)
def contents(call: Call[None, PageQuery], sscc: SsccField) -> Answer:
    """List what is directly in a container."""
    return answers.contents(call, sscc, Numbers())


@routes.get(
    "/v1/containers/{sscc}/history",
    scope=Scope.READ_GOODS,
    query=AsOfQuery,
    answer=HistoryAnswer,
)
def container_history(call: Call[None, AsOfQuery], sscc: SsccField) -> HistoryAnswer:
    """Say what happened to a container, and to its own containers while it was inside."""
    return answers.history(sscc, call.actor, Numbers(), call.at, call.query.as_of)
