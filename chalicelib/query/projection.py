"""From recorded events to the rows that queries begin at. Idempotent: rows are named by events."""

from datetime import datetime

from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import Event
from chalicelib.epcis.query.index import keys
from chalicelib.gs1.keys import Gln
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, summary
from chalicelib.query.store import ALL, Row, put_rows, time_text


def project(item: RecordItem) -> None:
    """Bring the rows up to one record.

    Raises:
        Busy: throttled; a repeat is safe.
    """
    record, _ = place_of(item.pk)
    recorded = datetime.fromisoformat(item.recorded)
    for number, event in enumerate(summary(item)):
        uri = event_uri(record, number)
        found = render(event, uri, recorded)
        under = {*keys(found), ("eventID", str(found["eventID"])), ALL}
        row = Row(time_text(event.event_time), uri.removeprefix("urn:uuid:"))
        for party in parties(event):
            put_rows(party, row, sorted(under))


def parties(event: Event) -> set[Gln]:
    """Return whose event it is: who recorded it, and both sides of a hand-over."""
    return {each for each in (event.by, event.source, event.destination) if each}
