"""The doors to shipments: the inbox of a receiver, statements and documents of a seller."""

from uuid import UUID

from chalicelib.access.model import Scope
from chalicelib.http.paging import after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes, Text
from chalicelib.serial.store import Numbers
from chalicelib.shipments import usecases
from chalicelib.shipments.model import MEDIA_TYPE
from chalicelib.shipments.wire import (
    InboxAnswer,
    InboxQuery,
    LineAnswer,
    LinesAnswer,
    LinesQuery,
    PreparingAnswer,
    ShipmentAnswer,
    StatementAnswer,
    StatementBody,
)
from chalicelib.trace.store import watermark

routes = Routes(__name__)


@routes.get("/v1/inbox", scope=Scope.READ_GOODS, query=InboxQuery, answer=InboxAnswer)
def inbox(call: Call[None, InboxQuery]) -> Answer:
    """List what was shipped to this organisation, newest first, and how much has arrived."""
    as_of = watermark("events")
    found, last = usecases.inbox(
        call.actor, after=after(call), limit=call.query.limit, wanted=call.query.wanted
    )
    known = usecases.known(call.actor, found)
    cursor = seal(call, last) if last else None
    answer = InboxAnswer(
        as_of=as_of, shipments=[ShipmentAnswer.of(each, known) for each in found], next=cursor
    )
    return Answer(answer, headers=next_link(call, cursor))


@routes.get("/v1/inbox/{shipment}", scope=Scope.READ_GOODS, answer=ShipmentAnswer)
def expected_shipment(call: Call, shipment: UUID) -> ShipmentAnswer:
    """Say what is in a shipment to this organisation, and how much of it has arrived."""
    found = usecases.incoming(call.actor, shipment)
    return ShipmentAnswer.of(found, usecases.known(call.actor, [found]))


@routes.get(
    "/v1/inbox/{shipment}/things",
    scope=Scope.READ_GOODS,
    query=LinesQuery,
    answer=LinesAnswer,
)
def expected_things(call: Call[None, LinesQuery], shipment: UUID) -> Answer:
    """List what a shipment names, or what one of its containers held when it was shipped."""
    found = usecases.incoming(call.actor, shipment)
    first, limit = int(after(call) or 0), call.query.limit
    lines, more = usecases.lines(
        found, call.query.inside, first=first, limit=limit, numbers=Numbers()
    )
    cursor = seal(call, str(first + limit)) if more else None
    answer = LinesAnswer(things=[LineAnswer.of(line) for line in lines], next=cursor)
    return Answer(answer, headers=next_link(call, cursor))


@routes.get("/v1/shipments/{shipment}", scope=Scope.READ_GOODS, answer=ShipmentAnswer)
def shipment_of(call: Call, shipment: UUID) -> ShipmentAnswer:
    """Say what is in a shipment, and how much of it has arrived, to either of its parties."""
    found = usecases.shipment(call.actor, shipment)
    return ShipmentAnswer.of(found, usecases.known(call.actor, [found]))


@routes.put(
    "/v1/shipments/{shipment}/statement",
    scope=Scope.SHIP,
    body=StatementBody,
    answer=StatementAnswer,
)
def state_shipment(call: Call[StatementBody], shipment: UUID) -> StatementAnswer:
    """Make the transaction statement of a shipment (21 USC 360eee(27)), as its seller."""
    # Imported here, as below: only who documents shipments pays for it (cold start).
    from chalicelib.shipments import exporting  # noqa: PLC0415

    made = exporting.affirm(
        call.actor,
        shipment,
        affirmed=call.body.affirmed,
        direct_purchase=call.body.direct_purchase,
        at=call.at,
    )
    return StatementAnswer.of(made)


@routes.get("/v1/shipments/{shipment}/dscsa", scope=Scope.READ_GOODS, produces=(MEDIA_TYPE,))
def transaction_document(call: Call, shipment: UUID) -> Answer | Text:
    """Fetch the transaction document of a shipment: EPCIS 1.2 in XML, as the US trade sends it.

    For the two parties of the shipment. What is larger than an answer may be is behind a link: 303,
    and `Location` works 15 minutes. What takes long is prepared: 202, ask again.
    """
    from chalicelib.shipments import exporting  # noqa: PLC0415

    made = exporting.export(call.actor, shipment, call.at)
    saved = {"Content-Disposition": f'attachment; filename="{made.filename}"'}
    if made.xml is not None:
        return Text(made.xml.decode(), f"{MEDIA_TYPE}; charset=utf-8", saved)
    if made.link:
        return Answer(status=303, headers={"Location": made.link})
    headers = {"Retry-After": "5", "Content-Type": "application/json"}
    return Answer(PreparingAnswer(), status=202, headers=headers)
