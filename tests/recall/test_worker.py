"""What streams and queues bring is understood, and nothing else is."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chalicelib.alerts.usecases import raise_alerts
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Retry
from chalicelib.notify.store.endpoints import EndpointStore
from chalicelib.recall import worker
from chalicelib.recall.model.notice import Told
from tests.alerts.builders import an_alert
from tests.harness.streams import Streams, bad_day
from tests.notify.receiver import Receiver
from tests.recall.builders import ACME, AT, CITYPHARM, CLINIC, LOT, MEDDIST, RURALPHARM
from tests.recall.world import World


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the door's clock stand still."""
    monkeypatch.setattr("chalicelib.clock.now", lambda: AT)


def identify_requests(world: World) -> list[Any]:
    return [json.loads(body) for body in world.aws.messages("recall")]


def test_a_recall_that_was_opened_is_worked_on(world: World) -> None:
    recall = world.opened(LOT)

    world.started()

    assert identify_requests(world) == [{"identify": {"recall": recall.id, "shipper": str(ACME)}}]


def test_an_alert_that_was_raised_is_told(world: World, receiver: Receiver) -> None:
    notify.register(
        receiver.url, ("alert.raised",), operation=UUID(int=1 << 8), fingerprint="f", at=AT,
        local=True, endpoints=EndpointStore("acme"),
    )  # fmt: skip
    raise_alerts([an_alert()])

    world.started()
    ((_, body),) = world.take("notices")
    worker.notices(body)

    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [an_alert().id]


@pytest.mark.parametrize(
    ("name", "pk", "sk"),
    [
        ("MODIFY", "recall#1", "-"),
        ("MODIFY", "alert#1", "-"),
        ("REMOVE", "recall#1", "-"),
        ("INSERT", "recall#1", "leg#9521000000018"),
        ("INSERT", "notices#1#0", "9521000000018#ff"),
        ("INSERT", "org#acme", "recall#2026#1"),
        ("INSERT", "alerts#acme", "2026#1"),
        ("INSERT", "deliveries#1", "2026#m1"),
    ],
)
def test_everything_else_in_the_table_is_passed_over(
    world: World, name: str, pk: str, sk: str
) -> None:
    keys = {"pk": {"S": pk}, "sk": {"S": sk}}

    worker.recall_changed({"eventName": name, "dynamodb": {"Keys": keys}})

    assert identify_requests(world) == []


def test_queued_work_is_done_to_the_end(world: World, receiver: Receiver) -> None:
    world.hook("meddist", receiver.url)
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(ACME, CLINIC, 1)
    recall = world.opened(LOT)
    world.started()
    receiver.answers = [500]

    for message_id, body in world.take("recall"):
        worker.recall_work(body, message_id)
    for _, body in world.take("notices"):
        worker.notices(body)

    statuses = {name: notice.status for name, notice in world.notices(recall).items()}
    assert statuses == {"meddist": Told.PENDING, str(CLINIC): Told.UNREACHABLE}
    (again,) = world.aws.messages("notices")
    job = notify.read_retry(json.loads(again))
    assert timedelta(seconds=5) <= job.due - AT <= timedelta(seconds=6)


def test_a_later_attempt_is_made_when_it_is_due(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = world.hook("meddist", receiver.url)
    world.delivered(ACME, MEDDIST, 10)
    recall = world.opened(LOT)
    receiver.answers = [500]
    world.work()
    notice = world.notices(recall)["meddist"]
    job = Retry("meddist", endpoint.id, f"{notice.id}-1", AT, 2, AT + timedelta(seconds=5))

    worker.notices(json.dumps(notify.retry_body(job)))
    assert len(receiver.requests) == 1

    monkeypatch.setattr("chalicelib.clock.now", lambda: AT + timedelta(seconds=5))
    worker.notices(json.dumps(notify.retry_body(job)))
    assert world.notices(recall)["meddist"].status is Told.DELIVERED


@pytest.mark.parametrize("seed", range(3))
def test_on_a_bad_day_everybody_is_told_once(world: World, receiver: Receiver, seed: int) -> None:
    import app

    for name in ("meddist", "citypharm", "ruralpharm"):
        world.hook(name, receiver.url)
    world.delivered(ACME, MEDDIST, 10)
    for party in (CITYPHARM, RURALPHARM):
        world.delivered(MEDDIST, party, 3)
    world.delivered(CITYPHARM, CLINIC, 1)
    streams = Streams(world.aws, app.app, bad_day(seed))
    recall = world.opened(LOT)

    streams.settle_later()

    told = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert len(told) == len(set(told)) == 3
    assert world.notices(recall)["meddist"].status is Told.DELIVERED
    pharmacies = world.notices(recall, MEDDIST).values()
    assert {notice.status for notice in pharmacies} == {Told.DELIVERED}
    (clinic,) = world.notices(recall, CITYPHARM).values()
    assert clinic.status is Told.UNREACHABLE
    assert world.aws.messages("recall-dead") == world.aws.messages("notices-dead") == []
