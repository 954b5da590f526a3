"""Shipments as their receiver sees them: what is expected, what came of it, what was stated.

Two kinds of rows are made from events, and each carries its event's id, so the same event again
makes the same row: `Expected` from a shipping, `Settled` from a receiving or a void_shipping. All
else is read from the records, and sums are made when they are read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.epcis.model import BizStep, Epc, Event, Quantity
from chalicelib.errors import Conflict
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.ledger.epcset import EpcSet
from chalicelib.ledger.model import Statement


@dataclass(frozen=True, slots=True)
class Expected:
    """A shipment on its way to a party.

    Attributes:
        party: who is to receive it.
        recorded: when it was recorded.
        event: id of the shipping event, a bare UUID.
    """

    party: Gln
    recorded: datetime
    event: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What of a shipment one event settles.

    Attributes:
        shipment: id of the shipping event, a bare UUID.
        event: id of the event that settles.
        called_back: the sender called it back, or declared it an error; else it arrived.
        things: how many of the things that the shipment names; below zero where an event that
            settled them was declared an error.
        goods: how many of which lots.
    """

    shipment: str
    event: str
    called_back: bool
    things: int
    goods: tuple[Quantity, ...]


class Received(StrEnum):
    """How much of a shipment is settled."""

    NONE = "none"
    PARTLY = "partly"
    ALL = "all"


EVERY = frozenset(Received)

MEDIA_TYPE = "application/xml"
"""Of a transaction document."""


@dataclass(frozen=True, slots=True)
class LotProgress:
    """What became of the units of one lot.

    Attributes:
        lgtin: the lot.
        shipped: units, those inside containers counted.
        received: of them.
        called_back: of them, by the sender.
    """

    lgtin: Lgtin
    shipped: int
    received: int = 0
    called_back: int = 0

    @property
    def short(self) -> int:
        """Units that are still to come."""
        return max(0, self.shipped - self.received - self.called_back)

    @property
    def over(self) -> int:
        """Units that came beyond what was announced."""
        return max(0, self.received + self.called_back - self.shipped)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment, and what came of it.

    Attributes:
        id: of the shipping event, a bare UUID.
        event: the shipping, without its EPCs.
        things: what it names: containers and loose units.
        recorded: when.
        settled: what came of it, in no order.
        statement: the seller's transaction statement; None when nothing was stated.
    """

    id: str
    event: Event
    things: EpcSet
    recorded: datetime
    settled: Sequence[Settled] = ()
    statement: Statement | None = None

    @property
    def received(self) -> Received:
        """How much of it has arrived; what was called back is no longer expected."""
        done = sum(each.things for each in self.settled)
        if done >= len(self.things):
            return Received.ALL
        some = done > 0 or any(lot.received or lot.called_back for lot in self.lots())
        return Received.PARTLY if some else Received.NONE

    @property
    def called_back(self) -> bool:
        """Whether the sender called all of it back."""
        back = sum(each.things for each in self.settled if each.called_back)
        return back >= len(self.things)

    def lots(self) -> list[LotProgress]:
        """Return what became of the units, lot by lot."""
        shipped = _total([self.event.goods])
        came = _total(each.goods for each in self.settled if not each.called_back)
        back = _total(each.goods for each in self.settled if each.called_back)
        return [
            LotProgress(lot, shipped.get(lot, 0), came.get(lot, 0), back.get(lot, 0))
            for lot in sorted({*shipped, *came, *back})
        ]


@dataclass(frozen=True, slots=True)
class Known:
    """What the directory and the lots say beside shipments.

    Attributes:
        names: of senders.
        expiries: of lots.
    """

    names: dict[Gln, str]
    expiries: dict[Lgtin, date]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a shipment.

    Attributes:
        epc: what it is.
        lot: of a unit; empty for a logistic unit.
        expiry: of the lot.
        received: whether it has arrived.
    """

    epc: Epc
    lot: str
    expiry: date | None
    received: bool


def called_back() -> Conflict:
    """Return the refusal to document a shipment of which nothing is left."""
    message = "The sender called the shipment back, so there is no transaction to document."
    return Conflict(message, code="called_back")


def expected(event: Event, event_id: str, recorded: datetime) -> Iterator[Expected]:
    """Yield whom an event lets expect goods."""
    shipped = event.biz_step is BizStep.SHIPPING and not event.withdraws
    if shipped and event.destination is not None:
        yield Expected(event.destination, recorded, event_id)


def settled(event: Event, event_id: str) -> Iterator[Settled]:
    """Yield what an event settles of earlier shipments."""
    back = event.biz_step in (BizStep.VOIDING, BizStep.SHIPPING)
    for each in event.fulfils:
        yield Settled(each.shipment, event_id, back, each.things, each.goods)


def _total(several: Iterable[Iterable[Quantity]]) -> dict[Lgtin, int]:
    total: dict[Lgtin, int] = {}
    for goods in several:
        for each in goods:
            total[each.lgtin] = total.get(each.lgtin, 0) + each.count
    return total
