"""Reading DynamoDB streams, and handing their records to a function in order.

A shard's records are dealt out to lanes by item key, as Lambda does with `ParallelizationFactor`:
records of one item stay in order, lanes do not wait for each other. What is remembered (the
checkpoint) is the record before the first one that is not done, so that a stop at any instant
repeats records and loses none.
"""

import base64
import logging
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from infra.local.checkpoints import Checkpoints

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

log = logging.getLogger("packtrail.local")

_OUTDATED = frozenset({"ExpiredIteratorException", "TrimmedDataAccessException"})


def event_record(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Return a record of GetRecords as Lambda gives it to a function.

    Bytes become base64, the time a float of epoch seconds, and the stream's ARN is added.
    """
    return {**_wire(record), "eventSourceARN": stream_arn}


def _wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _wire(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_wire(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    return value


def number_of(record: Mapping[str, Any]) -> str:
    """Return a record's sequence number."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def lane_of(record: Mapping[str, Any], lanes: int) -> int:
    """Return the lane of a record: the same for all records of one item."""
    keys = repr(sorted(record["dynamodb"]["Keys"].items()))
    return zlib.crc32(keys.encode()) % lanes


@dataclass(slots=True)
class Progress:
    """Which records of a shard are done, in whatever order that happens."""

    _waiting: deque[str] = field(default_factory=deque)
    _done: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def read(self, numbers: Sequence[str]) -> None:
        """Expect these sequence numbers to be done, in stream order."""
        with self._lock:
            self._waiting.extend(numbers)

    def done(self, numbers: Sequence[str]) -> str | None:
        """Note that they are done; return the new checkpoint when it moves."""
        with self._lock:
            self._done.update(numbers)
            checkpoint = None
            while self._waiting and self._waiting[0] in self._done:
                checkpoint = self._waiting.popleft()
                self._done.remove(checkpoint)
            return checkpoint

    @property
    def outstanding(self) -> int:
        """Records that were read and are not behind the checkpoint."""
        return len(self._waiting)


class Shard:
    """A place in a stream to go on reading from."""

    def __init__(
        self,
        client: "DynamoDBStreamsClient",
        stream_arn: str,
        shard_id: str,
        *,
        checkpoints: Checkpoints,
        from_now: bool = False,
    ) -> None:
        self.shard_id, self.stream_arn = shard_id, stream_arn
        self.progress = Progress()
        self._client, self._checkpoints = client, checkpoints
        self._first = "LATEST" if from_now else "TRIM_HORIZON"
        self._key = f"{stream_arn}/{shard_id}"
        self._read_up_to = checkpoints.get(self._key)
        self._iterator: str | None = None

    def read(self, limit: int) -> list[dict[str, Any]]:
        """Return the next records, none when there are none now."""
        try:
            answer = self._client.get_records(ShardIterator=self._place(), Limit=limit)
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _OUTDATED:
                raise
            self._iterator = None  # fifteen minutes without a read; begin where we stopped
            return []
        self._iterator = answer.get("NextShardIterator")
        records = [event_record(each, self.stream_arn) for each in answer["Records"]]
        numbers = list(map(number_of, records))
        if numbers:
            self._read_up_to = numbers[-1]
        self.progress.read(numbers)
        return records

    def done(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Note that records are done, and remember the checkpoint."""
        checkpoint = self.progress.done(list(map(number_of, records)))
        if checkpoint:
            self._checkpoints.set(self._key, checkpoint)

    def _place(self) -> str:
        if self._iterator is None:
            self._iterator = self._iterator_after(self._read_up_to)
        return self._iterator

    def _iterator_after(self, number: str | None) -> str:
        if number:
            try:
                return self._client.get_shard_iterator(
                    StreamArn=self.stream_arn,
                    ShardId=self.shard_id,
                    ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                    SequenceNumber=number,
                )["ShardIterator"]
            except self._client.exceptions.TrimmedDataAccessException:
                # The records up to there are older than a day and gone: what follows is what is
                # left. Records that were not done and are gone too need `stream.replay`.
                log.warning("%s: begins again at the oldest record kept", self.shard_id)
        return self._client.get_shard_iterator(
            StreamArn=self.stream_arn,
            ShardId=self.shard_id,
            ShardIteratorType="TRIM_HORIZON" if number else self._first,  # type: ignore[arg-type]
        )["ShardIterator"]


def shards(
    client: "DynamoDBStreamsClient", stream_arn: str, *, checkpoints: Checkpoints, from_now: bool
) -> list[Shard]:
    """Return the shards of a stream; an emulator has one, and it never splits."""
    described = client.describe_stream(StreamArn=stream_arn)["StreamDescription"]
    return [
        Shard(client, stream_arn, each["ShardId"], checkpoints=checkpoints, from_now=from_now)
        for each in described["Shards"]
    ]
