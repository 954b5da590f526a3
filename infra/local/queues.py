"""Receiving from SQS queues, and handing their messages to a function."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.delivery import HandlerFailed, QueueSettings, failed_messages
from infra.local.invocation import Function

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10  # messages that one call to SQS receives or deletes, at most


def event_record(message: Mapping[str, Any], queue_arn: str, region: str) -> dict[str, Any]:
    """Return a received message as Lambda gives it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    given = {"stringValue": value["StringValue"]} if "StringValue" in value else {}
    return {
        **given,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that feeds a function.

    Promises: a message is deleted only after the function succeeded with it. What fails comes back
    after the queue's visibility timeout, or with the next start of the emulator.
    """

    client: "SQSClient"
    url: str
    arn: str
    function: Function
    settings: QueueSettings

    def receive(self, wait: int) -> list[dict[str, Any]]:
        """Return up to a batch of messages as event records, none after `wait` seconds."""
        batch = self._receive(min(self.settings.batch_size, _AT_ONCE), wait)
        deadline = time.monotonic() + self.settings.window
        while batch and len(batch) < self.settings.batch_size and time.monotonic() < deadline:
            more = self._receive(min(self.settings.batch_size - len(batch), _AT_ONCE), 1)
            batch.extend(more)
        return batch

    def _receive(self, most: int, wait: int) -> list[dict[str, Any]]:
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        region = self.client.meta.region_name
        return [event_record(each, self.arn, region) for each in answer.get("Messages", ())]

    def hand_over(self, batch: Sequence[dict[str, Any]]) -> int:
        """Invoke the function, delete what succeeded, and return how many that were."""
        identifiers = [record["messageId"] for record in batch]
        try:
            answer = self.function({"Records": list(batch)})
        except HandlerFailed:
            return 0
        failed = failed_messages(answer, identifiers, reports=self.settings.reports_failures)
        succeeded = [record for record in batch if record["messageId"] not in failed]
        self._delete(succeeded)
        return len(succeeded)

    def _delete(self, records: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(records), _AT_ONCE):
            self.client.delete_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": record["receiptHandle"]}
                    for index, record in enumerate(records[start : start + _AT_ONCE])
                ],
            )
