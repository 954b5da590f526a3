"""Read models: who was sent what, and how much of what a party has. Rows, never counters.

A row is made from one event and carries its id, so the same event again makes the same row again:
redelivery changes nothing, and sums are made when they are read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from chalicelib.epcis.model import BizStep, Document, Event, Fulfilment
from chalicelib.gs1.keys import Gln, Lgtin


@dataclass(frozen=True, slots=True)
class Delivery:
    """So many units of a lot, sent by one party to another in one event.

    Attributes:
        lgtin: the lot.
        shipper: who sent it.
        party: who was to receive it.
        quantity: units, those inside containers counted.
        event_id: URI of the shipping event.
        event_time: when it was sent.
        documents: that it went with.
        by: URI of the event that takes so many back, whose quantity is below zero: it voids the
            shipment, or declares it an error; empty in the row of the shipment itself.
        changes: how many such rows are added up in this one.
    """

    lgtin: Lgtin
    shipper: Gln
    party: Gln
    quantity: int
    event_id: str
    event_time: datetime
    documents: tuple[Document, ...] = ()
    by: str = ""
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """So many units of a lot more, or fewer, in the hands of a party, by one event."""

    lgtin: Lgtin
    party: Gln
    change: int
    event_id: str
    event_time: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """How many units of a lot a party has."""

    lgtin: Lgtin
    quantity: int


_SIGNS = {
    BizStep.COMMISSIONING: 1,
    BizStep.TRANSFORMING: 1,
    BizStep.RECEIVING: 1,
    BizStep.REACTIVATING: 1,
    BizStep.SHIPPING: -1,
    BizStep.VOIDING: 1,
    BizStep.DISPENSING: -1,
    BizStep.SAMPLING: -1,
    BizStep.DESTROYING: -1,
    BizStep.DECOMMISSIONING: -1,
    BizStep.EXPORTING: -1,
    BizStep.FREE_SAMPLING: -1,
    BizStep.REPORTING_STOLEN: -1,
    BizStep.CHECKING_OUT: -1,
}


def deliveries(event: Event, event_id: str) -> Iterator[Delivery]:
    """Yield what an event says was sent."""
    if event.biz_step is not BizStep.SHIPPING or event.withdraws or event.destination is None:
        return
    for each in event.goods:
        yield Delivery(
            each.lgtin, event.source or event.by, event.destination, each.count,
            event_id, event.event_time, event.documents,
        )  # fmt: skip


def takes_back(event: Event) -> tuple[Fulfilment, ...]:
    """Return what of which shipments counts as sent no longer; below zero what counts again."""
    steps = (BizStep.SHIPPING, BizStep.VOIDING)
    back = event.biz_step is BizStep.VOIDING or (event.withdraws and event.biz_step in steps)
    return event.fulfils if back else ()


def taken_back(part: Fulfilment, by: str, shipment: Event) -> Iterator[Delivery]:
    """Yield the rows that take a part of a shipment back.

    Args:
        part: how much of it.
        by: URI of the event that does.
        shipment: the shipping event.
    """
    for row in deliveries(replace(shipment, goods=part.goods), f"urn:uuid:{part.shipment}"):
        yield replace(row, quantity=-row.quantity, by=by)


def added_up(rows: Iterable[Delivery]) -> Iterator[Delivery]:
    """Yield shipments with the quantities that were not taken back, which may be none.

    A row that takes back may be there before that of its shipment; alone it says nothing.

    Args:
        rows: those of one shipment to one party together, its own first.
    """
    for _, several in groupby(rows, key=lambda row: (row.party, row.event_id)):
        own, *others = several
        if not own.by:
            left = own.quantity + sum(each.quantity for each in others)
            yield replace(own, quantity=left, changes=len(others))


def movements(event: Event, event_id: str) -> Iterator[Movement]:
    """Yield how an event changes what its party has; its withdrawal changes it back."""
    sign = _SIGNS.get(event.biz_step, 0) * (-1 if event.withdraws else 1)
    for each in event.goods if sign else ():
        yield Movement(each.lgtin, event.by, sign * each.count, event_id, event.event_time)


def holdings(rows: Iterable[Movement]) -> list[Holding]:
    """Sum movements up, lot by lot; what is gone is left out."""
    totals: dict[Lgtin, int] = {}
    for row in rows:
        totals[row.lgtin] = totals.get(row.lgtin, 0) + row.change
    return [Holding(lgtin, count) for lgtin, count in sorted(totals.items()) if count]
