"""Which records get onto which lists."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ledger.store import RecordItem
from chalicelib.query.subscriptions import hearing
from chalicelib.query.subscriptions.hearing import Hearing, tell_body
from chalicelib.query.subscriptions.store import pending
from chalicelib.stream import from_stream
from tests.harness.faults import injected
from tests.harness.network import AT, Network
from tests.query.subscriptions.builders import ACME
from tests.query.subscriptions.world import body_of, named


class Anywhere:
    """In the place of a receiver: nothing is sent in these tests."""

    url = "https://epcis.example.com/heard"


def subscribed(network: Network, name: str = "mine", **query: Any) -> str:
    path = named(network, name, **query)
    return str(network.post("acme-quality", path, body_of(Anywhere()))["subscriptionID"])


def heard(network: Network) -> None:
    """Hear of everything that was recorded, in one batch."""
    here = Hearing()
    for record in network.aws.records("events"):
        here.add(RecordItem.from_raw_data(from_stream(record["dynamodb"]["NewImage"])))
    here.write()


def listed(subscription: str) -> int:
    return len(pending(subscription, limit=100).items)


def test_a_record_is_listed_once_however_often_it_is_heard_of(network: Network) -> None:
    mine = subscribed(network)
    network.packed(network.commissioned(2))

    heard(network)
    heard(network)

    assert listed(mine) == 2
    assert network.aws.messages("subscriptions")[0] == (
        f'{{"tell":{{"gln":"9521000000018","id":"{mine}"}}}}'
    )


def test_a_record_that_cannot_match_is_not_listed(network: Network) -> None:
    packing = subscribed(network, EQ_bizStep=["packing"])
    other = subscribed(network, "other", EQ_disposition=["in_transit"])
    network.packed(network.commissioned(2))

    heard(network)

    assert (listed(packing), listed(other)) == (1, 0)


def test_what_was_recorded_before_a_subscription_is_not_listed(network: Network) -> None:
    network.commissioned(1)
    network.now += timedelta(seconds=1)
    mine = subscribed(network)

    heard(network)

    assert listed(mine) == 0


def test_a_batch_costs_one_read_for_all_and_nothing_where_nobody_subscribed(
    network: Network,
) -> None:
    for unit in network.commissioned(10):
        network.packed([unit])
    with injected({}) as calls:
        heard(network)
    assert calls.made == ["dynamodb.BatchGetItem"]

    subscribed(network)
    with injected({}) as calls:
        heard(network)
    told = ["dynamodb.BatchGetItem", "dynamodb.BatchWriteItem", "sqs.SendMessageBatch"]
    assert [each for each in calls.made if "Url" not in each] == told


@pytest.mark.parametrize("run", [None, AT])
def test_a_message_says_whose_list_is_told(run: Any) -> None:
    body = tell_body(ACME, "one", run)["tell"]

    assert body == {"gln": str(ACME), "id": "one"} | ({"run": AT.isoformat()} if run else {})
    assert hearing.QUEUE == "subscriptions"
