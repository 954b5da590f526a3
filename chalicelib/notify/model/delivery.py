"""Deliveries: one message to one endpoint, who sends it, and when to try again.

A delivery is claimed under a lease before anything is sent, so two workers never send it at the
same time; what the receiver may still get twice carries the same `webhook-id` both times.

Source: Standard Webhooks 1.0.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from chalicelib.errors import Busy, Conflict
from chalicelib.notify.model.endpoint import Endpoint
from chalicelib.notify.model.message import Message

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Wait after the first, second, … failed attempt (Standard Webhooks 1.0, Deliverability)."""

JITTER = 0.2
"""Largest share by which a wait is stretched, so that what failed together is not retried so."""

LEASE = timedelta(seconds=60)
"""How long a claim holds: longer than an attempt, shorter than a queue hides its message."""


class Status(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try.

    Attributes:
        at: when it began.
        status: HTTP status of the answer; 0 when there was none.
        milliseconds: how long it took.
        problem: why it did not reach the receiver or was not accepted; empty when it was.
        retry_after: what the receiver asked for, as it wrote it.
    """

    at: datetime
    status: int
    milliseconds: int
    problem: str = ""
    retry_after: str = ""

    @property
    def accepted(self) -> bool:
        """Only 2xx is success; a redirect is a failure."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """410: the receiver wants nothing more, ever."""
        return self.status == 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one endpoint.

    Attributes:
        message: id of the message.
        endpoint: id of the endpoint.
        organisation: whose endpoint it is.
        type: of the message.
        created: when the message came to be.
        body: exactly what is signed and sent, or of what its way makes that.
        status: how far it is.
        attempts: all that were made, oldest first.
        due: when the next one may be made.
        holder: who claimed it last.
        leased: until when the claim holds; None when nobody is at it.
        handed_on: of how many attempts the consequence, a later try or the dead letter, is queued.
        reason: why it failed.
        version: counts changes.
    """

    message: str
    endpoint: str
    organisation: str
    type: str
    created: datetime
    body: str
    status: Status
    attempts: tuple[Attempt, ...]
    due: datetime
    holder: str
    leased: datetime | None
    handed_on: int = 0
    reason: str = ""
    version: int = 1

    @property
    def settled(self) -> bool:
        """Nothing more will be sent."""
        return self.status is not Status.PENDING

    @property
    def waits_to_be_handed_on(self) -> bool:
        """A later try, or the dead letter, may not have been queued yet."""
        return self.status is not Status.DELIVERED and self.handed_on < len(self.attempts)


@dataclass(frozen=True, slots=True)
class Turn:
    """One worker's turn at one piece of work.

    Attributes:
        at: now.
        holder: unique to this turn; tells our own claim from somebody else's.
        chance: 0 ≤ chance < 1, drawn anew.
        local: whether addresses on this machine may be called.
    """

    at: datetime
    holder: str
    chance: float
    local: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """A later attempt that waits in the queue.

    Attributes:
        organisation: whose endpoint it is.
        endpoint: id of the endpoint.
        message: id of the message.
        created: when the message came to be.
        attempt: which attempt this is, counted from 1.
        due: not to be made before.
    """

    organisation: str
    endpoint: str
    message: str
    created: datetime
    attempt: int
    due: datetime

    @classmethod
    def of(cls, delivery: "Delivery") -> "Retry":
        """Return the attempt that comes next."""
        return cls(
            organisation=delivery.organisation,
            endpoint=delivery.endpoint,
            message=delivery.message,
            created=delivery.created,
            attempt=len(delivery.attempts) + 1,
            due=delivery.due,
        )


def begun(message: Message, endpoint: Endpoint, turn: Turn) -> Delivery:
    """Return a new delivery, claimed by the one who begins it."""
    return held(
        message.id,
        endpoint=endpoint.id,
        organisation=endpoint.organisation,
        kind=message.type,
        created=message.created,
        body=message.body(),
        turn=turn,
    )


def held(
    message: str,
    *,
    endpoint: str,
    organisation: str,
    kind: str,
    created: datetime,
    body: str,
    turn: Turn,
) -> Delivery:
    """Return a new delivery of whatever family, claimed by the one who begins it."""
    return Delivery(
        message=message,
        endpoint=endpoint,
        organisation=organisation,
        type=kind,
        created=created,
        body=body,
        status=Status.PENDING,
        attempts=(),
        due=turn.at,
        holder=turn.holder,
        leased=turn.at + LEASE,
    )


def claimed(delivery: Delivery, turn: Turn) -> Delivery:
    """Return the delivery in the hands of whose turn it is.

    Raises:
        Busy: somebody else is at it; their lease says until when.
        Conflict: nothing more is to be sent.
    """
    if delivery.settled:
        raise Conflict(f"The delivery is {delivery.status} already.", code="settled")
    if delivery.leased is not None and turn.at < delivery.leased:
        raise Busy("Another worker is sending this message.", code="in_hand")
    leased = turn.at + LEASE
    return replace(delivery, holder=turn.holder, leased=leased, version=delivery.version + 1)


def concluded(delivery: Delivery, attempt: Attempt, chance: float) -> Delivery:
    """Return the delivery after an attempt: delivered, due again, or failed.

    Args:
        delivery: claimed.
        attempt: what came of it.
        chance: 0 ≤ chance < 1, anew for each attempt.
    """
    attempts = (*delivery.attempts, attempt)
    left = replace(delivery, attempts=attempts, leased=None, version=delivery.version + 1)
    if attempt.accepted:
        return replace(left, status=Status.DELIVERED)
    if attempt.gone:
        return replace(left, status=Status.FAILED, reason="the endpoint answered 410 Gone")
    wait = next_wait(len(attempts), chance, retry_after(attempt.retry_after, attempt.at))
    if wait is None:
        return replace(left, status=Status.FAILED, reason=f"gave up after {len(attempts)} attempts")
    return replace(left, due=attempt.at + wait)


def abandoned(delivery: Delivery, reason: str, at: datetime) -> Delivery:
    """Return the delivery failed for good, without a further try."""
    return replace(
        delivery,
        attempts=(*delivery.attempts, Attempt(at, 0, 0, reason)),
        status=Status.FAILED,
        reason=reason,
        leased=None,
        version=delivery.version + 1,
    )


def handed_on(delivery: Delivery) -> Delivery:
    """Return the delivery with its consequence, a later try or the dead letter, queued."""
    return replace(delivery, handed_on=len(delivery.attempts), version=delivery.version + 1)


def next_wait(attempts: int, chance: float, asked: timedelta | None = None) -> timedelta | None:
    """Return how long to wait after so many failed attempts, or None to give up.

    Args:
        attempts: made so far, at least 1.
        chance: 0 ≤ chance < 1, stretches the wait by up to a fifth.
        asked: what the receiver asked for; the longer of both, a day at most.

    >>> next_wait(1, 0.5)
    datetime.timedelta(seconds=5, microseconds=500000)
    >>> next_wait(10, 0.5) is None
    True
    """
    if attempts > len(DELAYS):
        return None
    wait = DELAYS[attempts - 1] * (1 + JITTER * chance)
    return max(wait, min(asked or timedelta(), DELAYS[-1]))


def retry_after(text: str, at: datetime) -> timedelta | None:
    """Read a `Retry-After` (RFC 9110, 10.2.3): whole seconds, or an instant; None if unreadable.

    >>> retry_after("120", datetime(2026, 11, 23, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 86_400))
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(instant - at, timedelta())
