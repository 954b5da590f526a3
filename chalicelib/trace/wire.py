"""Queries and answers about deliveries and holdings."""

from chalicelib.http.fields import AnswerModel, GtinField, InstantField, LotField, Query


class HoldingsQuery(Query):
    """Which product, and which lot of it; all when not said."""

    gtin: GtinField | None = None
    lot: LotField | None = None


class DocumentAnswer(AnswerModel):
    """A commercial document."""

    type: str
    id: str


class DeliveryAnswer(AnswerModel):
    """So many units of a lot, sent to one party in one event."""

    party: str
    quantity: int
    event_id: str
    event_time: InstantField
    documents: list[DocumentAnswer]


class DeliveriesAnswer(AnswerModel):
    """Whom this organisation sent a lot to.

    Attributes:
        as_of: record time up to which the list is complete; null before the first event.
    """

    gtin: GtinField
    lot: str
    as_of: InstantField | None
    deliveries: list[DeliveryAnswer]
    next: str | None = None


class HoldingAnswer(AnswerModel):
    """How many units of a lot this organisation has."""

    gtin: GtinField
    lot: str
    quantity: int


class HoldingsAnswer(AnswerModel):
    """What this organisation has."""

    as_of: InstantField | None
    holdings: list[HoldingAnswer]
