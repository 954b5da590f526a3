import json
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from infra.local.receiver import Received, Receiver

pytestmark = pytest.mark.usefixtures("loopback")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        receiver.expect("meddist", SECRET)
        yield receiver


def send(receiver, data, *, to="meddist", secret=SECRET, tamper=False):
    body = json.dumps({"type": "recall.notice", "data": data})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", now, body),
    }
    if tamper:
        body = body.replace("recall", "recoil")
    return httpx.post(receiver.url(to), content=body, headers=headers).status_code


def test_a_signed_message_is_taken(receiver):
    assert send(receiver, {"recall": "r1"}) == 204
    assert receiver.wait_for("meddist", recall="r1", seconds=0) == Received(
        "meddist", {"recall": "r1"}
    )


@pytest.mark.parametrize(
    "wrong", [{"secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAA"}, {"tamper": True}, {"to": "nobody"}]
)
def test_what_is_not_signed_rightly_is_refused(receiver, wrong):
    assert send(receiver, {"recall": "r1"}, **wrong) == 400
    assert receiver.refused == 1
    assert receiver.wait_for("meddist", recall="r1", seconds=0) is None


def test_a_message_about_another_recall_is_not_waited_for(receiver):
    send(receiver, {"recall": "other"})

    assert receiver.wait_for("meddist", recall="r1", seconds=0) is None
