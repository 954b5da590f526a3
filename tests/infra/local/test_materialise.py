import json

import boto3
import pytest

from infra.local.materialise import Stack, materialise
from infra.local.template import Template, TemplateError


@pytest.fixture
def account(aws):
    """The emulated account without the harness's tables; the next test gets them anew."""
    dynamodb, sqs = aws.client("dynamodb"), aws.client("sqs")
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)
    for url in sqs.list_queues().get("QueueUrls", ()):
        sqs.delete_queue(QueueUrl=url)
    return dynamodb, sqs


@pytest.fixture
def without_bucket(aws):
    """The same without the harness's bucket."""
    aws.client("s3").delete_bucket(Bucket=aws.bucket)
    return aws.client("s3")


def test_every_table_and_queue_of_the_template_is_made(account):
    dynamodb, sqs = account

    materialise(Template.load())

    tables = dynamodb.list_tables()["TableNames"]
    queues = [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]]
    assert sorted(tables) == [
        f"packtrail-{name}" for name in ("directory", "events", "lots", "recalls", "units", "views")
    ]
    assert sorted(queues) == [
        f"packtrail-{name}"
        for name in (
            "captures",
            "captures-dead",
            "notices",
            "notices-dead",
            "recall",
            "recall-dead",
            "stream-failures",
            "subscriptions",
            "subscriptions-dead",
        )
    ]


def test_streams_show_what_the_template_says(account):
    dynamodb, _ = account

    materialise(Template.load())

    def view(name):
        table = dynamodb.describe_table(TableName=f"packtrail-{name}")["Table"]
        return table.get("StreamSpecification", {}).get("StreamViewType")

    assert (view("events"), view("recalls"), view("units")) == (
        "NEW_IMAGE",
        "NEW_AND_OLD_IMAGES",
        None,
    )


def test_items_expire_where_the_template_says(account):
    dynamodb, _ = account

    materialise(Template.load())

    lives = dynamodb.describe_time_to_live(TableName="packtrail-views")["TimeToLiveDescription"]
    assert lives == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_messages_that_fail_too_often_go_to_the_dead_letter_queue(account):
    _, sqs = account

    stack = materialise(Template.load())

    url = stack.made["RecallQueue"].ref
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"] == stack.made["RecallDeadQueue"].attributes["Arn"]
    assert attributes["VisibilityTimeout"] == "360"


def test_the_bucket_has_the_name_of_stack_account_and_region(without_bucket):
    stack = materialise(Template.load())

    made = stack.made["CaptureBucket"]
    assert made.ref == "packtrail-123456789012-eu-central-1"
    assert made.attributes == {"Arn": "arn:aws:s3:::packtrail-123456789012-eu-central-1"}
    assert [each["Name"] for each in without_bucket.list_buckets()["Buckets"]] == [made.ref]


def test_a_bucket_is_made_in_the_region_that_needs_no_name_too(without_bucket, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.Session().client("s3")
    stack = Stack(Template.load(), "other", None, None, client)
    monkeypatch.setattr(Stack, "ref", lambda self, name: name.lower().replace("::", ""))

    name = stack.make("CaptureBucket").ref

    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] is None


def test_objects_stay_when_it_is_made_again(aws):
    aws.client("s3").put_object(Bucket=aws.bucket, Key="kept", Body=b"x")

    materialise(Template.load())

    assert list(aws.objects()) == ["kept"]


def test_making_again_changes_nothing(account):
    dynamodb, _ = account
    first = materialise(Template.load())
    dynamodb.put_item(TableName="packtrail-lots", Item={"pk": {"S": "kept"}, "sk": {"S": "-"}})

    second = materialise(Template.load())

    assert second.made == first.made
    assert dynamodb.scan(TableName="packtrail-lots")["Count"] == 1


def test_a_table_of_another_shape_is_refused(account):
    dynamodb, _ = account
    dynamodb.create_table(
        TableName="packtrail-events",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(TemplateError, match="packtrail-events has the KeySchema"):
        materialise(Template.load())


def test_a_reference_to_what_is_not_made_here_is_refused(account):
    stack = materialise(Template.load())

    with pytest.raises(TemplateError, match="RootKey is AWS::KMS::Key"):
        stack.resolve({"Ref": "RootKey"})
