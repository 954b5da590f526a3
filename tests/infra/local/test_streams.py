import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.checkpoints import Checkpoints
from infra.local.streams import Progress, event_record, lane_of, shards

SHARD = {"from_now": False}


def keyed(pk):
    return {"dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": "-"}}}}


def test_bytes_become_base64_and_times_become_floats():
    read = {
        "eventID": "1",
        "dynamodb": {
            "ApproximateCreationDateTime": datetime(2026, 11, 23, tzinfo=UTC),
            "NewImage": {
                "b": {"B": b"\x00\xff"},
                "s": {"BS": [b"a"]},
                "m": {"M": {"x": {"N": "1"}}},
            },
        },
    }

    assert event_record(read, "arn:stream") == {
        "eventID": "1",
        "eventSourceARN": "arn:stream",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795392000.0,
            "NewImage": {"b": {"B": "AP8="}, "s": {"BS": ["YQ=="]}, "m": {"M": {"x": {"N": "1"}}}},
        },
    }


def test_all_records_of_an_item_have_one_lane():
    assert {lane_of(keyed("a"), 8) for _ in range(5)} == {lane_of(keyed("a"), 8)}


def test_items_are_spread_over_the_lanes():
    assert {lane_of(keyed(str(n)), 4) for n in range(100)} == {0, 1, 2, 3}


def test_the_checkpoint_stays_before_the_first_record_that_is_not_done():
    progress = Progress()
    progress.read(["1", "2", "3"])

    assert progress.done(["2"]) is None
    assert progress.done(["1"]) == "2"
    assert progress.outstanding == 1
    assert progress.done(["3"]) == "3"


@given(st.permutations(range(10)))
def test_when_all_is_done_the_checkpoint_is_the_last_record_in_whatever_order(order):
    progress = Progress()
    progress.read([str(n) for n in range(10)])

    moves = [moved for n in order if (moved := progress.done([str(n)]))]

    assert moves[-1] == "9"
    assert moves == sorted(moves)
    assert progress.outstanding == 0


def put(aws, pk):
    item = {"pk": {"S": pk}, "sk": {"S": "-"}, "blob": {"B": b"\x01"}}
    aws.client("dynamodb").put_item(TableName="packtrail-events", Item=item)


@pytest.fixture
def opened(aws):
    """Open the one shard of the events table's stream."""
    table = aws.client("dynamodb").describe_table(TableName="packtrail-events")["Table"]

    def opened(checkpoints=None, **options):
        [shard] = shards(
            aws.client("dynamodbstreams"),
            table["LatestStreamArn"],
            checkpoints=checkpoints or Checkpoints(None),
            **SHARD | options,
        )
        return shard

    return opened


def keys(records):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]


def test_reading_goes_on_where_it_stopped(aws, opened):
    shard = opened()
    put(aws, "1")
    put(aws, "2")

    assert keys(shard.read(1)) == ["1"]
    assert keys(shard.read(10)) == ["2"]
    assert shard.read(10) == []


def test_records_look_as_lambda_gives_them(aws, opened):
    put(aws, "1")

    [record] = opened().read(10)

    assert record["eventName"] == "INSERT"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["eventSourceARN"].startswith("arn:aws:dynamodb:")
    assert record["dynamodb"]["NewImage"]["blob"] == {"B": "AQ=="}
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)


def test_a_new_start_begins_after_the_checkpoint(aws, opened):
    checkpoints = Checkpoints(None)
    put(aws, "done")
    put(aws, "not done")
    shard = opened(checkpoints)
    [first, _] = shard.read(10)
    shard.done([first])

    assert keys(opened(checkpoints).read(10)) == ["not done"]


def test_without_a_checkpoint_the_beginning_is_the_oldest_record(aws, opened):
    put(aws, "1")

    assert keys(opened().read(10)) == ["1"]


def test_from_now_on_leaves_out_what_was_written_before(aws, opened):
    put(aws, "before")
    shard = opened(from_now=True)
    shard.read(10)
    put(aws, "after")

    assert keys(shard.read(10)) == ["after"]


class Refusing:
    """A client whose next call of one operation is refused once."""

    def __init__(self, client, operation, code):
        self._client, self._operation, self._code = client, operation, code
        self.exceptions = client.exceptions

    def __getattr__(self, name):
        if name != self._operation:
            return getattr(self._client, name)
        self._operation = None
        raised = getattr(self.exceptions, self._code)({"Error": {"Code": self._code}}, name)

        def refuse(**_):
            raise raised

        return refuse


def test_an_iterator_that_expired_is_replaced(aws, opened):
    shard = opened()
    put(aws, "1")
    put(aws, "2")
    shard.read(1)
    shard._client = Refusing(shard._client, "get_records", "ExpiredIteratorException")

    assert shard.read(10) == []
    assert keys(shard.read(10)) == ["2"]


def test_a_checkpoint_that_is_gone_means_the_oldest_record_kept(aws, opened, caplog):
    put(aws, "kept")
    checkpoints = Checkpoints(None)
    shard = opened(checkpoints)
    checkpoints.set(shard._key, "0")
    shard = opened(checkpoints)
    shard._client = Refusing(shard._client, "get_shard_iterator", "TrimmedDataAccessException")

    with caplog.at_level(logging.WARNING):
        assert keys(shard.read(10)) == ["kept"]
    assert "oldest record kept" in caplog.text
