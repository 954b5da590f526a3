"""Messages of documents to be made are told from those of documents to be captured."""

import json
from typing import Any
from uuid import UUID

import pytest

from chalicelib.access.model import Actor
from chalicelib.errors import Busy
from chalicelib.shipments import exporting, worker
from tests.builders import actor, operation
from tests.harness.aws import Aws

SHIPMENT = operation(1)
MESSAGE = {
    "transaction": str(SHIPMENT),
    "organisation": "acme",
    "gln": actor("acme").gln.digits,
    "client": "acme-client",
    "tries": 0,
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Actor, UUID]]:
    found: list[tuple[Actor, UUID]] = []
    monkeypatch.setattr(exporting, "prepare", lambda who, event: found.append((who, event)))
    return found


@pytest.fixture
def _busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> None:
        raise Busy("in use")

    monkeypatch.setattr(exporting, "prepare", busy)


def test_a_message_has_its_document_made_for_who_asked(made: list[tuple[Actor, UUID]]) -> None:
    worker.transactions(json.dumps(MESSAGE))

    ((who, event),) = made
    assert (who.organisation, who.gln, event) == ("acme", actor("acme").gln, SHIPMENT)
    assert who.roles == frozenset()


def test_its_messages_are_told_from_others() -> None:
    assert worker.asks(json.dumps(MESSAGE))
    assert not worker.asks(json.dumps({"job": "j"}))


@pytest.mark.usefixtures("_busy")
def test_what_is_busy_is_put_off(aws: Aws) -> None:
    worker.transactions(json.dumps(MESSAGE))
    aws.reveal()

    (body,) = aws.messages("captures")
    assert json.loads(body) == MESSAGE | {"tries": 1}


@pytest.mark.usefixtures("_busy", "aws")
def test_what_stays_busy_is_left_to_the_queue() -> None:
    with pytest.raises(Busy):
        worker.transactions(json.dumps(MESSAGE | {"tries": worker.MOST_TRIES}))
