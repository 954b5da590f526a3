"""Alerts are raised, told to who answers for the goods, and looked into."""

from uuid import UUID

import pytest

from chalicelib.alerts import store, usecases
from chalicelib.alerts.model import Alert, Finding, State
from chalicelib.errors import NotFound, PacktrailError
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.store.endpoints import EndpointStore
from tests.alerts.builders import AT, an_actor, an_alert
from tests.harness.aws import Aws
from tests.notify.receiver import Receiver

TURN = Turn(AT, "worker", 0.5, local=True)


def subscribe(url: str, organisation: str = "acme", kind: str = usecases.TYPE) -> str:
    endpoint, _ = notify.register(
        url, (kind,), operation=UUID(int=1 << 8), fingerprint="f", at=AT, local=True,
        endpoints=EndpointStore(organisation),
    )  # fmt: skip
    return endpoint.id


def noted(alert: str, operation: str, organisation: str = "acme") -> tuple[Alert, bool]:
    return usecases.note(
        alert, state=State.CLOSED, finding=Finding.PROCEDURE, text="scanned twice",
        actor=an_actor(organisation), operation=operation, fingerprint=operation, at=AT,
    )  # fmt: skip


def test_the_owner_is_told_once_and_not_who_reported_it(aws: Aws, receiver: Receiver) -> None:
    subscribe(receiver.url)
    usecases.raise_alerts([an_alert()])

    usecases.tell(an_alert().id, TURN)
    usecases.tell(an_alert().id, TURN)

    ((headers, body),) = receiver.requests
    assert headers["webhook-id"] == an_alert().id
    assert '"code":"A68"' in body
    assert "citypharm" not in body


def test_nobody_is_told_who_did_not_ask_for_it(aws: Aws, receiver: Receiver) -> None:
    subscribe(receiver.url, kind="recall.notice")
    usecases.raise_alerts([an_alert()])

    usecases.tell(an_alert().id, TURN)
    usecases.tell("f" * 32, TURN)

    assert receiver.requests == []


def test_an_alert_about_goods_of_nobody_here_is_kept_and_told_to_nobody(
    aws: Aws, receiver: Receiver
) -> None:
    subscribe(receiver.url)
    usecases.raise_alerts([an_alert(owner="")])

    usecases.tell(an_alert().id, TURN)

    assert receiver.requests == []
    assert usecases.seen(an_alert().id, actor=an_actor("citypharm")).owner == ""


def test_a_message_that_another_worker_is_sending_comes_again(
    aws: Aws, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = subscribe(receiver.url)
    usecases.raise_alerts([an_alert()])
    from chalicelib.notify.model.delivery import begun
    from chalicelib.notify.store.deliveries import DeliveryStore

    known = EndpointStore("acme").get(endpoint)
    DeliveryStore(endpoint).create(begun(usecases.message(an_alert()), known, TURN))

    with pytest.raises(PacktrailError):
        usecases.tell(an_alert().id, Turn(AT, "another", 0.5, local=True))


def test_both_sides_see_an_alert_and_for_others_there_is_none(aws: Aws) -> None:
    usecases.raise_alerts([an_alert()])

    assert usecases.seen(an_alert().id, actor=an_actor("acme")) == an_alert()
    assert usecases.seen(an_alert().id, actor=an_actor("citypharm")) == an_alert()
    with pytest.raises(NotFound) as other:
        usecases.seen(an_alert().id, actor=an_actor("meddist"))
    with pytest.raises(NotFound) as none:
        usecases.seen("f" * 32, actor=an_actor("acme"))
    assert str(other.value) == str(none.value)


def test_a_note_is_kept_once(aws: Aws) -> None:
    usecases.raise_alerts([an_alert()])

    first, fresh = noted(an_alert().id, "op1")
    again, repeated = noted(an_alert().id, "op1")

    assert (fresh, repeated) == (False, True)
    assert first == again == store.find(an_alert().id)
    assert (again.state, again.finding) == (State.CLOSED, Finding.PROCEDURE)
    with pytest.raises(NotFound):
        noted(an_alert().id, "op2", "meddist")
