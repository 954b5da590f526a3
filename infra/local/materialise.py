"""Making the template's tables and queues by plain API calls, on an emulator or on moto.

What has no meaning on one machine is left out: encryption, backups, deletion protection, tags.
Everything else of the template is ignored here; functions and their event sources are run by
`eventsource.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

from infra.local.template import Template, TemplateError, resolve

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_TABLE = "AWS::DynamoDB::Table"
_QUEUE = "AWS::SQS::Queue"
_TABLE_PROPERTIES = ("AttributeDefinitions", "BillingMode", "KeySchema", "TableName")
_QUEUE_ATTRIBUTES = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A table or a queue that exists: what `Ref` and `Fn::GetAtt` give for it."""

    ref: str
    attributes: Mapping[str, str]


@dataclass(slots=True)
class Stack:
    """Everything made from one template, by logical id; made when it is first asked for."""

    template: Template
    name: str
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    made: dict[str, Made] = field(default_factory=dict)

    def ref(self, name: str) -> str:
        """Return what `Ref` gives."""
        pseudo = {
            "AWS::StackName": self.name,
            "AWS::Region": self.dynamodb.meta.region_name,
            "AWS::Partition": "aws",
        }
        return pseudo[name] if name in pseudo else self.make(name).ref

    def attribute(self, name: str, wanted: str) -> str:
        """Return what `Fn::GetAtt` gives."""
        attributes = self.make(name).attributes
        if wanted not in attributes:
            raise TemplateError(f"{name} has no {wanted}, expected one of {sorted(attributes)}")
        return attributes[wanted]

    def resolve(self, value: Any) -> Any:
        """Compute a value of the template, making what it refers to."""
        return resolve(value, self.ref, self.attribute)

    def make(self, name: str) -> Made:
        """Make a table or a queue unless it exists, and what it refers to before it."""
        if name not in self.made:
            kind = self.template.resources.get(name, {}).get("Type")
            if kind not in {_TABLE, _QUEUE}:
                raise TemplateError(f"{name} is {kind or 'unknown'}, expected a table or a queue")
            properties = self.template.properties(name)
            make = self._table if kind == _TABLE else self._queue
            self.made[name] = make(properties)
        return self.made[name]

    def _table(self, properties: Mapping[str, Any]) -> Made:
        wanted = {
            key: self.resolve(properties[key]) for key in _TABLE_PROPERTIES if key in properties
        }
        if "StreamSpecification" in properties:
            view = properties["StreamSpecification"]["StreamViewType"]
            wanted["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        name = wanted["TableName"]
        described = self._described(name)
        if described is None:
            self.dynamodb.create_table(**wanted)
            self.dynamodb.get_waiter("table_exists").wait(TableName=name)
            described = self.dynamodb.describe_table(TableName=name)["Table"]
        _refuse_another_shape(wanted, described)
        self._expire(name, self.resolve(properties.get("TimeToLiveSpecification")))
        attributes = {"Arn": described["TableArn"]}
        if "LatestStreamArn" in described:
            attributes["StreamArn"] = described["LatestStreamArn"]
        return Made(name, attributes)

    def _described(self, name: str) -> Any:
        try:
            return self.dynamodb.describe_table(TableName=name)["Table"]
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return None

    def _expire(self, name: str, wanted: Any) -> None:
        now = self.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        enabled = now.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
        if wanted and wanted["Enabled"] and not enabled:
            self.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)

    def _queue(self, properties: Mapping[str, Any]) -> Made:
        name = self.resolve(properties["QueueName"])
        wanted: dict[Any, str] = {
            key: _text(self.resolve(properties[key]))
            for key in _QUEUE_ATTRIBUTES
            if key in properties
        }
        url = self._existing_queue(name) or self.sqs.create_queue(QueueName=name)["QueueUrl"]
        if wanted:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return Made(url, {"Arn": answer["Attributes"]["QueueArn"], "QueueName": name})

    def _existing_queue(self, name: str) -> str | None:
        try:
            return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except self.sqs.exceptions.QueueDoesNotExist:
            return None


def _refuse_another_shape(wanted: Mapping[str, Any], described: Mapping[str, Any]) -> None:
    for key in ("KeySchema", "StreamSpecification"):
        if wanted.get(key) != described.get(key):
            raise TemplateError(
                f"{wanted['TableName']} has the {key} {described.get(key)!r},"
                f" expected {wanted.get(key)!r}: it was made by another version"
            )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def materialise(template: Template, *, name: str = "packtrail") -> Stack:
    """Make all tables and queues of a template; what exists already is left as it is.

    Args:
        template: usually `Template.load()`.
        name: the stack's name, the first part of every name in it.

    Raises:
        TemplateError: a table exists in another shape, or the template asks what is not known here.
    """
    stack = Stack(template, name, boto3.client("dynamodb"), boto3.client("sqs"))
    for kind in (_TABLE, _QUEUE):
        for logical in template.of_type(kind):
            stack.make(logical)
    return stack
