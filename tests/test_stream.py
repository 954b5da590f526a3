"""The doors behind streams and queues: what failed is reported, logged, and comes again."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import stream
from chalicelib.trace.store import watermark
from tests.harness.aws import Aws
from tests.harness.network import GTIN, LOT, Network


def message(body: str, number: int) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "receiptHandle": "r",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }


def test_bytes_of_a_stream_image_are_read_at_every_depth() -> None:
    text = base64.b64encode(b"\x00\x01").decode()
    image = {"a": {"B": text}, "b": {"M": {"c": {"B": text}}}, "d": {"L": [{"B": text}]}}

    read = stream.from_stream(image)

    assert read["a"] == {"B": b"\x00\x01"}
    assert read["b"]["M"]["c"] == read["d"]["L"][0] == {"B": b"\x00\x01"}


def test_a_message_that_cannot_be_read_is_reported_and_its_reason_logged(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = stream.recall_work({"Records": [message("{", 1)]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert "JSONDecodeError" in capsys.readouterr().out


def test_each_message_of_the_captures_is_a_job(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(
        "chalicelib.capture.usecases.run", lambda job, left: ran.append((job, left()))
    )
    client, url = aws.client("sqs"), aws.client("sqs").get_queue_url(QueueName="packtrail-captures")
    for body in ('{"job": "j1"}', "{}"):
        client.send_message(QueueUrl=url["QueueUrl"], MessageBody=body)
    received = client.receive_message(QueueUrl=url["QueueUrl"], MaxNumberOfMessages=2)["Messages"]
    records = [
        message(each["Body"], n) | {"receiptHandle": each["ReceiptHandle"]}
        for n, each in enumerate(received, start=1)
    ]

    answer = stream.captures({"Records": records}, lambda: 42.0)

    assert ran == [("j1", 42.0)]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}


def test_the_watermark_is_that_of_the_newest_record_taken(network: Network, aws: Aws) -> None:
    network.commissioned(1)
    images = [record["dynamodb"] for record in aws.records("events")]
    records = [
        {"eventID": str(n), "eventName": "INSERT", "dynamodb": _as_lambda(image)}
        for n, image in enumerate(images)
    ]

    assert stream.events({"Records": records}) == {"batchItemFailures": []}
    assert watermark("events") == network.now.astimezone(UTC)
    assert isinstance(watermark("events"), datetime)


def test_a_rebuild_makes_an_open_recall_look_again(network: Network, aws: Aws) -> None:
    import app
    from tests.harness.streams import Streams

    pallet = network.packed(network.commissioned(2))
    network.delivered([pallet], "acme", "meddist")
    scope = {"lots": [{"gtin": GTIN, "lot": LOT}]}
    body = {"scope": scope, "reason": "impurity", "classification": "II"}
    recall = network.post("acme-quality", "/v1/recalls", body)["id"]
    streams = Streams(aws, app.app)
    streams.settle()

    assert stream.rebuild() == len(aws.items("events"))

    assert [json.loads(each)["identify"]["recall"] for each in aws.messages("recall")] == [recall]


def _as_lambda(image: dict[str, Any]) -> dict[str, Any]:
    new = {
        name: {kind: base64.b64encode(bytes(value)).decode() if kind == "B" else value}
        for name, each in image["NewImage"].items()
        for kind, value in each.items()
    }
    return {"SequenceNumber": image["SequenceNumber"], "NewImage": new}
