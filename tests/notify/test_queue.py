"""Bodies arrive in the queue, ten to a request, or the sender hears of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import Busy
from chalicelib.notify import queue
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected


def test_every_body_arrives(aws: Aws) -> None:
    bodies = [{"n": n, "text": "ä"} for n in range(23)]

    assert queue.send("recall", bodies) == 23

    assert [json.loads(body) for body in aws.messages("recall")] == bodies


def test_nothing_to_send_is_no_request(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_client", lambda: pytest.fail("called"))

    assert queue.send("recall", []) == 0


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (timedelta(seconds=-3), 0),
        (timedelta(), 0),
        (timedelta(milliseconds=1), 1),
        (timedelta(seconds=5.5), 6),
        (timedelta(hours=24), 900),
    ],
)
def test_a_delay_is_rounded_up_and_cut_to_a_quarter_of_an_hour(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, delay: timedelta, seconds: int
) -> None:
    asked: list[Any] = []
    client = Client(asked, failing=0)
    monkeypatch.setattr(queue, "_client", lambda: client)
    monkeypatch.setattr(queue, "_url", lambda name: name)

    queue.send("notices", [{}], delay=delay)

    assert [entry["DelaySeconds"] for entry in asked[0]] == [seconds]


class Client:
    """Refuses the second entry of the first requests."""

    def __init__(self, asked: list[Any], failing: int) -> None:
        self.asked = asked
        self.failing = failing

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request["Entries"])
        if len(self.asked) > self.failing:
            return {"Successful": []}
        return {"Failed": [{"Id": "1"}]}


def test_only_what_was_refused_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    client = Client(asked, failing=2)
    monkeypatch.setattr(queue, "_client", lambda: client)
    monkeypatch.setattr(queue, "_url", lambda name: name)

    queue.send("notices", [{"n": 0}, {"n": 1}, {"n": 2}])

    assert [[entry["Id"] for entry in entries] for entries in asked] == [
        ["0", "1", "2"],
        ["1"],
        ["1"],
    ]


def test_a_queue_that_refuses_for_ever_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client([], failing=99)
    monkeypatch.setattr(queue, "_client", lambda: client)
    monkeypatch.setattr(queue, "_url", lambda name: name)

    with pytest.raises(Busy, match="The queue is busy"):
        queue.send("notices", [{"n": 0}, {"n": 1}])


@pytest.mark.parametrize(
    "kind", [Kind.THROTTLED, Kind.FAILED_AFTER, Kind.REFUSED, Kind.LOST, Kind.PARTIAL]
)
@pytest.mark.parametrize("retries", [False, True])
def test_what_sqs_does_wrong_once_is_busy_or_made_good(aws: Aws, kind: Kind, retries: bool) -> None:
    queue.send("recall", [{"n": 0}])  # its address is known from now on
    with injected({1: kind}, retries=retries) as calls:
        try:
            queue.send("recall", [{"n": 1}, {"n": 2}])
        except Busy:
            queue.send("recall", [{"n": 1}, {"n": 2}])

    assert calls.hit
    assert {json.loads(body)["n"] for body in aws.messages("recall")} == {0, 1, 2}


def test_a_queue_that_is_not_there_is_a_bug(aws: Aws) -> None:
    with pytest.raises(ClientError):
        queue.send("nosuch", [{}])
