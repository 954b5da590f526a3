"""Putting work into a queue: bodies are JSON, at least once, in no order.

Promises: `send` returns when every body is stored; when it raises, some may be. The worker of each
queue is idempotent, so whoever was interrupted sends all of them again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from chalicelib.errors import Busy, NotFound
from chalicelib.settings import settings
from chalicelib.table.client import failures

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10
"""Messages in one SendMessageBatch (SQS's limit)."""

LONGEST_DELAY = timedelta(seconds=900)
"""How long SQS can hold a message back."""

_ROUNDS = 4
_BUSY = frozenset({"KmsThrottled", "OverLimit", "RequestThrottled", "ThrottlingException"})
_SERVER_ERROR = 500
_NOT_IN_HAND = frozenset({"MessageNotInflight", "ReceiptHandleIsInvalid"})


def send(queue: str, bodies: Iterable[Mapping[str, Any]], *, delay: timedelta = timedelta()) -> int:
    """Put bodies into a queue, ten to a request.

    Args:
        queue: short name.
        bodies: JSON objects; 100 KiB together in ten of them at most.
        delay: how long they are held back; what is longer than a quarter of an hour is cut to it.

    Returns:
        How many were put there.

    Raises:
        Busy: throttled, no answer, or refused time and again.
    """
    seconds = ceil(min(max(delay, timedelta()), LONGEST_DELAY).total_seconds())
    left = iter(bodies)
    sent = 0
    while batch := list(islice(left, BATCH)):
        _send_batch(_url(queue), batch, seconds)
        sent += len(batch)
    return sent


def hide(queue: str, receipt: str, time: timedelta) -> None:
    """Keep a message that was received out of sight for a while, from now.

    Args:
        queue: short name.
        receipt: handle of the message, as it was received.
        time: until it comes back, if nobody deletes it before.

    Raises:
        Busy: throttled, or no answer.
        NotFound: it is not in anybody's hands any more.
    """
    try:
        with _failures():
            _client().change_message_visibility(
                QueueUrl=_url(queue),
                ReceiptHandle=receipt,
                VisibilityTimeout=ceil(time.total_seconds()),
            )
    except ClientError as error:
        if error.response["Error"]["Code"].rpartition(".")[2] in _NOT_IN_HAND:
            raise NotFound("The message came back to its queue, or is gone.") from error
        raise


def _send_batch(url: str, bodies: Sequence[Mapping[str, Any]], seconds: int) -> None:
    entries: list[Any] = [
        {
            "Id": str(number),
            "MessageBody": json.dumps(body, separators=(",", ":")),
            "DelaySeconds": seconds,
        }
        for number, body in enumerate(bodies)
    ]
    for _ in range(_ROUNDS):
        with _failures():
            answer = _client().send_message_batch(QueueUrl=url, Entries=entries)
        refused = {entry["Id"] for entry in answer.get("Failed", [])}
        if not refused:
            return
        entries = [entry for entry in entries if entry["Id"] in refused]
    raise Busy("The queue is busy; try again.", code="throttled")


@lru_cache(maxsize=1)
def _client() -> "SQSClient":
    """Return the one SQS client; `AWS_ENDPOINT_URL` leads it to an emulator."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard"})
    return cast("SQSClient", get_session().create_client("sqs", config=config))


@lru_cache(maxsize=8)
def _url(queue: str) -> str:
    with _failures():
        return _client().get_queue_url(QueueName=settings().queue(queue))["QueueUrl"]


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what a retry may cure into `Busy`; SQS has words of its own for it."""
    try:
        with failures():
            yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if error.response["Error"]["Code"] in _BUSY or status >= _SERVER_ERROR:
            raise Busy("The queue is busy; try again.", code="throttled") from error
        raise
