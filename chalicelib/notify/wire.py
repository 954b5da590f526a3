"""Bodies and answers about webhooks."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.http.fields import AnswerModel, Body, InstantField
from chalicelib.notify.address import MOST_CHARACTERS
from chalicelib.notify.model.delivery import Attempt, Delivery
from chalicelib.notify.model.endpoint import Endpoint

UrlField = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_CHARACTERS),
    Field(
        description="https, port 443, an address on the public Internet; no redirect is followed.",
        examples=["https://hooks.meddist.example/packtrail"],
    ),
]
TypeField = Literal["recall.notice", "alert.raised", "suspicion.notice"]


class WebhookBody(Body):
    """An address that wants to be told."""

    url: UrlField
    types: list[TypeField] = Field(min_length=1, max_length=10)


class WebhookAnswer(AnswerModel):
    """A registered address."""

    id: str
    url: str
    types: tuple[str, ...]
    created: InstantField
    disabled: str | None = Field(description="Why nothing is sent any more; null while it works.")

    @classmethod
    def of(cls, endpoint: Endpoint) -> "WebhookAnswer":
        """Show an endpoint, without its secret."""
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            types=endpoint.types,
            created=endpoint.created,
            disabled=endpoint.disabled or None,
        )


class NewWebhookAnswer(WebhookAnswer):
    """A registered address with its secret, which is not shown again."""

    secret: str = Field(description="Signs every message (Standard Webhooks 1.0, symmetric).")


class WebhooksAnswer(AnswerModel):
    """All addresses of the organisation, twenty at most."""

    webhooks: tuple[WebhookAnswer, ...]
    next: str | None = None


class SecretAnswer(AnswerModel):
    """A new secret; the one before signs beside it for a day."""

    id: str
    secret: str


class AttemptAnswer(AnswerModel):
    """One try."""

    at: InstantField
    status: int | None = Field(description="HTTP status; null when there was no answer.")
    milliseconds: int
    problem: str | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptAnswer":
        """Show an attempt."""
        return cls(
            at=attempt.at,
            status=attempt.status or None,
            milliseconds=attempt.milliseconds,
            problem=attempt.problem or None,
        )


class DeliveryAnswer(AnswerModel):
    """One message to one address."""

    message: str = Field(description="The `webhook-id` of every attempt.")
    type: str
    created: InstantField
    status: Literal["pending", "delivered", "failed"]
    due: InstantField | None = Field(description="Of the next attempt; null when none follows.")
    reason: str | None = Field(description="Why it failed.")
    attempts: tuple[AttemptAnswer, ...]

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryAnswer":
        """Show a delivery."""
        return cls(
            message=delivery.message,
            type=delivery.type,
            created=delivery.created,
            status=delivery.status.value,
            due=None if delivery.settled else delivery.due,
            reason=delivery.reason or None,
            attempts=tuple(map(AttemptAnswer.of, delivery.attempts)),
        )


class DeliveriesAnswer(AnswerModel):
    """Deliveries to one address, newest first."""

    deliveries: tuple[DeliveryAnswer, ...]
    next: str | None = None
