"""Opening a recall blocks at once; answers are kept once."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest

from chalicelib.errors import Conflict, KeyReused, Malformed, NotFound, Raced, TooLarge
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.lots import scopes
from chalicelib.lots.model import RecallMark
from chalicelib.lots.store import LotStore
from chalicelib.recall import usecases
from chalicelib.recall.model.notice import Acknowledgement, Told
from chalicelib.recall.model.recall import Cascade, Classification, Covered, Order, Stage
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import RecallStore
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    GTIN,
    LOT,
    MEDDIST,
    SECOND_LOT,
    a_leg,
)
from tests.recall.world import World, an_actor

OPERATION = UUID(int=1 << 72)
ORDER = Order((LOT,), (), "glass", Classification.I, Cascade.AUTO)


def opened(order: Order = ORDER, name: str = "acme", fingerprint: str = "f") -> bool:
    _, replayed = usecases.open_recall(
        order, actor=an_actor(name), operation=OPERATION, fingerprint=fingerprint, at=AT
    )
    return replayed


def test_a_recall_blocks_its_lots_in_the_same_instant(world: World) -> None:
    recall = world.opened(LOT)

    lots = LotStore().get_many([LOT, SECOND_LOT])
    assert lots[LOT].recalled
    assert lots[LOT].recalls == (RecallMark(recall.id),)
    assert not lots[SECOND_LOT].recalls
    assert RecallStore().get(recall.id) == recall


def test_a_partial_recall_names_its_serials(world: World) -> None:
    units = (Sgtin.of(GTIN, "A"), Sgtin.of(GTIN, "B"))

    recall = world.opened(LOT, serials=units)

    lot = LotStore().get(LOT)
    assert lot is not None
    assert (lot.recalled, lot.partial_recalls) == (False, (recall.id,))
    assert scopes.serials(recall.id, LOT) == {"A", "B"}
    assert recall.scope == (Covered(LOT, 2),)


def test_nobody_recalls_what_is_not_theirs(world: World) -> None:
    unknown = Lgtin.of(GTIN, "L9")

    with pytest.raises(NotFound) as foreign:
        opened(name="meddist")
    with pytest.raises(NotFound) as missing:
        opened(replace(ORDER, lots=(LOT, unknown)))

    assert foreign.value.detail.replace("L1", "L9") == missing.value.detail
    assert [error.pointer for error in missing.value.errors] == ["/scope/lots/1"]
    assert world.aws.items("recalls") == []
    assert not any(lot.recalls for lot in LotStore().get_many([LOT]).values())


def test_a_repeat_answers_as_the_first_time(world: World) -> None:
    assert [opened(), opened(), opened()] == [False, True, True]
    lot = LotStore().get(LOT)
    assert lot is not None
    assert len(lot.recalls) == 1

    with pytest.raises(KeyReused):
        opened(fingerprint="g")


def test_two_at_the_same_instant_find_the_same_recall(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened()
    monkeypatch.setattr(RecallStore, "find", lambda *_: None)

    assert opened()
    with pytest.raises(KeyReused):
        opened(fingerprint="g")


def test_sixteen_who_repeat_at_once_open_one_recall(world: World) -> None:
    with ThreadPoolExecutor(16) as pool:
        replayed = list(pool.map(lambda _: opened(), range(16)))

    assert replayed.count(False) == 1
    assert len(RecallStore().legs(OPERATION.hex)) == 1


def test_ninety_lots_are_blocked_together_and_more_are_refused(world: World) -> None:
    lots = tuple(Lgtin.of(GTIN, f"N{number}") for number in range(98))
    world.lots(*lots)

    with pytest.raises(TooLarge, match="Found 98 lots, 0 of them with serials, expected at most"):
        opened(replace(ORDER, lots=lots))
    serials = (Sgtin.of(GTIN, "A"),)
    with pytest.raises(TooLarge, match="Found 49 lots, 49 of them with serials"):
        opened(replace(ORDER, lots=lots[:49], serials=serials))
    assert world.aws.items("recalls") == []

    opened(replace(ORDER, lots=lots[:90]))
    assert all(lot.recalled for lot in LotStore().get_many(lots[:90]).values())


def test_a_lot_can_be_under_two_recalls(world: World) -> None:
    recalls = [world.opened(LOT, number=number) for number in (1, 2)]

    lot = LotStore().get(LOT)
    assert lot is not None
    assert {mark.id for mark in lot.recalls} == {recall.id for recall in recalls}


def test_a_serial_of_another_gtin_writes_nothing(world: World) -> None:
    other = Sgtin.parse("09521000000018#A")

    with pytest.raises(Malformed):
        opened(replace(ORDER, serials=(other,)))

    assert world.aws.items("recalls") == []


@pytest.mark.parametrize("serials", [(), (Sgtin.of(GTIN, "A"),)])
def test_opening_survives_every_fault(world: World, serials: tuple[Sgtin, ...]) -> None:
    order = replace(ORDER, lots=(LOT, SECOND_LOT), serials=serials)

    def act() -> str:
        recall, _ = usecases.open_recall(
            order, actor=an_actor("acme"), operation=OPERATION, fingerprint="f", at=AT
        )
        return repr(recall)

    assert survives_everything(Case("open a recall", act), world.aws) > 30


def test_lots_that_are_changed_all_the_while_are_for_the_caller_to_retry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raced(*_: object) -> None:
        raise Raced("held")

    monkeypatch.setattr(usecases, "_block", raced)

    with pytest.raises(Raced, match="The lots were being changed all the while"):
        opened()


def test_a_lot_that_vanishes_meanwhile_is_a_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usecases, "_refuse_foreign", lambda *_: None)

    with pytest.raises(Conflict, match="There is no lot 'L9'"):
        opened(replace(ORDER, lots=(Lgtin.of(GTIN, "L9"),)))


def queued(aws: Aws) -> list[str]:
    return [json.loads(body)["identify"]["shipper"] for body in aws.messages("recall")]


def test_a_late_delivery_has_its_shipper_looked_at_again(world: World) -> None:
    recall = world.opened()
    RecallStore().begin([replace(a_leg(MEDDIST, 2), recall=recall.id)])

    for shipper in (ACME, MEDDIST, CITYPHARM):
        usecases.request_identify(recall.id, shipper)

    assert queued(world.aws) == [str(ACME), str(MEDDIST)]


def test_a_shipper_that_has_yet_to_agree_is_not_looked_at(world: World) -> None:
    recall = world.opened(cascade=Cascade.CONFIRM)
    waiting = replace(a_leg(MEDDIST, 2, Stage.WAITING), recall=recall.id)
    RecallStore().begin([waiting])

    usecases.request_identify(recall.id, MEDDIST)
    assert queued(world.aws) == []

    for _ in range(2):  # a repeat asks again, which does no harm
        leg = usecases.confirm_cascade(recall.id, actor=an_actor("meddist"))
        assert leg.stage is Stage.REQUESTED
    assert queued(world.aws) == [str(MEDDIST)] * 2

    RecallStore().replace(leg.completed("r1", AT))
    done = usecases.confirm_cascade(recall.id, actor=an_actor("meddist"))
    assert done.stage is Stage.IDENTIFIED
    assert len(queued(world.aws)) == 2


def test_only_whom_the_recall_reached_can_confirm(world: World) -> None:
    recall = world.opened(cascade=Cascade.CONFIRM)

    with pytest.raises(NotFound, match="There is no such recall"):
        usecases.confirm_cascade(recall.id, actor=an_actor("citypharm"))


def an_answer(quantity: int = 3, operation: str = "op1") -> Acknowledgement:
    return Acknowledgement(AT, "meddist-quality", quantity, "", operation, f"f{quantity}")


def notified(world: World) -> tuple[str, str]:
    world.delivered(ACME, MEDDIST, 10)
    recall = world.opened()
    world.work()
    return recall.id, world.notices(recall)["meddist"].id


def test_a_party_answers_its_notice_once(world: World) -> None:
    recall, notice = notified(world)
    meddist = an_actor("meddist")

    answered, replayed = usecases.acknowledge(recall, notice, an_answer(), actor=meddist)
    again = usecases.acknowledge(recall, notice, an_answer(), actor=meddist)

    assert (answered.status, replayed) == (Told.ACKNOWLEDGED, False)
    assert again == (answered, True)
    with pytest.raises(Conflict, match="The notice was acknowledged with 3 on hand"):
        usecases.acknowledge(recall, notice, an_answer(4, "op2"), actor=meddist)


@pytest.mark.parametrize("name", ["acme", "citypharm", "ruralpharm"])
def test_nobody_answers_for_another(world: World, name: str) -> None:
    recall, notice = notified(world)

    for recall_id, notice_id in [(recall, notice), (recall, "0" * 32), ("0" * 32, notice)]:
        with pytest.raises(NotFound, match="There is no such notice"):
            usecases.acknowledge(recall_id, notice_id, an_answer(), actor=an_actor(name))


def test_answering_survives_every_fault(world: World) -> None:
    recall, notice = notified(world)

    def act() -> str:
        answer = an_answer()
        found, _ = usecases.acknowledge(recall, notice, answer, actor=an_actor("meddist"))
        return repr(found)

    assert survives_everything(Case("acknowledge", act), world.aws) > 20


def test_of_sixteen_answers_one_counts(world: World) -> None:
    recall, notice = notified(world)

    def answer(number: int) -> int:
        with suppress(Conflict):
            usecases.acknowledge(
                recall, notice, an_answer(number, f"op{number}"), actor=an_actor("meddist")
            )
            return 1
        return 0

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(answer, range(16))) == 1


def test_an_answer_that_is_raced_all_the_while_is_for_the_caller_to_retry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall, notice = notified(world)

    def raced(*_: object) -> None:
        raise Raced("held")

    monkeypatch.setattr(NoticeStore, "replace", raced)

    with pytest.raises(Raced, match="The notice was being changed all the while"):
        usecases.acknowledge(recall, notice, an_answer(), actor=an_actor("meddist"))
