"""How messages to registered endpoints are sent; `test_usecases` sends them."""

from datetime import datetime
from uuid import UUID

import pytest

from chalicelib.notify.model.delivery import Attempt, Turn, begun
from chalicelib.notify.model.endpoint import Endpoint
from chalicelib.notify.model.message import Message
from chalicelib.notify.store.endpoints import EndpointStore
from chalicelib.notify.usecases import register, remove
from chalicelib.notify.ways import Unwanted, Webhooks
from tests.harness.aws import Aws

OPERATION = UUID("00000000-0000-8000-8000-000000000100")


@pytest.fixture
def endpoint(aws: Aws, at: datetime) -> Endpoint:
    made, _ = register(
        "https://hooks.example.com/",
        ("recall.notice",),
        operation=OPERATION,
        fingerprint="f",
        at=at,
        local=True,
        endpoints=EndpointStore("meddist"),
    )
    return made


def test_a_message_goes_to_its_endpoint_signed(endpoint: Endpoint, at: datetime) -> None:
    delivery = begun(_message(at), endpoint, Turn(at, "w1", 0.5))

    post = Webhooks().post(delivery, at)

    assert (post.url, post.body) == (endpoint.url, delivery.body.encode())
    assert post.headers["webhook-id"] == "m1"
    assert post == Webhooks(endpoint).post(delivery, at)


def test_an_endpoint_that_is_gone_gets_nothing(endpoint: Endpoint, at: datetime) -> None:
    delivery = begun(_message(at), endpoint, Turn(at, "w1", 0.5))
    way = Webhooks()
    way.post(delivery, at)
    way.answered(delivery, Attempt(at, 410, 1))

    with pytest.raises(Unwanted, match="disabled"):
        Webhooks().post(delivery, at)
    remove(endpoint.id, endpoints=EndpointStore("meddist"))
    with pytest.raises(Unwanted, match="deleted"):
        Webhooks().post(delivery, at)


def _message(at: datetime) -> Message:
    return Message("m1", "meddist", "recall.notice", "/x", at, {"recall": "r1"})
