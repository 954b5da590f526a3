"""What hears of recorded events and of work in the queues; behind every handler in `app.py`.

Each function takes Lambda's event and returns what Lambda asks for: the records that failed, so
that only they come again. Whatever comes twice finds its work done.
"""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.capture import worker as capture_worker
from chalicelib.clock import TimeLeft
from chalicelib.http.observe import log
from chalicelib.ledger.store import RecordItem
from chalicelib.lots.store import LotStore
from chalicelib.query.projection import Index
from chalicelib.query.subscriptions import worker as subscription_worker
from chalicelib.query.subscriptions.hearing import Hearing
from chalicelib.recall import worker
from chalicelib.recall.usecases import request_identify
from chalicelib.shipments import worker as transactions
from chalicelib.shipments.projection import project as expect
from chalicelib.suspicions import worker as suspicions
from chalicelib.table.items import ALONE
from chalicelib.trace.model import Delivery, Movement
from chalicelib.trace.projection import project
from chalicelib.trace.projection import rebuild as rebuilt
from chalicelib.trace.store import MovementStore, advance

Event = dict[str, Any]


def events(event: Event) -> Event:
    """Bring the read models up to the recorded events, and have subscribers told."""
    newest: list[datetime] = []
    index, hearing = Index(), Hearing()
    moved: list[Movement] = []

    def take(record: Any) -> None:
        image = record.raw_event["dynamodb"].get("NewImage")
        if image is None or image["sk"]["S"] != ALONE:  # a part of a record says nothing alone
            return
        item = RecordItem.from_raw_data(from_stream(image))
        moved.extend(project(item, sent=_tell_recalls))
        index.add(item)
        expect(item)
        hearing.add(item)
        newest.append(datetime.fromisoformat(item.recorded))

    answer = _batch("DynamoDBStreams", event, take)
    try:
        MovementStore().put(moved)
        index.write()
        hearing.write()  # after the index, which a new subscription goes through
    except Exception:
        # As in `_batch`; the rows are those of all records, so from the first on they come again.
        log.exception("rows could not be written; their records come again", kind="index")
        first = event["Records"][0]["dynamodb"]["SequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": first}]}
    if newest:
        advance("events", max(newest))
    return answer


def rebuild() -> int:
    """Make the read models anew from the events table, and have open recalls look again.

    For when records of the stream were given up; safe at any time. Returns how many records.
    """

    def others(item: RecordItem) -> None:
        index = Index()  # for each record its own, so that a rebuild makes the same items again
        index.add(item)
        index.write()
        expect(item)

    return rebuilt(sent=_tell_recalls, also=others)


def recalls(event: Event) -> Event:
    """Begin the work on recalls that were opened, and on alerts and notices that were made."""

    def take(record: Any) -> None:
        if not suspicions.made(record.raw_event):
            worker.recall_changed(record.raw_event)

    return _batch("DynamoDBStreams", event, take)


def recall_work(event: Event) -> Event:
    """Find out whom recalls concern, one shipper's customers at a time."""
    return _batch("SQS", event, lambda each: worker.recall_work(each.body, each.message_id))


def notices(event: Event) -> Event:
    """Tell parties, or try again."""

    def take(record: Any) -> None:
        if suspicions.asks(record.body):
            suspicions.tell(record.body)
            return
        worker.notices(record.body)

    return _batch("SQS", event, take)


def captures(event: Event, left: TimeLeft) -> Event:
    """Work on documents that were taken in, and on those that are to go out.

    Args:
        event: of the queue `captures`.
        left: until this process is cut off.
    """

    def take(record: Any) -> None:
        if transactions.asks(record.body):
            transactions.transactions(record.body)
            return
        times = int(record.attributes.approximate_receive_count)
        capture_worker.captures(record.body, record.receipt_handle, times, left)

    return _batch("SQS", event, take)


def subscriptions(event: Event) -> Event:
    """Tell subscribers what has come for them, or try again."""
    return _batch("SQS", event, lambda each: subscription_worker.subscriptions(each.body))


def schedule() -> None:
    """Have every subscription told whose time has come."""
    subscription_worker.run_due()


def _tell_recalls(delivery: Delivery) -> None:
    """Have a recall look again at a party whose goods went out while it was being opened.

    The delivery's row is written before the lot is read, and a recall marks its lots before it
    reads deliveries: whichever comes first, one of the two sees the other.
    """
    lot = LotStore().get(delivery.lgtin)
    for mark in lot.recalls if lot else ():
        request_identify(mark.id, delivery.shipper)


def from_stream(image: Event) -> Event:
    """Return an item's attribute map as DynamoDB's API gives it: bytes where Lambda has base64."""
    return {name: _value(value) for name, value in image.items()}


def _value(value: Event) -> Event:
    ((kind, content),) = value.items()
    match kind:
        case "B" if isinstance(content, str):
            return {kind: base64.b64decode(content)}
        case "M":
            return {kind: from_stream(content)}
        case "L":
            return {kind: [_value(each) for each in content]}
    return value


def _batch(kind: str, event: Event, take: Callable[[Any], None]) -> Event:
    """Take each record; report, and log, those that failed."""
    # Imported here: only the workers need it (cold start of the API).
    from aws_lambda_powertools.utilities.batch import (  # noqa: PLC0415
        BatchProcessor,
        EventType,
        process_partial_response,
    )

    def record_handler(record: Any) -> None:
        try:
            take(record)
        except Exception:
            # The outermost door of the workers: Powertools turns this into a record that comes
            # again, and says nothing of why.
            log.exception("a record could not be taken; it comes again", kind=kind)
            raise

    processor = BatchProcessor(EventType[kind], raise_on_entire_batch_failure=False)
    answer = process_partial_response(
        event=event, record_handler=record_handler, processor=processor
    )
    return dict(answer)
