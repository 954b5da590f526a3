import pytest

from infra.local.delivery import QueueSettings
from infra.local.invocation import Function
from infra.local.queues import Queue, event_record


@pytest.fixture
def queue(aws):
    """Make the recall queue feed a function."""

    def queue(handler, **settings):
        url = aws.queue_url("recall")
        arn = "arn:aws:sqs:eu-central-1:123456789012:packtrail-recall"
        return Queue(
            aws.client("sqs"), url, arn, Function("work", handler), QueueSettings(**settings)
        )

    return queue


@pytest.fixture
def send(aws):
    def send(*bodies):
        for body in bodies:
            aws.client("sqs").send_message(QueueUrl=aws.queue_url("recall"), MessageBody=body)

    return send


def bodies(batch):
    return [record["body"] for record in batch]


def failing(*poison):
    def handler(event, context):
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]}
                for record in event["Records"]
                if record["body"] in poison
            ]
        }

    return handler


def test_a_message_looks_as_lambda_gives_it():
    received = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Body": "text",
        "MD5OfBody": "5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": {"kind": {"StringValue": "x", "DataType": "String"}},
    }

    assert event_record(received, "arn:queue", "eu-central-1") == {
        "messageId": "m",
        "receiptHandle": "r",
        "body": "text",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "kind": {
                "stringValue": "x",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": "5",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:queue",
        "awsRegion": "eu-central-1",
    }


def test_a_batch_is_no_larger_than_it_may_be(queue, send):
    send("1", "2", "3")

    assert len(queue(failing(), batch_size=2).receive(0)) == 2


def test_a_window_gathers_more_than_one_call_gives(queue, send):
    send(*(str(n) for n in range(12)))

    assert len(queue(failing(), batch_size=12, window=1).receive(0)) == 12


def test_what_succeeded_is_deleted(aws, queue, send):
    fed = queue(failing(), reports_failures=True)
    send("1", "2")

    assert fed.hand_over(fed.receive(0)) == 2
    assert aws.messages("recall") == []


def test_what_failed_stays_and_the_rest_goes(aws, queue, send):
    fed = queue(failing("2"), reports_failures=True)
    send("1", "2", "3")

    assert fed.hand_over(fed.receive(0)) == 2
    assert aws.messages("recall") == ["2"]


def test_failures_count_for_nothing_unless_they_are_turned_on(aws, queue, send):
    fed = queue(failing("2"))
    send("1", "2")

    assert fed.hand_over(fed.receive(0)) == 2


def test_all_messages_stay_when_the_function_raises(aws, queue, send):
    def handler(event, context):
        raise RuntimeError

    fed = queue(handler, reports_failures=True)
    send("1", "2")

    assert fed.hand_over(fed.receive(0)) == 0
    assert sorted(aws.messages("recall")) == ["1", "2"]


def test_more_than_ten_messages_are_deleted_in_several_calls(aws, queue, send):
    fed = queue(failing(), batch_size=12, window=1)
    send(*(str(n) for n in range(12)))

    assert fed.hand_over(fed.receive(0)) == 12
    assert aws.messages("recall") == []
