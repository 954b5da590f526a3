"""The fault injector does what it says, and the driver finds what naive code gets wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.errors import AlreadyExists, Raced
from chalicelib.table.client import client, failures
from chalicelib.table.items import Item
from chalicelib.table.read import get, get_many
from chalicelib.table.transaction import Transaction
from tests.harness.aws import PREFIX, Aws
from tests.harness.faults import (
    KINDS,
    PAIRS,
    Case,
    Fault,
    Killed,
    Kind,
    every_fault,
    injected,
    survives_everything,
    undisturbed,
)

TABLE = f"{PREFIX}-units"


class Thing(Item):
    class Meta:
        table_name = "units"


def put(pk: str = "a") -> Any:
    return client().put_item(TableName=TABLE, Item={"pk": {"S": pk}, "sk": {"S": "-"}})


def create(pk: str) -> None:
    client().put_item(
        TableName=TABLE,
        Item={"pk": {"S": pk}, "sk": {"S": "-"}},
        ConditionExpression="attribute_not_exists(pk)",
    )


def count(pk: str = "n") -> None:
    client().update_item(
        TableName=TABLE,
        Key={"pk": {"S": pk}, "sk": {"S": "-"}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


@pytest.mark.parametrize(
    ("kind", "raised", "written"),
    [
        (Kind.REFUSED, EndpointConnectionError, 0),
        (Kind.LOST, ReadTimeoutError, 1),
        (Kind.THROTTLED, ClientError, 0),
        (Kind.FAILED_AFTER, ClientError, 1),
        (Kind.KILLED_BEFORE, Killed, 0),
        (Kind.KILLED_AFTER, Killed, 1),
        (Kind.CONFLICT, ClientError, 0),
    ],
)
def test_a_fault_hits_before_or_after_the_write(
    aws: Aws, kind: Kind, raised: type[BaseException], written: int
) -> None:
    with injected({1: kind}) as calls, pytest.raises(raised):
        put()

    assert calls.made == ["dynamodb.PutItem"]
    assert calls.hit == [f"dynamodb.PutItem: {kind}"]
    assert len(aws.items("units")) == written


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_the_sdk_retries_what_it_may_when_it_is_told_to(aws: Aws, kind: Kind) -> None:
    with injected({1: kind}, retries=True) as calls:
        put()

    assert calls.made == ["dynamodb.PutItem"] * 2
    assert len(aws.items("units")) == 1


def test_only_the_call_of_the_plan_is_hit(aws: Aws) -> None:
    with injected({2: Kind.REFUSED}) as calls:
        put("a")
        with pytest.raises(EndpointConnectionError):
            put("b")
        put("c")

    assert len(calls.made) == 3
    assert [item["pk"] for item in aws.items("units")] == ["a", "c"]


def test_other_services_fail_in_their_own_words(aws: Aws) -> None:
    sqs, url = aws.client("sqs"), aws.queue_url("recall")

    with injected({1: Kind.THROTTLED}), pytest.raises(ClientError, match="RequestThrottled"):
        sqs.send_message(QueueUrl=url, MessageBody="a")
    with injected({1: Kind.LOST}), pytest.raises(ReadTimeoutError):
        sqs.send_message(QueueUrl=url, MessageBody="b")

    assert aws.messages("recall") == ["b"]


def test_half_a_batch_of_messages_fails(aws: Aws) -> None:
    entries = [{"Id": str(n), "MessageBody": f"m{n}"} for n in range(4)]
    sqs, url = aws.client("sqs"), aws.queue_url("recall")

    with injected({1: Kind.PARTIAL}):
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)

    assert [sent["Id"] for sent in answer["Successful"]] == ["0", "1"]
    assert [failed["Id"] for failed in answer["Failed"]] == ["2", "3"]
    assert aws.messages("recall") == ["m0", "m1"]


@pytest.mark.parametrize("names", [["a", "b", "c"], ["a"]])
def test_half_the_keys_of_a_batch_read_are_handed_back(aws: Aws, names: list[str]) -> None:
    for pk in names:
        put(pk)

    with injected({1: Kind.PARTIAL}) as calls:
        found = get_many(Thing(pk, "-").key for pk in names)

    assert len(calls.made) == 2
    assert {key.pk for key in found} == set(names)


def test_half_the_writes_of_a_batch_are_handed_back(aws: Aws) -> None:
    writes = [{"PutRequest": {"Item": {"pk": {"S": pk}, "sk": {"S": "-"}}}} for pk in "abc"]

    with injected({1: Kind.PARTIAL}):
        answer = client().batch_write_item(RequestItems={TABLE: writes})

    assert len(answer["UnprocessedItems"][TABLE]) == 2
    assert len(aws.items("units")) == 1


def test_faults_come_in_pairs_at_every_call_with_the_sdk_retrying_and_not(aws: Aws) -> None:
    clean = undisturbed(Case("two calls", lambda: (put("a"), get(Thing, "a"))[0] and None), aws)

    faults = list(every_fault(clean))

    assert clean.calls == ("dynamodb.PutItem", "dynamodb.GetItem")
    assert aws.items("units") == [], "what the clean run wrote is taken back"
    for call in (1, 2):
        hit = {fault.kind for fault in faults if fault.call == call}
        assert {kind for pair in PAIRS for kind in pair} <= hit
    assert Fault(1, Kind.LOST, retries=True) in faults
    assert Fault(1, Kind.LOST, retries=False) in faults
    assert Fault(2, Kind.CONFLICT, retries=False) not in faults, "a read meets no conflict"
    assert {fault.kind for fault in faults} == set(KINDS) - {Kind.PARTIAL}


def survives(act: Callable[[], Any], aws: Aws) -> int:
    def whole() -> Any:
        with failures():
            return act()

    return survives_everything(Case("it", whole), aws)


def test_two_writes_without_a_transaction_are_found_out(aws: Aws) -> None:
    with pytest.raises(AssertionError, match="half-written"):
        survives(lambda: (put("a"), put("b"))[0] and None, aws)


def test_a_counter_that_is_added_to_twice_is_found_out(aws: Aws) -> None:
    with pytest.raises(AssertionError, match=r"another state|half-written"):
        survives(count, aws)


def test_a_write_that_does_not_know_itself_again_is_found_out(aws: Aws) -> None:
    def act() -> None:
        transaction = Transaction()
        transaction.create(Thing("a"), refused=AlreadyExists("There is one."))
        transaction.commit()

    with pytest.raises(AssertionError, match="false refusal"):
        survives(act, aws)


def test_a_race_that_nobody_else_runs_in_is_found_out(aws: Aws) -> None:
    def act() -> None:
        transaction = Transaction()
        transaction.create(Thing("a"), refused=Raced("Somebody was faster."))
        transaction.commit()

    with pytest.raises(AssertionError, match="false refusal"):
        survives(act, aws)


def test_a_transaction_that_knows_itself_again_survives_everything(aws: Aws) -> None:
    def act() -> str:
        transaction = Transaction()
        transaction.create(Thing("a"), refused=AlreadyExists("There is one."))
        transaction.create(Thing("b"), refused=AlreadyExists("There is one."))
        try:
            transaction.commit()
        except AlreadyExists:
            return "made"
        return "made"

    assert survives(act, aws) >= 11
