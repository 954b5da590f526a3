"""What a seller's document states is kept with the shipments that it tells of."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from chalicelib.capture import usecases
from chalicelib.capture.model import Job
from chalicelib.capture.store import JobStore
from chalicelib.epcis import formats
from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.dscsa import LEGAL_NOTICE, transaction_document
from chalicelib.epcis.json_format import write
from chalicelib.epcis.masterdata import PlaceEntry
from chalicelib.epcis.xml_writer import write_xml
from chalicelib.errors import Busy
from chalicelib.gs1.keys import Sgln
from chalicelib.http.epcis import CaptureErrorBehaviour
from chalicelib.ledger.model import Statement, event_uri
from chalicelib.ledger.statements import statements
from chalicelib.ledger.store import RecordItem, summary
from chalicelib.table.read import scan
from tests.builders import actor, gln, minute
from tests.capture.test_model import JOB
from tests.epcis.transactions import BUYER, EVENTS, MESSAGE, PRODUCT, SELLER
from tests.harness.aws import Aws
from tests.harness.faults import PAIRS, Killed, Kind, injected

MEDDIST = replace(
    JOB, actor=actor("meddist"), media_type="application/xml", created=minute(60 * 24 * 300)
)
US = "urn:epc:id:sgln:952200.000001.0"
"""Meddist's GLN, as US partners write it."""


def bought(**options: Any) -> EpcisDocument:
    """Return a transaction of a seller outside the network with meddist."""
    buyer = PlaceEntry(US, BUYER.attributes, key=Sgln(gln("meddist")))
    events = [dict(each) for each in EVENTS]
    events[2]["destinationList"] = [{"type": "owning_party", "destination": US}]
    more = {"products": [PRODUCT], "message": MESSAGE} | options
    return transaction_document(events, seller=SELLER, buyer=buyer, **more)


def captured(document: EpcisDocument | bytes, job: Job = MEDDIST) -> Job:
    raw = document
    if isinstance(document, EpcisDocument):
        raw = b"".join(write_xml(document, version="1.2"))
    assert isinstance(raw, bytes)
    usecases.accept(job, raw)
    usecases.run(job.id)
    return JobStore().of(job.actor.organisation, job.id)


def kept() -> Mapping[str, Statement]:
    """Return every statement there is, by the id of its shipping event."""
    events = [
        event_uri(UUID(item.pk), number)
        for item in scan(RecordItem, alone=True)
        for number in range(len(summary(item)))
    ]
    return statements(events)


@pytest.fixture(autouse=True)
def _tables(aws: Aws) -> None:
    """Empty tables."""


def test_a_sellers_statement_is_kept_with_its_shipment() -> None:
    job = captured(bought(direct_purchase=True))

    assert (job.success, job.recorded) == (True, 3)
    (statement,) = kept().values()
    assert statement == Statement(
        affirmed=True, at=job.created, by=job.id, legal_notice=LEGAL_NOTICE, direct_purchase=True
    )


def test_what_the_document_lacks_is_kept_with_it() -> None:
    captured(bought(affirmed=False, products=[]))

    (statement,) = kept().values()
    assert statement.affirmed is False
    assert [each.code for each in statement.faults] == ["statement", "product"]


def test_a_document_without_a_statement_lacks_it_when_it_names_products_by_ndc() -> None:
    bare = bought()
    captured(replace(bare, header={"sbdh": bare.header["sbdh"]}, namespaces={}))

    (statement,) = kept().values()
    assert statement.affirmed is None
    assert "/epcisHeader/gs1ushc:dscsaTransactionStatement" in [
        each.pointer for each in statement.faults
    ]


def test_documents_of_other_trades_state_nothing() -> None:
    plain = bought()

    job = captured(replace(plain, header={}, namespaces={}, vocabularies=()))

    assert job.recorded == 3
    assert kept() == {}


def test_what_is_not_recorded_has_no_statement() -> None:
    document = bought()
    wrong = [*EVENTS[:2], {**EVENTS[2], "bizStep": "teleporting"}]

    job = captured(replace(document, events=wrong))

    assert not job.success
    assert kept() == {}


def test_a_better_document_of_the_same_events_corrects_the_statement() -> None:
    captured(bought(affirmed=False))
    again = replace(MEDDIST, id="later", created=minute(60 * 24 * 301))

    job = captured(bought(), again)

    assert (job.recorded, job.repeated) == (0, 3)
    (statement,) = kept().values()
    assert (statement.affirmed, statement.by) == (True, "later")


def test_an_older_document_that_comes_again_corrects_nothing() -> None:
    captured(bought(), replace(MEDDIST, id="later", created=minute(60 * 24 * 301)))

    captured(bought(affirmed=False))

    (statement,) = kept().values()
    assert (statement.affirmed, statement.by) == (True, "later")


def test_events_that_are_taken_one_by_one_have_the_statement_too() -> None:
    document = bought()
    events = [{"type": "X"}, *document.events]
    proceed = replace(
        MEDDIST, on_error=CaptureErrorBehaviour.PROCEED, media_type="application/json"
    )

    job = captured(b"".join(write(replace(document, events=events))), proceed)

    assert (job.recorded, job.refused) == (3, 1)
    assert [each.affirmed for each in kept().values()] == [True]


def test_the_statement_is_known_under_any_prefix() -> None:
    raw = b"".join(write_xml(bought(), version="1.2")).replace(b"gs1ushc", b"us")

    captured(raw)

    assert [each.affirmed for each in kept().values()] == [True]
    assert formats.read(raw).namespaces["us"]


@pytest.mark.parametrize("kind", [kind for pair in PAIRS for kind in pair])
def test_a_job_that_breaks_anywhere_keeps_the_statement_in_the_end(kind: Kind, aws: Aws) -> None:
    raw = b"".join(write_xml(bought(), version="1.2"))
    usecases.accept(MEDDIST, raw)
    saved = aws.save()

    for call in range(0, 30, 3):
        aws.restore(saved)
        with injected({call: kind}), suppress(Busy, Killed):
            usecases.run(MEDDIST.id)
        usecases.run(MEDDIST.id)

        assert [each.affirmed for each in kept().values()] == [True], f"{kind} at {call}"
