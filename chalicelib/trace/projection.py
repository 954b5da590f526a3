"""From recorded events to rows of the read models.

Idempotent by construction: each row is named by its event. Called for every record that the stream
brings, and by a rebuild for every record there is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.epcis.model import Event
from chalicelib.errors import Busy
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, summary
from chalicelib.table.read import get, scan
from chalicelib.trace.model import Delivery, Movement, deliveries, movements, taken_back, takes_back
from chalicelib.trace.store import DeliveryStore, MovementStore, advance


def project(item: RecordItem, *, sent: Callable[[Delivery], None] | None = None) -> list[Movement]:
    """Keep the deliveries of one record, and return its movements.

    These are for the caller to keep: it may do so for many records together.

    Args:
        item: the record, as stored.
        sent: told of each delivery, and of each part of one that is taken back, after its row is
            written: recalls want to know.

    Raises:
        Busy: throttled, or the record of a shipment is about to be written; a repeat is safe.
    """
    record, _ = place_of(item.pk)
    moved: list[Movement] = []
    for number, event in enumerate(summary(item)):
        event_id = event_uri(record, number)
        moved += movements(event, event_id)
        for delivery in (*deliveries(event, event_id), *_taken_back(event, event_id)):
            DeliveryStore().put(delivery)
            if sent is not None:
                sent(delivery)
    return moved


def _taken_back(event: Event, event_id: str) -> Iterator[Delivery]:
    for part in takes_back(event):
        record, number = place_of(part.shipment)
        item = get(RecordItem, str(record))
        if item is None:  # a capture was committed this instant: its records are written in order
            raise Busy("The record of a shipment is not there yet.")
        yield from taken_back(part, event_id, summary(item)[number])


def rebuild(
    *,
    sent: Callable[[Delivery], None] | None = None,
    also: Callable[[RecordItem], None] | None = None,
) -> int:
    """Make every row anew from the events table, beside what is there; return how many records.

    Rows are named by their events, so a rebuild over standing rows changes none of them.

    Args:
        sent: as for `project`.
        also: makes the rows of other views of the same table.
    """
    count = 0
    newest: datetime | None = None
    for item in scan(RecordItem, alone=True):
        MovementStore().put(project(item, sent=sent))
        if also is not None:
            also(item)
        recorded = datetime.fromisoformat(item.recorded)
        newest = recorded if newest is None else max(newest, recorded)
        count += 1
    if newest is not None:
        advance("events", newest)
    return count
