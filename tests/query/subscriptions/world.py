"""Subscriptions to queries of the story's organisations, and what arrived for them."""

import base64
import hmac
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib import stream
from chalicelib.errors import Busy, Raced
from tests.harness.aws import forget
from tests.harness.faults import Killed, Kind, injected
from tests.harness.network import Network
from tests.harness.streams import Streams
from tests.notify.receiver import Receiver

TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"
WHO = "acme-quality"


class Addressed(Protocol):
    """Whoever has an address."""

    url: str


def named(network: Network, name: str = "mine", who: str = WHO, **query: Any) -> str:
    """Keep a named query."""
    network.post(who, "/queries", {"name": name, "query": query})
    return f"/queries/{name}/subscriptions"


def body_of(receiver: Addressed, **more: Any) -> dict[str, Any]:
    """Return the body that subscribes a receiver; to a stream unless a schedule is given."""
    how: dict[str, Any] = {} if "schedule" in more else {"stream": True}
    return {"dest": receiver.url, "signatureToken": TOKEN} | how | more


def subscribed(
    network: Network, receiver: Receiver, who: str = WHO, *, query: Any = None, **more: Any
) -> str:
    """Subscribe a receiver to a query; return the path of the subscription."""
    path = named(network, who=who, **(query or {}))
    return str(network.post(who, path, body_of(receiver, **more)).headers["Location"])


def streams(network: Network) -> Streams:
    import app

    return Streams(network.aws, app.app)


def settle(network: Network) -> None:
    """Let everything that was recorded, and what comes of it at once, arrive."""
    streams(network).settle()


def later(network: Network) -> None:
    """Let some minutes pass, and what waited for them arrive."""
    network.now += timedelta(minutes=7)
    network.aws.reveal()
    settle(network)


def recorded(network: Network) -> dict[str, Any]:
    """Return all that was recorded as one batch of the stream, as Lambda gives it."""
    images = [record["dynamodb"] for record in network.aws.records("events")]
    return {
        "Records": [
            {"eventID": str(n), "eventName": "INSERT", "dynamodb": _as_lambda(image)}
            for n, image in enumerate(images)
        ]
    }


def _as_lambda(image: dict[str, Any]) -> dict[str, Any]:
    new = {
        name: {kind: base64.b64encode(bytes(value)).decode() if kind == "B" else value}
        for name, each in image["NewImage"].items()
        for kind, value in each.items()
    }
    return {"SequenceNumber": image["SequenceNumber"], "NewImage": new}


def survived(network: Network, batch: dict[str, Any] | None, number: int, kind: Kind) -> list[str]:
    """Hand a batch, if any, and what is in the queue to the handlers while one call goes wrong.

    Every message comes until it is done, seven minutes apart. Returns the fault if it happened.
    """
    began = network.now
    with injected({number: kind}) as calls:
        while batch and not _done(lambda: stream.events(batch)):
            forget()
        for _ in range(10):
            work = network.aws.taken("subscriptions")
            if not work:
                break
            for body in work:
                message = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {}}
                while not _done(lambda each=message: stream.subscriptions({"Records": [each]})):
                    forget()
                    network.now += timedelta(minutes=7)
            network.now += timedelta(minutes=7)
        else:
            raise AssertionError("ten rounds and no end")
    network.now = began
    return calls.hit


def _done(handle: Callable[[], dict[str, Any]]) -> bool:
    """Call a handler; tell whether it succeeded, and not in part."""
    try:
        return handle() == {"batchItemFailures": []}
    except (Killed, Busy, Raced, ClientError):
        return False


def tick(network: Network, to: datetime | None = None) -> None:
    """Let the clock go on by a minute, or to an instant, and strike."""
    network.now = to or network.now + timedelta(minutes=1)
    stream.schedule()
    settle(network)


def documents(receiver: Receiver, token: str = TOKEN) -> list[dict[str, Any]]:
    """Return what arrived, in order; a wrong signature fails the test."""
    for headers, body in receiver.requests:
        mac = hmac.new(token.encode(), body.encode(), "sha256").hexdigest()
        assert headers["gs1-signature"] == mac
    return [json.loads(body) for _, body in receiver.requests]


def events(receiver: Receiver) -> list[dict[str, Any]]:
    """Return the events that arrived; the same message again counts once."""
    told: dict[str, str] = {}
    for headers, body in receiver.requests:
        assert told.setdefault(headers["webhook-id"], body) == body
    found = [json.loads(body) for body in told.values()]
    return [
        event
        for each in found
        if each.get("type") == "EPCISQueryDocument"
        for event in each["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    ]


def steps(receiver: Receiver) -> Counter[str]:
    return Counter(event["bizStep"] for event in events(receiver))
