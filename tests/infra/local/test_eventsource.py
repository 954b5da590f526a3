"""The threads around the rules: that they start, wake, go on after trouble, drain and stop."""

import threading
import time

import pytest
from chalice.app import Cron

from infra.local.checkpoints import Checkpoints
from infra.local.eventsource import EventSources
from infra.local.streams import lane_of


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "checkpoints.json")


@pytest.fixture
def running(app, stack, checkpoints, monkeypatch):
    """Start the stand-in's event sources."""
    # The harness lets one call into moto at a time, and a long poll would keep all others out.
    monkeypatch.setattr("infra.local.eventsource._LONG_POLL_SECONDS", 0)
    started = []

    def running(**options):
        sources = EventSources.of(app.app, stack, checkpoints=checkpoints, **options)
        sources.start()
        started.append(sources)
        return sources

    yield running
    for sources in started:
        sources.stop()


def test_what_is_written_arrives_within_the_drain(app, running, put):
    sources = running()
    for n in range(20):
        put("events", f"e{n}")

    assert sources.stop(drain=10)
    assert sorted(app.events) == sorted(f"e{n}" for n in range(20))


def test_a_wake_up_brings_a_record_at_once(app, running, put, monkeypatch):
    monkeypatch.setattr("infra.local.eventsource._IDLE_SECONDS", 60)
    arrived = threading.Event()
    app.on_event = lambda record: arrived.set()
    sources = running()
    put("events", "e1")
    sources.wake()

    assert arrived.wait(10)


def test_the_clock_strikes_until_it_is_stopped(app, running, monkeypatch):
    monkeypatch.setattr("infra.local.eventsource.until_next_minute", lambda now: 0.01)
    struck = []
    twice = threading.Event()

    @app.app.schedule(Cron("*", "*", "*", "*", "?", "*"))
    def clock(event):
        struck.append(event.to_dict())
        if len(struck) == 1:
            raise ValueError("the first minute fails")
        twice.set()

    sources = running()

    assert twice.wait(10)
    sources.stop()
    count = len(struck)
    time.sleep(0.1)
    assert len(struck) == count


def test_messages_arrive(app, running, aws):
    sources = running()
    aws.client("sqs").send_message(QueueUrl=aws.queue_url("recall"), MessageBody="m")

    assert sources.stop(drain=10)
    assert app.work == ["m"]


def test_a_next_start_goes_on_after_the_last_one(app, running, put):
    put("events", "e1")
    assert running().stop(drain=10)
    put("events", "e2")
    assert running().stop(drain=10)

    assert app.events == ["e1", "e2"]


def test_a_poison_record_holds_up_its_own_lane_only(app, running, put):
    def lane(pk):
        return lane_of({"dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": "-"}}}}, 4)

    app.poison = {"poison"}
    others = {f"e{n}" for n in range(20) if lane(f"e{n}") != lane("poison")}
    arrived = threading.Event()
    app.on_event = lambda record: arrived.set() if others <= {*app.events, key(record)} else None
    running()
    put("events", "poison")
    for pk in others:
        put("events", pk)

    assert arrived.wait(10)


def key(record):
    return record["dynamodb"]["Keys"]["pk"]["S"]


def test_stopping_does_not_wait_for_retries(app, running, put, checkpoints):
    app.poison = {"poison"}
    arrived = threading.Event()
    app.on_event = lambda record: arrived.set()
    sources = running()
    put("events", "poison")
    assert arrived.wait(10)

    before = time.monotonic()
    sources.stop()

    assert time.monotonic() - before < 5
    app.poison = set()
    assert running().stop(drain=10)
    assert app.events == ["poison"]


def test_trouble_of_our_own_is_survived(app, running, put, monkeypatch, caplog):
    monkeypatch.setattr("infra.local.eventsource._BREATH_SECONDS", 0.01)
    sources = running()
    failures = iter(["once", "twice"])
    done = sources._feeds[0].shard.done

    def failing(records):
        if next(failures, None):
            raise OSError("disk full")
        done(records)

    monkeypatch.setattr(sources._feeds[0].shard, "done", failing)
    put("events", "e1")

    assert sources.stop(drain=10)
    assert app.events[-1] == "e1"
    assert "disk full" in caplog.text
