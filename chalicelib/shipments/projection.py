"""From recorded events to the rows of expected shipments. Idempotent: rows are named by events."""

from datetime import datetime

from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, summary
from chalicelib.shipments.model import Expected, expected, settled
from chalicelib.shipments.store import put_expected, put_settled


def project(item: RecordItem) -> None:
    """Bring the rows up to one record.

    Raises:
        Busy: throttled; a repeat is safe.
    """
    record, _ = place_of(item.pk)
    recorded = datetime.fromisoformat(item.recorded)
    awaited: list[Expected] = []
    for number, event in enumerate(summary(item)):
        event_id = event_uri(record, number).removeprefix("urn:uuid:")
        awaited += expected(event, event_id, recorded)
        for each in settled(event, event_id):
            put_settled(each)
    put_expected(awaited)
