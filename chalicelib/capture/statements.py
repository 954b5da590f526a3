"""The statement in the header of a seller's document, kept with the shipments that it tells of."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from chalicelib.capture.model import Job
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.dscsa import NAMESPACE, step_of
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.masterdata import read_master_data
from chalicelib.epcis.model import BizStep
from chalicelib.ledger.model import Statement, event_uri, record_of
from chalicelib.ledger.statements import state
from chalicelib.ledger.store import RecordItem, record_key, summary
from chalicelib.table.read import get_many

_NDC = "additionalTradeItemIdentificationTypeCode"
"""The attribute by which master data say that a number is a National Drug Code."""


def keep(job: Job, document: EpcisDocument) -> None:
    """Keep what a document states with each of its shipments that is recorded.

    A document that is none of the US pharmaceutical trade states nothing, and is not read.

    Args:
        job: whose document it is; its events are recorded as far as they can be.
        document: its events may be read once, and are as they were recorded.

    Raises:
        Busy: throttled, or no answer; a repeat is safe.
    """
    if not _of_us_trade(document):
        return
    # Imported here: only a seller's document needs it (cold start).
    from chalicelib.epcis.dscsa_reading import read_transaction  # noqa: PLC0415

    shippings: list[UUID] = []

    def heard() -> Iterator[EventObject]:
        for event in document.events:
            if step_of(event) == BizStep.SHIPPING:
                event_id = event.get("eventID") or event_hash(event)
                shippings.append(record_of(job.actor.organisation, event_id))
            yield event

    told = read_transaction(replace(document, events=heard()))
    statement = Statement(
        affirmed=told.affirmed,
        at=job.created,
        by=job.id,
        legal_notice=told.legal_notice,
        direct_purchase=told.direct_purchase,
        faults=tuple(told.faults),
    )
    for event_id in _recorded(shippings):
        state(event_id, statement)


def _of_us_trade(document: EpcisDocument) -> bool:
    """Whether it uses the words of GS1 US, or names products by their NDC."""
    if NAMESPACE in document.namespaces.values():
        return True
    return any("NDC" in each.text(_NDC) for each in read_master_data(document).products)


def _recorded(records: list[UUID]) -> Iterator[str]:
    """Yield the shipping events among records, as the events table knows them."""
    found = get_many(map(record_key, records))
    for record in dict.fromkeys(records):
        item = found.get(record_key(record))
        if isinstance(item, RecordItem):
            for number, event in enumerate(summary(item)):
                if event.biz_step is BizStep.SHIPPING and not event.withdraws:
                    yield event_uri(record, number)
