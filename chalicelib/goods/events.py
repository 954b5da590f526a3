"""The friendly bodies as events: a few fields in, EPCIS events out."""

from datetime import datetime
from typing import Any

from chalicelib.access.model import Actor
from chalicelib.epcis.model import BizStep, Document, Epc, Event
from chalicelib.goods.wire import (
    Commissioning,
    DocumentBody,
    Ending,
    Packings,
    Receiving,
    Returning,
    Shipping,
    Unpacking,
    When,
)
from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin

Asked = list[tuple[Event, str]]
"""Events, each with the JSON pointer at which the body says it."""


def commissioning(body: Commissioning, actor: Actor, at: datetime) -> Asked:
    """Return the event that commissions the serials."""
    units = tuple(Sgtin.of(body.gtin, serial) for serial in body.serials)
    more = {"lot": body.lot, "expiry": body.expiry}
    return [(_event(BizStep.COMMISSIONING, body, actor, at, epcs=units, **more), "")]


def packing(body: Packings, actor: Actor, at: datetime) -> Asked:
    """Return one aggregation event for each container."""
    if body.items:
        each = [(item.parent, item.children, f"/items/{n}") for n, item in enumerate(body.items)]
    else:
        each = [(body.parent, body.children, "")]  # type: ignore[list-item]
    return [
        (_event(BizStep.PACKING, body, actor, at, epcs=children, parent=parent), pointer)
        for parent, children, pointer in each
    ]


def unpacking(body: Unpacking, actor: Actor, at: datetime) -> Asked:
    """Return the event that takes children, or all of them, out of a container."""
    children = body.children or ()
    return [(_event(BizStep.UNPACKING, body, actor, at, epcs=children, parent=body.parent), "")]


def shipping(body: Shipping, actor: Actor, at: datetime) -> Asked:
    """Return one event for each consignment."""
    if body.items:
        each = [(i.epcs, i.to, i.documents, f"/items/{n}") for n, i in enumerate(body.items)]
    else:
        each = [(body.epcs, body.to, body.documents, "")]  # type: ignore[list-item]
    return [
        (_shipment(body, actor, at, epcs=epcs, to=to, documents=documents), pointer)
        for epcs, to, documents, pointer in each
    ]


def _shipment(
    body: Shipping,
    actor: Actor,
    at: datetime,
    *,
    epcs: tuple[Epc, ...],
    to: Gln,
    documents: tuple[DocumentBody, ...],
) -> Event:
    return _event(
        BizStep.SHIPPING, body, actor, at, epcs=epcs, destination=to, source=actor.gln,
        documents=_documents((*body.documents, *documents) if body.items else documents),
        read_point=body.from_ or body.read_point or Sgln(actor.gln),
    )  # fmt: skip


def receiving(body: Receiving, actor: Actor, at: datetime) -> Asked:
    """Return the event that takes goods over."""
    place = body.at or body.read_point or Sgln(actor.gln)
    event = _event(
        BizStep.RECEIVING, body, actor, at, epcs=body.epcs, source=body.from_,
        destination=actor.gln, documents=_documents(body.documents),
        read_point=body.read_point or place, biz_location=place,
    )  # fmt: skip
    return [(event, "")]


def ending(step: BizStep, body: Ending, actor: Actor, at: datetime) -> Asked:
    """Return the event that ends the life of things, or begins it again."""
    return [(_event(step, body, actor, at, epcs=body.epcs, reason=body.reason), "")]


def _event(step: BizStep, body: When, actor: Actor, at: datetime, **more: Any) -> Event:
    place = more.pop("read_point", None) or body.read_point or Sgln(actor.gln)
    return Event(
        biz_step=step,
        event_time=body.event_time or at,
        by=actor.gln,
        read_point=place,
        **more,
    )


def _documents(bodies: tuple[DocumentBody, ...]) -> tuple[Document, ...]:
    return tuple(dict.fromkeys(Document(body.type, body.id) for body in bodies))


def returning(gtin: Gtin, body: Returning, actor: Actor, at: datetime) -> Asked:
    """Return the event that gives unused numbers back."""
    units = tuple(Sgtin.of(gtin, serial) for serial in body.serials)
    step = BizStep.RETURNING_NUMBERS
    return [(_event(step, When(), actor, at, epcs=units, reason=body.reason), "")]
