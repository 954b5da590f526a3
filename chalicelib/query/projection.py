"""From recorded events to the rows that queries begin at. Idempotent: rows are named by events."""

from datetime import datetime

from chalicelib.epcis.jsonld import render
from chalicelib.epcis.query.index import keys
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, summary
from chalicelib.query.model import ALL, Row, parties, time_text
from chalicelib.query.store import put_rows
from chalicelib.table.items import Key


def project(item: RecordItem, known: set[Key] | None = None) -> None:
    """Bring the rows up to one record.

    Args:
        item: the record, as stored.
        known: as for `put_rows`; for the records of one batch.

    Raises:
        Busy: throttled; a repeat is safe.
    """
    record, _ = place_of(item.pk)
    recorded = datetime.fromisoformat(item.recorded)
    for number, event in enumerate(summary(item)):
        uri = event_uri(record, number)
        found = render(event, uri, recorded)
        under = {*keys(found), ALL}
        if event.captured:  # an id of ours says where the event stands
            under.add(("eventID", event.captured.id))
        row = Row(time_text(event.event_time), uri.removeprefix("urn:uuid:"))
        for party in parties(event):
            put_rows(party, row, under, known)
