"""The doors for subscriptions."""

from typing import Any

import pytest

from tests.harness.network import Network
from tests.notify.receiver import Receiver
from tests.query.subscriptions.world import TOKEN, settle

WHO = "acme-quality"
PATH = "/queries/mine/subscriptions"
BODY = {"dest": "https://epcis.example.com/heard", "signatureToken": TOKEN, "stream": True}


@pytest.fixture(autouse=True)
def query(network: Network) -> None:
    network.post(WHO, "/queries", {"name": "mine", "query": {"EQ_bizStep": ["shipping"]}})


def test_a_subscription_is_made_shown_listed_and_ended(network: Network) -> None:
    made = network.ask(WHO, "POST", PATH, BODY)
    where = made.headers["Location"]

    assert (made.status, where) == (201, f"{PATH}/{made['subscriptionID']}")
    assert made.body == {
        "subscriptionID": made["subscriptionID"],
        "queryName": "mine",
        "dest": BODY["dest"],
        "stream": True,
        "initialRecordTime": "2026-11-23T09:30:00.000Z",
        "minRecordTime": "2026-11-23T09:30:00.000Z",
        "createdAt": "2026-11-23T09:30:00.000Z",
        "epcFormat": "Always_GS1_Digital_Link",
    }
    assert made.headers["GS1-Query-Min-Record-Time"] == "2026-11-23T09:30:00.000Z"
    assert network.get(WHO, where).body == made.body
    assert network.get(WHO, PATH).body == [made.body]
    assert network.ask("meddist-quality", "GET", where).status == 404
    assert network.ask(WHO, "DELETE", where).status == 204
    assert network.get(WHO, PATH).body == []
    gone = network.ask(WHO, "GET", where)
    assert (gone.status, gone["type"]) == (404, "epcisException:NoSuchResourceException")


def test_subscriptions_come_in_pages(network: Network) -> None:
    made = [network.post(WHO, PATH, BODY)["subscriptionID"] for _ in range(3)]

    first = network.get(WHO, f"{PATH}?perPage=2")
    query = first.headers["Link"].partition("<")[2].partition(">")[0]
    second = network.get(WHO, f"{PATH}{query}")

    assert [each["subscriptionID"] for each in [*first.body, *second.body]] == made
    assert "Link" not in second.headers


def test_every_resource_says_what_it_can_do(network: Network) -> None:
    for path, methods in (
        (PATH, "GET HEAD OPTIONS POST"),
        (f"{PATH}/1", "DELETE GET HEAD OPTIONS"),
    ):
        told = network.send("OPTIONS", path, {}, None)
        assert told.status == 204
        assert sorted(told.headers["Allow"].split(", ")) == methods.split()


@pytest.mark.parametrize(
    "change",
    [
        {"stream": None},
        {"stream": False},
        {"schedule": {"minute": "5"}},
        {"stream": None, "schedule": {}},
        {"stream": None, "schedule": {"minute": "61"}},
        {"stream": None, "schedule": {"second": "0/30"}},
        {"stream": None, "schedule": {"second": "0,30"}},
        {"stream": None, "schedule": {"second": "*"}},
        {"stream": None, "schedule": {"week": "1"}},
        {"stream": None, "schedule": {"dayOfMonth": "31", "month": "2"}},
        {"reportIfEmpty": True},
    ],
    ids=str,
)
def test_exactly_one_of_stream_and_a_schedule_that_can_be_kept_is_asked_for(
    network: Network, change: dict[str, Any]
) -> None:
    refused = network.ask(WHO, "POST", PATH, BODY | change)

    assert refused.status == 400
    assert refused["type"] == "epcisException:SubscriptionControlsException"
    assert "expected" in refused["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"dest": "http://epcis.example.com/"}, "/dest"),
        ({"dest": "https://169.254.169.254/latest"}, "/dest"),
        ({"dest": "https://epcis.example.com:8443/"}, "/dest"),
        ({"signatureToken": "short"}, "/signatureToken"),
        ({"initialRecordTime": "yesterday"}, "/initialRecordTime"),
        ({"secret": "x"}, "/secret"),
    ],
    ids=str,
)
def test_another_body_is_refused(network: Network, change: dict[str, Any], pointer: str) -> None:
    refused = network.ask(WHO, "POST", PATH, BODY | change)

    assert (refused.status, refused["type"]) == (400, "epcisException:ValidationException")
    assert [each["pointer"] for each in refused["errors"]] == [pointer]


def test_an_unknown_query_has_no_subscriptions(network: Network) -> None:
    for method, body in (("POST", BODY), ("GET", None)):
        refused = network.ask(WHO, method, "/queries/other/subscriptions", body)
        assert (refused.status, refused["type"]) == (404, "epcisException:NoSuchNameException")


def test_a_role_without_messages_may_not_subscribe(network: Network) -> None:
    assert network.ask("acme-line", "POST", PATH, BODY).status == 403


def test_forgetting_a_query_ends_its_subscriptions_and_no_others(network: Network) -> None:
    network.post(WHO, "/queries", {"name": "other", "query": {}})
    kept = network.post(WHO, "/queries/other/subscriptions", BODY).headers["Location"]
    ended = network.post(WHO, PATH, BODY).headers["Location"]

    assert network.ask(WHO, "DELETE", "/queries/mine").status == 204

    network.post(WHO, "/queries", {"name": "mine", "query": {"EQ_bizStep": ["shipping"]}})
    assert network.ask(WHO, "GET", ended).status == 404
    assert network.ask(WHO, "GET", kept).status == 200


def test_a_websocket_is_not_offered(network: Network) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}

    refused = network.ask(WHO, "GET", "/queries/mine/events?stream=true", headers=headers)

    assert (refused.status, refused["type"]) == (501, "epcisException:ImplementationException")


def test_what_was_sent_is_shown_with_every_attempt(network: Network, receiver: Receiver) -> None:
    receiver.answers = [500]
    body = BODY | {"dest": receiver.url}
    made = network.post(WHO, "/queries", {"name": "all", "query": {}})
    made = network.post(WHO, f"{made.headers['Location']}/subscriptions", body)
    network.commissioned(1)
    settle(network)

    path = f"/v1/subscriptions/{made['subscriptionID']}/deliveries"
    (sent,) = network.get(WHO, path)["deliveries"]

    assert (sent["type"], sent["status"]) == ("epcis.results", "pending")
    assert [attempt["status"] for attempt in sent["attempts"]] == [500]
    assert network.ask("meddist-quality", "GET", path).status == 404
