"""Stating what the law wants with a shipment, and handing out the transaction document.

Nobody but the seller affirms the statement, and without it there is no document: what the law has
a seller answer for is never made up.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.epcis.dscsa import LEGAL_NOTICE
from chalicelib.errors import Conflict, Forbidden
from chalicelib.ledger.model import Statement
from chalicelib.ledger.statements import state, statements
from chalicelib.serial.store import Numbers
from chalicelib.shipments import documents
from chalicelib.shipments.model import Shipment, called_back
from chalicelib.shipments.particulars import Particulars, particulars
from chalicelib.shipments.queue import enqueue
from chalicelib.shipments.usecases import shipment

AT_ONCE = 10_000
"""Things and units of a shipment whose document is made while the caller waits."""

LARGEST_ANSWER = 5 * 2**20
"""Bytes of a document that is answered; Lambda carries 6 MB (limits of AWS Lambda)."""


@dataclass(frozen=True, slots=True)
class Export:
    """A transaction document, or what there is of it.

    Attributes:
        filename: what it is to be called.
        xml: the document itself; None when it is elsewhere.
        link: where it is; empty when it is here, or not made yet.
    """

    filename: str
    xml: bytes | None = None
    link: str = ""


def affirm(
    actor: Actor, event: UUID, *, affirmed: bool, direct_purchase: bool | None, at: datetime
) -> Statement:
    """Make the transaction statement of a shipment, as its seller; the same again is the same.

    Raises:
        NotFound: there is no such shipment that the actor is a party of.
        Forbidden: `not_the_seller`.
        Busy: throttled, or too many statements at once.
    """
    found = shipment(actor, event)
    if found.event.source != actor.gln:
        raise Forbidden("Only the seller makes the transaction statement.", code="not_the_seller")
    there = found.statement
    if there and (there.affirmed, there.direct_purchase) == (affirmed, direct_purchase):
        return there
    made = Statement(affirmed, at, actor.client_id, LEGAL_NOTICE, direct_purchase)
    state(found.id, made)
    return statements([found.id])[found.id]


def export(actor: Actor, event: UUID, at: datetime) -> Export:
    """Return the transaction document of a shipment; a large one is made elsewhere first.

    Args:
        actor: who asks; a party of the shipment.
        event: the shipping.
        at: now.

    Raises:
        NotFound: there is no such shipment that the actor is a party of.
        Conflict: `not_affirmed`: the seller has not affirmed the statement; `master_data`: the
            profile wants particulars that nobody told; `company_prefix`; `called_back`.
        Busy: throttled, or no answer.
    """
    found = shipment(actor, event)
    statement = _affirmed(found)
    if (size := documents.size(found, statement)) is not None:
        return _kept(found, statement, size)
    about = particulars(found, actor.organisation)
    if len(found.things) + sum(lot.shipped for lot in found.lots()) > AT_ONCE:
        if refusal := documents.refusal(found, statement):
            raise refusal
        if not documents.asked(found, statement, at):
            enqueue(found.id, actor)
            documents.note(found, statement, at)
        return Export(documents.filename(found))
    _make(found, statement, about)
    # What is handed out is what is kept: somebody else may have been faster.
    return _kept(found, statement, documents.size(found, statement) or 0)


def _kept(found: Shipment, statement: Statement, size: int) -> Export:
    """Return a document that is kept: itself, or a link where it is too large for an answer."""
    name = documents.filename(found)
    if size > LARGEST_ANSWER:
        return Export(name, link=documents.link(found, statement))
    return Export(name, documents.fetched(found, statement))


def prepare(actor: Actor, event: UUID) -> None:
    """Make a large document ready to be fetched; done again, it is there already.

    Raises:
        Busy: throttled, or no answer; a repeat is safe.
    """
    found = shipment(actor, event)
    try:
        statement = _affirmed(found)
        about = particulars(found, actor.organisation)
    except Conflict:
        return  # it was withdrawn meanwhile: who asks again is told so at once
    if documents.size(found, statement) is not None:
        return
    try:
        _make(found, statement, about)
    except Conflict as refusal:
        documents.refuse(found, statement, refusal)


def _affirmed(found: Shipment) -> Statement:
    """Return the seller's statement.

    Raises:
        Conflict: `called_back`: there is no transaction any more; or `not_affirmed`.
    """
    if found.called_back:
        raise called_back()
    if found.statement is None or not found.statement.affirmed:
        raise Conflict(
            "The seller has not affirmed the transaction statement of this shipment; "
            f"PUT /v1/shipments/{found.id}/statement does.",
            code="not_affirmed",
        )
    return found.statement


def _make(found: Shipment, statement: Statement, about: Particulars) -> None:
    """Make a document and keep it.

    Raises:
        Conflict: `company_prefix`.
        Busy: throttled, or no answer.
    """
    made = documents.transaction(found, statement, about, Numbers())
    with documents.written(made) as file:
        documents.keep(found, statement, file)
