"""What is sent to subscribers."""

import json

import pytest

from chalicelib.directory.clients import ClientStore
from chalicelib.notify.model.delivery import Attempt, Turn
from chalicelib.notify.ways import Unwanted
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.store import SubscriptionStore, states
from chalicelib.query.subscriptions.way import Results, ToSubscribers, begun
from tests.harness.network import AT, Network
from tests.notify.receiver import Receiver
from tests.query.subscriptions.builders import ACME, a_subscription
from tests.query.subscriptions.world import subscribed

TURN = Turn(AT, "w1", 0.5, True)


def test_of_what_a_delivery_is_made_comes_back_as_it_was() -> None:
    results = Results([("a", [0, 2])], problem="x")

    assert Results.read(results.write()) == results


def test_every_attempt_sends_the_same_bytes(network: Network) -> None:
    record = network.post(
        "acme-line",
        "/v1/packing",
        {"parent": network.sscc(), "children": network.commissioned(3)},
    )["eventId"].removeprefix("urn:uuid:")
    subscription = a_subscription()
    delivery = begun(subscription, Results([(record, [0])]), "m1", TURN)
    way = ToSubscribers(subscription)

    first = way.post(delivery, AT)

    assert first.body == way.post(delivery, AT.replace(year=2027)).body
    (event,) = json.loads(first.body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert len(event["childEPCs"]) == 3


def test_a_problem_is_sent_as_one() -> None:
    subscription = a_subscription()
    delivery = begun(subscription, Results(problem='{"status":413}'), "m1", TURN)

    post = ToSubscribers(subscription).post(delivery, AT)

    assert post.headers["Content-Type"] == "application/problem+json"
    assert post.body == b'{"status":413}'


def test_what_a_receiver_answers_is_noted(network: Network, receiver: Receiver) -> None:
    (standing,) = _standing(network, receiver)
    delivery, way = begun(standing, Results(), "m1", TURN), ToSubscribers(standing)

    way.answered(delivery, Attempt(AT, 204, 1))
    assert states([standing.id])[standing.id].notified == AT
    way.answered(delivery, Attempt(AT, 410, 1))
    (stopped,) = SubscriptionStore(ACME).all()
    assert stopped.disabled == "it answered 410 Gone"
    with pytest.raises(Unwanted, match="disabled"):
        ToSubscribers().post(delivery, AT)


def test_a_later_attempt_asks_who_is_still_there(network: Network, receiver: Receiver) -> None:
    (standing,) = _standing(network, receiver)
    delivery = begun(standing, Results(), "m1", TURN)
    assert ToSubscribers().post(delivery, AT).url == receiver.url

    ClientStore().revoke("acme-quality", AT)
    with pytest.raises(Unwanted, match="revoked"):
        ToSubscribers().post(delivery, AT)
    SubscriptionStore(ACME).change(lambda _: [])
    with pytest.raises(Unwanted, match="deleted"):
        ToSubscribers().post(delivery, AT)


def _standing(network: Network, receiver: Receiver) -> list[Subscription]:
    subscribed(network, receiver)
    return SubscriptionStore(ACME).all()
