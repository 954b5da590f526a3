"""What was recorded before a subscription was heard of."""

from datetime import timedelta

import pytest

from chalicelib import stream
from chalicelib.query.subscriptions import catching_up
from chalicelib.query.subscriptions.catching_up import catch_up
from tests.harness.faults import Kind
from tests.harness.network import AT, Network
from tests.notify.receiver import Receiver
from tests.query.subscriptions.builders import ACME
from tests.query.subscriptions.world import (
    body_of,
    named,
    settle,
    steps,
    subscribed,
    survived,
    tick,
)


def test_what_was_recorded_before_is_told_from_the_time_that_was_asked(
    network: Network, receiver: Receiver
) -> None:
    units = network.commissioned(2)
    network.now += timedelta(hours=1)
    network.packed(units)
    settle(network)
    network.now += timedelta(hours=1)
    since = (AT + timedelta(minutes=30)).isoformat()
    subscribed(network, receiver, initialRecordTime=since)
    assert receiver.requests == []

    tick(network)
    tick(network)

    assert steps(receiver) == {"packing": 1}


def test_it_goes_through_the_index_stretch_by_stretch_and_tells_nothing_twice(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "ROWS", 3)
    for unit in network.commissioned(8):
        network.packed([unit])
    settle(network)
    network.now += timedelta(hours=1)
    subscribed(network, receiver, initialRecordTime=AT.isoformat())
    units = network.commissioned(1)  # by stream and index alike

    settle(network)
    tick(network)
    settle(network)

    assert len(units) == 1
    assert steps(receiver) == {"commissioning": 2, "packing": 8}


def test_what_a_query_cannot_find_is_not_listed(network: Network, receiver: Receiver) -> None:
    network.packed(network.commissioned(1))
    settle(network)
    network.now += timedelta(hours=1)
    query = {"EQ_bizStep": ["packing"]}
    subscribed(network, receiver, query=query, initialRecordTime=AT.isoformat())

    stream.schedule()
    (body,) = network.aws.taken("subscriptions")
    stream.subscriptions(
        {"Records": [{"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {}}]}
    )

    listed = [each for each in network.aws.items("directory") if "pending#" in each["pk"]]
    assert len(listed) == 1


def test_by_the_clock_the_first_run_tells_what_was_before(
    network: Network, receiver: Receiver
) -> None:
    network.commissioned(1)
    settle(network)
    network.now += timedelta(hours=1)
    subscribed(network, receiver, schedule={"minute": "*"}, initialRecordTime=AT.isoformat())

    tick(network)
    tick(network)

    assert steps(receiver) == {"commissioning": 1}


def test_what_is_asked_from_later_on_is_not_told_before(
    network: Network, receiver: Receiver
) -> None:
    later = (AT + timedelta(hours=1)).isoformat()
    subscribed(network, receiver, initialRecordTime=later)
    units = network.commissioned(1)
    tick(network)
    network.now += timedelta(hours=2)
    network.packed(units)
    tick(network)

    assert steps(receiver) == {"packing": 1}


def test_a_deleted_subscription_does_not_catch_up(network: Network) -> None:
    catch_up(ACME, "nobody", None)

    assert network.aws.messages("subscriptions") == []


def test_a_query_that_can_no_longer_be_read_stops_its_subscription_alone(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = subscribed(network, receiver)
    other = named(network, "other", EQ_bizStep=["packing"])
    network.post("acme-quality", other, body_of(receiver))
    from chalicelib.errors import QueryParameter
    from chalicelib.query.subscriptions import model

    usual = model.asked

    def picky(query: str) -> object:
        if query == "{}":
            raise QueryParameter("found a word of before, expected another")
        return usual(query)

    monkeypatch.setattr(model, "asked", picky)
    network.packed(network.commissioned(1))
    settle(network)

    assert steps(receiver) == {"packing": 1}
    assert "cannot be read" in network.get("acme-quality", path)["disabled"]


def test_whatever_call_goes_wrong_it_catches_up_and_tells_once(
    network: Network, receiver: Receiver
) -> None:
    network.packed(network.commissioned(1))
    settle(network)
    network.now += timedelta(hours=1)
    subscribed(network, receiver, initialRecordTime=AT.isoformat())
    stream.schedule()
    saved, number = network.aws.save(), 0
    hit = ["begin"]
    while hit:
        hit, number = [], number + 1
        for kind in (Kind.LOST, Kind.KILLED_BEFORE):
            network.aws.restore(saved)
            receiver.requests.clear()
            hit += survived(network, None, number, kind)
            different = {headers["webhook-id"] for headers, _ in receiver.requests}
            assert len(different) == 1, (number, kind)
            assert steps(receiver) == {"commissioning": 1, "packing": 1}, (number, kind)
    assert number > 10
