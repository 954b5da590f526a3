"""Registering endpoints, and sending messages to them until they are accepted or given up.

Every step may be interrupted and is then done again by the queue: what has been sent is in the
delivery before its consequence is queued, and what is queued twice finds the work done.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chalicelib.errors import KeyReused, Malformed, NotFound, PacktrailError, Raced
from chalicelib.notify import queue, transport
from chalicelib.notify.address import read_url
from chalicelib.notify.model.delivery import (
    Attempt,
    Delivery,
    Retry,
    Status,
    Turn,
    abandoned,
    begun,
    claimed,
    concluded,
    handed_on,
)
from chalicelib.notify.model.endpoint import Endpoint, Seed
from chalicelib.notify.model.message import Message
from chalicelib.notify.signing import secret, signed
from chalicelib.notify.store.deliveries import DeliveryStore, begin_together
from chalicelib.notify.store.endpoints import EndpointStore, no_webhook

AT_ONCE = 25
"""Receivers called at the same time by one worker."""

QUEUE = "notices"
DEAD_QUEUE = "notices-dead"


def register(
    url: str,
    types: tuple[str, ...],
    *,
    operation: UUID,
    fingerprint: str,
    at: datetime,
    local: bool,
    endpoints: EndpointStore,
) -> tuple[Endpoint, bool]:
    """Keep a new endpoint.

    Returns:
        The endpoint, and whether this repeats an earlier request.

    Raises:
        Malformed: the URL may not be called.
        Conflict: the organisation has as many endpoints as it may have.
        KeyReused: the operation registered another endpoint.
    """
    read_url(url, local=local)
    wanted = Endpoint(
        id=operation.hex,
        organisation=endpoints.organisation,
        url=url,
        types=tuple(sorted(set(types))),
        seeds=(Seed(operation.hex),),
        created=at,
        fingerprint=fingerprint,
    )
    standing, written = endpoints.create(wanted)
    if standing.fingerprint != fingerprint:
        raise KeyReused("The idempotency key was used to register another webhook.")
    # A repeat answers as the first time, whatever became of the webhook since.
    return replace(wanted, created=standing.created), not written


def rotate(
    endpoint_id: str, *, operation: UUID, at: datetime, endpoints: EndpointStore
) -> tuple[Endpoint, bool]:
    """Give an endpoint a new secret; the old one signs beside it for a day.

    Returns:
        The endpoint, and whether this repeats an earlier request.

    Raises:
        NotFound: there is no such endpoint.
        Raced: it was changed meanwhile.
    """
    endpoint = endpoints.get(endpoint_id)
    rotated = endpoint.rotated(operation.hex, at)
    if rotated is endpoint:
        return endpoint, True
    endpoints.replace(rotated)
    return rotated, False


def remove(endpoint_id: str, *, endpoints: EndpointStore) -> None:
    """Take an endpoint away; what waits to be sent to it is given up. Again changes nothing.

    Raises:
        NotFound: there never was such an endpoint.
        Raced: it was changed meanwhile.
    """
    endpoint = endpoints.find(endpoint_id)
    if endpoint is None:
        raise no_webhook()
    if not endpoint.deleted:
        endpoints.replace(endpoint.taken_away())


def send(message: Message, endpoint: Endpoint, turn: Turn) -> Delivery:
    """Send a message for the first time; a repeat finds what the first did and completes it.

    Raises:
        Busy: another worker is at it, or the database is busy; to be called again.
        Raced: another worker was faster; to be called again.
    """
    deliveries = DeliveryStore(endpoint.id)
    wanted = begun(message, endpoint, turn)
    delivery = deliveries.create(wanted)
    if delivery.attempts or delivery.settled:
        return _hand_on(delivery, turn)
    if delivery != wanted:
        delivery = claimed(delivery, turn)
        deliveries.replace(delivery)
    return _hand_on(_attempted(delivery, endpoint, turn), turn)


def send_all(
    work: Sequence[tuple[Message, Endpoint]], turn: Turn
) -> list[Delivery | PacktrailError]:
    """Send messages for the first time, all at once; see `send`.

    Returns:
        For each its delivery, or why it has to be sent again.

    Raises:
        Busy: nothing was sent; to be called again.
    """
    if not work:
        return []
    wanted = [begun(message, endpoint, turn) for message, endpoint in work]
    fresh = begin_together(wanted)

    def one(number: int) -> Delivery | PacktrailError:
        message, endpoint = work[number]
        try:
            if fresh[number]:
                return _hand_on(_attempted(wanted[number], endpoint, turn), turn)
            return send(message, endpoint, turn)
        except PacktrailError as error:
            return error

    with ThreadPoolExecutor(min(len(work), AT_ONCE)) as pool:
        return list(pool.map(one, range(len(work))))


def retry(job: Retry, turn: Turn) -> Delivery | None:
    """Make a later attempt, or put it back when it is not due yet.

    Returns:
        The delivery as it is now; None when the attempt was put back.

    Raises:
        Busy: another worker is at it, or the database is busy; to be called again.
        NotFound: there is no such delivery.
        Raced: another worker was faster; to be called again.
    """
    if turn.at < job.due:
        queue.send(QUEUE, [retry_body(job)], delay=job.due - turn.at)
        return None
    deliveries = DeliveryStore(job.endpoint)
    delivery = deliveries.get(job.created, job.message)
    if delivery is None:
        raise NotFound(f"There is no delivery of message {job.message}.")
    if not delivery.settled and len(delivery.attempts) < job.attempt:
        delivery = claimed(delivery, turn)
        deliveries.replace(delivery)
        delivery = _attempted(delivery, _endpoint(job), turn)
    return _hand_on(delivery, turn)


def retry_body(job: Retry) -> dict[str, Any]:
    """Return a later attempt as it stands in the queue."""
    times = {"created": job.created.isoformat(), "due": job.due.isoformat()}
    return {"retry": asdict(job) | times}


def read_retry(body: dict[str, Any]) -> Retry:
    """Read what `retry_body` wrote."""
    job = body["retry"]
    times = {name: datetime.fromisoformat(job[name]) for name in ("created", "due")}
    return Retry(**job | times)


def _endpoint(job: Retry) -> Endpoint | None:
    try:
        endpoint = EndpointStore(job.organisation).get(job.endpoint)
    except NotFound:
        return None
    return endpoint


def _attempted(delivery: Delivery, endpoint: Endpoint | None, turn: Turn) -> Delivery:
    """Make one attempt at a claimed delivery and keep what came of it."""
    if endpoint is None:
        done = abandoned(delivery, "the endpoint was deleted", turn.at)
    elif endpoint.disabled:
        done = abandoned(delivery, "the endpoint is disabled", turn.at)
    else:
        attempt = _attempt(delivery, endpoint, turn)
        done = concluded(delivery, attempt, turn.chance)
        if attempt.gone:
            _disable(endpoint)
    DeliveryStore(delivery.endpoint).replace(done)
    return done


def _attempt(delivery: Delivery, endpoint: Endpoint, turn: Turn) -> Attempt:
    """Call the endpoint once; whatever happens is an attempt."""
    secrets = [secret(seed) for seed in endpoint.signing(turn.at)]
    headers = signed(delivery.message, delivery.body, turn.at, secrets)
    began = time.monotonic()
    try:
        target = read_url(endpoint.url, local=turn.local)
        reply = transport.post(target, {**headers, **CONTENT}, delivery.body.encode())
        status, asked, problem = reply.status, reply.retry_after, ""
    except (transport.NotSent, Malformed) as error:
        status, asked, problem = 0, "", str(error)
    milliseconds = round(1000 * (time.monotonic() - began))
    return Attempt(turn.at, status, milliseconds, problem, asked)


CONTENT = {"Content-Type": "application/cloudevents+json", "User-Agent": "Packtrail/1"}
"""Structured mode (CloudEvents 1.0, HTTP binding, 3.2)."""


def _disable(endpoint: Endpoint) -> None:
    """Send nothing more to an endpoint that said so; a person has to register it anew."""
    endpoints = EndpointStore(endpoint.organisation)
    with suppress(Raced):  # changed or deleted meanwhile: the next 410 disables what is left
        endpoints.replace(endpoint.without("it answered 410 Gone"))


def _hand_on(delivery: Delivery, turn: Turn) -> Delivery:
    """Queue what follows: the next attempt, or the dead letter that somebody has to read."""
    if not delivery.waits_to_be_handed_on:
        return delivery
    if delivery.status is Status.FAILED:
        queue.send(DEAD_QUEUE, [_dead_letter(delivery)])
    else:
        job = Retry.of(delivery)
        queue.send(QUEUE, [retry_body(job)], delay=job.due - turn.at)
    noted = handed_on(delivery)
    try:
        DeliveryStore(delivery.endpoint).replace(noted)
    except Raced:
        return delivery  # the next worker is at it already
    return noted


def _dead_letter(delivery: Delivery) -> dict[str, Any]:
    return {
        "dead": {
            "organisation": delivery.organisation,
            "endpoint": delivery.endpoint,
            "message": delivery.message,
            "type": delivery.type,
            "reason": delivery.reason,
            "attempts": len(delivery.attempts),
        }
    }
