"""Which stream or queue feeds which function: Chalice's registration, overlaid by the template.

On AWS `chalice package --merge-template` does the same overlay; here it is done at start, so that
one file says how records are retried, split and given up, everywhere.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig
from chalice.utils import to_cfn_resource_name

from infra.local.delivery import QueueSettings, StreamSettings
from infra.local.filters import Fits, read_filters
from infra.local.invocation import Function
from infra.local.materialise import Stack
from infra.local.queues import Queue
from infra.local.template import TemplateError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

CONFIG = Path(__file__).parents[2] / ".chalice" / "config.json"
_LAMBDAS_OWN_TIMEOUT = 3.0
_NOT_DONE_HERE = {
    "Dynamodb": frozenset({"TumblingWindowInSeconds"}),
    "Sqs": frozenset({"FilterCriteria"}),
}


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that feeds a function.

    Attributes:
        arn: of the stream.
        give_up: keeps Lambda's note about records that are given up.
        fits: whether a record is for the function; the others are passed over.
    """

    arn: str
    function: Function
    settings: StreamSettings
    give_up: Callable[[Mapping[str, Any]], None]
    fits: Fits


def mappings(app: Chalice, stack: Stack, config: Path = CONFIG) -> tuple[list[Stream], list[Queue]]:
    """Return the event sources of an app, with the tables and queues of a stack.

    Raises:
        TemplateError: a source is of a kind that is not run on one machine.
    """
    limits = timeouts(config)
    streams: list[Stream] = []
    queues: list[Queue] = []
    for source in app.event_sources:
        if isinstance(source, ScheduledEventConfig):
            continue  # see `timers`
        timeout = limits.get(source.name, _LAMBDAS_OWN_TIMEOUT)
        function = Function(source.name, app.handler_map[source.name], timeout)
        if isinstance(source, DynamoDBEventConfig):
            streams.append(_stream(source, function, stack))
        elif isinstance(source, SQSEventConfig):
            queues.append(_queue(source, function, stack))
        else:
            raise TemplateError(f"{source.name} is a {type(source).__name__}, not run here")
    return streams, queues


def timeouts(config: Path) -> dict[str, float]:
    """Return the seconds that functions may take, by name, as far as Chalice is told."""
    functions = (
        json.loads(config.read_text()).get("lambda_functions", {}) if config.exists() else {}
    )
    return {
        name: float(function["lambda_timeout"])
        for name, function in functions.items()
        if "lambda_timeout" in function
    }


def _overlaid(own: Mapping[str, Any], name: str, kind: str, stack: Stack) -> Mapping[str, Any]:
    """Return Chalice's properties of an event source with the template's on top, computed."""
    logical = to_cfn_resource_name(name)
    events = stack.template.properties(logical).get("Events", {})
    written = events.get(f"{logical}{kind}EventSource", {}).get("Properties", {})
    computed: Mapping[str, Any] = stack.resolve({**own, **written})
    if unknown := _NOT_DONE_HERE[kind] & computed.keys():
        raise TemplateError(f"{name} asks for {sorted(unknown)[0]}, which is not done here")
    return computed


def _stream(source: DynamoDBEventConfig, function: Function, stack: Stack) -> Stream:
    own = {
        "Stream": source.stream_arn,
        "BatchSize": source.batch_size,
        "StartingPosition": source.starting_position,
        "MaximumBatchingWindowInSeconds": source.maximum_batching_window_in_seconds,
    }
    properties = _overlaid(own, source.name, "Dynamodb", stack)
    settings = StreamSettings.of(properties)
    give_up = _to_queue(settings.destination)
    fits = read_filters(properties.get("FilterCriteria"))
    return Stream(properties["Stream"], function, settings, give_up, fits)


def _to_queue(arn: str) -> Callable[[Mapping[str, Any]], None]:
    if not arn:
        return lambda note: None
    sqs = boto3.client("sqs")
    url = _url(sqs, arn)

    def send(note: Mapping[str, Any]) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(note))

    return send


def _queue(source: SQSEventConfig, function: Function, stack: Stack) -> Queue:
    own = {
        "Queue": source.queue_arn or f"arn:aws:sqs:::{source.queue}",
        "BatchSize": source.batch_size,
        "MaximumBatchingWindowInSeconds": source.maximum_batching_window_in_seconds,
    }
    properties = _overlaid(own, source.name, "Sqs", stack)
    sqs, arn = boto3.client("sqs"), properties["Queue"]
    return Queue(sqs, _url(sqs, arn), arn, function, QueueSettings.of(properties))


def _url(sqs: "SQSClient", arn: str) -> str:
    return sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
