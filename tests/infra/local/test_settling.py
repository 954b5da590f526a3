import json
from random import Random

import pytest

from infra.local.checkpoints import Checkpoints
from infra.local.eventsource import EventSources
from infra.local.faults import Disturbance


@pytest.fixture
def sources(app, stack):
    """The stand-in's event sources."""

    def sources(**options):
        return EventSources.of(app.app, stack, **options)

    return sources


def test_what_is_written_arrives(app, sources, put):
    fed = sources()
    put("events", "e1")
    put("recalls", "recall#1")

    assert fed.settle() == 2
    assert (app.events, app.recalls) == (["e1"], ["recall#1"])


def test_what_the_template_filters_out_is_passed_over(app, stack, sources, put):
    source = stack.template.resources["OnRecalls"]["Properties"]["Events"]
    pattern = '{"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "recall#"}]}}}}'
    source["OnRecallsDynamodbEventSource"]["Properties"]["FilterCriteria"] = {
        "Filters": [{"Pattern": pattern}]
    }
    checkpoints = Checkpoints(None)
    put("recalls", "notice#1")
    put("recalls", "recall#1")
    put("recalls", "notice#2")

    assert sources(checkpoints=checkpoints).settle() == 3
    assert app.recalls == ["recall#1"]
    assert sources(checkpoints=checkpoints).settle() == 0


def test_what_handlers_write_arrives_too(app, sources, put):
    app.on_event = lambda record: put("recalls", "recall#because")
    put("events", "e1")

    sources().settle()

    assert app.recalls == ["recall#because"]


def test_a_poison_record_is_given_up_alone_and_the_rest_arrives(app, sources, put, aws, caplog):
    app.poison = {"e5"}
    for n in range(10):
        put("events", f"e{n}")

    sources().settle()

    assert set(app.events) == {f"e{n}" for n in range(10)} - {"e5"}
    [note] = map(json.loads, aws.messages("stream-failures"))
    assert note["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert note["DDBStreamBatchInfo"]["batchSize"] == 1
    assert "gave up 1 records" in caplog.text


def test_nothing_comes_twice_from_one_checkpoint(app, sources, put):
    checkpoints = Checkpoints(None)
    put("events", "e1")
    sources(checkpoints=checkpoints).settle()
    put("events", "e2")

    sources(checkpoints=checkpoints).settle()

    assert app.events == ["e1", "e2"]


def test_records_of_one_item_stay_in_order_whatever_happens(app, sources, put):
    versions = {}
    app.on_event = lambda record: versions.setdefault(
        record["dynamodb"]["Keys"]["pk"]["S"], []
    ).append(int(record["dynamodb"]["NewImage"]["v"]["N"]))
    for v in range(6):
        for pk in "abcdef":
            put("events", pk, v={"N": str(v)})

    sources(disturbance=Disturbance(Random(3))).settle()

    assert versions == {pk: list(range(6)) for pk in "abcdef"}


def test_with_disturbance_everything_arrives_at_least_once(app, sources, put):
    for n in range(30):
        put("events", f"e{n}")
    disturbance = Disturbance(Random(3), duplicates=0.5, revenants=0.5)

    sources(disturbance=disturbance).settle()

    assert set(app.events) == {f"e{n}" for n in range(30)}
    assert len(app.events) > 30


def test_messages_arrive_and_those_that_fail_stay(app, sources, aws):
    app.poison = {"bad"}
    for body in ("good", "bad"):
        aws.client("sqs").send_message(QueueUrl=aws.queue_url("recall"), MessageBody=body)

    sources().settle()

    assert app.work == ["good"]
    assert aws.messages("recall") == ["bad"]


def test_handlers_that_feed_each_other_for_ever_are_found_out(app, sources, put):
    counter = iter(range(10**6))
    app.on_event = lambda record: put("events", f"again {next(counter)}")
    put("events", "e1")

    with pytest.raises(TimeoutError, match="no end"):
        sources().settle(rounds=20)
