"""Registering endpoints, and sending messages to them until they are accepted or given up.

Every step may be interrupted and is then done again by the queue: what has been sent is in the
delivery before its consequence is queued, and what is queued twice finds the work done.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
from chalicelib.notify.store.deliveries import DeliveryStore, begin_together
from chalicelib.notify.store.endpoints import EndpointStore, no_webhook
from chalicelib.notify.ways import Post, Unwanted, Way, Webhooks

AT_ONCE = 25
"""Receivers called at the same time by one worker."""


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
    wanted = begun(message, endpoint, turn)
    standing = DeliveryStore(endpoint.id).create(wanted)
    return go_on(standing, turn, Webhooks(endpoint), ours=standing == wanted)


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
                return go_on(wanted[number], turn, Webhooks(endpoint), ours=True)
            return send(message, endpoint, turn)
        except PacktrailError as error:
            return error

    with ThreadPoolExecutor(min(len(work), AT_ONCE)) as pool:
        return list(pool.map(one, range(len(work))))


def go_on(delivery: Delivery, turn: Turn, way: Way, *, ours: bool) -> Delivery:
    """Make the first attempt at a delivery that was kept; complete what an earlier call began.

    Args:
        delivery: as it stands.
        turn: whose turn it is.
        way: how it is sent.
        ours: it was kept in this very turn, and so is claimed already.

    Raises:
        Busy, Raced: as `send`.
    """
    if delivery.attempts or delivery.settled:
        return _hand_on(delivery, turn, way)
    if not ours:
        delivery = claimed(delivery, turn)
        DeliveryStore(delivery.endpoint).replace(delivery)
    return _hand_on(_attempted(delivery, turn, way), turn, way)


def retry(job: Retry, turn: Turn, way: Way | None = None) -> Delivery | None:
    """Make a later attempt, or put it back when it is not due yet.

    Args:
        job: from the queue.
        turn: whose turn it is.
        way: how it is sent; to a registered endpoint when not given.

    Returns:
        The delivery as it is now; None when the attempt was put back.

    Raises:
        Busy: another worker is at it, or the database is busy; to be called again.
        NotFound: there is no such delivery.
        Raced: another worker was faster; to be called again.
    """
    way = way or Webhooks()
    if turn.at < job.due:
        queue.send(way.queue, [retry_body(job)], delay=job.due - turn.at)
        return None
    deliveries = DeliveryStore(job.endpoint)
    delivery = deliveries.get(job.created, job.message)
    if delivery is None:
        raise NotFound(f"There is no delivery of message {job.message}.")
    if not delivery.settled and len(delivery.attempts) < job.attempt:
        delivery = claimed(delivery, turn)
        deliveries.replace(delivery)
        delivery = _attempted(delivery, turn, way)
    return _hand_on(delivery, turn, way)


def retry_body(job: Retry) -> dict[str, Any]:
    """Return a later attempt as it stands in the queue."""
    times = {"created": job.created.isoformat(), "due": job.due.isoformat()}
    return {"retry": asdict(job) | times}


def read_retry(body: dict[str, Any]) -> Retry:
    """Read what `retry_body` wrote."""
    job = body["retry"]
    times = {name: datetime.fromisoformat(job[name]) for name in ("created", "due")}
    return Retry(**job | times)


def _attempted(delivery: Delivery, turn: Turn, way: Way) -> Delivery:
    """Make one attempt at a claimed delivery and keep what came of it."""
    try:
        attempt = _attempt(way.post(delivery, turn.at), turn)
    except Unwanted as reason:
        done = abandoned(delivery, str(reason), turn.at)
    else:
        done = concluded(delivery, attempt, turn.chance)
        way.answered(delivery, attempt)
    DeliveryStore(delivery.endpoint).replace(done)
    return done


def _attempt(post: Post, turn: Turn) -> Attempt:
    """Call the receiver once; whatever happens is an attempt."""
    began = time.monotonic()
    try:
        target = read_url(post.url, local=turn.local)
        reply = transport.post(target, post.headers, post.body)
        status, asked, problem = reply.status, reply.retry_after, ""
    except (transport.NotSent, Malformed) as error:
        status, asked, problem = 0, "", str(error)
    milliseconds = round(1000 * (time.monotonic() - began))
    return Attempt(turn.at, status, milliseconds, problem, asked)


def _hand_on(delivery: Delivery, turn: Turn, way: Way) -> Delivery:
    """Queue what follows: the next attempt, or the dead letter that somebody has to read."""
    if not delivery.waits_to_be_handed_on:
        return delivery
    if delivery.status is Status.FAILED:
        queue.send(way.dead_queue, [_dead_letter(delivery)])
    else:
        job = Retry.of(delivery)
        queue.send(way.queue, [retry_body(job)], delay=job.due - turn.at)
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
