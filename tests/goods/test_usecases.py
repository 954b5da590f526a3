"""Recording events: once, completely, by whoever comes first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.epcis.model import BizStep, Event
from chalicelib.errors import Busy, Conflict, KeyReused, Malformed
from chalicelib.goods import usecases
from chalicelib.goods.model import Status
from chalicelib.goods.usecases import AHEAD, ATTEMPTS, Request, record
from chalicelib.ledger.store import read_record
from chalicelib.table.client import client
from tests.builders import START, Stage, actor, event, faults, gln, minute, operation, refused, sscc
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected

IDENTITY = operation(10**6)


@pytest.fixture
def stage(aws: Aws) -> Stage:
    return Stage()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, without sleeping it."""
    slept: list[float] = []
    monkeypatch.setattr(usecases, "time", SimpleNamespace(sleep=slept.append))
    return slept


@contextmanager
def meanwhile(deed: Callable[[], Any]) -> Iterator[None]:
    """Let something else happen between the reads and the write of the next request."""
    waiting = [deed]

    def happen(**_: Any) -> None:
        if waiting:
            waiting.pop()()

    events = client().meta.events
    events.register_first("before-call.dynamodb.TransactWriteItems", happen)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", happen)
    assert not waiting


def dispensing(stage: Stage, number: int = 3) -> Event:
    return event(BizStep.DISPENSING, "acme", 5, epcs=stage.made(20)[:number])


def test_what_was_decided_is_recorded(stage: Stage) -> None:
    made = stage.made(20)
    stage.pack("acme", sscc(1), *made)

    done = stage.ship("acme", "meddist", *made[:3])

    assert not done.replayed
    assert [each.biz_step for each in done.record.events] == [BizStep.UNPACKING, BizStep.SHIPPING]
    found = read_record(done.record.id, stage.numbers())
    assert found is not None
    assert found.event_ids() == done.record.event_ids()
    assert (found.organisation, found.client, found.fingerprint) == ("acme", "acme-client", "f")


def test_the_record_time_is_ours_and_the_event_time_theirs(stage: Stage) -> None:
    (unit,) = stage.made(1)

    done = stage.dispense("acme", unit, at=5, now=minute(500))

    assert done.record.recorded == minute(500)
    assert done.record.events[0].event_time == minute(5)


def test_a_repeat_answers_as_the_first_time_and_changes_nothing(aws: Aws, stage: Stage) -> None:
    wanted = dispensing(stage)
    first = stage.request("acme", IDENTITY, wanted)
    before = aws.snapshot()

    again = stage.request("acme", IDENTITY, wanted, now=minute(900))

    assert again.replayed
    assert again.record.events[0].goods == first.record.events[0].goods
    assert set(again.record.events[0].epcs) == set(first.record.events[0].epcs)
    assert again.record.recorded == first.record.recorded
    assert aws.snapshot() == before


def test_a_repeat_is_known_whatever_has_happened_since(stage: Stage) -> None:
    made = stage.made(20)
    shipped = event(BizStep.SHIPPING, "acme", 5, epcs=made[:2], to="meddist")
    stage.request("acme", IDENTITY, shipped)
    stage.receive("meddist", *made[:2])
    stage.destroy("meddist", *made[:2])

    assert stage.request("acme", IDENTITY, shipped).replayed


def test_one_identity_is_for_one_payload(aws: Aws, stage: Stage) -> None:
    wanted = dispensing(stage)
    stage.request("acme", IDENTITY, wanted)
    before = aws.snapshot()

    for more in ({"fingerprint": "another"}, {"who": "meddist"}):
        who = more.pop("who", "acme")
        assert isinstance(refused(stage.request, who, IDENTITY, wanted, **more), KeyReused)
    assert aws.snapshot() == before


def test_a_refusal_is_not_remembered(stage: Stage) -> None:
    made = stage.made(20)
    wanted = event(BizStep.RECEIVING, "meddist", 9, epcs=made[:1])
    assert isinstance(refused(stage.request, "meddist", IDENTITY, wanted), Conflict)

    stage.ship("acme", "meddist", made[0])

    assert not stage.request("meddist", IDENTITY, wanted).replayed


# --- time


def test_a_senders_clock_may_be_a_little_ahead(stage: Stage) -> None:
    made = stage.made(2)
    now = minute(60)

    assert stage.dispense("acme", made[0], at=now + AHEAD, now=now)
    refusal = refused(
        stage.dispense, "acme", made[1], at=now + AHEAD + timedelta(microseconds=1), now=now
    )
    assert isinstance(refusal, Malformed)
    assert faults(refusal) == {"/eventTime": "in_the_future"}


def test_the_event_from_the_future_is_named(aws: Aws, stage: Stage) -> None:
    made = stage.made(2)
    each = [event(BizStep.DISPENSING, "acme", at, epcs=(made[at - 60],)) for at in (60, 61)]
    late = event(BizStep.DISPENSING, "acme", 90, epcs=(made[1],))
    before = aws.snapshot()

    assert faults(refused(stage.do, "acme", each[0], late, now=minute(60))) == {
        "/items/1/eventTime": "in_the_future"
    }
    request = Request(IDENTITY, "f", actor("acme"), minute(60))
    refusal = refused(record, request, [(late, "/items/0")], stage.numbers(), time_at="/eventTime")
    assert faults(refusal) == {"/eventTime": "in_the_future"}
    assert aws.snapshot() == before


def test_an_event_of_long_ago_is_recorded_late(stage: Stage) -> None:
    (unit,) = stage.made(1)

    done = stage.destroy("acme", unit, at=START - timedelta(days=400), now=minute(60))

    assert done.record.events[0].event_time == START - timedelta(days=400)
    assert [each.kind.name for each in stage.thing(unit).trail] == ["COMMISSIONED", "DESTROYED"]


# --- others at the same goods


def test_who_was_overtaken_on_the_same_page_decides_anew(stage: Stage, naps: list[float]) -> None:
    made = stage.made(20)

    with meanwhile(lambda: stage.dispense("acme", made[1])):
        stage.dispense("acme", made[0])

    assert {stage.where(unit).status for unit in made[:2]} == {Status.DISPENSED}
    assert len(naps) == 1


def test_who_was_overtaken_on_the_same_unit_learns_what_it_is_now(
    stage: Stage, naps: list[float]
) -> None:
    made = stage.made(20)

    with meanwhile(lambda: stage.destroy("acme", made[0])):
        refusal = refused(stage.dispense, "acme", made[0])

    assert (refusal.code, refusal.facts) == ("destroyed", {"state": "destroyed"})


def test_two_of_one_request_at_once_are_one(aws: Aws, stage: Stage, naps: list[float]) -> None:
    wanted = dispensing(stage)

    with meanwhile(lambda: stage.request("acme", IDENTITY, wanted)):
        second = stage.request("acme", IDENTITY, wanted)

    assert second.replayed
    assert len(aws.items("events")) == 2
    assert naps == []


def test_two_requests_under_one_identity_at_once_are_told_apart(stage: Stage) -> None:
    wanted = dispensing(stage)

    with meanwhile(lambda: stage.request("acme", IDENTITY, wanted)):
        refusal = refused(stage.request, "acme", IDENTITY, wanted, fingerprint="another")

    assert isinstance(refusal, KeyReused)


def test_a_crowd_at_the_same_goods_is_told_to_come_back(
    aws: Aws, stage: Stage, naps: list[float]
) -> None:
    wanted = dispensing(stage)
    before = aws.snapshot()

    with injected(dict.fromkeys(range(1, 200), Kind.CONFLICT)) as calls:
        refusal = refused(stage.request, "acme", IDENTITY, wanted)

    assert isinstance(refusal, Busy)
    assert refusal.code == "contended"
    assert calls.made.count("dynamodb.TransactWriteItems") == ATTEMPTS == len(naps)
    assert max(naps) <= 0.2
    assert aws.snapshot() == before


def test_the_events_are_by_the_organisation_that_asks(stage: Stage) -> None:
    done = stage.dispense("acme", stage.made(1)[0])

    assert done.record.events[0].by == gln("acme")
