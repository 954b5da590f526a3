"""What must hold of the packaged template, whoever changed it.

cfn-lint knows what CloudFormation accepts. This knows what Packtrail promises: nothing recorded is
lost in a stream or a queue, nobody may do more than its function needs, nothing fails unseen, and
the tables are those that the items are written for.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import chalicelib
from chalicelib.table.items import Item
from infra.template import Template, of_type, sources, target

RUNTIMES = frozenset({"python3.11", "python3.12", "python3.13"})

WILDCARDS: Mapping[tuple[str, str], str] = {
    ("ApiHandlerRole", "KeepDocuments"): "any object below two prefixes of the one bucket",
    ("OnCapturesRole", "ReadDocuments"): "any object below one prefix of the one bucket",
    ("OnCapturesRole", "KeepHeldEvents"): "any object below one prefix of the one bucket",
    ("OnCapturesRole", "KeepTransactions"): "any object below one prefix of the one bucket",
    ("RootKey", "TheAccountAdministersButDoesNotUse"): "in a key's own policy `*` is that key",
    ("RootKey", "OnlyTheseRolesDerive"): "in a key's own policy `*` is that key",
    ("APIHandlerInvokePermission", ""): "any method of this one API may call the function",
}
"""Where a `*` may stand in a permission, by resource and statement id, and why."""

NAMES: Mapping[str, str] = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::Cognito::UserPoolResourceServer": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
"""The property by which people find a resource of a type."""


def problems(template: Template, items: Iterable[type[Item]]) -> list[str]:
    """Return one sentence for everything that is wrong with a CloudFormation template.

    Args:
        template: CloudFormation, not SAM.
        items: the declared items, whose keys the tables must have; see `declared_items`.
    """
    checks: tuple[Callable[[Template], Iterator[str]], ...] = (
        _unsafe_streams,
        _unsafe_queues,
        _wide_permissions,
        _shared_roles,
        _unwatched,
        _unnamed,
        _odd_functions,
        _careless_tables,
        _careless_buckets,
    )
    found = [problem for check in checks for problem in check(template)]
    return found + list(_other_keys(template, items))


def declared_items() -> set[type[Item]]:
    """Return every stored item that the product declares."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    waiting = list(Item.__subclasses__())
    found = set()
    while waiting:
        item = waiting.pop()
        waiting += item.__subclasses__()
        if hasattr(item, "Meta") and item.__module__.startswith("chalicelib."):
            found.add(item)
    return found


def _unsafe_streams(template: Template) -> Iterator[str]:
    """A poison record must neither block its shard nor vanish (Lambda's defaults do both)."""
    for name, source in sources(template, streams=True):
        expected = {
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "StartingPosition": "TRIM_HORIZON",
        }
        for setting, value in expected.items():
            if source.get(setting) != value:
                yield f"{name}: {setting} is {source.get(setting)!r}, expected {value!r}"
        if not 5 <= source.get("MaximumRetryAttempts", -1) <= 10:
            yield f"{name}: MaximumRetryAttempts must be 5 to 10"
        if not 60 <= source.get("MaximumRecordAgeInSeconds", -1) <= 21600:
            yield f"{name}: MaximumRecordAgeInSeconds must be 60 to 21600 (6 h of the 24 h kept)"
        if not source.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
            yield f"{name}: DestinationConfig.OnFailure names no queue"


def _unsafe_queues(template: Template) -> Iterator[str]:
    """One failed message must not repeat its batch, nor be tried for ever."""
    queues = of_type(template, "AWS::SQS::Queue")
    functions = of_type(template, "AWS::Lambda::Function")
    for name, source in sources(template, streams=False):
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name}: one failed message brings back its whole batch"
        queue = queues.get(target(source.get("EventSourceArn")), {})
        if not queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"):
            yield f"{name}: its queue has no dead-letter queue"
        timeout = functions[target(source["FunctionName"])]["Timeout"]
        if queue.get("VisibilityTimeout", 0) < 6 * timeout:
            yield f"{name}: VisibilityTimeout is below six times the {timeout} s of its function"


def _wide_permissions(template: Template) -> Iterator[str]:
    for name, sid, actions, resources in _permissions(template):
        if (name, sid) not in WILDCARDS and any("*" in str(one) for one in actions + resources):
            yield f"{name} {sid}: `*` in {actions} on {resources}"


def _permissions(template: Template) -> Iterator[tuple[str, str, list[Any], list[Any]]]:
    """Yield (logical id, statement id, actions, resources) of every statement that allows."""
    for name, permission in of_type(template, "AWS::Lambda::Permission").items():
        yield name, "", _several(permission["Action"]), _several(permission.get("SourceArn", "*"))
    for name, resource in template["Resources"].items():
        for document in _documents(resource.get("Properties", {})):
            for statement in document["Statement"]:
                if statement["Effect"] == "Allow":
                    actions = _several(statement.get("Action", "*"))  # else NotAction: all others
                    resources = _several(statement.get("Resource", []))
                    yield name, statement.get("Sid", ""), actions, resources


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every policy document anywhere inside a resource."""
    if isinstance(value, Mapping):
        if "Statement" in value:
            yield value
        for inside in value.values():
            yield from _documents(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _documents(inside)


def _shared_roles(template: Template) -> Iterator[str]:
    owners: dict[str, str] = {}
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        owner = owners.setdefault(target(function["Role"]), name)
        if owner != name:
            yield f"{name}: shares its role with {owner}"
    for name, role in of_type(template, "AWS::IAM::Role").items():
        if role.get("ManagedPolicyArns"):
            yield f"{name}: managed policies allow more than one function needs"


def _unwatched(template: Template) -> Iterator[str]:
    """Whatever fails for good, or lags, must raise an alarm that tells somebody."""
    watched = set()
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        if not alarm.get("AlarmActions"):
            yield f"{name}: tells nobody"
        for dimension in alarm.get("Dimensions", []):
            watched.add((alarm["MetricName"], target(dimension["Value"])))
    for name in of_type(template, "AWS::Lambda::Function"):
        if ("Errors", name) not in watched:
            yield f"{name}: no alarm on Errors"
    for name, source in sources(template, streams=True):
        if ("IteratorAge", target(source["FunctionName"])) not in watched:
            yield f"{name}: no alarm on IteratorAge"
    for name in _dead_ends(template):
        if ("ApproximateNumberOfMessagesVisible", name) not in watched:
            yield f"{name}: no alarm on messages in it"


def _dead_ends(template: Template) -> set[str]:
    queues = of_type(template, "AWS::SQS::Queue").values()
    redriven = {
        target(queue["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in queues
        if "RedrivePolicy" in queue
    }
    given_up = {
        target(source["DestinationConfig"]["OnFailure"]["Destination"])
        for _, source in sources(template, streams=True)
        if "DestinationConfig" in source
    }
    return redriven | given_up


def _unnamed(template: Template) -> Iterator[str]:
    for kind, name_property in NAMES.items():
        for name, properties in of_type(template, kind).items():
            if not properties.get(name_property):
                yield f"{name}: {name_property} is missing"


def _odd_functions(template: Template) -> Iterator[str]:
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if function.get("Runtime") not in RUNTIMES:
            yield f"{name}: runtime {function.get('Runtime')!r}, expected one of {sorted(RUNTIMES)}"
        environment = function.get("Environment", {}).get("Variables", {})
        if environment.get("PACKTRAIL_PREFIX") != {"Ref": "AWS::StackName"}:
            yield f"{name}: PACKTRAIL_PREFIX is not the stack's name"


def _careless_tables(template: Template) -> Iterator[str]:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        kept = template["Resources"][name].get("DeletionPolicy") == "Retain"
        backed_up = table.get("PointInTimeRecoverySpecification", {}).get(
            "PointInTimeRecoveryEnabled"
        )
        if name != "ViewsTable" and not (kept and backed_up and table["DeletionProtectionEnabled"]):
            yield f"{name}: what cannot be rebuilt must be retained, protected and backed up"
        if not table.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"{name}: not encrypted with a key whose use is logged"


def _careless_buckets(template: Template) -> Iterator[str]:
    """Documents are evidence: they stay, and nobody outside of the account sees them."""
    private = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    refusing = _buckets_that_refuse_the_clear(template)
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        if template["Resources"][name].get("DeletionPolicy") != "Retain":
            yield f"{name}: what cannot be rebuilt must be retained"
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(blocked.get(way) is True for way in private):
            yield f"{name}: not every way to make it public is blocked"
        if not bucket.get("BucketEncryption"):
            yield f"{name}: not encrypted with a key whose use is logged"
        if name not in refusing:
            yield f"{name}: its policy does not refuse requests without TLS"


def _buckets_that_refuse_the_clear(template: Template) -> set[str]:
    return {
        target(policy["Bucket"])
        for policy in of_type(template, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    }


def _other_keys(template: Template, items: Iterable[type[Item]]) -> Iterator[str]:
    """One key schema: of every table, and of every item."""
    schema = [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    tables = of_type(template, "AWS::DynamoDB::Table")
    for name, table in tables.items():
        if table["KeySchema"] != schema or table.get("GlobalSecondaryIndexes"):
            yield f"{name}: keys are {table['KeySchema']}, expected pk and sk and no index"
    known = {_short(table["TableName"]) for table in tables.values()}
    for item in items:
        where, short = f"{item.__module__}.{item.__name__}", item.Meta.table_name
        if short not in known:
            yield f"{where}: there is no table {short!r}"
        keys = {
            name: attribute.attr_type
            for name, attribute in item.get_attributes().items()
            if attribute.is_hash_key or attribute.is_range_key
        }
        if keys != {"pk": "S", "sk": "S"}:
            yield f"{where}: keys are {keys}, expected pk and sk, both strings"


def _short(name: Any) -> str:
    """Return `lots` of `{"Fn::Sub": "${AWS::StackName}-lots"}`."""
    text = name.get("Fn::Sub", "") if isinstance(name, Mapping) else name
    return str(text).rpartition("-")[2]


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
