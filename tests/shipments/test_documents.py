"""A document is the same whenever it is made; it is kept once, under its statement."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest

from chalicelib.errors import Conflict, FieldError
from chalicelib.ledger.model import Statement
from chalicelib.serial.store import Numbers
from chalicelib.shipments import documents, usecases
from chalicelib.shipments.model import Shipment
from chalicelib.shipments.particulars import particulars
from tests.harness.network import AT, Network
from tests.shipments.sellers import pallet, tell
from tests.shipments.test_particulars import actor_of

STATED = Statement(True, AT, "acme-warehouse", "Seller has complied.")


@pytest.fixture
def shipment(network: Network) -> Shipment:
    tell()
    return usecases.shipment(actor_of("acme"), UUID(pallet(network)["id"]))


def written(shipment: Shipment, statement: Statement = STATED) -> bytes:
    about = particulars(shipment, "acme")
    made = documents.transaction(shipment, statement, about, Numbers())
    with documents.written(made) as file:
        return file.read()


def test_a_document_made_again_is_the_same(shipment: Shipment) -> None:
    assert written(shipment) == written(shipment)


def test_a_document_is_as_old_as_its_statement(shipment: Shipment) -> None:
    later = replace(STATED, at=AT + timedelta(days=1))

    assert b'creationDate="2026-11-24T09:30:00.000Z"' in written(shipment, later)
    assert documents.place(shipment, later) != documents.place(shipment, STATED)


def test_a_document_that_is_kept_is_found_and_has_a_link(shipment: Shipment) -> None:
    assert documents.size(shipment, STATED) is None

    with BytesIO(b"<x/>") as file:
        documents.keep(shipment, STATED, file)

    assert documents.size(shipment, STATED) == 4
    assert documents.fetched(shipment, STATED) == b"<x/>"
    assert documents.place(shipment, STATED) in documents.link(shipment, STATED)


def test_a_refusal_is_kept_with_its_reasons(shipment: Shipment) -> None:
    assert documents.refusal(shipment, STATED) is None
    fault = FieldError("urn:x", "company_prefix", "found another, expected one of GS1's")

    documents.refuse(shipment, STATED, Conflict("No.", code="company_prefix", errors=[fault]))

    found = documents.refusal(shipment, STATED)
    assert found is not None
    assert (found.detail, found.code, found.errors) == ("No.", "company_prefix", (fault,))


def test_what_was_asked_for_is_forgotten_before_long(shipment: Shipment) -> None:
    assert not documents.asked(shipment, STATED, AT)

    documents.note(shipment, STATED, AT)

    assert documents.asked(shipment, STATED, AT)
    assert not documents.asked(shipment, STATED, AT + documents.ASKED_AGAIN)
