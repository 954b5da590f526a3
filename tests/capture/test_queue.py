"""A job arrives in the queue as its worker reads it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.capture import queue
from tests.harness.aws import Aws


def test_a_job_arrives(aws: Aws) -> None:
    queue.enqueue("j1")

    assert [json.loads(body) for body in aws.messages("captures")] == [{"job": "j1"}]


def test_a_job_that_was_put_off_says_how_often(aws: Aws) -> None:
    queue.enqueue("j1", tries=3)

    assert [json.loads(body) for body in aws.messages("captures")] == [{"job": "j1", "tries": 3}]


def test_a_job_is_held_back_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(queue, "send", lambda *args, **options: sent.append((args, options)))

    queue.enqueue("j1", 30)

    assert sent == [(("captures", [{"job": "j1"}]), {"delay": timedelta(seconds=30)})]
