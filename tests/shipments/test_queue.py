"""A document to be made goes into the queue of documents, with who asked for it."""

import json

from chalicelib.shipments.queue import enqueue
from tests.builders import actor
from tests.harness.aws import Aws


def test_a_message_says_which_shipment_and_who_asked(aws: Aws) -> None:
    enqueue("s-1", actor("acme"))

    (body,) = aws.messages("captures")
    assert json.loads(body) == {
        "transaction": "s-1",
        "organisation": "acme",
        "gln": actor("acme").gln.digits,
        "client": "acme-client",
        "tries": 0,
    }
