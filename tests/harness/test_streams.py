"""Records reach a function in order per item, on bad days and across deaths of the process."""

from typing import Any

import pytest
from chalice.app import Chalice

from tests.harness.aws import PREFIX, Aws
from tests.harness.faults import Kind, injected
from tests.harness.streams import Streams, bad_day, given_up

EVENTS, VIEWS = f"{PREFIX}-events", f"{PREFIX}-views"


class Function:
    """A function that copies the `n` of each event into the views table."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.seen: list[tuple[str, str]] = []
        self.fails = False
        self.app = Chalice("test")

        @self.app.on_dynamodb_record(stream_arn="overlaid")
        def on_events(event: Any) -> Any:
            return self.take(event.to_dict())

        @self.app.on_sqs_message(queue="recall")
        def on_recall_work(event: Any) -> Any:
            return self.work(event.to_dict())

    def take(self, event: dict[str, Any]) -> Any:
        for record in event["Records"]:
            image = record["dynamodb"]["NewImage"]
            if "poison" in image:
                number = record["dynamodb"]["SequenceNumber"]
                return {"batchItemFailures": [{"itemIdentifier": number}]}
            self.aws.client("dynamodb").put_item(TableName=VIEWS, Item=image)
            self.seen.append((image["pk"]["S"], image["n"]["N"]))
        return {"batchItemFailures": []}

    def work(self, event: dict[str, Any]) -> Any:
        self.seen.extend(("message", record["body"]) for record in event["Records"])
        if self.fails:
            self.fails = False
            raise RuntimeError("try later")
        return {"batchItemFailures": []}


@pytest.fixture
def function(aws: Aws) -> Function:
    return Function(aws)


def write(aws: Aws, pk: str, n: int, **more: Any) -> None:
    item = {"pk": {"S": pk}, "sk": {"S": "-"}, "n": {"N": str(n)}} | more
    aws.client("dynamodb").put_item(TableName=EVENTS, Item=item)


def views(aws: Aws) -> dict[str, int]:
    return {item["pk"]: int(item["n"]) for item in aws.items("views")}


def test_what_was_written_arrives_once_and_in_order(aws: Aws, function: Function) -> None:
    streams = Streams(aws, function.app)
    for n in range(3):
        write(aws, "a", n)

    assert streams.settle() == 3
    assert streams.settle() == 0

    assert function.seen == [("a", "0"), ("a", "1"), ("a", "2")]
    assert views(aws) == {"a": 2}


def test_a_message_arrives_and_comes_back_when_it_failed(aws: Aws, function: Function) -> None:
    streams = Streams(aws, function.app)
    aws.client("sqs").send_message(QueueUrl=aws.queue_url("recall"), MessageBody="hello")
    function.fails = True

    assert streams.settle_later() == 2

    assert function.seen == [("message", "hello")] * 2
    assert aws.messages("recall") == []


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_day_brings_duplicates_and_another_order(
    aws: Aws, function: Function, seed: int
) -> None:
    streams = Streams(aws, function.app, bad_day(seed))
    for n in range(3):
        for pk in "abcdefgh":
            write(aws, pk, n)
        streams.settle()

    assert len(function.seen) > 24
    assert set(function.seen) == {(pk, str(n)) for n in range(3) for pk in "abcdefgh"}
    for pk in "abcdefgh":
        first = list(dict.fromkeys(n for name, n in function.seen if name == pk))
        assert first == ["0", "1", "2"], "an item's records first come in their order"


def test_poison_in_the_middle_is_given_up_and_the_rest_arrives(
    aws: Aws, function: Function
) -> None:
    streams = Streams(aws, function.app)
    for n in range(5):
        write(aws, f"{n}", n, **({"poison": {"BOOL": True}} if n == 2 else {}))

    streams.settle()

    assert views(aws) == {"0": 0, "1": 1, "3": 3, "4": 4}
    (note,) = given_up(aws)
    assert note["DDBStreamBatchInfo"]["batchSize"] == 1
    assert note["requestContext"]["condition"] == "RetryAttemptsExhausted"


@pytest.mark.parametrize("kind", [Kind.KILLED_BEFORE, Kind.KILLED_AFTER])
def test_a_crash_between_effect_and_acknowledgement_repeats_and_loses_nothing(
    aws: Aws, function: Function, kind: Kind
) -> None:
    for n in range(4):
        write(aws, f"{n}", n)
    saved = aws.save()
    streams = Streams(aws, function.app)
    with injected() as calls:
        streams.settle()

    for number, name in enumerate(calls.made, start=1):
        aws.restore(saved)
        _, hit = Streams(aws, function.app).settle_with({number: kind})
        assert hit == [f"{name}: {kind}"]
        assert views(aws) == {"0": 0, "1": 1, "2": 2, "3": 3}
    assert calls.made.count("dynamodb.PutItem") == 4
