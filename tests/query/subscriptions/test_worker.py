"""What the clock and the queue bring."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.errors import Busy
from chalicelib.query.subscriptions import worker
from chalicelib.query.subscriptions.store import SubscriptionStore, due
from tests.harness.faults import Case, survives_everything
from tests.harness.network import AT, Network
from tests.notify.receiver import Receiver
from tests.query.subscriptions.builders import ACME
from tests.query.subscriptions.world import subscribed

MINUTE = timedelta(minutes=1)


def test_work_that_meets_something_busy_is_put_off_and_then_given_back(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> None:
        raise Busy("not now")

    monkeypatch.setattr(worker, "tell", busy)
    work = {"tell": {"gln": str(ACME), "id": "one"}}

    worker.subscriptions(json.dumps(work))

    assert list(map(json.loads, network.aws.messages("subscriptions"))) == [work | {"tries": 1}]
    with pytest.raises(Busy):
        worker.subscriptions(json.dumps(work | {"tries": worker.MOST_TRIES}))


def test_what_is_due_is_queued_once_for_its_run(network: Network, receiver: Receiver) -> None:
    path = subscribed(network, receiver, schedule={"minute": "*"})
    network.now += MINUTE

    worker.run_due()
    worker.run_due()

    first, message = map(json.loads, network.aws.messages("subscriptions"))
    assert first == {"catchUp": {"gln": str(ACME), "id": message["tell"]["id"], "after": None}}
    assert message["tell"]["id"] == path.rpartition("/")[2]
    assert message["tell"]["run"] == (AT + MINUTE).isoformat()


def test_a_run_of_a_deleted_subscription_is_forgotten(network: Network, receiver: Receiver) -> None:
    subscribed(network, receiver, schedule={"minute": "*"})
    SubscriptionStore(ACME).change(lambda _: [])
    network.now += MINUTE

    worker.run_due()

    assert network.aws.messages("subscriptions") == []
    assert due(AT + timedelta(days=9), limit=10) == []


def test_more_than_one_look_takes_what_is_due(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "AT_ONCE", 1)
    subscribed(network, receiver, schedule={"minute": "*"})
    subscribed(network, receiver, "meddist-quality", schedule={"minute": "*"})
    network.now += MINUTE

    worker.run_due()

    assert len(network.aws.messages("subscriptions")) == 4
    assert len(due(network.now + MINUTE, limit=10)) == 2


def test_the_clock_survives_every_fault(network: Network, receiver: Receiver) -> None:
    subscribed(network, receiver, schedule={"minute": "*"})
    network.now += MINUTE

    def act() -> Any:
        worker.run_due()
        return [when for when, *_ in due(AT + timedelta(days=1), limit=10)]

    case = Case("clock", act, atomic=False)
    assert survives_everything(case, network.aws) >= 4
