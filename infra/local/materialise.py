"""Making the template's tables, queues and buckets by plain API calls, on an emulator or moto.

What has no meaning on one machine is left out: encryption, backups, deletion protection, tags, who
may reach a bucket and when its objects expire.
Everything else of the template is ignored here; functions and their event sources are run by
`eventsource.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import boto3

from infra.local.template import Template, TemplateError, resolve

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_sqs import SQSClient

_TABLE = "AWS::DynamoDB::Table"
_QUEUE = "AWS::SQS::Queue"
_BUCKET = "AWS::S3::Bucket"
_KINDS = (_TABLE, _QUEUE, _BUCKET)
_TABLE_PROPERTIES = ("AttributeDefinitions", "BillingMode", "KeySchema", "TableName")
_QUEUE_ATTRIBUTES = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)
_NO_CONSTRAINT = "us-east-1"  # the one region that a bucket must not be asked for by name


@dataclass(frozen=True, slots=True)
class Made:
    """A table, queue or bucket that exists: what `Ref` and `Fn::GetAtt` give for it."""

    ref: str
    attributes: Mapping[str, str]


@dataclass(slots=True)
class Stack:
    """Everything made from one template, by logical id; made when it is first asked for."""

    template: Template
    name: str
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    s3: "S3Client"
    made: dict[str, Made] = field(default_factory=dict)

    def ref(self, name: str) -> str:
        """Return what `Ref` gives."""
        match name:
            case "AWS::StackName":
                return self.name
            case "AWS::Region":
                return self.dynamodb.meta.region_name
            case "AWS::Partition":
                return "aws"
            case "AWS::AccountId":
                return str(boto3.client("sts").get_caller_identity()["Account"])
        return self.make(name).ref

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
        """Make a table, queue or bucket unless it exists, and what it refers to before it."""
        if name not in self.made:
            kind = self.template.resources.get(name, {}).get("Type")
            make = {_TABLE: self._table, _QUEUE: self._queue, _BUCKET: self._bucket}.get(kind or "")
            if make is None:
                expected = "a table, a queue or a bucket"
                raise TemplateError(f"{name} is {kind or 'unknown'}, expected {expected}")
            self.made[name] = make(self.template.properties(name))
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

    def _bucket(self, properties: Mapping[str, Any]) -> Made:
        name = self.resolve(properties["BucketName"])
        if name not in {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}:
            region = self.s3.meta.region_name
            if region == _NO_CONSTRAINT:
                self.s3.create_bucket(Bucket=name)
            else:
                place = cast("BucketLocationConstraintType", region)
                self.s3.create_bucket(
                    Bucket=name, CreateBucketConfiguration={"LocationConstraint": place}
                )
        return Made(name, {"Arn": f"arn:aws:s3:::{name}"})


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
    """Make all tables, queues and buckets of a template; what exists already is left as it is.

    Args:
        template: usually `Template.load()`.
        name: the stack's name, the first part of every name in it.

    Raises:
        TemplateError: a table exists in another shape, or the template asks what is not known here.
    """
    stack = Stack(template, name, boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("s3"))
    for kind in _KINDS:
        for logical in template.of_type(kind):
            stack.make(logical)
    return stack
