"""Messages reach their receivers: signed, once per attempt, until accepted or given up."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chalicelib.errors import Busy, Conflict, KeyReused, Malformed, NotFound, Raced
from chalicelib.notify import usecases
from chalicelib.notify.model.delivery import LEASE, Delivery, Retry, Status, Turn, begun
from chalicelib.notify.model.endpoint import Endpoint
from chalicelib.notify.model.message import Message
from chalicelib.notify.signing import secret
from chalicelib.notify.store.deliveries import DeliveryStore, deliveries_of
from chalicelib.notify.store.endpoints import EndpointStore
from tests.harness.aws import Aws
from tests.harness.faults import injected
from tests.notify.receiver import Receiver

ENDPOINTS = EndpointStore("meddist")
OPERATION = UUID("00000000-0000-8000-8000-000000000100")


def registered(url: str, at: datetime, operation: UUID = OPERATION, **changes: Any) -> Endpoint:
    wanted = {"types": ("recall.notice",), "fingerprint": "f", "local": True} | changes
    endpoint, _ = usecases.register(url, operation=operation, at=at, endpoints=ENDPOINTS, **wanted)
    return endpoint


def a_message(at: datetime) -> Message:
    return Message("m1", "meddist", "recall.notice", "/v1/recalls/r1", at, {"recall": "r1"})


def a_turn(at: datetime, seconds: float = 0, holder: str = "w1") -> Turn:
    return Turn(at + timedelta(seconds=seconds), holder, 0.0, local=True)


def queued(aws: Aws, queue: str = "notices") -> list[Any]:
    return [json.loads(body) for body in aws.messages(queue)]


def test_a_webhook_is_kept_and_its_secret_is_not(aws: Aws, at: datetime) -> None:
    endpoint = registered("https://meddist.example/hook", at)

    assert ENDPOINTS.get(endpoint.id) == endpoint
    assert EndpointStore("citypharm").all() == []
    stored = json.dumps(aws.items("directory"), default=str)
    assert secret(endpoint.seeds[0].text) not in stored


def test_a_repeated_registration_answers_as_the_first(aws: Aws, at: datetime) -> None:
    first = registered("https://meddist.example/hook", at)
    later = at + timedelta(hours=1)

    again, replayed = usecases.register(
        first.url,
        first.types,
        operation=OPERATION,
        fingerprint="f",
        at=later,
        local=True,
        endpoints=ENDPOINTS,
    )

    assert (again, replayed) == (first, True)


def test_a_repeat_does_not_bring_a_deleted_webhook_back(aws: Aws, at: datetime) -> None:
    endpoint = registered("https://meddist.example/hook", at)
    usecases.remove(endpoint.id, endpoints=ENDPOINTS)

    registered("https://meddist.example/hook", at)

    assert ENDPOINTS.all() == []


def test_a_webhook_is_removed_once_and_again_changes_nothing(aws: Aws, at: datetime) -> None:
    endpoint = registered("https://meddist.example/hook", at)
    usecases.remove(endpoint.id, endpoints=ENDPOINTS)
    before = aws.snapshot()

    usecases.remove(endpoint.id, endpoints=ENDPOINTS)

    assert aws.snapshot() == before
    with pytest.raises(NotFound, match="There is no such webhook"):
        ENDPOINTS.get(endpoint.id)
    with pytest.raises(NotFound, match="There is no such webhook"):
        usecases.remove("0" * 32, endpoints=ENDPOINTS)
    with pytest.raises(NotFound, match="There is no such webhook"):
        usecases.remove(endpoint.id, endpoints=EndpointStore("citypharm"))


def test_one_key_registers_one_webhook(aws: Aws, at: datetime) -> None:
    registered("https://meddist.example/hook", at)

    with pytest.raises(KeyReused):
        registered("https://meddist.example/other", at, fingerprint="g")


def test_an_organisation_has_twenty_webhooks_at_most(aws: Aws, at: datetime) -> None:
    made = [
        registered("https://meddist.example/hook", at, UUID(int=OPERATION.int + 256 * n))
        for n in range(20)
    ]

    with pytest.raises(Conflict, match="Found 20 webhooks, expected fewer than 20"):
        registered("https://meddist.example/hook", at, UUID(int=OPERATION.int - 256))

    registered("https://meddist.example/hook", at)  # a repeat still answers
    usecases.remove(made[3].id, endpoints=ENDPOINTS)
    registered("https://meddist.example/hook", at, UUID(int=OPERATION.int - 256))


def test_an_address_inside_is_refused_and_nothing_is_kept(aws: Aws, at: datetime) -> None:
    with pytest.raises(Malformed):
        registered("https://169.254.169.254/latest/", at)

    assert ENDPOINTS.all() == []


def test_a_message_arrives_signed_as_a_cloud_event(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)

    delivery = usecases.send(a_message(at), endpoint, a_turn(at))

    assert delivery.status is Status.DELIVERED
    assert [attempt.status for attempt in delivery.attempts] == [204]
    assert receiver.verified(secret(OPERATION.hex)) == [json.loads(a_message(at).body())]
    headers, _ = receiver.requests[0]
    assert headers["webhook-id"] == "m1"
    assert headers["content-type"] == "application/cloudevents+json"
    assert queued(aws) == []


def test_a_message_that_was_delivered_is_not_sent_again(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    first = usecases.send(a_message(at), endpoint, a_turn(at))

    again = usecases.send(a_message(at), endpoint, a_turn(at, 500, "w2"))

    assert again == first
    assert len(receiver.requests) == 1


def test_both_secrets_sign_while_they_overlap(aws: Aws, at: datetime, receiver: Receiver) -> None:
    made = registered(receiver.url, at)
    newer = UUID(int=OPERATION.int + 256)
    rotated, _ = usecases.rotate(made.id, operation=newer, at=at, endpoints=ENDPOINTS)

    usecases.send(a_message(at), rotated, a_turn(at))

    assert receiver.verified(secret(OPERATION.hex)) == receiver.verified(secret(newer.hex))
    again = usecases.rotate(made.id, operation=newer, at=at, endpoints=ENDPOINTS)
    assert again == (rotated, True)


def test_a_failure_is_tried_again_when_it_is_due(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [500]

    delivery = usecases.send(a_message(at), endpoint, a_turn(at))

    job = Retry.of(delivery)
    assert (job.attempt, job.due) == (2, at + timedelta(seconds=5))
    assert queued(aws) == [usecases.retry_body(job)]
    assert usecases.read_retry(queued(aws)[0]) == job

    done = usecases.retry(job, a_turn(at, 5))

    assert done is not None
    assert (done.status, len(done.attempts)) == (Status.DELIVERED, 2)
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == ["m1", "m1"]
    assert len({body for _, body in receiver.requests}) == 1


def test_an_attempt_that_is_not_due_is_put_back_and_not_made(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    registered(receiver.url, at)
    job = Retry("meddist", OPERATION.hex, "m1", at, 6, at + timedelta(hours=5))

    assert usecases.retry(job, a_turn(at)) is None

    assert queued(aws) == [usecases.retry_body(job)]
    assert receiver.requests == []


def test_a_redirect_is_a_failure(aws: Aws, at: datetime, receiver: Receiver) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [(302, {"Location": receiver.url})]

    delivery = usecases.send(a_message(at), endpoint, a_turn(at))

    assert delivery.status is Status.PENDING
    assert len(receiver.requests) == 1


def test_a_receiver_that_asks_for_time_gets_it(aws: Aws, at: datetime, receiver: Receiver) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [(429, {"Retry-After": "3600"})]

    delivery = usecases.send(a_message(at), endpoint, a_turn(at))

    assert delivery.due == at + timedelta(hours=1)


def test_410_disables_the_endpoint_and_leaves_a_dead_letter(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [410]

    delivery = usecases.send(a_message(at), endpoint, a_turn(at))

    assert delivery.status is Status.FAILED
    assert ENDPOINTS.get(endpoint.id).disabled == "it answered 410 Gone"
    assert not ENDPOINTS.get(endpoint.id).wants("recall.notice")
    assert queued(aws, "notices-dead") == [
        {
            "dead": {
                "organisation": "meddist",
                "endpoint": endpoint.id,
                "message": "m1",
                "type": "recall.notice",
                "reason": "the endpoint answered 410 Gone",
                "attempts": 1,
            }
        }
    ]


def test_after_ten_attempts_there_is_a_dead_letter(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [500] * 10
    turn = a_turn(at)
    delivery = usecases.send(a_message(at), endpoint, turn)

    while delivery.status is Status.PENDING:
        again = usecases.retry(Retry.of(delivery), replace(turn, at=delivery.due))
        assert again is not None
        delivery = again

    assert delivery.reason == "gave up after 10 attempts"
    assert len(receiver.requests) == 10
    assert delivery.attempts[-1].at - at == timedelta(hours=75, minutes=35, seconds=5)
    assert len(queued(aws, "notices-dead")) == 1


def test_what_waits_for_a_deleted_endpoint_is_given_up(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [500]
    job = Retry.of(usecases.send(a_message(at), endpoint, a_turn(at)))
    usecases.remove(endpoint.id, endpoints=ENDPOINTS)

    done = usecases.retry(job, a_turn(at, 5))

    assert done is not None
    assert (done.status, done.reason) == (Status.FAILED, "the endpoint was deleted")
    assert len(receiver.requests) == 1


def test_what_waits_for_a_disabled_endpoint_is_given_up(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [500, 410]
    job = Retry.of(usecases.send(a_message(at), endpoint, a_turn(at)))
    usecases.send(replace(a_message(at), id="m2"), endpoint, a_turn(at))

    done = usecases.retry(job, a_turn(at, 5))

    assert done is not None
    assert (done.status, done.reason) == (Status.FAILED, "the endpoint is disabled")


def test_an_endpoint_that_is_deleted_while_it_says_gone_stays_deleted(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    usecases.remove(endpoint.id, endpoints=ENDPOINTS)
    receiver.answers = [410]

    usecases.send(a_message(at), endpoint, a_turn(at))

    assert ENDPOINTS.all() == []


def test_what_is_handed_on_twice_at_once_is_noted_once(
    aws: Aws, at: datetime, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [500]
    send = usecases.queue.send

    def beside(*given: Any, **named: Any) -> int:
        standing = DeliveryStore(endpoint.id).get(at, "m1")
        assert standing is not None
        DeliveryStore(endpoint.id).replace(replace(standing, version=standing.version + 1))
        return send(*given, **named)

    monkeypatch.setattr(usecases.queue, "send", beside)

    delivery = usecases.send(a_message(at), endpoint, a_turn(at))

    assert delivery.waits_to_be_handed_on
    assert len(queued(aws)) == 1


def test_an_address_that_is_no_longer_allowed_is_a_failed_attempt(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)

    delivery = usecases.send(a_message(at), endpoint, replace(a_turn(at), local=False))

    assert delivery.attempts[0].status == 0
    assert delivery.attempts[0].problem.startswith("found a URL that is not encrypted")
    assert receiver.requests == []


def test_nobody_sends_beside_a_worker_that_is_at_it(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    deliveries = DeliveryStore(endpoint.id)
    deliveries.create(begun(a_message(at), endpoint, a_turn(at, holder="w1")))

    with pytest.raises(Busy, match="Another worker is sending this message"):
        usecases.send(a_message(at), endpoint, a_turn(at, 1, "w2"))
    assert receiver.requests == []

    # It died: its claim runs out, and the message is sent after all.
    done = usecases.send(a_message(at), endpoint, a_turn(at, LEASE.total_seconds(), "w2"))
    assert done.status is Status.DELIVERED


def test_of_sixteen_workers_one_sends(aws: Aws, at: datetime, receiver: Receiver) -> None:
    endpoint = registered(receiver.url, at)

    def work(number: int) -> None:
        with suppress(Busy, Raced):
            usecases.send(a_message(at), endpoint, a_turn(at, holder=f"w{number}"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))

    assert len(receiver.requests) == 1
    delivered = deliveries_of("m1", at, [endpoint.id])[endpoint.id]
    assert delivered.status is Status.DELIVERED


def killed_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die after so many further steps that leave a trace."""
    left = [calls]

    class Killed(BaseException):
        pass

    def counted(step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return step(*args, **kwargs)

        return run

    monkeypatch.setattr(DeliveryStore, "create", counted(DeliveryStore.create))
    monkeypatch.setattr(DeliveryStore, "replace", counted(DeliveryStore.replace))
    monkeypatch.setattr(usecases.transport, "post", counted(usecases.transport.post))
    monkeypatch.setattr(usecases.queue, "send", counted(usecases.queue.send))


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("answer", [204, 500, 410])
def test_a_worker_that_dies_anywhere_is_followed_by_one_that_finishes(
    aws: Aws,
    at: datetime,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
    answer: int,
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [answer, answer]
    with monkeypatch.context() as patched:
        killed_after(steps, patched)
        with suppress(BaseException):
            usecases.send(a_message(at), endpoint, a_turn(at, holder="w1"))

    done = usecases.send(a_message(at), endpoint, a_turn(at, 400, "w2"))

    assert (
        done.status is {204: "delivered", 500: "pending", 410: "failed"}[answer]
        or str(done.status) == {204: "delivered", 500: "pending", 410: "failed"}[answer]
    )
    assert len(done.attempts) == 1
    assert 1 <= len(receiver.requests) <= 2
    follow = {204: None, 500: "notices", 410: "notices-dead"}[answer]
    if follow:
        assert 1 <= len(queued(aws, follow)) <= 2
        assert done.handed_on == 1


def test_a_repeated_queue_message_does_not_multiply(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    receiver.answers = [500, 500]
    job = Retry.of(usecases.send(a_message(at), endpoint, a_turn(at)))

    usecases.retry(job, a_turn(at, 5))
    usecases.retry(job, a_turn(at, 6, "w2"))
    usecases.retry(job, a_turn(at, 7, "w3"))

    assert len(receiver.requests) == 2
    assert [body["retry"]["attempt"] for body in queued(aws)] == [2, 3]


def test_a_retry_of_nothing_is_an_error(aws: Aws, at: datetime) -> None:
    with pytest.raises(NotFound, match="There is no delivery of message m9"):
        usecases.retry(Retry("meddist", "e9", "m9", at, 2, at), a_turn(at))


def test_two_endpoints_that_fail_do_not_disturb_each_other(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    one = registered(receiver.url, at)
    other = registered(receiver.url, at, UUID(int=OPERATION.int + 256))
    receiver.answers = [410]

    failed = usecases.send(a_message(at), one, a_turn(at))
    delivered = usecases.send(a_message(at), other, a_turn(at))

    assert (failed.status, delivered.status) == (Status.FAILED, Status.DELIVERED)


def test_many_messages_are_sent_at_once(aws: Aws, at: datetime, receiver: Receiver) -> None:
    endpoint = registered(receiver.url, at)
    work = [(replace(a_message(at), id=f"m{number}"), endpoint) for number in range(60)]
    receiver.answers = [500]

    with injected() as calls:
        outcomes = usecases.send_all(work, a_turn(at))

    statuses = [outcome.status for outcome in outcomes if isinstance(outcome, Delivery)]
    assert sorted(statuses) == [Status.DELIVERED] * 59 + [Status.PENDING]
    assert len(receiver.requests) == 60
    assert calls.made.count("dynamodb.TransactWriteItems") == 1
    assert calls.made.count("dynamodb.PutItem") == 61
    assert usecases.send_all([], a_turn(at)) == []


def test_of_many_those_that_were_sent_are_not_sent_again(
    aws: Aws, at: datetime, receiver: Receiver
) -> None:
    endpoint = registered(receiver.url, at)
    work = [(replace(a_message(at), id=f"m{number}"), endpoint) for number in range(5)]
    usecases.send(*work[2], a_turn(at))
    other = replace(a_message(at), id="m4")
    DeliveryStore(endpoint.id).create(begun(other, endpoint, a_turn(at, holder="w9")))

    outcomes = usecases.send_all(work, a_turn(at, 1, "w2"))

    assert len(receiver.requests) == 4
    assert [isinstance(outcome, Busy) for outcome in outcomes] == [False] * 4 + [True]
