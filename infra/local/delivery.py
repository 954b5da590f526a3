"""Lambda's rules for handing a batch to a function, as a state machine without AWS.

Streams (Lambda Developer Guide, "How Lambda processes records from stream and queue-based event
sources", "Configuring partial batch response with DynamoDB and Lambda"):

- A batch is handed over again, after a growing pause, until it succeeds, was retried
  `MaximumRetryAttempts` times, or its records are older than `MaximumRecordAgeInSeconds`.
- With `ReportBatchItemFailures` what stands before the lowest failed sequence number is done, and
  only the rest is handed over again.
- With `BisectBatchOnFunctionError` a batch that failed is split, at the returned sequence number or
  in the middle, and each part goes its own way. Splitting does not count as a retry.
- What is given up goes to the on-failure destination, as a note of where it stands in the stream.

Queues: what did not fail is deleted; what failed comes back when the queue makes it visible again,
and the queue's redrive policy gives it up.

No emulator does the first of these faithfully, which is why this module exists. What Lambda does
not document is chosen to be the harsher: an answer that names a record outside of the batch fails
the whole batch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

Record = Mapping[str, Any]
"""One record of an event, as Lambda gives it to a function."""

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]
FOR_EVER = -1
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How a stream is handed to a function: the properties of its event source, with defaults.

    Attributes:
        batch_size: most records in one invocation.
        window: seconds to wait for a batch to fill.
        reports_failures: the function says which record failed (`ReportBatchItemFailures`).
        bisects: a batch that failed is split.
        retries: times that the same records are handed over again; -1 for ever.
        max_age: seconds after which a record is given up; -1 for never.
        lanes: batches of one shard at the same time; order is kept per item.
        destination: ARN of the queue for what is given up; empty for none.
        from_now: begin with what is written from now on, not with the oldest record.
    """

    batch_size: int = 100
    window: float = 0
    reports_failures: bool = False
    bisects: bool = False
    retries: int = FOR_EVER
    max_age: float = FOR_EVER
    lanes: int = 1
    destination: str = ""
    from_now: bool = False

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "StreamSettings":
        """Read the properties of a DynamoDB event source of SAM or CloudFormation."""
        on_failure = properties.get("DestinationConfig", {}).get("OnFailure", {})
        return cls(
            batch_size=int(properties.get("BatchSize", 100)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            reports_failures=_reports_failures(properties),
            bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
            retries=int(properties.get("MaximumRetryAttempts", FOR_EVER)),
            max_age=float(properties.get("MaximumRecordAgeInSeconds", FOR_EVER)),
            lanes=int(properties.get("ParallelizationFactor", 1)),
            destination=on_failure.get("Destination", ""),
            from_now=properties.get("StartingPosition") == "LATEST",
        )


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """How a queue is handed to a function.

    Attributes:
        batch_size: most messages in one invocation.
        window: seconds to wait for a batch to fill.
        reports_failures: the function says which messages failed.
        concurrency: invocations at the same time, at most.
    """

    batch_size: int = 10
    window: float = 0
    reports_failures: bool = False
    concurrency: int = 5

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "QueueSettings":
        """Read the properties of an SQS event source of SAM or CloudFormation."""
        return cls(
            batch_size=int(properties.get("BatchSize", 10)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            reports_failures=_reports_failures(properties),
            concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", 5)),
        )


def _reports_failures(properties: Mapping[str, Any]) -> bool:
    return "ReportBatchItemFailures" in (properties.get("FunctionResponseTypes") or ())


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Records that are not handed over any more.

    Attributes:
        records: at least one, as they stand in the stream.
        condition: why.
        invocations: how often the function saw them.
        erred: whether the last of these raised, rather than reported failures.
    """

    records: tuple[Record, ...]
    condition: Condition
    invocations: int
    erred: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `deliver` needs of the world.

    Attributes:
        invoke: hand records to the function; its answer, or its exception.
        done: these records, the next ones of the batch, need not be handed over again.
        give_up: keep a note of these records; they are reported `done` after it.
        pause: wait so many seconds, or raise to leave everything that is not done.
        now: epoch seconds.
        since: epoch seconds from which records grow old, when they were written before: what
            happens while nobody runs is nobody's delay.
    """

    invoke: Callable[[Sequence[Record]], object]
    done: Callable[[Sequence[Record]], None]
    give_up: Callable[[GivenUp], None]
    pause: Callable[[float], None]
    now: Callable[[], float]
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a batch that is handed over together."""

    records: tuple[Record, ...]
    retries: int = 0
    invocations: int = 0


class HandlerFailed(Exception):
    """The function raised; the cause says what."""


def deliver(batch: Sequence[Record], settings: StreamSettings, world: Surroundings) -> None:
    """Hand a batch of a stream over until every record of it is done or given up, in order."""
    waiting = [Piece(tuple(batch))]  # the next one last
    while waiting:
        piece = _without_old(waiting.pop(), settings, world)
        if not piece.records:
            continue
        failed, erred = _attempt(piece, settings, world)
        seen = replace(piece, invocations=piece.invocations + 1)
        world.done(seen.records[:failed])
        if failed is None:
            continue
        rest = after_failure(seen, failed, settings)
        if rest:
            world.pause(pause_after(seen.invocations))
            waiting.extend(reversed(rest))
        else:
            failures = seen.records[failed:]
            _give_up(GivenUp(failures, "RetryAttemptsExhausted", seen.invocations, erred), world)


def _attempt(
    piece: Piece, settings: StreamSettings, world: Surroundings
) -> tuple[int | None, bool]:
    """Invoke, and tell which record failed first, and whether the function raised."""
    try:
        answer = world.invoke(piece.records)
    except HandlerFailed:
        return 0, True
    numbers = [record["dynamodb"]["SequenceNumber"] for record in piece.records]
    return first_failure(answer, numbers, reports=settings.reports_failures), False


def _give_up(given_up: GivenUp, world: Surroundings) -> None:
    world.give_up(given_up)
    world.done(given_up.records)


def _without_old(piece: Piece, settings: StreamSettings, world: Surroundings) -> Piece:
    """Give up the records that are too old by now; they are the first ones."""
    if settings.max_age < 0:
        return piece
    oldest = world.now() - settings.max_age
    old = 0
    while old < len(piece.records) and max(_written(piece.records[old]), world.since) < oldest:
        old += 1
    if old:
        _give_up(GivenUp(piece.records[:old], "RecordAgeExceeded", piece.invocations), world)
    return replace(piece, records=piece.records[old:])


def _written(record: Record) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def after_failure(piece: Piece, failed: int, settings: StreamSettings) -> list[Piece]:
    """Return what is to be handed over again, in order; nothing when the retries are used up.

    Args:
        piece: what was handed over.
        failed: index of the first record that failed; 0 when the function raised.
        settings: of the event source.
    """
    rest = piece.records[failed:]
    if settings.bisects and failed:
        return [replace(piece, records=rest)]
    if settings.bisects and len(rest) > 1:
        middle = len(rest) // 2
        return [replace(piece, records=rest[:middle]), replace(piece, records=rest[middle:])]
    if 0 <= settings.retries <= piece.retries:
        return []
    return [replace(piece, records=rest, retries=piece.retries + 1)]


def pause_after(invocations: int) -> float:
    """Return the seconds to wait after so many invocations that failed."""
    return float(min(_FIRST_PAUSE_SECONDS * 2 ** (invocations - 1), _LONGEST_PAUSE_SECONDS))


def first_failure(answer: object, identifiers: Sequence[str], *, reports: bool) -> int | None:
    """Return the index of the first record that failed; None when all succeeded.

    An empty answer, or an empty or missing list of failures, is a success. An identifier that is
    empty, missing or not of the batch fails the batch from its beginning.
    """
    failures = _reported(answer) if reports else ()
    if failures is None:
        return 0
    try:
        return min((identifiers.index(failure) for failure in failures), default=None)
    except ValueError:
        return 0


def failed_messages(answer: object, identifiers: Sequence[str], *, reports: bool) -> set[str]:
    """Return the ids of the messages of a queue that failed, by the same rules."""
    failures = _reported(answer) if reports else ()
    if failures is None or not set(failures) <= set(identifiers):
        return set(identifiers)
    return set(failures)


def _reported(answer: object) -> Sequence[str] | None:
    """Return the identifiers in an answer; None when it is not an answer at all."""
    if answer is None:
        return ()
    if not isinstance(answer, Mapping):
        return None
    failures = answer.get("batchItemFailures") or ()
    if not isinstance(failures, Sequence) or isinstance(failures, str):
        return None
    named = [each.get("itemIdentifier") if isinstance(each, Mapping) else None for each in failures]
    found = [name for name in named if name and isinstance(name, str)]
    return found if len(found) == len(named) else None


def failure_note(
    given_up: GivenUp,
    *,
    stream_arn: str,
    shard_id: str,
    function_arn: str,
    request_id: str,
    at: float,
) -> dict[str, Any]:
    """Return what Lambda tells the on-failure destination: where, not what.

    Source: Lambda Developer Guide, "Retain discarded records for a DynamoDB event source".
    """
    records = given_up.records
    response = {"statusCode": 200, "executedVersion": "$LATEST"}
    if given_up.erred:
        response["functionError"] = "Unhandled"
    return {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.invocations,
        },
        **({"responseContext": response} if given_up.invocations else {}),
        "version": "1.0",
        "timestamp": _instant(at, "milliseconds"),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _instant(_written(records[0]), "seconds"),
            "approximateArrivalOfLastRecord": _instant(_written(records[-1]), "seconds"),
            "batchSize": len(records),
            "streamArn": stream_arn,
        },
    }


def _instant(epoch: float, precision: str) -> str:
    text = datetime.fromtimestamp(epoch, UTC).isoformat(timespec=precision)
    return text.replace("+00:00", "Z")
