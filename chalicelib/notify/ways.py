"""Ways of sending: what a family of deliveries looks like on the wire, and what an answer means.

`usecases` decides when something is sent and when it is given up; a way knows to whom, and how.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.errors import NotFound, Raced
from chalicelib.notify.model.delivery import Attempt, Delivery
from chalicelib.notify.model.endpoint import Endpoint
from chalicelib.notify.signing import secret, signed
from chalicelib.notify.store.endpoints import EndpointStore

USER_AGENT = "Packtrail/1"


@dataclass(frozen=True, slots=True)
class Post:
    """One request to a receiver.

    Attributes:
        url: as the receiver gave it; checked when it is called.
        headers: without those of the transport.
        body: what is sent, byte for byte.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes


class Unwanted(Exception):
    """Nothing is to be sent there any more; the message says why."""


class Way(Protocol):
    """How the deliveries of one family are sent.

    Attributes:
        queue: short name of the queue that brings later attempts back.
        dead_queue: of the queue for what was given up.
    """

    @property
    def queue(self) -> str: ...  # noqa: D102  see the class
    @property
    def dead_queue(self) -> str: ...  # noqa: D102  see the class

    def post(self, delivery: Delivery, at: datetime) -> Post:
        """Return what is to be sent now.

        Raises:
            Unwanted: nothing, ever again.
        """

    def answered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Hear what came of an attempt, before it is kept; again is the same."""


class Webhooks:
    """Messages to the endpoints that organisations registered, as CloudEvents."""

    queue = "notices"
    dead_queue = "notices-dead"

    def __init__(self, endpoint: Endpoint | None = None) -> None:
        """Send to an endpoint that was read already, or to the delivery's."""
        self._known = endpoint

    def post(self, delivery: Delivery, at: datetime) -> Post:
        """Return the message, signed (Standard Webhooks 1.0)."""
        endpoint = self._known or _endpoint(delivery)
        if endpoint.disabled:
            raise Unwanted("the endpoint is disabled")
        self._known = endpoint
        secrets = [secret(seed) for seed in endpoint.signing(at)]
        headers = signed(delivery.message, delivery.body, at, secrets)
        return Post(endpoint.url, {**headers, **CONTENT}, delivery.body.encode())

    def answered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send nothing more to an endpoint that said so; a person has to register it anew."""
        if attempt.gone and self._known:
            endpoints = EndpointStore(delivery.organisation)
            # Changed or deleted meanwhile: the next 410 disables what is left.
            with suppress(Raced):
                endpoints.replace(self._known.without("it answered 410 Gone"))


CONTENT = {"Content-Type": "application/cloudevents+json", "User-Agent": USER_AGENT}
"""Structured mode (CloudEvents 1.0, HTTP binding, 3.2)."""


def _endpoint(delivery: Delivery) -> Endpoint:
    try:
        return EndpointStore(delivery.organisation).get(delivery.endpoint)
    except NotFound as error:
        raise Unwanted("the endpoint was deleted") from error
