"""The repaired moto behaves as AWS documents, where it did not."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from tests.harness.aws import PREFIX, REGION, Aws
from tests.harness.moto_faults import forget_tokens

TABLE = f"{PREFIX}-recalls"


@pytest.fixture
def dynamodb(aws: Aws) -> Any:
    return aws.client("dynamodb")


def key(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "-"}}


def put(pk: str, **attributes: Any) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": key(pk) | attributes}}


def create(pk: str) -> dict[str, Any]:
    request = put(pk)
    request["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    request["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request


def update(pk: str, expression: str, **values: Any) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Key": key(pk),
        "UpdateExpression": expression,
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


@pytest.fixture
def hasty() -> Iterator[None]:
    """Let threads change places as often as Python can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty")
def test_one_of_many_racing_transactions_wins(aws: Aws, dynamodb: Any) -> None:
    """AWS: transactions are serialisable; moto without a lock lets several win."""
    won: list[int] = []

    def race(turn: int, me: int) -> None:
        try:
            dynamodb.transact_write_items(
                TransactItems=[create(f"{turn}"), put(f"{turn}-{me}", by={"N": str(me)})]
            )
            won.append(turn)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "TransactionCanceledException"  # noqa: PT017

    def runner(me: int) -> None:
        for turn in range(20):
            barrier.wait()
            race(turn, me)

    barrier = threading.Barrier(8)
    threads = [threading.Thread(target=runner, args=(me,)) for me in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == list(range(20))
    assert len(aws.items("recalls")) == 40


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often moto copies an item, and how many items it walks through."""
    seen: Counter[str] = Counter()
    deepcopy, all_items = Item.__deepcopy__, Table.all_items

    def counting_deepcopy(self: Item, memo: Any) -> Item:
        seen["copied"] += 1
        return deepcopy(self, memo)

    def counting_all_items(self: Table) -> Any:
        for item in all_items(self):
            seen["walked"] += 1
            yield item

    monkeypatch.setattr(Item, "__deepcopy__", counting_deepcopy)
    monkeypatch.setattr(Table, "all_items", counting_all_items)
    return seen


def test_a_transaction_costs_its_items_and_not_its_table(
    aws: Aws, dynamodb: Any, counted: Counter[str]
) -> None:
    """AWS: the size of a table is no matter; moto copies the table once per item."""
    dynamodb.transact_write_items(TransactItems=[put(f"{n}") for n in range(100)])

    dynamodb.transact_write_items(TransactItems=[put(f"{n}", n={"N": "1"}) for n in range(20)])

    assert len(aws.items("recalls")) == 100
    assert counted["copied"] <= 20


def test_a_refused_transaction_leaves_no_trace(aws: Aws, dynamodb: Any) -> None:
    dynamodb.put_item(
        TableName=TABLE, Item=key("there") | {"n": {"N": "1"}, "b": {"B": b"\x00\xff"}}
    )
    before, records = aws.snapshot(), len(aws.records("recalls"))

    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Update": update("other", "SET n = :n", n={"N": "2"})},
                put("third"),
                create("there"),
            ]
        )

    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "None", "ConditionalCheckFailed"]
    assert reasons[2]["Item"] == key("there") | {"n": {"N": "1"}, "b": {"B": b"\x00\xff"}}
    assert aws.snapshot() == before
    assert len(aws.records("recalls")) == records


def test_a_transaction_that_breaks_in_the_middle_leaves_no_trace(aws: Aws, dynamodb: Any) -> None:
    dynamodb.put_item(TableName=TABLE, Item=key("a") | {"n": {"N": "1"}})
    dynamodb.put_item(TableName=TABLE, Item=key("b") | {"n": {"S": "text"}})
    before, records = aws.snapshot(), len(aws.records("recalls"))

    with pytest.raises(ClientError):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Update": update("a", "ADD n :one", one={"N": "1"})},
                {"Update": update("b", "ADD n :one", one={"N": "1"})},
            ]
        )

    assert aws.snapshot() == before
    assert len(aws.records("recalls")) == records


def test_two_writes_of_one_item_are_no_transaction(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="multiple operations on one item"):
        dynamodb.transact_write_items(TransactItems=[put("a"), put("a", n={"N": "1"})])


def test_a_hundred_and_one_writes_are_no_transaction(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="less than or equal to 100"):
        dynamodb.transact_write_items(TransactItems=[put(f"{n}") for n in range(101)])


def test_a_repeated_request_token_succeeds_without_a_second_write(aws: Aws, dynamodb: Any) -> None:
    items = [create("a"), {"Update": update("n", "ADD n :one", one={"N": "1"})}]

    dynamodb.transact_write_items(TransactItems=items, ClientRequestToken="t")
    dynamodb.transact_write_items(TransactItems=items, ClientRequestToken="t")

    assert aws.items("recalls")[1]["n"] == 1


def test_a_request_token_stands_for_one_payload(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[create("a"), put("b")], ClientRequestToken="t")

    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[put("a"), put("c")], ClientRequestToken="t")

    assert refused.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_a_request_token_is_forgotten_in_time(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[create("a")], ClientRequestToken="t")

    forget_tokens()

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[create("a")], ClientRequestToken="t")


def test_the_token_of_a_refused_transaction_may_be_used_again(aws: Aws, dynamodb: Any) -> None:
    dynamodb.put_item(TableName=TABLE, Item=key("a"))
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[create("a")], ClientRequestToken="t")
    dynamodb.delete_item(TableName=TABLE, Key=key("a"))

    dynamodb.transact_write_items(TransactItems=[create("a")], ClientRequestToken="t")

    assert len(aws.items("recalls")) == 1


def test_four_megabytes_are_the_most_of_one_transaction(aws: Aws, dynamodb: Any) -> None:
    big = {"S": "x" * 380_000}
    dynamodb.transact_write_items(TransactItems=[put(f"{n}", d=big) for n in range(11)])
    aws.empty()

    with pytest.raises(ClientError, match="4 MB"):
        dynamodb.transact_write_items(TransactItems=[put(f"{n}", d=big) for n in range(12)])

    assert aws.items("recalls") == []


def test_writing_the_same_again_emits_no_stream_record(aws: Aws, dynamodb: Any) -> None:
    for _ in range(2):
        dynamodb.put_item(TableName=TABLE, Item=key("a") | {"n": {"N": "1"}})
        dynamodb.update_item(**update("a", "SET n = :n", n={"N": "1.0"}))

    assert [record["eventName"] for record in aws.records("recalls")] == ["INSERT"]


def test_an_update_that_makes_an_item_emits_one_record(aws: Aws, dynamodb: Any) -> None:
    dynamodb.update_item(**update("a", "SET n = :n", n={"N": "1"}))
    dynamodb.update_item(**update("a", "SET n = :n", n={"N": "2"}))

    made, changed = aws.records("recalls")
    assert (made["eventName"], changed["eventName"]) == ("INSERT", "MODIFY")
    assert made["dynamodb"]["NewImage"]["n"] == {"N": "1"}
    assert made["dynamodb"]["SequenceNumber"] < changed["dynamodb"]["SequenceNumber"]
    assert made["awsRegion"] == REGION


def test_an_update_that_fails_changes_nothing(aws: Aws, dynamodb: Any) -> None:
    with pytest.raises(ClientError):
        dynamodb.update_item(**update("new", "SET a = :n, b = missing", n={"N": "1"}))

    assert aws.items("recalls") == []
    assert aws.records("recalls") == []


def test_a_query_costs_its_partition_and_not_its_table(
    dynamodb: Any, counted: Counter[str]
) -> None:
    dynamodb.transact_write_items(TransactItems=[put(f"{n}") for n in range(100)])

    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": "7"}, ":sk": {"S": "-"}},
    )["Items"]

    assert found == [key("7")]
    assert counted["walked"] == 1


def test_invented_capacity_is_withheld(dynamodb: Any) -> None:
    answer = dynamodb.put_item(TableName=TABLE, Item=key("a"), ReturnConsumedCapacity="TOTAL")

    assert "ConsumedCapacity" not in answer


def test_streams_can_be_read(dynamodb: Any, aws: Aws) -> None:
    """AWS_ACCOUNT_ID_ENDPOINT_MODE: without it botocore calls an address that moto lacks."""
    dynamodb.put_item(TableName=TABLE, Item=key("a"))
    streams = aws.client("dynamodbstreams")

    arn = streams.list_streams(TableName=TABLE)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]

    assert len(streams.get_records(ShardIterator=iterator)["Records"]) == 1
