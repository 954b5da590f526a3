"""Everything that Packtrail deploys: the API and the handlers behind streams and queues.

No logic here: this is the table of contents. Handlers stand here and not in blueprints, because
Lambda imports the module that a handler is named after, and only this one registers the routes.
"""

import gc

# Importing makes many objects and no garbage: looking for some is a sixth of a cold start.
gc.disable()

from collections.abc import Callable  # noqa: E402
from types import ModuleType  # noqa: E402
from typing import Any  # noqa: E402

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, SQSEvent  # noqa: E402

from chalicelib import api  # noqa: E402

app = Chalice("packtrail", configure_logs=False)
api.register(app)
gc.enable()


def _stream() -> ModuleType:
    """Import what is behind the handlers; the API function never needs it (cold start)."""
    from chalicelib import stream  # noqa: PLC0415

    return stream


@app.on_dynamodb_record(stream_arn="events", name="on_events")
def on_events(event: DynamoDBEvent) -> dict[str, Any]:
    """Bring the read models up to what was recorded."""
    return _stream().events(event.to_dict())


@app.on_dynamodb_record(stream_arn="recalls", name="on_recalls")
def on_recalls(event: DynamoDBEvent) -> dict[str, Any]:
    """Start the work of a recall that was opened."""
    return _stream().recalls(event.to_dict())


@app.on_sqs_message(queue="recall", name="on_recall_work")
def on_recall_work(event: SQSEvent) -> dict[str, Any]:
    """Identify whom a recall concerns, tier by tier."""
    return _stream().recall_work(event.to_dict())


@app.on_sqs_message(queue="notices", name="on_notices")
def on_notices(event: SQSEvent) -> dict[str, Any]:
    """Tell parties, and try again those that could not be told."""
    return _stream().notices(event.to_dict())


@app.on_sqs_message(queue="captures", name="on_captures")
def on_captures(event: SQSEvent) -> dict[str, Any]:
    """Record the events of documents that partners sent."""
    # Chalice says nothing of the type of Lambda's context.
    left: Callable[[], int] = event.context.get_remaining_time_in_millis
    return _stream().captures(event.to_dict(), lambda: left() / 1000)


@app.on_sqs_message(queue="subscriptions", name="on_subscriptions")
def on_subscriptions(event: SQSEvent) -> dict[str, Any]:
    """Tell subscribers of events, and try again those that could not be told."""
    return _stream().subscriptions(event.to_dict())


@app.schedule(Cron("*", "*", "*", "*", "?", "*"), name="on_schedule")
def on_schedule(event: CloudWatchEvent) -> None:
    """Once a minute: have those subscriptions told whose time has come."""
    _stream().schedule()
