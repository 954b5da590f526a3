"""The emulator's promises, over real processes and sockets."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
import httpx
import pytest

from chalicelib import bucket
from chalicelib.errors import Busy
from infra.local.emulator import Emulator, EmulatorFailed
from infra.local.environment import LOCAL_CREDENTIAL

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("loopback")]

TABLE = {
    "TableName": "things",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
}


class Account:
    """What a client sees of a running emulator."""

    def __init__(self, url):
        self.dynamodb = boto3.client("dynamodb", endpoint_url=url)
        self.streams = boto3.client("dynamodbstreams", endpoint_url=url)
        self.sqs = boto3.client("sqs", endpoint_url=url)
        self.s3 = boto3.client("s3", endpoint_url=url)

    def put(self, pk, **more):
        self.dynamodb.put_item(TableName="things", Item={"pk": {"S": pk}, "sk": {"S": "-"}, **more})

    def keys(self):
        found = self.dynamodb.scan(TableName="things")["Items"]
        return sorted(item["pk"]["S"] for item in found)

    def stream(self):
        table = self.dynamodb.describe_table(TableName="things")["Table"]
        arn = table["LatestStreamArn"]
        [shard] = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = self.streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return self.streams.get_records(ShardIterator=iterator)["Records"]

    def numbers(self):
        return [record["dynamodb"]["SequenceNumber"] for record in self.stream()]

    def make_bucket(self):
        where = {"LocationConstraint": self.s3.meta.region_name}
        self.s3.create_bucket(Bucket="documents", CreateBucketConfiguration=where)

    def objects(self):
        found = self.s3.list_objects_v2(Bucket="documents").get("Contents", ())
        return {one["Key"]: self.object(one["Key"]) for one in found}

    def object(self, key):
        answer = self.s3.get_object(Bucket="documents", Key=key)
        return answer["ContentType"], answer["Body"].read()

    def receive(self, queue):
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in found.get("Messages", ())]


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def test_items_streams_and_messages_survive_a_restart(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.dynamodb.create_table(**TABLE)
        account.put("1", blob={"B": b"\x00\xff"})
        account.put("2")
        account.dynamodb.delete_item(TableName="things", Key={"pk": {"S": "2"}, "sk": {"S": "-"}})
        queue = account.sqs.create_queue(QueueName="work")["QueueUrl"]
        for body in ("done", "waiting"):
            account.sqs.send_message(QueueUrl=queue, MessageBody=body)
        [done] = account.sqs.receive_message(QueueUrl=queue)["Messages"]
        account.sqs.delete_message(QueueUrl=queue, ReceiptHandle=done["ReceiptHandle"])
        before = account.stream()

    with Emulator.start(state) as emulator:
        account = Account(emulator.url)

        assert account.keys() == ["1"]
        assert account.dynamodb.scan(TableName="things")["Items"][0]["blob"] == {"B": b"\x00\xff"}
        assert account.stream() == before
        assert account.receive("work") == ["waiting"]


def test_a_message_that_was_in_hand_comes_back_and_one_that_is_held_back_does_not(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        attributes = {"VisibilityTimeout": "5400"}
        queue = account.sqs.create_queue(QueueName="work", Attributes=attributes)["QueueUrl"]
        account.sqs.send_message(QueueUrl=queue, MessageBody="in hand")
        account.sqs.send_message(QueueUrl=queue, MessageBody="held back", DelaySeconds=900)

        assert account.receive("work") == ["in hand"]
        assert account.receive("work") == []

    with Emulator.start(state) as emulator:
        assert Account(emulator.url).receive("work") == ["in hand"]


def test_objects_survive_a_restart(state):
    raw = bytes(range(256))
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.make_bucket()
        for key in ("kept", "replaced", "gone", "source"):
            account.s3.put_object(Bucket="documents", Key=key, Body=b"old")
        account.s3.put_object(Bucket="documents", Key="kept", Body=raw, ContentType="text/xml")
        account.s3.put_object(Bucket="documents", Key="replaced", Body=b"", ContentType="a/b")
        account.s3.copy_object(
            Bucket="documents", Key="copied", CopySource={"Bucket": "documents", "Key": "kept"}
        )
        account.s3.delete_object(Bucket="documents", Key="gone")
        account.s3.delete_objects(Bucket="documents", Delete={"Objects": [{"Key": "source"}]})
        etag = account.s3.head_object(Bucket="documents", Key="kept")["ETag"]

    for _ in range(2):
        with Emulator.start(state) as emulator:
            account = Account(emulator.url)

            assert account.objects() == {
                "kept": ("text/xml", raw),
                "copied": ("text/xml", raw),
                "replaced": ("a/b", b""),
            }
            assert account.s3.head_object(Bucket="documents", Key="kept")["ETag"] == etag


def test_a_deleted_bucket_stays_deleted(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.make_bucket()
        account.s3.put_object(Bucket="documents", Key="1", Body=b"x")
        account.s3.delete_object(Bucket="documents", Key="1")
        account.s3.delete_bucket(Bucket="documents")

    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        assert account.s3.list_buckets()["Buckets"] == []
        account.make_bucket()
        assert account.objects() == {}


@pytest.fixture
def documents(monkeypatch):
    """The product's documents, with the credential of one machine."""
    from chalicelib.capture import documents
    from chalicelib.settings import settings

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", LOCAL_CREDENTIAL)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", LOCAL_CREDENTIAL)
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    monkeypatch.setenv("PACKTRAIL_BUCKET", "documents")
    settings.cache_clear()
    documents.client.cache_clear()
    yield documents
    settings.cache_clear()
    documents.client.cache_clear()


def test_a_link_lets_whoever_has_it_put_one_object(state, documents, monkeypatch):
    """The link of a document's upload, used by a client that has no credentials."""
    with Emulator.start(state) as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
        Account(emulator.url).make_bucket()
        link = documents.upload_link("u1", "application/xml")
        right = {"Content-Type": "application/xml"}

        assert link.startswith(emulator.url)
        assert httpx.put(link, content=b"<x/>", headers={"Content-Type": "a/b"}).status_code == 403
        assert httpx.put(link.replace("u1", "u2"), content=b"", headers=right).status_code == 403
        assert httpx.put(link, content=b"<x/>", headers=right).status_code == 200
        documents.take("u1", "j1", largest=4)
        assert documents.open("j1").read() == b"<x/>"
        assert documents.open("j1").media_type == "application/xml"


def test_a_link_lets_whoever_has_it_fetch_one_object(state, documents, monkeypatch):
    """The link of a large transaction document, used by a client that has no credentials."""
    with Emulator.start(state) as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
        Account(emulator.url).make_bucket()
        with tempfile.SpooledTemporaryFile(10) as file:
            file.writelines([b"<x>", b"y" * 100, b"</x>"])
            file.seek(0)
            bucket.keep("transactions/s1", file, "application/xml")
        link = bucket.link("transactions/s1", "dscsa-s1.xml")

        found = httpx.get(link)
        assert (found.status_code, found.content) == (200, b"<x>" + b"y" * 100 + b"</x>")
        assert found.headers["Content-Type"] == "application/xml"
        assert found.headers["Content-Disposition"] == 'attachment; filename="dscsa-s1.xml"'
        assert httpx.get(link.replace("s1", "s2")).status_code == 403


def test_an_upload_that_changes_while_it_is_taken_is_not_taken(state, documents, monkeypatch):
    with Emulator.start(state) as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
        account = Account(emulator.url)
        account.make_bucket()
        account.s3.put_object(Bucket="documents", Key="uploads/u1", Body=b"<x/>")

        def then_changed(key, head=bucket.head):
            found = head(key)
            if key == "uploads/u1":
                account.s3.put_object(Bucket="documents", Key=key, Body=b"much larger")
            return found

        monkeypatch.setattr(bucket, "head", then_changed)
        with pytest.raises(Busy, match="changed at this moment"):
            documents.take("u1", "j1", largest=4)


def test_stream_numbers_go_on_rising_after_a_restart(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.dynamodb.create_table(**TABLE)
        account.put("1")

    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.put("2")
        numbers = account.numbers()

        assert len(numbers) == 2
        assert numbers == sorted(numbers)


def test_a_refused_transaction_leaves_nothing_behind(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.dynamodb.create_table(**TABLE)
        account.put("taken")

        def put(pk):
            item = {"pk": {"S": pk}, "sk": {"S": "-"}}
            return {
                "Put": {
                    "TableName": "things",
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }

        with pytest.raises(account.dynamodb.exceptions.TransactionCanceledException):
            account.dynamodb.transact_write_items(TransactItems=[put("new"), put("taken")])

    with Emulator.start(state) as emulator:
        assert Account(emulator.url).keys() == ["taken"]


def test_a_deleted_table_stays_deleted(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.dynamodb.create_table(**TABLE)
        account.put("1")
        account.dynamodb.delete_table(TableName="things")

    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        assert account.dynamodb.list_tables()["TableNames"] == []
        account.dynamodb.create_table(**TABLE)
        assert account.keys() == []


WRITER = """
import sys, time
from pathlib import Path
from infra.local.emulator import Emulator
from tests.infra.local.test_emulator import Account, TABLE

emulator = Emulator.start(Path(sys.argv[1]))
account = Account(emulator.url)
account.dynamodb.create_table(**TABLE)
account.make_bucket()
number = 0
while True:
    account.put(f"{number:06}")
    account.s3.put_object(Bucket="documents", Key=f"{number:06}", Body=f"{number:06}".encode())
    print(f"{number:06}", flush=True)
    number += 1
"""


finds_children = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="finds the emulator's process in /proc"
)


@finds_children
@pytest.mark.parametrize("victim", ["runtime", "emulator"])
def test_what_was_answered_survives_kill_9(state, victim):
    """Kill the runtime, or the emulator under it, in the middle of writing."""
    answered = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(state)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as writer:
        for line in writer.stdout:
            answered.append(line.strip())
            if len(answered) == 200:
                if victim == "emulator":
                    os.kill(child_of(writer.pid), signal.SIGKILL)
                writer.kill()

    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        kept, streamed = account.keys(), len(account.numbers())
        objects = account.objects()

    assert set(answered) <= set(objects) <= set(kept)
    assert all(body == key.encode() for key, (_, body) in objects.items())
    assert len(kept) <= len(answered) + 1  # one may be written whose answer was on its way
    assert streamed == len(kept)


def child_of(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@finds_children
def test_the_emulator_ends_with_its_parent(state):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(state)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as writer:
        writer.stdout.readline()
        child = child_of(writer.pid)
        writer.kill()

    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        os.sched_yield()
    else:
        assert not Path(f"/proc/{child}").exists()


def test_two_runtimes_cannot_share_one_state(state):
    with Emulator.start(state), pytest.raises(EmulatorFailed, match="in use by another Packtrail"):
        Emulator.start(state, patience=0)


def test_stream_records_do_not_expire_while_nobody_runs(state):
    with Emulator.start(state) as emulator:
        account = Account(emulator.url)
        account.dynamodb.create_table(**TABLE)
        account.put("1")
    age_by_days(state, 3)

    with Emulator.start(state) as emulator:
        assert len(Account(emulator.url).stream()) == 1


def age_by_days(state, days):
    """Make what is kept older, as if the last run had been so long ago."""
    milliseconds = days * 24 * 60 * 60 * 1000
    with sqlite3.connect(state / "emulator.sqlite") as db:
        [(key, body)] = db.execute("SELECT key, body FROM things WHERE kind = 'record'").fetchall()
        older = f"{int(key[:20]) - milliseconds:020d}{key[20:]}"
        record = json.loads(body)
        record["dynamodb"]["SequenceNumber"] = older
        record["dynamodb"]["ApproximateCreationDateTime"] -= milliseconds / 1000
        db.execute(
            "UPDATE things SET key = ?, body = ? WHERE kind = 'record'", (older, json.dumps(record))
        )
    db.close()
