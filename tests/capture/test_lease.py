"""One worker at a job; when it is killed, its message comes back soon and is taken up."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.capture import lease, usecases
from chalicelib.capture.lease import BEAT, HELD, HIDDEN, alone
from chalicelib.capture.store import JobStore
from chalicelib.capture.worker import captures
from chalicelib.errors import Busy
from chalicelib.goods.model import Status
from chalicelib.goods.staging import OutOfTime
from chalicelib.gs1.keys import Sgtin
from tests.builders import Stage, minute
from tests.capture.test_usecases import FRESH, document
from tests.goods.captures import OUTSIDE, commissioning
from tests.harness.aws import Aws
from tests.harness.faults import Killed, Kind, injected


class Queue:
    """The queue as Lambda sees it."""

    def __init__(self, aws: Aws) -> None:
        self.sqs = aws.client("sqs")
        self.url = self.sqs.get_queue_url(QueueName="packtrail-captures")["QueueUrl"]

    def send(self) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody='{"job":"j1"}')

    def receive(self) -> Any:
        found = self.sqs.receive_message(QueueUrl=self.url, AttributeNames=["All"])
        return found.get("Messages", [None])[0]


def within(seen: Callable[[], Any], seconds: float = 60) -> Any:
    """Return what is seen at last."""
    deadline = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def queue(aws: Aws) -> Iterator[Queue]:
    """A queue whose own time out of sight is far too long to wait for."""
    found = Queue(aws)
    before = found.sqs.get_queue_attributes(
        QueueUrl=found.url, AttributeNames=["VisibilityTimeout"]
    )["Attributes"]
    found.sqs.set_queue_attributes(QueueUrl=found.url, Attributes={"VisibilityTimeout": "5400"})
    yield found
    found.sqs.set_queue_attributes(QueueUrl=found.url, Attributes=before)


@pytest.fixture
def receipt(queue: Queue) -> str:
    queue.send()
    return str(queue.receive()["ReceiptHandle"])


def test_while_one_works_the_others_wait(receipt: str) -> None:
    with alone("j1", receipt):
        with pytest.raises(Busy), alone("j1", receipt):
            pytest.fail("two at once")
        with alone("j2", receipt):
            pass

    with alone("j1", receipt):
        pass


@pytest.mark.parametrize("why", [Busy("no answer"), OutOfTime(1)])
def test_who_puts_a_job_off_frees_it_at_once(receipt: str, why: Exception) -> None:
    with pytest.raises(type(why)), alone("j1", receipt):
        raise why

    with alone("j1", receipt):
        pass


def test_the_lease_of_the_dead_ends_before_their_message_comes_back(
    receipt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 * BEAT < HELD < HIDDEN
    now = minute(0)
    monkeypatch.setattr("chalicelib.clock.now", lambda: now)
    with pytest.raises(Killed), alone("j1", receipt):
        raise Killed
    with pytest.raises(Busy), alone("j1", receipt):
        pytest.fail("it may be alive")
    now += timedelta(seconds=HELD + 1)

    with alone("j1", receipt):
        pass


def test_who_lives_keeps_the_job_and_hides_the_message(
    queue: Queue, receipt: str, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.05)
    (message,) = aws.backend("sqs").queues["packtrail-captures"]._messages

    def until() -> int:
        return next(int(item["until"]) for item in aws.items("directory") if "until" in item)

    with alone("j1", receipt):
        first = message.visible_at, until()
        within(lambda: message.visible_at > first[0] and until() > first[1])
        assert queue.receive() is None


def test_a_sign_of_life_that_fails_is_given_the_next_time(
    receipt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.05)
    beats: list[int] = []
    inner = lease.hide

    def hide(*args: Any) -> None:
        beats.append(1)
        if len(beats) == 2:
            raise Busy("no answer")
        inner(*args)

    monkeypatch.setattr(lease, "hide", hide)

    with alone("j1", receipt):
        within(lambda: len(beats) >= 4)


def test_a_worker_that_is_killed_in_the_middle_is_followed_soon_by_another(
    queue: Queue, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "HELD", 0)
    monkeypatch.setattr(lease, "HIDDEN", 1)
    stage = Stage()
    units = [Sgtin.of(OUTSIDE, f"k{n}") for n in range(300)]
    usecases.accept(FRESH, document(commissioning(units, lot="O-1")))
    first = queue.receive()
    before = aws.save()
    with injected() as calls:
        captures(first["Body"], first["ReceiptHandle"])
    writes = [n for n, call in enumerate(calls.made, 1) if call == "dynamodb.TransactWriteItems"]
    aws.restore(before)
    with injected({writes[2]: Kind.KILLED_AFTER}), pytest.raises(Killed):
        captures(first["Body"], first["ReceiptHandle"])
    assert any("i" in item for item in aws.items("units"))  # staged, and neither true nor settled
    assert aws.items("events") == []

    second = within(queue.receive)
    assert second["MessageId"] == first["MessageId"]
    captures(second["Body"], second["ReceiptHandle"])

    job = JobStore().of("acme", FRESH.id)
    assert (job.running, job.success, job.recorded) == (False, True, 1)
    assert stage.where(units[-1]).status is Status.ACTIVE
    assert len(aws.items("events")) == 1
