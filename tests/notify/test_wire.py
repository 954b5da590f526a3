"""Answers show an endpoint and its deliveries, and no secret."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from chalicelib.notify.model.delivery import Attempt, Turn, begun, concluded
from chalicelib.notify.model.endpoint import Endpoint, Seed
from chalicelib.notify.model.message import Message
from chalicelib.notify.wire import DeliveryAnswer, WebhookAnswer, WebhookBody


def an_endpoint(at: datetime) -> Endpoint:
    url = "https://meddist.example/hook"
    return Endpoint("e1", "meddist", url, ("recall.notice",), (Seed("s1"),), at, "f")


def test_an_endpoint_is_shown_without_what_its_secret_is_made_of(at: datetime) -> None:
    shown = WebhookAnswer.of(an_endpoint(at).without("it answered 410 Gone"))

    assert shown.model_dump(mode="json") == {
        "id": "e1",
        "url": "https://meddist.example/hook",
        "types": ["recall.notice"],
        "created": "2026-11-23T09:30:00.000Z",
        "disabled": "it answered 410 Gone",
    }


def test_a_delivery_is_shown_with_its_attempts(at: datetime) -> None:
    told = Message("m1", "meddist", "recall.notice", "/", at, {})
    waiting = concluded(
        begun(told, an_endpoint(at), Turn(at, "w", 0.0)), Attempt(at, 0, 7, "no answer"), 0.0
    )
    done = concluded(waiting, Attempt(at, 204, 5), 0.0)

    first = DeliveryAnswer.of(waiting)
    assert (first.status, first.due) == ("pending", at + timedelta(seconds=5))
    last = DeliveryAnswer.of(done)
    assert (last.status, last.due, last.reason) == ("delivered", None, None)
    assert [(a.status, a.problem) for a in last.attempts] == [(None, "no answer"), (204, None)]


@pytest.mark.parametrize("types", [[], ["unit.shipped"], ["recall.notice"] * 11])
def test_only_known_types_can_be_subscribed(types: list[str]) -> None:
    with pytest.raises(ValidationError):
        WebhookBody.model_validate({"url": "https://a.example/", "types": types})
