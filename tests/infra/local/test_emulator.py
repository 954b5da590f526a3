"""The emulator's promises, over real processes and sockets."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from infra.local.emulator import Emulator, EmulatorFailed

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
number = 0
while True:
    account.put(f"{number:06}")
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

    assert set(answered) <= set(kept)
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
