"""The emulated account is whole, empty for each test, and fast."""

import pytest

from tests.harness.aws import BUCKET, PREFIX, QUEUES, TABLES, Aws


def put(aws: Aws, table: str = "units", **attributes: str) -> None:
    item = {"pk": {"S": "a"}, "sk": {"S": "-"}} | {k: {"S": v} for k, v in attributes.items()}
    aws.client("dynamodb").put_item(TableName=f"{PREFIX}-{table}", Item=item)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_finds_nothing_of_the_one_before(aws: Aws, turn: int) -> None:
    assert all(not found for found in aws.snapshot().values())
    assert not aws.records("events")

    put(aws, "events")
    aws.client("sqs").send_message(QueueUrl=aws.queue_url("recall"), MessageBody="hello")
    aws.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"old")
    aws.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"new", ContentType="text/plain")

    assert aws.items("events") == [{"pk": "a", "sk": "-"}]
    assert aws.messages("recall") == ["hello"]
    assert len(aws.records("events")) == 1
    assert aws.objects() == {"a": (b"new", "text/plain")}


def test_objects_come_back_with_everything_else(aws: Aws) -> None:
    aws.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"kept", ContentType="text/plain")
    saved, before = aws.save(), aws.snapshot()
    aws.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"changed")

    for _ in range(2):
        aws.restore(saved)

        assert aws.snapshot() == before
        assert aws.objects() == {"a": (b"kept", "text/plain")}


def test_tables_and_queues_are_those_of_the_template(aws: Aws) -> None:
    dynamodb = aws.client("dynamodb")
    streams = {"events": "NEW_IMAGE", "recalls": "NEW_AND_OLD_IMAGES"}

    assert set(dynamodb.list_tables()["TableNames"]) == {f"{PREFIX}-{name}" for name in TABLES}
    for name in TABLES:
        told = dynamodb.describe_table(TableName=f"{PREFIX}-{name}")["Table"]
        assert told.get("StreamSpecification", {}).get("StreamViewType") == streams.get(name)
    urls = aws.client("sqs").list_queues()["QueueUrls"]
    assert {url.rpartition("/")[2] for url in urls} == {f"{PREFIX}-{name}" for name in QUEUES}


def test_a_table_that_a_test_breaks_is_made_anew(aws: Aws) -> None:
    aws.client("dynamodb").delete_table(TableName=f"{PREFIX}-units")

    aws.empty()
    put(aws)

    assert len(aws.items("units")) == 1


def test_the_product_reads_and_writes_here(aws: Aws) -> None:
    from chalicelib.table.client import client

    client().put_item(TableName=f"{PREFIX}-lots", Item={"pk": {"S": "a"}, "sk": {"S": "-"}})

    assert aws.items("lots") == [{"pk": "a", "sk": "-"}]


def test_caches_of_the_product_are_emptied_and_clients_are_kept(aws: Aws) -> None:
    from chalicelib.settings import settings
    from chalicelib.table.client import client
    from tests.harness.aws import forget

    settings(), client()

    forget()

    assert settings.cache_info().currsize == 0
    assert client.cache_info().currsize == 1


def test_nothing_reaches_the_network() -> None:
    import socket

    with pytest.raises(RuntimeError), pytest.warns(UserWarning, match="socket"):
        socket.create_connection(("192.0.2.1", 80))


def test_this_machine_can_be_reached_on_request(loopback: None) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
