"""Queries and answers about shipments."""

from typing import Annotated, Literal, Self

from pydantic import Field

from chalicelib.epcis.model import Event
from chalicelib.gs1.keys import Sscc
from chalicelib.http.fields import AnswerModel, Body, DateField, EpcField, GtinField, InstantField
from chalicelib.http.paging import PageQuery
from chalicelib.ledger.model import Statement
from chalicelib.shipments.model import EVERY, Known, Line, LotProgress, Received, Shipment


class InboxQuery(PageQuery):
    """Shipments cost more to tell than other things, so a page has fewer."""

    limit: Annotated[int, Field(ge=1, le=100, description="Items on a page, at most.")] = 25
    received: Literal["none", "partly", "all", "open"] | None = Field(
        default=None,
        description="How much has arrived; `open` is none or partly. Where few are such a page may "
        "be short before the end: go on while there is a `next`.",
    )

    @property
    def wanted(self) -> frozenset[Received]:
        """Which shipments are asked for."""
        if self.received == "open":
            return EVERY - {Received.ALL}
        return EVERY if self.received is None else frozenset({Received(self.received)})


class LinesQuery(PageQuery):
    """Which things of a shipment."""

    inside: EpcField | None = Field(
        default=None,
        description="A container of the shipment; what it held is listed, instead of what the "
        "shipment names.",
    )


class TradeDocumentAnswer(AnswerModel):
    """A commercial document that the goods went with."""

    type: str
    id: str


class LotProgressAnswer(AnswerModel):
    """What became of the units of a lot."""

    gtin: GtinField
    lot: str
    expiry: DateField | None
    shipped: int
    received: int
    called_back: int = Field(description="By the sender (void_shipping).")
    short: int = Field(description="Units that are still to come.")
    over: int = Field(description="Units that came beyond what was announced.")

    @classmethod
    def of(cls, lot: LotProgress, known: Known) -> Self:
        """Return the progress of a lot as it is answered."""
        return cls(
            gtin=lot.lgtin.gtin,
            lot=lot.lgtin.lot,
            expiry=known.expiries.get(lot.lgtin),
            shipped=lot.shipped,
            received=lot.received,
            called_back=lot.called_back,
            short=lot.short,
            over=lot.over,
        )


class LackAnswer(AnswerModel):
    """What a document lacks of what the US profile wants."""

    pointer: str
    code: str
    message: str


class StatementAnswer(AnswerModel):
    """The seller's transaction statement (21 USC 360eee(27))."""

    affirmed: bool | None = Field(description="null: a document came without one.")
    direct_purchase: bool | None = Field(description="Bought from the manufacturer; null: not said")
    legal_notice: str
    at: InstantField
    lacking: list[LackAnswer] = Field(description="What is wrong with the document, 100 at most.")

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Return a statement as it is answered."""
        return cls(
            affirmed=statement.affirmed,
            direct_purchase=statement.direct_purchase,
            legal_notice=statement.legal_notice,
            at=statement.at,
            lacking=[
                LackAnswer(pointer=each.pointer, code=each.code, message=each.message)
                for each in statement.faults
            ],
        )


class StatementBody(Body):
    """The transaction statement, as its seller makes it."""

    affirmed: bool = Field(
        description="The seller has complied with each applicable subsection of FDCA Sec. "
        "581(27)(A)-(G); false withdraws it."
    )
    direct_purchase: bool | None = Field(
        default=None, description="Whether the seller bought from the manufacturer; null: not said."
    )


class PreparingAnswer(AnswerModel):
    """The document is being made; ask again."""

    status: Literal["preparing"] = "preparing"


class ShipmentAnswer(AnswerModel):
    """A shipment, and what came of it."""

    id: str
    event_id: str = Field(description="Of the shipping event, as EPCIS queries name it.")
    sender: str | None = Field(alias="from", description="GLN.")
    sender_name: str | None = Field(alias="fromName")
    receiver: str | None = Field(alias="to", description="GLN.")
    shipped_at: InstantField
    recorded_at: InstantField
    containers: int = Field(description="Logistic units that the shipment names.")
    loose_units: int = Field(description="Units that it names beside them.")
    units: int = Field(description="All units, those inside containers counted.")
    documents: list[TradeDocumentAnswer]
    received: Received
    called_back: bool = Field(description="The sender called all of it back.")
    lots: list[LotProgressAnswer]
    statement: StatementAnswer | None = Field(description="null where nothing was stated.")

    @classmethod
    def of(cls, found: Shipment, known: Known) -> Self:
        """Return a shipment as it is answered."""
        event, lots = found.event, found.lots()
        containers = sum(isinstance(each, Sscc) for each in found.things.others)
        return cls(
            id=found.id,
            event_id=event.captured.id if event.captured else f"urn:uuid:{found.id}",
            sender=event.source.digits if event.source else None,
            sender_name=known.names.get(event.source) if event.source else None,
            receiver=event.destination.digits if event.destination else None,
            shipped_at=event.event_time,
            recorded_at=found.recorded,
            containers=containers,
            loose_units=len(found.things) - containers,
            units=sum(lot.shipped for lot in lots),
            documents=_documents(event),
            received=found.received,
            called_back=found.called_back,
            lots=[LotProgressAnswer.of(lot, known) for lot in lots],
            statement=StatementAnswer.of(found.statement) if found.statement else None,
        )


class InboxAnswer(AnswerModel):
    """What was shipped to this organisation, newest first.

    Attributes:
        as_of: record time up to which the list is complete; null before the first event.
    """

    as_of: InstantField | None
    shipments: list[ShipmentAnswer]
    next: str | None = None


class LineAnswer(AnswerModel):
    """One thing of a shipment."""

    epc: EpcField
    lot: str | None
    expiry: DateField | None
    received: bool

    @classmethod
    def of(cls, line: Line) -> Self:
        """Return a thing as it is answered."""
        return cls(epc=line.epc, lot=line.lot or None, expiry=line.expiry, received=line.received)


class LinesAnswer(AnswerModel):
    """Things of a shipment, as they were shipped."""

    things: list[LineAnswer]
    next: str | None = None


def _documents(event: Event) -> list[TradeDocumentAnswer]:
    return [TradeDocumentAnswer(type=each.type, id=each.id) for each in event.documents]
