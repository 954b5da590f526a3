"""AWS in the process: our tables, queues and bucket on a repaired moto, emptied between tests.

Making a backend and clients anew costs 170 ms a test; emptying costs less than one. So moto starts
once per session, and `Aws.empty` clears what the tests wrote.
"""

import copy
import functools
import gc
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

REGION = "eu-central-1"
ACCOUNT = "123456789012"
PREFIX = "packtrail"

TABLES = ("events", "units", "lots", "directory", "recalls", "views")
QUEUES = (
    "recall",
    "recall-dead",
    "notices",
    "notices-dead",
    "captures",
    "captures-dead",
    "subscriptions",
    "subscriptions-dead",
    "stream-failures",
)
BUCKET = f"{PREFIX}-{ACCOUNT}-{REGION}"


def environment(scratch: Path) -> dict[str, str]:
    """Return what the process is told about itself: no real account, no real endpoint."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # botocore would call `{account}.streams-ddb.{region}.…`, which moto does not answer.
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "PACKTRAIL_PREFIX": PREFIX,
        "PACKTRAIL_BUCKET": BUCKET,
        "PACKTRAIL_LOCAL": "1",
        "PACKTRAIL_ISSUER": "http://127.0.0.1:8000",
        "PACKTRAIL_AUDIENCE": "packtrail",
        "PACKTRAIL_PUBLIC_URL": "http://127.0.0.1:8000",
        "PACKTRAIL_KEY_FILE": str(scratch / "root.key"),
        "POWERTOOLS_SERVICE_NAME": "packtrail",
        "POWERTOOLS_LOG_LEVEL": "WARNING",
    }


def forget() -> None:
    """Empty every cache of the product, so that one test cannot read what another left.

    Any `functools.lru_cache` of a module of ours is found, nobody has to register one. AWS clients
    stay: they hold nothing of a test and cost 50 ms each.
    """
    for name, module in sys.modules.copy().items():
        if name.partition(".")[0] not in {"chalicelib", "infra"}:
            continue
        for thing in list(vars(module).values()):
            if isinstance(thing, functools._lru_cache_wrapper) and not _holds_a_client(thing):
                thing.cache_clear()


def _holds_a_client(cache: Any) -> bool:
    from botocore.client import BaseClient

    if not cache.cache_info().currsize:
        return False
    held = gc.get_referents(cache)
    return any(isinstance(thing, BaseClient) for thing in held + gc.get_referents(*held))


@dataclass(frozen=True)
class Saved:
    """What `Aws.save` kept."""

    tables: Mapping[str, Any]
    queues: Mapping[str, Any]
    objects: Mapping[str, tuple[bytes, str]]


class Aws:
    """The emulated account, for arranging and for looking underneath.

    Attributes:
        stack: the tables, queues and bucket, as the template names them.
        bucket: the name of the bucket of documents.
    """

    bucket = BUCKET

    def __init__(self) -> None:
        self._create()

    def client(self, service: str) -> Any:
        """Return a client of the emulated account, made once."""
        import boto3

        return boto3.client(service)  # type: ignore[call-overload]

    def table(self, name: str) -> Any:
        """Return moto's own table behind a short name, to look at or to fill directly."""
        return self.backend("dynamodb").tables[f"{PREFIX}-{name}"]

    def items(self, name: str) -> list[dict[str, Any]]:
        """Return all items of a table as plain Python values, by key."""
        found = [item.to_regular_json() for item in self.table(name).all_items()]
        return sorted(found, key=lambda item: (item["pk"], item["sk"]))

    def snapshot(self) -> Mapping[str, list[str]]:
        """Return everything stored, in tables, queues and the bucket; two of them compare fast."""
        stored = {name: sorted(map(_text, self.table(name).all_items())) for name in TABLES}
        queued = {f"queue {name}": sorted(self.messages(name)) for name in QUEUES}
        kept = sorted(f"{key} {of!r}" for key, of in self.objects().items())
        return stored | queued | {"bucket": kept}

    def records(self, name: str) -> list[dict[str, Any]]:
        """Return the stream records of a table as moto keeps them, oldest first."""
        shard = self.table(name).stream_shard
        return shard.get(shard.starting_sequence_number, len(shard.items))

    def messages(self, queue: str) -> list[str]:
        """Return the bodies in a queue, in flight or not, without receiving them."""
        return [
            message.body for message in self.backend("sqs").queues[f"{PREFIX}-{queue}"]._messages
        ]

    def taken(self, queue: str) -> list[str]:
        """Take all messages out of a queue, late ones too, and return their bodies."""
        bodies = self.messages(queue)
        self.backend("sqs").queues[f"{PREFIX}-{queue}"]._messages.clear()
        return bodies

    def objects(self) -> dict[str, tuple[bytes, str]]:
        """Return the bytes and the media type of every object in the bucket, by key."""
        return {
            key: (kept.value, kept.metadata.get("Content-Type", ""))
            for key, kept in self.backend("s3").buckets[BUCKET].keys.items()
        }

    def reveal(self) -> None:
        """Let the time pass after which messages that were received come back."""
        for queue in self.backend("sqs").queues.values():
            for message in queue._messages:
                message.visible_at = message.delayed_until = 0.0

    def queue_url(self, queue: str) -> str:
        """Return the URL of a queue."""
        url: str = self.client("sqs").get_queue_url(QueueName=f"{PREFIX}-{queue}")["QueueUrl"]
        return url

    def empty(self) -> None:
        """Take out everything that a test wrote; the rest and clients stay."""
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data

        from tests.harness.moto_faults import forget_tokens

        forget_tokens()
        for region in self._other_regions_and_services(BackendDict):
            region.reset()
        if self._as_created != self._identity():
            self.backend("dynamodb").reset()
            self.backend("sqs").reset()
            self.backend("s3").reset()
            self._create()
        for table in self.backend("dynamodb").tables.values():
            table.items.clear()
            if table.stream_shard:
                table.stream_shard.items.clear()
        for queue in self.backend("sqs").queues.values():
            queue._messages.clear()
            queue._pending_messages.clear()
            queue.deleted_messages.clear()
        self.backend("dynamodbstreams").shard_iterators.clear()
        self._empty_bucket()
        reset_model_data()  # moto keeps every item that ever was, for its dashboard

    def _empty_bucket(self) -> None:
        from moto.s3.models import FakeKey

        self.backend("s3").buckets[BUCKET].keys.clear()
        for key in FakeKey.instances_tracked:  # each has an open file, replaced ones too
            key.dispose()

    def save(self) -> "Saved":
        """Keep everything as it is now, to come back to many times."""
        tables = {
            name: (
                {key: dict(part) for key, part in table.items.items()},
                list(table.stream_shard.items) if table.stream_shard else [],
            )
            for name, table in self.backend("dynamodb").tables.items()
        }
        queues = {
            name: copy.deepcopy(queue._messages)
            for name, queue in self.backend("sqs").queues.items()
        }
        return Saved(tables, queues, self.objects())

    def restore(self, saved: "Saved") -> None:
        """Put everything back as it was, and forget what the process cached."""
        self.empty()
        for name, (items, records) in saved.tables.items():
            table = self.backend("dynamodb").tables[name]
            table.items.update({key: dict(part) for key, part in items.items()})
            if table.stream_shard:
                table.stream_shard.items.extend(records)
        for name, messages in saved.queues.items():
            self.backend("sqs").queues[name]._messages.extend(copy.deepcopy(messages))
        for key, (body, media_type) in saved.objects.items():
            self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=media_type)
        forget()

    def _create(self) -> None:
        from infra.local.materialise import materialise
        from infra.local.template import Template

        self.stack = materialise(Template.load(), name=PREFIX)
        self._as_created = self._identity()

    def _identity(self) -> set[int]:
        return {
            id(thing)
            for thing in (
                *self.backend("dynamodb").tables.values(),
                *self.backend("sqs").queues.values(),
                *self.backend("s3").buckets.values(),
            )
        }

    def _other_regions_and_services(self, backends: Any) -> list[Any]:
        kept = {
            id(self.backend("dynamodb")),
            id(self.backend("sqs")),
            id(self.backend("s3")),
            id(self.backend("dynamodbstreams")),
        }
        return [
            backend
            for service in backends._instances
            for account in service.values()
            for backend in account.values()
            if id(backend) not in kept
        ]

    def backend(self, service: str) -> Any:
        """Return moto's own state of a service in our region."""
        from moto.backends import get_backend

        region = "aws" if service == "s3" else REGION  # one namespace of buckets per partition
        return get_backend(service)[ACCOUNT][region]  # type: ignore[call-overload]


def _text(item: Any) -> str:
    from moto.dynamodb.models.utilities import DynamoJsonEncoder

    # Kept with the item: the repaired moto replaces items and never changes them.
    text: str | None = getattr(item, "_text", None)
    if text is None:
        attributes = item.to_json()["Attributes"]
        text = item._text = json.dumps(attributes, sort_keys=True, cls=DynamoJsonEncoder)
    return text


@contextmanager
def emulated() -> Iterator[Aws]:
    """Start the repaired moto with everything of ours, for as long as the block runs."""
    import boto3
    from moto import mock_aws

    from tests.harness.moto_faults import repair

    repair()
    # A client costs 50 ms and holds nothing of a test: everybody who asks boto3 gets the same one.
    with mock_aws(), patch("boto3.client", functools.cache(boto3.client)):
        yield Aws()
