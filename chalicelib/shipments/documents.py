"""The transaction document of a shipment: information and statement, EPCIS 1.2 in XML.

    transactions/{shipment}/{statement}     as it was handed out first, for ever

Promises: under one statement there is one document, whatever the directory says later; the law has
both parties keep it six years. Trust: who can write this bucket can change what a buyer is told
that the seller said; the events and the statement are elsewhere and tell otherwise.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from chalicelib import bucket
from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.dscsa import Message, transaction_document
from chalicelib.epcis.jsonld import instant
from chalicelib.epcis.xml_writer import write_xml
from chalicelib.errors import Conflict, FieldError
from chalicelib.http.identity import operation_of
from chalicelib.ledger.model import Statement
from chalicelib.serial.store import Numbers
from chalicelib.shipments.model import MEDIA_TYPE, Shipment
from chalicelib.shipments.particulars import Particulars
from chalicelib.shipments.tale import Tale

ASKED_AGAIN = timedelta(minutes=15)
"""After so long, a document that is still not there is made once more; as long as a worker has."""

IN_MEMORY = 8 * 2**20
"""Bytes of a document that are held in memory; more of it goes to the function's disk."""


def transaction(
    shipment: Shipment, statement: Statement, about: Particulars, numbers: Numbers
) -> EpcisDocument:
    """Return the transaction of a shipment.

    Raises:
        Conflict: `company_prefix`: an identifier has no URN, which EPCIS 1.2 demands.
        Busy: a capture has been committed this instant, and its records are not there yet.
    """
    tale = Tale(shipment, numbers)
    events = tale.events()
    return transaction_document(
        events,
        seller=tale.named(about.seller),
        buyer=tale.named(about.buyer),
        products=[tale.named(each) for each in about.products],
        places=[tale.named(each) for each in about.places],
        message=Message(
            instance=operation_of("transaction", shipment.id, statement.at.isoformat()).urn,
            created=instant(max(shipment.recorded, statement.at)),
        ),
        affirmed=bool(statement.affirmed),
        direct_purchase=statement.direct_purchase,
    )


@contextmanager
def written(document: EpcisDocument) -> Iterator[IO[bytes]]:
    """Lend a document as a file, at its beginning: XML of EPCIS 1.2.

    What an event says that EPCIS 1.2 has no place for, such as sensor data, is left out.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        file.writelines(write_xml(document, version="1.2", lossy=True))
        file.seek(0)
        yield file


def filename(shipment: Shipment) -> str:
    """Return what a document is to be called."""
    return f"dscsa-{UUID(shipment.id)}.xml"


def place(shipment: Shipment, statement: Statement) -> str:
    """Return where a document is kept: another statement, another place."""
    made = operation_of("transaction", shipment.id, statement.at.isoformat())
    return f"transactions/{shipment.id}/{made.hex}"


def keep(shipment: Shipment, statement: Statement, file: IO[bytes]) -> None:
    """Keep a document; one that is there already stays as it is.

    Raises:
        Busy: throttled, or no answer; it may be kept or not.
    """
    bucket.keep(place(shipment, statement), file, MEDIA_TYPE)


def asked(shipment: Shipment, statement: Statement, at: datetime) -> bool:
    """Return whether it is noted that a document was asked for a moment ago.

    Raises:
        Busy: throttled, or no answer.
    """
    return bucket.head(_note(shipment, statement, at)) is not None


def note(shipment: Shipment, statement: Statement, at: datetime) -> None:
    """Note that a document was asked for; forgotten before long, in case that nobody makes it.

    Raises:
        Busy: throttled, or no answer.
    """
    bucket.keep(_note(shipment, statement, at), b"", "text/plain")


def _note(shipment: Shipment, statement: Statement, at: datetime) -> str:
    window = int(at.timestamp() // ASKED_AGAIN.total_seconds())
    return f"{place(shipment, statement)}.asked-{window}"


def refuse(shipment: Shipment, statement: Statement, refusal: Conflict) -> None:
    """Keep why a document cannot be made, for who asks again.

    Raises:
        Busy: throttled, or no answer.
    """
    errors = [[each.pointer, each.code, each.message] for each in refusal.errors]
    told = json.dumps([refusal.detail, refusal.code, errors]).encode()
    bucket.keep(f"{place(shipment, statement)}.refused", told, "application/json")


def refusal(shipment: Shipment, statement: Statement) -> Conflict | None:
    """Return why a document cannot be made; None when that is not known.

    Raises:
        Busy: throttled, or no answer.
    """
    told = bucket.read(f"{place(shipment, statement)}.refused")
    if told is None:
        return None
    detail, code, errors = json.loads(told)
    return Conflict(detail, code=code, errors=[FieldError(*each) for each in errors])


def size(shipment: Shipment, statement: Statement) -> int | None:
    """Return how many bytes a document has; None when it is not kept.

    Raises:
        Busy: throttled, or no answer.
    """
    head = bucket.head(place(shipment, statement))
    return None if head is None else int(head["ContentLength"])


def fetched(shipment: Shipment, statement: Statement) -> bytes:
    """Return a document that is kept.

    Raises:
        Busy: throttled, or no answer.
    """
    return bucket.read(place(shipment, statement)) or b""


def link(shipment: Shipment, statement: Statement) -> str:
    """Return a link to a document that is kept."""
    return bucket.link(place(shipment, statement), filename(shipment))
