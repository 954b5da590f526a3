"""Deliveries come back as they were kept, and have one who sends them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.errors import Raced
from chalicelib.notify.model.delivery import Attempt, Delivery, Turn, begun, concluded, handed_on
from chalicelib.notify.model.endpoint import Endpoint, Seed
from chalicelib.notify.model.message import Message
from chalicelib.notify.store.deliveries import DeliveryStore, begin_together, deliveries_of
from tests.harness.aws import Aws
from tests.harness.faults import injected


def an_endpoint(at: datetime, endpoint_id: str = "e1") -> Endpoint:
    seeds = (Seed("s2"), Seed("s1", at + timedelta(hours=24)))
    url = "https://meddist.example/hook"
    return Endpoint(endpoint_id, "meddist", url, ("recall.notice",), seeds, at, "f", version=1)


def a_delivery(at: datetime, message: str = "m1") -> Delivery:
    told = Message(message, "meddist", "recall.notice", "/v1/recalls/r1", at, {"recall": "r1"})
    return begun(told, an_endpoint(at), Turn(at, "w1", 0.0))


def test_a_delivery_comes_back_as_it_was(aws: Aws, at: datetime) -> None:
    deliveries = DeliveryStore("e1")

    assert deliveries.create(a_delivery(at)) == a_delivery(at)
    assert deliveries.get(at, "m1") == a_delivery(at)
    attempt = Attempt(at, 503, 12, "", "120")
    done = concluded(a_delivery(at), attempt, 0.0)
    deliveries.replace(done)
    deliveries.replace(handed_on(done))
    assert deliveries.get(at, "m1") == handed_on(done)
    assert deliveries.get(at, "m2") is None


def test_the_first_to_begin_a_delivery_has_it(aws: Aws, at: datetime) -> None:
    deliveries = DeliveryStore("e1")
    deliveries.create(a_delivery(at))

    standing = deliveries.create(replace(a_delivery(at), holder="w2"))

    assert standing.holder == "w1"


def test_our_own_change_whose_answer_was_lost_is_no_conflict(aws: Aws, at: datetime) -> None:
    deliveries = DeliveryStore("e1")
    deliveries.create(a_delivery(at))
    done = concluded(a_delivery(at), Attempt(at, 204, 12), 0.0)
    deliveries.replace(done)

    deliveries.replace(done)

    with pytest.raises(Raced):
        deliveries.replace(replace(done, holder="w2"))


def test_the_log_is_newest_first_and_goes_on(aws: Aws, at: datetime) -> None:
    deliveries = DeliveryStore("e1")
    for minutes in (3, 1, 2):
        deliveries.create(a_delivery(at + timedelta(minutes=minutes), f"m{minutes}"))
    DeliveryStore("e2").create(replace(a_delivery(at), endpoint="e2"))

    first, last = deliveries.page(after=None, limit=2)
    rest, end = deliveries.page(after=last, limit=2)

    assert [each.message for each in first + rest] == ["m3", "m2", "m1"]
    assert end is None


def test_deliveries_of_a_message_are_found_by_endpoint(aws: Aws, at: datetime) -> None:
    DeliveryStore("e1").create(a_delivery(at))

    assert deliveries_of("m1", at, ["e1", "e2"]) == {"e1": a_delivery(at)}
    assert deliveries_of("m1", at, []) == {}


def test_many_begin_together(aws: Aws, at: datetime) -> None:
    wanted = [replace(a_delivery(at), endpoint=f"e{number}") for number in range(120)]

    with injected() as calls:
        assert begin_together(wanted) == [True] * 120

    assert calls.made == ["dynamodb.TransactWriteItems"] * 2
    assert DeliveryStore("e7").get(at, "m1") == wanted[7]
    assert begin_together([]) == []


def test_one_that_was_begun_keeps_its_hundred_from_beginning(aws: Aws, at: datetime) -> None:
    wanted = [replace(a_delivery(at), endpoint=f"e{number}") for number in range(120)]
    DeliveryStore("e110").create(replace(wanted[110], holder="w2"))

    assert begin_together(wanted) == [True] * 100 + [False] * 20

    assert DeliveryStore("e105").get(at, "m1") is None
    standing = DeliveryStore("e110").get(at, "m1")
    assert standing is not None
    assert standing.holder == "w2"
