import copy

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.table.items import Item
from infra.rules import declared_items, problems

KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
LOCK = {
    "Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [{"Ref": "Dead"}]}]
}


class LotItem(Item):
    class Meta:
        table_name = "lots"


def alarm(metric, dimension):
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": "${AWS::StackName}-alarm"},
            "MetricName": metric,
            "Dimensions": [{"Name": "x", "Value": dimension}],
            "AlarmActions": [{"Ref": "Topic"}],
        },
    }


def function(role):
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": {"Fn::Sub": "${AWS::StackName}-f"},
            "Runtime": "python3.13",
            "Timeout": 60,
            "Role": {"Fn::GetAtt": [role, "Arn"]},
            "Environment": {"Variables": {"PACKTRAIL_PREFIX": {"Ref": "AWS::StackName"}}},
        },
    }


def role():
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "r",
            "AssumeRolePolicyDocument": {
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {}}]
            },
            "Policies": [{"PolicyName": "p", "PolicyDocument": copy.deepcopy(LOCK)}],
        },
    }


@pytest.fixture
def template():
    """A small template in which everything is as it should be."""
    return {
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "TableName": {"Fn::Sub": "${AWS::StackName}-lots"},
                    "KeySchema": KEYS,
                    "DeletionProtectionEnabled": True,
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                    "SSESpecification": {"SSEEnabled": True},
                },
            },
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "QueueName": "q",
                    "VisibilityTimeout": 360,
                    "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                },
            },
            "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "d"}},
            "Failures": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "f"}},
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "BucketName": "b",
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "BlockPublicPolicy": True,
                        "IgnorePublicAcls": True,
                        "RestrictPublicBuckets": True,
                    },
                    "BucketEncryption": {"ServerSideEncryptionConfiguration": [{}]},
                },
            },
            "BucketPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Effect": "Deny",
                                "Principal": "*",
                                "Action": "s3:*",
                                "Resource": "*",
                                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                            }
                        ]
                    },
                },
            },
            "Hear": function("HearRole"),
            "HearRole": role(),
            "Work": function("WorkRole"),
            "WorkRole": role(),
            "Stream": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
                    "FunctionName": {"Ref": "Hear"},
                    "FunctionResponseTypes": ["ReportBatchItemFailures"],
                    "BisectBatchOnFunctionError": True,
                    "StartingPosition": "TRIM_HORIZON",
                    "MaximumRetryAttempts": 10,
                    "MaximumRecordAgeInSeconds": 21600,
                    "DestinationConfig": {
                        "OnFailure": {"Destination": {"Fn::GetAtt": ["Failures", "Arn"]}}
                    },
                },
            },
            "Source": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {"Fn::Sub": "${Queue.Arn}"},
                    "FunctionName": {"Ref": "Work"},
                    "FunctionResponseTypes": ["ReportBatchItemFailures"],
                },
            },
            "HearErrors": alarm("Errors", {"Ref": "Hear"}),
            "WorkErrors": alarm("Errors", {"Ref": "Work"}),
            "HearLate": alarm("IteratorAge", {"Ref": "Hear"}),
            "DeadAlarm": alarm(
                "ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["Dead", "QueueName"]}
            ),
            "FailuresAlarm": alarm(
                "ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": ["Failures", "QueueName"]}
            ),
        }
    }


def broken(template, resource, path, value=None):
    """Change one property of a resource, or take it out; return what the rules say."""
    *parents, last = path.split(".")
    place = template["Resources"][resource]
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return problems(template, [LotItem])


def test_a_sound_template_has_no_problems(template):
    assert problems(template, [LotItem]) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("FunctionResponseTypes", None),
        ("FunctionResponseTypes", []),
        ("BisectBatchOnFunctionError", None),
        ("StartingPosition", "LATEST"),
        ("MaximumRetryAttempts", None),
        ("MaximumRetryAttempts", -1),
        ("MaximumRetryAttempts", 100),
        ("MaximumRecordAgeInSeconds", None),
        ("MaximumRecordAgeInSeconds", 86400),
    ],
)
def test_a_stream_must_not_lose_or_block_on_a_poison_record(template, setting, value):
    (problem,) = broken(template, "Stream", f"Properties.{setting}", value)

    assert problem.startswith(f"Stream: {setting}")


def test_a_stream_hands_over_what_it_gives_up(template):
    found = broken(template, "Stream", "Properties.DestinationConfig")

    assert found == ["Stream: DestinationConfig.OnFailure names no queue"]


def test_a_queue_reports_each_failed_message_alone(template):
    found = broken(template, "Source", "Properties.FunctionResponseTypes")

    assert found == ["Source: one failed message brings back its whole batch"]


def test_a_queue_gives_up_somewhere(template):
    found = broken(template, "Queue", "Properties.RedrivePolicy")

    assert found == ["Source: its queue has no dead-letter queue"]


def test_a_message_stays_out_of_sight_while_it_is_worked_on(template):
    found = broken(template, "Queue", "Properties.VisibilityTimeout", 60)

    assert found == ["Source: VisibilityTimeout is below six times the 60 s of its function"]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("Action", "sqs:*"),
        ("Action", ["*"]),
        ("Resource", "*"),
        ("Resource", [{"Fn::Sub": "arn:${AWS::Partition}:sqs:::*"}]),
    ],
)
def test_no_permission_is_wide(template, part, value):
    statement = template["Resources"]["HearRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    statement["Statement"][0][part] = value

    (problem,) = problems(template, [])

    assert problem.startswith("HearRole : `*` in")


def test_everything_but_is_a_wide_permission(template):
    document = template["Resources"]["HearRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    document["Statement"] = [{"Effect": "Allow", "NotAction": "sqs:SendMessage", "Resource": []}]

    assert len(problems(template, [])) == 1


def test_a_refusal_may_be_wide(template):
    document = template["Resources"]["HearRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    document["Statement"].append({"Effect": "Deny", "Action": "*", "Resource": "*"})

    assert problems(template, []) == []


def test_a_policy_anywhere_counts(template):
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    template["Resources"]["Open"] = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"PolicyDocument": {"Statement": [statement]}},
    }

    assert len(problems(template, [])) == 1


def test_a_function_may_be_invoked_by_named_callers_only(template):
    template["Resources"]["Invoke"] = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"},
    }

    assert len(problems(template, [])) == 1


def test_functions_share_no_role(template):
    found = broken(template, "Work", "Properties.Role", {"Fn::GetAtt": ["HearRole", "Arn"]})

    assert found == ["Work: shares its role with Hear"]


def test_managed_policies_are_too_wide(template):
    found = broken(template, "HearRole", "Properties.ManagedPolicyArns", ["arn:aws:iam::aws:x"])

    assert found == ["HearRole: managed policies allow more than one function needs"]


@pytest.mark.parametrize(
    ("alarm", "problem"),
    [
        ("HearErrors", "Hear: no alarm on Errors"),
        ("HearLate", "Stream: no alarm on IteratorAge"),
        ("DeadAlarm", "Dead: no alarm on messages in it"),
        ("FailuresAlarm", "Failures: no alarm on messages in it"),
    ],
)
def test_nothing_fails_unseen(template, alarm, problem):
    del template["Resources"][alarm]

    assert problems(template, []) == [problem]


def test_an_alarm_tells_somebody(template):
    assert broken(template, "DeadAlarm", "Properties.AlarmActions") == ["DeadAlarm: tells nobody"]


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("Table", "TableName"),
        ("Queue", "QueueName"),
        ("Hear", "FunctionName"),
        ("HearRole", "RoleName"),
        ("Bucket", "BucketName"),
        ("DeadAlarm", "AlarmName"),
    ],
)
def test_everything_has_a_name_that_people_can_read(template, resource, name):
    template["Resources"][resource]["Properties"][name] = ""

    assert f"{resource}: {name} is missing" in problems({"Resources": template["Resources"]}, [])


def test_the_runtime_is_one_that_the_code_runs_on(template):
    (problem,) = broken(template, "Hear", "Properties.Runtime", "python3.9")

    assert problem.startswith("Hear: runtime 'python3.9', expected one of ['python3.11',")


def test_a_function_knows_which_stack_it_belongs_to(template):
    found = broken(template, "Hear", "Properties.Environment")

    assert found == ["Hear: PACKTRAIL_PREFIX is not the stack's name"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("DeletionPolicy", "Delete"),
        ("Properties.DeletionProtectionEnabled", False),
        ("Properties.PointInTimeRecoverySpecification", None),
    ],
)
def test_a_table_is_kept_protected_and_backed_up(template, path, value):
    found = broken(template, "Table", path, value)

    assert found == ["Table: what cannot be rebuilt must be retained, protected and backed up"]


def test_read_models_need_no_backup(template):
    table = template["Resources"].pop("Table")
    template["Resources"]["ViewsTable"] = table | {"DeletionPolicy": "Delete"}

    assert problems(template, []) == []


def test_a_table_is_encrypted_with_a_key_whose_use_is_logged(template):
    found = broken(template, "Table", "Properties.SSESpecification")

    assert found == ["Table: not encrypted with a key whose use is logged"]


@pytest.mark.parametrize(
    ("resource", "path", "value", "problem"),
    [
        ("Bucket", "DeletionPolicy", "Delete", "what cannot be rebuilt must be retained"),
        (
            "Bucket",
            "Properties.PublicAccessBlockConfiguration.BlockPublicPolicy",
            False,
            "not every way to make it public is blocked",
        ),
        (
            "Bucket",
            "Properties.PublicAccessBlockConfiguration",
            None,
            "not every way to make it public is blocked",
        ),
        (
            "Bucket",
            "Properties.BucketEncryption",
            None,
            "not encrypted with a key whose use is logged",
        ),
        (
            "BucketPolicy",
            "Properties.PolicyDocument.Statement",
            [],
            "its policy does not refuse requests without TLS",
        ),
    ],
)
def test_a_bucket_is_kept_private_and_encrypted(template, resource, path, value, problem):
    assert broken(template, resource, path, value) == [f"Bucket: {problem}"]


def test_every_table_has_the_one_key_schema(template):
    (problem,) = broken(template, "Table", "Properties.KeySchema", KEYS[:1])

    assert problem.endswith("expected pk and sk and no index")


def test_no_table_has_an_index(template):
    assert len(broken(template, "Table", "Properties.GlobalSecondaryIndexes", [{}])) == 1


def test_an_item_lives_in_a_table_of_the_template(template):
    class StrayItem(Item):
        class Meta:
            table_name = "strays"

    (problem,) = problems(template, [StrayItem])

    assert problem.endswith("StrayItem: there is no table 'strays'")


def test_an_item_has_the_keys_of_its_table(template):
    class OddItem(Model):
        class Meta:
            table_name = "lots"

        pk = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)

    (problem,) = problems(template, [OddItem])

    assert problem.endswith("expected pk and sk, both strings")
    assert "'number': 'N'" in problem


def test_items_are_found_in_every_store():
    found = {item.Meta.table_name for item in declared_items()}

    assert {"directory", "events", "lots", "units"} <= found
