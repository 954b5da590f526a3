"""The stream has partners told of notices, and leaves all else to others."""

import json

import pytest

from chalicelib.suspicions import worker
from tests.harness.aws import Aws
from tests.harness.network import Network
from tests.harness.streams import Streams
from tests.notify.receiver import receiving
from tests.suspicions.builders import at_meddist, noted, suspected


def record(pk: str, name: str = "INSERT") -> dict[str, object]:
    return {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": "-"}}}}


def test_only_new_notices_are_told(aws: Aws) -> None:
    assert worker.made(record("suspicion-notice#1"))
    assert worker.made(record("suspicion-notice#2", "MODIFY"))
    for other in ("suspicion#1", "suspicion-notices#acme", "recall#1", "alert#1"):
        assert not worker.made(record(other))

    (body,) = aws.messages("notices")
    assert json.loads(body) == {"suspicion": "1"}
    assert worker.asks(body)
    assert not worker.asks('{"alert": "1"}')


@pytest.mark.usefixtures("loopback")
def test_partners_hear_of_illegitimate_goods_and_of_the_end_by_webhook(network: Network) -> None:
    import app

    streams = Streams(network.aws, app.app)
    with receiving() as there:
        hook = {"url": there.url, "types": ["suspicion.notice"]}
        secret = network.post("acme-quality", "/v1/webhooks", hook)["secret"]
        (unit,) = at_meddist(network, 1)
        case = suspected(network, "meddist", unit, state="illegitimate")["id"]
        streams.settle()
        noted(network, "meddist", case, "terminated")
        streams.settle()

    events = there.verified(secret)
    assert [each["data"]["state"] for each in events] == ["illegitimate", "terminated"]
    assert events[0]["data"]["things"] == [unit]
