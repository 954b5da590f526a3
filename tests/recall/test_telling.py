"""Parties hear of their own goods, signed, until they accept; the rest is for people."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.directory.book import PartyItem
from chalicelib.epcis.model import Document
from chalicelib.errors import Busy, PacktrailError, Raced
from chalicelib.gs1.keys import Sgtin
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Delivery, Retry, Status, Turn
from chalicelib.notify.model.message import Message
from chalicelib.notify.signing import secret
from chalicelib.notify.store.deliveries import deliveries_of
from chalicelib.notify.store.endpoints import EndpointStore
from chalicelib.recall import telling
from chalicelib.recall.identification import identify
from chalicelib.recall.model.notice import Acknowledgement, Notice, Told
from chalicelib.recall.model.recall import Recall
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.usecases import acknowledge
from chalicelib.table.transaction import Transaction
from tests.notify.receiver import Receiver
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    CLINIC,
    GTIN,
    LOT,
    MEDDIST,
    RECALL,
    SECOND_LOT,
    a_notice,
    a_recall,
    affected,
)
from tests.recall.world import World, an_actor


def recalled(world: World, *parties: Any) -> Recall:
    """Open a recall of what was sent to some parties, and find them."""
    for number, party in enumerate(parties, start=1):
        world.delivered(ACME, party, 10 * number)
    recall = world.opened(LOT)
    world.started()
    world.take("recall")
    identify(recall.id, ACME, run="r1", at=AT)
    world.take("recall")
    return recall


def requests(world: World) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in world.take("notices")]


def tell(world: World, holder: str = "w1", seconds: float = 0) -> None:
    """Tell whoever waits to be told, once."""
    world.at = AT + timedelta(seconds=seconds)
    for body in requests(world):
        world.tell(body, holder)


def meddist(world: World, recall: Recall) -> Notice:
    return world.notices(recall)["meddist"]


def test_a_member_is_told_by_a_signed_message_about_its_own_goods(
    world: World, receiver: Receiver
) -> None:
    endpoint = world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST, CLINIC)

    tell(world)

    (event,) = receiver.verified(secret(endpoint.seeds[0].text))
    notice = meddist(world, recall)
    assert event == {
        "specversion": "1.0",
        "type": "recall.notice",
        "source": f"/v1/recalls/{recall.id}",
        "id": f"{notice.id}-1",
        "time": "2026-11-23T09:30:00.000Z",
        "datacontenttype": "application/json",
        "data": {
            "recall": recall.id,
            "notice": notice.id,
            "revision": 1,
            "reason": "glass",
            "classification": "I",
            "openedAt": "2026-11-23T09:30:00.000Z",
            "owner": str(ACME),
            "shipper": str(ACME),
            "party": str(MEDDIST),
            "lots": [
                {
                    "gtin": str(GTIN),
                    "lot": "L1",
                    "quantity": 10,
                    "documents": [{"type": "desadv", "id": "D2"}],
                }
            ],
            "complete": True,
            "acknowledgement": f"/v1/recalls/{recall.id}/notices/{notice.id}/acknowledgement",
        },
    }
    assert (notice.status, notice.told) == (Told.DELIVERED, AT)


def test_a_party_outside_the_network_is_for_a_person_to_call(world: World) -> None:
    tx = Transaction()
    tx.put(
        PartyItem(
            "org#acme",
            f"party#{CLINIC}",
            name="Clinic",
            roles=[],
            email="qa@clinic.example",
            version=1,
        )
    )
    tx.commit()
    recall = recalled(world, CLINIC)

    tell(world)

    notice = world.notices(recall)[str(CLINIC)]
    assert (notice.status, notice.problem, notice.contact) == (
        Told.UNREACHABLE,
        "the party is not in the network",
        "qa@clinic.example",
    )


def test_a_member_without_webhook_is_for_a_person_to_call(world: World) -> None:
    recall = recalled(world, MEDDIST)

    tell(world)

    notice = meddist(world, recall)
    assert (notice.status, notice.contact) == (Told.UNREACHABLE, "")
    assert notice.problem == "the party has no webhook for recall notices"


def test_a_failing_receiver_is_tried_again_and_the_notice_follows(
    world: World, receiver: Receiver
) -> None:
    world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    receiver.answers = [500]
    tell(world)
    assert meddist(world, recall).status is Told.PENDING

    (body,) = [json.loads(body) for body in world.aws.messages("notices")]
    world.at = AT + timedelta(seconds=5)
    world.tell(body)

    notice = meddist(world, recall)
    assert (notice.status, notice.told) == (Told.DELIVERED, AT + timedelta(seconds=5))
    assert len(receiver.requests) == 2


def test_when_every_attempt_failed_the_notice_and_a_dead_letter_say_so(
    world: World, receiver: Receiver
) -> None:
    endpoint = world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    receiver.answers = [500] * 10
    tell(world)
    notice = meddist(world, recall)

    while True:
        found = deliveries_of(f"{notice.id}-1", AT, [endpoint.id])[endpoint.id]
        if found.settled:
            break
        world.at = found.due
        world.tell(notify.retry_body(Retry.of(found)))

    failed = meddist(world, recall)
    assert (failed.status, failed.problem) == (Told.FAILED, "gave up after 10 attempts")
    (dead,) = [json.loads(body)["dead"] for body in world.aws.messages("notices-dead")]
    assert (dead["organisation"], dead["message"]) == ("meddist", f"{notice.id}-1")


def test_one_address_that_accepts_is_enough(world: World, receiver: Receiver) -> None:
    world.hook("meddist", receiver.url)
    world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    receiver.answers = [410]

    tell(world)

    assert len(receiver.requests) == 2
    assert meddist(world, recall).status is Told.DELIVERED


def test_while_one_address_is_still_tried_the_notice_is_pending(
    world: World, receiver: Receiver
) -> None:
    hooks = [world.hook("meddist", receiver.url) for _ in range(2)]
    recall = recalled(world, MEDDIST)
    receiver.answers = [410, 500, 410]

    tell(world)

    assert meddist(world, recall).status is Told.PENDING
    notice = meddist(world, recall)
    found = deliveries_of(f"{notice.id}-1", AT, [hook.id for hook in hooks])
    (waiting,) = [each for each in found.values() if each.status is Status.PENDING]
    world.at = waiting.due
    world.tell(notify.retry_body(Retry.of(waiting)))

    failed = meddist(world, recall)
    assert (failed.status, failed.problem) == (Told.FAILED, "the endpoint answered 410 Gone")


def test_a_request_that_comes_again_tells_nobody_again(world: World, receiver: Receiver) -> None:
    world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    bodies = requests(world)

    for number in range(3):
        for body in bodies:
            world.tell(body, f"w{number}")

    assert len(receiver.requests) == 1
    assert meddist(world, recall).version == 2


def test_a_worker_that_died_before_it_said_so_is_followed_by_one_that_does(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    (body,) = requests(world)

    def died(*_: object) -> None:
        raise Busy("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(NoticeStore, "replace_all", died)
        with pytest.raises(Busy):
            world.tell(body, "w1")
    assert meddist(world, recall).status is Told.PENDING

    world.tell(body, "w2")

    assert meddist(world, recall).status is Told.DELIVERED
    assert len(receiver.requests) == 1


def test_one_that_cannot_be_told_now_does_not_hold_up_the_others(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("meddist", "citypharm"):
        world.hook(name, receiver.url)
    recall = recalled(world, MEDDIST, CITYPHARM, CLINIC)
    (body,) = requests(world)
    attempted = notify._attempted

    def busy_for_meddist(delivery: Delivery, *more: Any) -> Any:
        if delivery.organisation == "meddist":
            raise Busy("throttled")
        return attempted(delivery, *more)

    with monkeypatch.context() as patched:
        patched.setattr(notify, "_attempted", busy_for_meddist)
        with pytest.raises(PacktrailError, match="throttled"):
            world.tell(body)

    statuses = {name: notice.status for name, notice in world.notices(recall).items()}
    assert statuses == {
        "meddist": Told.PENDING,
        "citypharm": Told.DELIVERED,
        str(CLINIC): Told.UNREACHABLE,
    }


def test_an_answer_before_the_message_arrived_stands(world: World, receiver: Receiver) -> None:
    world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    receiver.answers = [500]
    tell(world)
    notice = meddist(world, recall)
    answer = Acknowledgement(AT, "meddist-quality", 3, "", "op1", "f1")
    acknowledge(recall.id, notice.id, answer, actor=an_actor("meddist"))

    (body,) = [json.loads(body) for body in world.aws.messages("notices")]
    world.at = AT + timedelta(seconds=5)
    world.tell(body)

    assert meddist(world, recall).status is Told.ACKNOWLEDGED


def test_what_became_of_an_older_message_says_nothing_of_a_newer_one(
    world: World, receiver: Receiver
) -> None:
    world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    receiver.answers = [500]
    tell(world)
    (old,) = [json.loads(body) for body in world.aws.messages("notices")]
    world.delivered(ACME, MEDDIST, 7)
    identify(recall.id, ACME, run="r2", at=AT + timedelta(seconds=1))

    world.at = AT + timedelta(seconds=5)
    world.tell(old)
    assert meddist(world, recall).status is Told.PENDING

    tell(world, "w2", 6)
    assert (meddist(world, recall).status, meddist(world, recall).revision) == (Told.DELIVERED, 2)
    sent = [json.loads(body)["data"] for _, body in receiver.requests]
    assert [data["revision"] for data in sent] == [1, 1, 2]


def test_a_notice_that_is_changed_all_the_while_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    recalled(world, MEDDIST)
    (body,) = requests(world)

    def raced(*_: object) -> None:
        raise Raced("held")

    monkeypatch.setattr(NoticeStore, "replace_all", raced)
    monkeypatch.setattr(NoticeStore, "replace", raced)

    with pytest.raises(Raced, match="The notice was being changed all the while"):
        world.tell(body)


def test_what_lost_a_race_is_kept_one_by_one(world: World) -> None:
    recall = recalled(world, MEDDIST, CITYPHARM)
    old = list(world.notices(recall).values())
    store = NoticeStore(recall)
    store.replace(replace(old[0], version=old[0].version + 1))

    telling._keep(store, old, [notice.delivered(AT) for notice in old])

    assert {notice.status for notice in world.notices(recall).values()} == {Told.DELIVERED}


def test_a_notice_that_was_written_anew_meanwhile_is_left_for_its_own_message(
    world: World,
) -> None:
    recall = recalled(world, MEDDIST)
    old = meddist(world, recall)
    newer = replace(old, revision=2, version=old.version + 1)
    NoticeStore(recall).replace(newer)

    telling._keep(NoticeStore(recall), [old], [old.delivered(AT)])

    assert meddist(world, recall) == newer


def test_what_arrived_before_its_address_was_deleted_has_arrived(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = world.hook("meddist", receiver.url)
    recall = recalled(world, MEDDIST)
    (body,) = requests(world)

    def died(*_: object) -> None:
        raise Busy("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(NoticeStore, "replace_all", died)
        with pytest.raises(Busy):
            world.tell(body, "w1")
    notify.remove(endpoint.id, endpoints=EndpointStore("meddist"))

    world.tell(body, "w2")

    assert meddist(world, recall).status is Told.DELIVERED


def test_nobody_to_tell_is_nothing_to_do(world: World) -> None:
    recall = recalled(world)

    telling.tell(recall.id, ACME, ["0" * 32], Turn(AT, "w1", 0.0))


def test_messages_of_other_types_concern_no_notice(world: World, receiver: Receiver) -> None:
    endpoint = world.hook("meddist", receiver.url)
    receiver.answers = [500]
    other = Message("m1", "meddist", "other", "/", AT, {})
    found = notify.send(other, endpoint, Turn(AT, "w1", 0.0, local=True))

    telling.tell_again(Retry.of(found), Turn(found.due, "w2", 0.0, local=True))

    assert len(receiver.requests) == 2


def test_a_message_lists_serials_and_stays_small() -> None:
    serials = tuple(str(Sgtin.of(GTIN, f"S{number:05}").serial) for number in range(150))
    documents = tuple(Document("desadv", f"D{number}") for number in range(150))
    lots = (
        affected(150, 1, serials=serials, documents=documents),
        affected(150, 1, SECOND_LOT, serials=serials, documents=documents),
    )

    told = telling.message(a_recall(), a_notice(lots=lots))

    first, second = told.data["lots"]
    assert (len(first["serials"]), len(second["serials"])) == (150, 50)
    assert (len(first["documents"]), len(second["documents"])) == (150, 50)
    assert told.data["complete"] is False
    assert told.data["recall"] == RECALL
    assert len(told.body()) < 20_000
