"""Telling subscribers: each event once, to whom it belongs, whatever goes wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from chalicelib import stream
from chalicelib.directory.clients import ClientStore
from chalicelib.errors import QueryTooComplex
from chalicelib.query.subscriptions import delivering
from tests.harness.aws import Saved
from tests.harness.faults import PAIRS, Kind
from tests.harness.network import Network
from tests.harness.streams import Streams, bad_day
from tests.notify.receiver import Receiver
from tests.query.subscriptions.world import (
    TOKEN,
    body_of,
    documents,
    events,
    later,
    named,
    recorded,
    settle,
    steps,
    subscribed,
    survived,
    tick,
)


def test_an_event_is_told_as_it_comes_in_a_signed_document_of_results(
    network: Network, receiver: Receiver
) -> None:
    path = subscribed(network, receiver, query={"EQ_bizStep": ["shipping"]})
    case = network.packed(network.commissioned(3))
    network.shipped([case], "acme", "meddist")

    settle(network)

    (document,) = documents(receiver)
    results = document["epcisBody"]["queryResults"]
    assert document["type"] == "EPCISQueryDocument"
    assert (results["queryName"], path) == (
        "mine",
        f"/queries/mine/subscriptions/{results['subscriptionID']}",
    )
    (event,) = results["resultsBody"]["eventList"]
    assert (
        event
        == network.get("acme-line", f"/events/{event['eventID']}")["epcisBody"]["queryResults"][
            "resultsBody"
        ]["eventList"][0]
    )
    ((headers, body),) = receiver.requests
    assert headers["content-type"] == "application/json"
    assert receiver.verified(_webhook_secret()) == [json.loads(body)]
    shown = network.get("acme-quality", path)
    assert shown["lastNotifiedAt"] == "2026-11-23T09:30:00.000Z"


def _webhook_secret() -> str:
    from base64 import b64encode

    secret = "whsec_" + b64encode(TOKEN.encode()).decode()
    assert Webhook(secret)
    return secret


def test_each_organisation_is_told_of_its_own_events_alone(
    network: Network, receiver: Receiver
) -> None:
    subscribed(network, receiver, "meddist-quality")
    case = network.packed(network.commissioned(2))
    network.delivered([case], "acme", "meddist")

    settle(network)

    assert steps(receiver) == {"shipping": 1, "receiving": 1}


def test_epcs_are_matched_in_the_whole_event(network: Network, receiver: Receiver) -> None:
    one, other, *_ = network.commissioned(3)
    network.now += timedelta(seconds=1)  # what was recorded before is not told
    subscribed(network, receiver, query={"MATCH_anyEPC": [one]})

    network.packed([one])
    network.packed([other])
    settle(network)

    (event,) = events(receiver)
    assert event["childEPCs"] == [one]


def test_many_events_are_told_together(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(network, receiver)
    for unit in network.commissioned(30):
        network.packed([unit])

    settle(network)

    assert steps(receiver) == {"commissioning": 1, "packing": 30}
    assert len(receiver.requests) <= 4  # of 4 lanes of the stream


def test_what_one_message_of_the_queue_cannot_do_another_goes_on_with(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.query.subscriptions.store.AT_ONCE", 2)
    monkeypatch.setattr(delivering, "DELIVERIES", 2)
    subscribed(network, receiver)
    for unit in network.commissioned(20):
        network.packed([unit])

    settle(network)

    assert steps(receiver) == {"commissioning": 1, "packing": 20}


def test_a_delivery_has_so_many_epcs_at_most_unless_one_record_has_more(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "EPCS", 5)
    subscribed(network, receiver, query={"EQ_bizStep": ["packing"]})
    units = network.commissioned(12)
    for at in range(0, 12, 3):
        network.packed(units[at : at + 3])

    settle(network)

    assert steps(receiver) == {"packing": 4}
    assert len(receiver.requests) == 4


def test_a_delivery_of_a_stream_has_no_more_events_than_the_query_may_find(
    network: Network, receiver: Receiver
) -> None:
    subscribed(network, receiver, query={"maxEventCount": 2})
    for unit in network.commissioned(4):
        network.packed([unit])

    settle(network)

    assert steps(receiver) == {"commissioning": 1, "packing": 4}
    assert max(len(_told(body)) for _, body in receiver.requests) == 2


def test_what_cannot_be_judged_is_told_as_a_problem_once(
    network: Network, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(*_: Any) -> bool:
        raise QueryTooComplex("found more places than are looked through, expected fewer")

    monkeypatch.setattr(delivering, "matches", too_many)
    subscribed(network, receiver)
    network.packed(network.commissioned(1))

    settle(network)
    settle(network)

    problems = documents(receiver)
    assert {each["type"] for each in problems} == {"epcisException:QueryTooComplexException"}
    assert len(problems) <= 2  # of as many lanes of the stream


@pytest.mark.parametrize("seed", range(4))
def test_streams_that_repeat_themselves_tell_nothing_twice(
    network: Network, receiver: Receiver, seed: int
) -> None:
    import app

    subscribed(network, receiver)
    for unit in network.commissioned(8):
        network.packed([unit])

    Streams(network.aws, app.app, bad_day(seed)).settle()

    assert steps(receiver) == {"commissioning": 1, "packing": 8}


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_whatever_call_goes_wrong_each_event_is_told_once(
    network: Network, receiver: Receiver, pair: tuple[Kind, Kind]
) -> None:
    subscribed(network, receiver)
    network.packed(network.commissioned(1))
    batch, saved = recorded(network), network.aws.save()

    def told() -> bool:
        different = {headers["webhook-id"] for headers, _ in receiver.requests}
        return len(different) == 1 and steps(receiver) == {"commissioning": 1, "packing": 1}

    assert _faults(network, receiver, batch, saved, pair, told) > 12


def _faults(
    network: Network,
    receiver: Receiver,
    batch: dict[str, Any] | None,
    saved: Saved,
    pair: tuple[Kind, Kind],
    told: Callable[[], bool],
) -> int:
    """Let every call go wrong in both ways of a pair, one by one; return how many there are."""
    for number in range(1, 100):
        hit: list[str] = []
        for kind in pair:
            network.aws.restore(saved)
            receiver.requests.clear()
            hit += survived(network, batch, number, kind)
            assert told(), (number, kind, hit)
        if not hit:
            return number
    raise AssertionError("a hundred calls and no end")


def test_a_receiver_that_fails_gets_it_again_and_then_what_came_meanwhile_together(
    network: Network, receiver: Receiver
) -> None:
    receiver.answers = [500]
    subscribed(network, receiver, query={"EQ_bizStep": ["packing"]})
    units = network.commissioned(3)
    network.packed([units[0]])
    settle(network)
    network.packed([units[1]])
    network.packed([units[2]])
    settle(network)
    assert [len(_told(body)) for _, body in receiver.requests] == [1]

    later(network)

    assert sorted(len(_told(body)) for _, body in receiver.requests) == [1, 1, 2]
    assert steps(receiver) == {"packing": 3}


def _told(body: str) -> list[object]:
    found: list[object] = json.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def test_a_receiver_that_wants_nothing_more_gets_nothing_more(
    network: Network, receiver: Receiver
) -> None:
    receiver.answers = [410]
    path = subscribed(network, receiver)
    units = network.commissioned(2)
    settle(network)
    network.packed(units)
    settle(network)

    assert len(receiver.requests) == 1
    assert network.get("acme-quality", path)["disabled"] == "it answered 410 Gone"


def test_a_revoked_client_is_told_nothing_more(network: Network, receiver: Receiver) -> None:
    path = subscribed(network, receiver)
    ClientStore().revoke("acme-quality", network.now)

    network.commissioned(1)
    settle(network)

    assert receiver.requests == []
    assert network.get("acme-admin", path)["disabled"] == "its client was revoked"


def test_a_deleted_subscription_is_told_nothing_more(network: Network, receiver: Receiver) -> None:
    receiver.answers = [500]
    path = subscribed(network, receiver)
    units = network.commissioned(1)
    settle(network)

    assert network.ask("acme-quality", "DELETE", path).status == 204
    network.packed(units)
    later(network)

    assert len(receiver.requests) == 1  # and no later attempt
    assert [each for each in network.aws.items("directory") if "pending#" in each["pk"]] == []


def test_without_a_token_nothing_is_signed(network: Network, receiver: Receiver) -> None:
    path = named(network)
    body = {"dest": receiver.url, "stream": True}
    network.post("acme-quality", path, body)
    network.commissioned(1)
    settle(network)

    ((headers, _),) = receiver.requests
    assert "webhook-id" in headers
    assert {"gs1-signature", "webhook-signature"}.isdisjoint(headers)


def test_epcs_are_spelled_as_the_subscriber_asked(network: Network, receiver: Receiver) -> None:
    path = named(network)
    urns = {"GS1-EPC-Format": "Always_EPC_URN"}
    made = network.ask("acme-quality", "POST", path, body_of(receiver), headers=urns)
    network.commissioned(1)
    settle(network)

    (event,) = events(receiver)
    assert made["epcFormat"] == "Always_EPC_URN"
    assert event["epcList"][0].startswith("urn:epc:id:sgtin:")


# --- by the clock


def test_a_schedule_tells_what_was_recorded_since_its_last_run(
    network: Network, receiver: Receiver
) -> None:
    path = subscribed(network, receiver, schedule={"minute": "*"})
    tick(network)
    assert receiver.requests == []
    case = network.packed(network.commissioned(2))
    settle(network)
    assert receiver.requests == []

    tick(network)
    tick(network)

    assert steps(receiver) == {"commissioning": 1, "packing": 1}
    assert len(receiver.requests) == 1
    network.shipped([case], "acme", "meddist")
    settle(network)
    tick(network)
    assert steps(receiver) == {"commissioning": 1, "packing": 1, "shipping": 1}
    shown = network.ask("acme-quality", "GET", path)
    assert shown["minRecordTime"] == shown.headers["GS1-Query-Min-Record-Time"]
    assert shown["minRecordTime"] == "2026-11-23T09:34:00.000Z"


def test_a_run_that_is_repeated_tells_nothing_twice(network: Network, receiver: Receiver) -> None:
    subscribed(network, receiver, schedule={"minute": "*"}, reportIfEmpty=True)
    network.commissioned(1)
    settle(network)
    network.now += timedelta(minutes=1)
    saved = network.aws.save()

    stream.schedule()
    _, body = network.aws.messages("subscriptions")
    network.aws.restore(saved)
    for _ in range(3):
        assert stream.subscriptions(_queued(body)) == {"batchItemFailures": []}

    assert len(receiver.requests) == 1


def _queued(body: str) -> dict[str, object]:
    return {"Records": [{"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {}}]}


def test_a_run_that_found_nothing_is_told_if_that_was_asked(
    network: Network, receiver: Receiver
) -> None:
    subscribed(network, receiver, schedule={"minute": "31"}, reportIfEmpty=True)
    tick(network)
    tick(network)

    (document,) = documents(receiver)
    assert document["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []


def test_missed_runs_are_one_run(network: Network, receiver: Receiver) -> None:
    subscribed(network, receiver, schedule={"minute": "*"}, reportIfEmpty=True)

    tick(network, network.now + timedelta(hours=3))

    assert len(receiver.requests) == 1


def test_a_run_that_finds_too_much_is_told_as_a_problem_and_drops_what_it_found(
    network: Network, receiver: Receiver
) -> None:
    subscribed(network, receiver, query={"maxEventCount": 2}, schedule={"minute": "*"})
    units = network.commissioned(3)
    for unit in units:
        network.packed([unit])
    settle(network)
    tick(network)

    (problem,) = documents(receiver)
    assert (problem["type"], problem["status"]) == ("epcisException:QueryTooLargeException", 413)
    network.shipped([network.packed(network.commissioned(1))], "acme", "meddist")
    settle(network)
    tick(network)
    assert documents(receiver)[1:] == [documents(receiver)[1]]
    assert documents(receiver)[1]["type"] == "epcisException:QueryTooLargeException"
    tick(network)
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("pair", PAIRS, ids=str)
@pytest.mark.parametrize("most", [None, 1])
def test_whatever_call_of_a_run_goes_wrong_it_is_told_once(
    network: Network, receiver: Receiver, pair: tuple[Kind, Kind], most: int | None
) -> None:
    query = {} if most is None else {"maxEventCount": most}
    subscribed(network, receiver, query=query, schedule={"minute": "*"}, reportIfEmpty=True)
    network.packed(network.commissioned(1))
    settle(network)
    network.now += timedelta(minutes=1)
    stream.schedule()
    saved = network.aws.save()

    def told() -> bool:
        different = {headers["webhook-id"] for headers, _ in receiver.requests}
        return len(different) == 1 and len(events(receiver)) == (2 if most is None else 0)

    assert _faults(network, receiver, None, saved, pair, told) > 8
