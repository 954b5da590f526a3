"""Costs are DynamoDB's, by hand-computed sizes and by the rules of its developer guide."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.costs import Spent, Till, number_size, read_units, size, value_size, write_units
from tests.harness.aws import PREFIX, Aws
from tests.harness.costs import counted

TABLE = f"{PREFIX}-units"
KEY = {"pk": {"S": "a"}, "sk": {"S": "-"}}
KEY_BYTES = 2 + 1 + 2 + 1


@pytest.fixture
def spent(aws: Aws) -> Iterator[Spent]:
    with counted(aws) as spent:
        yield spent


@pytest.fixture
def dynamodb(aws: Aws) -> Any:
    from chalicelib.table.client import client

    return client()


def item(pk: str, bytes_: int) -> dict[str, Any]:
    """An item of exactly so many bytes: pk and sk, and `d` filled up."""
    key = {"pk": {"S": pk}, "sk": {"S": "-"}}
    return key | {"d": {"B": b"x" * (bytes_ - size(key) - 1)}}


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": "abc"}, 3),
        ({"S": "äö"}, 4),
        ({"S": ""}, 0),
        ({"B": b"\x00\x01"}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "1"}, 2),
        ({"N": "-1"}, 3),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "9007199254740993"}, 9),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {}}, 3),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"M": {"deep": {"L": [{"M": {"x": {"BOOL": True}}}]}}}, 3 + 1 + 4 + 3 + 1 + 3 + 1 + 1 + 1),
    ],
)
def test_a_value_has_the_size_of_the_guide(value: dict[str, Any], bytes_: int) -> None:
    assert value_size(value) == bytes_


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("10", 2),
        ("100", 2),
        ("1000", 2),
        ("1e5", 2),
        ("12.3", 3),
        ("1.23", 3),
        ("0.5", 2),
        ("00012", 2),
        ("-0.00", 1),
        ("99999999999999999999999999999999999999", 20),
    ],
)
def test_a_number_costs_by_its_significant_digits(text: str, bytes_: int) -> None:
    assert number_size(text) == bytes_


def test_names_count_too() -> None:
    assert size({"pk": {"S": "abc"}, "größe": {"N": "42"}}) == 2 + 3 + 7 + 2


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="'X' is no attribute type"):
        value_size({"X": "?"})


@pytest.mark.parametrize(("bytes_", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (10_240, 10)])
def test_a_write_is_rounded_up_to_a_kibibyte(bytes_: int, units: int) -> None:
    assert write_units(bytes_) == units


@pytest.mark.parametrize(("bytes_", "units"), [(0, 1), (4096, 1), (4097, 2), (40_960, 10)])
def test_a_read_is_rounded_up_to_four_kibibytes_and_half_as_dear_when_eventual(
    bytes_: int, units: int
) -> None:
    assert read_units(bytes_, strong=True) == units
    assert read_units(bytes_, strong=False) == units / 2


def test_a_put_costs_the_larger_of_before_and_after(dynamodb: Any, spent: Spent) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("a", 3000))
    assert spent.write_units == 3

    dynamodb.put_item(TableName=TABLE, Item=item("a", 100))

    assert spent.write_units == 3 + 3
    assert spent.read_units == 0
    assert spent.requests == {"dynamodb.PutItem": 2}


def test_an_update_costs_the_whole_item(dynamodb: Any, spent: Spent) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("a", 1024))

    dynamodb.update_item(
        TableName=TABLE,
        Key=KEY,
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )

    assert spent.write_units == 1 + 2, "three bytes more are one kibibyte more"


def test_deleting_costs_the_deleted_item_and_one_when_there_is_none(
    dynamodb: Any, spent: Spent
) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("a", 5000))

    dynamodb.delete_item(TableName=TABLE, Key=KEY)
    dynamodb.delete_item(TableName=TABLE, Key=KEY)

    assert spent.write_units == 5 + 5 + 1


def test_a_failed_condition_costs_the_item_that_stands_there(dynamodb: Any, spent: Spent) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("a", 2000))

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.put_item(
            TableName=TABLE,
            Item=item("a", 9000),
            ConditionExpression="attribute_not_exists(pk)",
        )

    assert spent.write_units == 2 + 2


def test_what_is_malformed_costs_nothing(dynamodb: Any, spent: Spent) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": ""}, "sk": {"S": "-"}})

    assert spent.write_units == 0
    assert spent.round_trips == 1


def test_a_transaction_costs_double_and_a_check_costs_as_a_write(
    dynamodb: Any, spent: Spent
) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("b", 1500))
    check = {"TableName": TABLE, "Key": {"pk": {"S": "b"}, "sk": {"S": "-"}}}

    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": item("a", 100)}},
            {"ConditionCheck": check | {"ConditionExpression": "attribute_exists(pk)"}},
        ]
    )

    assert spent.write_units == 2 + 2 * 1 + 2 * 2
    assert spent.round_trips == 2


def test_a_cancelled_transaction_is_charged(dynamodb: Any, spent: Spent) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("a", 2000))
    put = {"TableName": TABLE, "Item": item("a", 100)}

    with pytest.raises(ClientError, match="TransactionCanceled"):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": put | {"ConditionExpression": "attribute_not_exists(pk)"}},
                {"Put": {"TableName": TABLE, "Item": item("b", 100)}},
            ]
        )

    assert spent.write_units == 2 + 2 * 2 + 2 * 1


@pytest.mark.parametrize(("strong", "units"), [(True, 2), (False, 1)])
def test_a_strong_read_costs_double(
    aws: Aws, dynamodb: Any, spent: Spent, strong: bool, units: float
) -> None:
    aws.client("dynamodb").put_item(TableName=TABLE, Item=item("a", 4097))

    dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=strong)

    assert spent.read_units == units
    assert spent.write_units == 0, "the other client is not counted"


def test_reading_what_is_missing_costs_as_the_smallest_item(dynamodb: Any, spent: Spent) -> None:
    dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)
    dynamodb.get_item(TableName=TABLE, Key=KEY)

    assert spent.read_units == 1.5


def test_a_batch_read_rounds_each_item_and_each_table_has_its_consistency(
    aws: Aws, dynamodb: Any, spent: Spent
) -> None:
    for pk, bytes_ in (("a", 10), ("b", 4097)):
        aws.client("dynamodb").put_item(TableName=TABLE, Item=item(pk, bytes_ + 20))
    keys = [{"pk": {"S": pk}, "sk": {"S": "-"}} for pk in "abc"]

    dynamodb.batch_get_item(
        RequestItems={
            TABLE: {"Keys": keys, "ConsistentRead": True},
            f"{PREFIX}-lots": {"Keys": keys[:1]},
        }
    )

    assert spent.read_units == 1 + 2 + 1 + 0.5
    assert spent.round_trips == 1


def test_a_query_rounds_all_items_together(aws: Aws, dynamodb: Any, spent: Spent) -> None:
    for n in range(10):
        other = {"pk": {"S": "a"}, "sk": {"S": str(n)}, "d": {"B": b"x" * 900}}
        aws.client("dynamodb").put_item(TableName=TABLE, Item=other)

    for pk in ("a", "none"):
        dynamodb.query(
            TableName=TABLE,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )

    assert spent.read_units == 3 + 1


def test_a_read_whose_answer_hides_the_cost_is_refused(dynamodb: Any, spent: Spent) -> None:
    with pytest.raises(NotImplementedError, match="ProjectionExpression"):
        dynamodb.get_item(TableName=TABLE, Key=KEY, ProjectionExpression="pk")


def test_a_batch_write_is_charged_item_by_item(dynamodb: Any, spent: Spent) -> None:
    puts = [{"PutRequest": {"Item": item(pk, 1100)}} for pk in "abc"]
    dynamodb.batch_write_item(RequestItems={TABLE: puts})
    assert spent.write_units == 6

    dynamodb.batch_write_item(RequestItems={TABLE: [{"DeleteRequest": {"Key": KEY}}]})

    assert spent.write_units == 6 + 2


def test_messages_are_charged_by_the_64_kilobytes(aws: Aws) -> None:
    sqs, url, till = aws.client("sqs"), aws.queue_url("recall"), Till()

    with till.attached(sqs) as spent:
        sqs.send_message(QueueUrl=url, MessageBody="x")
        entries = [{"Id": str(n), "MessageBody": "x" * 70_000} for n in range(2)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)

    assert spent.messages == 1 + 3
    assert spent.requests == {"sqs.SendMessage": 1, "sqs.SendMessageBatch": 1}


def test_what_happens_outside_is_not_counted(aws: Aws, dynamodb: Any) -> None:
    with counted(aws) as spent:
        dynamodb.get_item(TableName=TABLE, Key=KEY)
    dynamodb.get_item(TableName=TABLE, Key=KEY)

    assert spent.round_trips == 1
