"""Whom we sent what, and what we have."""

from chalicelib.access.model import Scope
from chalicelib.errors import Malformed, NotFound
from chalicelib.gs1.keys import Lgtin
from chalicelib.http.fields import GtinField, LotField
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.lots.store import LotStore
from chalicelib.trace.model import Delivery, holdings
from chalicelib.trace.store import DeliveryStore, MovementStore, ever_held, watermark
from chalicelib.trace.wire import (
    DeliveriesAnswer,
    DeliveryAnswer,
    DocumentAnswer,
    HoldingAnswer,
    HoldingsAnswer,
    HoldingsQuery,
)

routes = Routes(__name__)


@routes.get(
    "/v1/lots/{gtin}/{lot}/deliveries",
    scope=Scope.READ_DELIVERIES,
    query=PageQuery,
    answer=DeliveriesAnswer,
)
def deliveries(call: Call[None, PageQuery], gtin: GtinField, lot: LotField) -> Answer:
    """List whom this organisation sent units of a lot to, with quantities and documents."""
    lgtin, as_of = Lgtin.of(gtin, lot), watermark("events")
    rows, position = DeliveryStore().page(
        lgtin, call.actor.gln, after=after(call), limit=call.query.limit
    )
    if not rows and not position:
        _known(call, lgtin)
    cursor = seal(call, position) if position else None
    answer = DeliveriesAnswer(
        gtin=gtin, lot=lot, as_of=as_of, deliveries=[_delivery(row) for row in rows], next=cursor
    )
    return Answer(answer, headers=next_link(call, cursor))


def _known(call: Call[None, PageQuery], lgtin: Lgtin) -> None:
    """Refuse a lot that is neither this organisation's nor ever went through its hands."""
    held = LotStore().get(lgtin)
    if held is not None and held.owner == call.actor.organisation:
        return
    if not ever_held(call.actor.gln, lgtin):
        raise NotFound(f"There is no lot {lgtin.lot!r} of {lgtin.gtin} here.")


def _delivery(row: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        party=row.party.digits,
        quantity=row.quantity,
        event_id=row.event_id,
        event_time=row.event_time,
        documents=[DocumentAnswer(type=each.type, id=each.id) for each in row.documents],
    )


@routes.get("/v1/holdings", scope=Scope.READ_GOODS, query=HoldingsQuery, answer=HoldingsAnswer)
def holdings_of(call: Call[None, HoldingsQuery]) -> HoldingsAnswer:
    """List how many units of which lots this organisation has."""
    if call.query.lot and not call.query.gtin:
        message = f"found lot {call.query.lot} alone, expected the gtin of which it is a lot, too"
        raise Malformed.field("#/query/gtin", "missing", message)
    as_of = watermark("events")
    begins = f"{call.query.gtin}#" if call.query.gtin else ""
    if begins and call.query.lot:
        begins += f"{call.query.lot}#"
    rows = holdings(MovementStore().of(call.actor.gln, begins=begins))
    return HoldingsAnswer(
        as_of=as_of,
        holdings=[
            HoldingAnswer(gtin=row.lgtin.gtin, lot=row.lgtin.lot, quantity=row.quantity)
            for row in rows
        ],
    )
