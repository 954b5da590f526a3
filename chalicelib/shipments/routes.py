"""The doors to shipments: the inbox of a receiver."""

from uuid import UUID

from chalicelib.access.model import Scope
from chalicelib.http.paging import after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.serial.store import Numbers
from chalicelib.shipments import usecases
from chalicelib.shipments.wire import (
    InboxAnswer,
    InboxQuery,
    LineAnswer,
    LinesAnswer,
    LinesQuery,
    ShipmentAnswer,
)
from chalicelib.trace.store import watermark

routes = Routes(__name__)


@routes.get("/v1/inbox", scope=Scope.READ_GOODS, query=InboxQuery, answer=InboxAnswer)
def inbox(call: Call[None, InboxQuery]) -> Answer:
    """List what was shipped to this organisation, newest first, and how much has arrived."""
    as_of = watermark("events")
    found, last = usecases.inbox(call.actor, after=after(call), limit=call.query.limit)
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
