"""Everybody who got affected goods is found, tier by tier, once, whatever breaks on the way."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest

from chalicelib.errors import NotFound, PacktrailError, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.recall import identification
from chalicelib.recall.identification import identify, tell_bodies
from chalicelib.recall.model.notice import Told
from chalicelib.recall.model.recall import Cascade, Recall
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import RecallStore
from tests.harness.faults import Killed, Kind, injected
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    CLINIC,
    LOT,
    MEDDIST,
    RURALPHARM,
    SECOND_LOT,
    a_notice,
    gln,
)
from tests.recall.world import World, plain


def told_of(world: World) -> set[str]:
    """Return the ids of notices that somebody has been asked to tell."""
    bodies = (json.loads(body) for body in world.aws.messages("notices"))
    return {notice for body in bodies for notice in body["tell"]["notices"]}


def pending_ids(recall: Recall, shipper: Gln = ACME) -> set[str]:
    notices = NoticeStore(recall).of(shipper).values()
    return {notice.id for notice in notices if notice.status is Told.PENDING}


def test_every_customer_gets_one_notice_about_its_own_goods(world: World) -> None:
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(ACME, MEDDIST, 5, SECOND_LOT)
    world.delivered(ACME, CLINIC, 2)
    world.delivered(ACME, CLINIC, 3)
    recall = world.opened(LOT, SECOND_LOT)

    identify(recall.id, ACME, run="r1", at=AT)

    meddist, clinic = world.notices(recall)["meddist"], world.notices(recall)[str(CLINIC)]
    assert [(lot.lgtin, lot.quantity, lot.deliveries) for lot in meddist.lots] == [
        (LOT, 10, 1),
        (SECOND_LOT, 5, 1),
    ]
    assert [(lot.quantity, lot.deliveries) for lot in clinic.lots] == [(5, 2)]
    assert {document.id for document in clinic.lots[0].documents} == {"D3", "D4"}
    assert (meddist.organisation, clinic.organisation) == ("meddist", "")
    assert told_of(world) == {meddist.id, clinic.id}


def test_what_is_not_recalled_is_nobodys_business(world: World) -> None:
    world.delivered(ACME, MEDDIST, 10, SECOND_LOT)
    recall = world.opened(LOT)

    world.work()

    assert world.notices(recall) == {}
    assert world.tiers(recall) == {"acme": (1, "identified")}


def three_tiers(world: World) -> None:
    world.delivered(ACME, MEDDIST, 100)
    world.delivered(MEDDIST, CITYPHARM, 20)
    world.delivered(MEDDIST, RURALPHARM, 30)
    world.delivered(CITYPHARM, CLINIC, 4)


def test_a_recall_goes_down_all_tiers_at_once(world: World) -> None:
    three_tiers(world)
    recall = world.opened(LOT)

    world.work()

    assert world.tiers(recall) == {
        "acme": (1, "identified"),
        "meddist": (2, "identified"),
        "citypharm": (3, "identified"),
        "ruralpharm": (3, "identified"),
    }
    quantities = {
        (shipper, party): (notice.tier, notice.quantity)
        for shipper in (ACME, MEDDIST, CITYPHARM)
        for party, notice in world.notices(recall, shipper).items()
    }
    assert quantities == {
        (ACME, "meddist"): (1, 100),
        (MEDDIST, "citypharm"): (2, 20),
        (MEDDIST, "ruralpharm"): (2, 30),
        (CITYPHARM, str(CLINIC)): (3, 4),
    }


def test_a_tier_can_wait_for_the_word_of_its_shipper(world: World) -> None:
    three_tiers(world)
    recall = world.opened(LOT, cascade=Cascade.CONFIRM)

    world.work()

    assert world.tiers(recall) == {"acme": (1, "identified"), "meddist": (2, "waiting")}
    assert world.notices(recall, MEDDIST) == {}


def test_goods_that_go_in_circles_are_followed_once(world: World) -> None:
    for shipper, party in [
        (ACME, MEDDIST),
        (MEDDIST, CITYPHARM),
        (CITYPHARM, MEDDIST),
        (MEDDIST, ACME),
        (CITYPHARM, CITYPHARM),
    ]:
        world.delivered(shipper, party, 1)
    recall = world.opened(LOT)

    world.work()

    assert set(world.notices(recall)) == {"meddist"}
    assert set(world.notices(recall, MEDDIST)) == {"citypharm"}
    assert set(world.notices(recall, CITYPHARM)) == {"meddist"}
    assert world.tiers(recall)["meddist"] == (2, "identified")


def test_a_message_that_comes_again_does_nothing_again(world: World) -> None:
    world.delivered(ACME, MEDDIST, 10)
    recall = world.opened(LOT)
    identify(recall.id, ACME, run="r1", at=AT)
    before = world.aws.snapshot()

    identify(recall.id, ACME, run="r1", at=AT + timedelta(hours=1))

    assert world.aws.snapshot() == before


def test_a_later_delivery_is_told_and_the_others_are_left_alone(world: World) -> None:
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(ACME, CLINIC, 1)
    recall = world.opened(LOT)
    world.work()
    world.delivered(ACME, MEDDIST, 5)
    world.delivered(ACME, RURALPHARM, 7)

    identify(recall.id, ACME, run="r2", at=AT + timedelta(minutes=1))

    notices = world.notices(recall)
    assert (notices["meddist"].revision, notices["meddist"].quantity) == (2, 15)
    assert (notices["ruralpharm"].revision, notices["ruralpharm"].quantity) == (1, 7)
    assert notices[str(CLINIC)].revision == 1
    assert told_of(world) == {notices["meddist"].id, notices["ruralpharm"].id}


def test_what_was_told_is_not_told_again(world: World) -> None:
    world.delivered(ACME, CLINIC, 1)
    recall = world.opened(LOT)
    world.work()

    identify(recall.id, ACME, run="r2", at=AT)

    assert told_of(world) == set()


def test_a_party_that_joins_later_is_told_through_the_network(world: World) -> None:
    world.delivered(ACME, CLINIC, 1)
    recall = world.opened(LOT)
    world.work()
    assert world.notices(recall)[str(CLINIC)].status is Told.UNREACHABLE
    world.join("clinic", CLINIC)

    identify(recall.id, ACME, run="r2", at=AT)

    notice = world.notices(recall)[str(CLINIC)]
    assert (notice.organisation, notice.status, notice.revision) == ("clinic", Told.PENDING, 2)
    assert told_of(world) == {notice.id}


def test_hundreds_of_parties_are_told_twenty_five_to_a_message(world: World) -> None:
    for number in range(120):
        world.delivered(ACME, gln(1000 + number), number + 1)
    recall = world.opened(LOT)

    with injected() as calls:
        identify(recall.id, ACME, run="r1", at=AT)

    assert len(world.notices(recall)) == 120
    assert sum(notice.quantity for notice in world.notices(recall).values()) == 7260
    bodies = [json.loads(body) for body in world.aws.messages("notices")]
    assert [len(body["tell"]["notices"]) for body in bodies] == [25, 25, 25, 25, 20]
    assert calls.made.count("dynamodb.TransactWriteItems") == 2
    assert calls.made.count("sqs.SendMessageBatch") == 1


def test_requests_to_tell_name_the_shipper() -> None:
    notices = [a_notice(gln(1000 + number)) for number in range(26)]

    first, second = tell_bodies("r", notices)

    assert first["tell"]["shipper"] == str(ACME)
    assert [notice.id for notice in notices] == [
        *first["tell"]["notices"],
        *second["tell"]["notices"],
    ]
    assert list(tell_bodies("r", [])) == []


def test_a_shipper_that_the_recall_has_not_reached_is_an_error(world: World) -> None:
    recall = world.opened(LOT)

    with pytest.raises(NotFound, match="has not reached"):
        identify(recall.id, CITYPHARM, run="r1", at=AT)
    with pytest.raises(NotFound, match="There is no such recall"):
        identify("0" * 32, ACME, run="r1", at=AT)


def distinct(made: list[str]) -> list[int]:
    """Return the numbers of calls, from 1; of equal ones in a row the first and the last."""
    rows = [list(row) for _, row in groupby(enumerate(made, start=1), key=itemgetter(1))]
    return sorted({row[end][0] for row in rows for end in (0, -1)})


FAULTS = (
    Kind.KILLED_BEFORE,
    Kind.KILLED_AFTER,
    Kind.REFUSED,
    Kind.LOST,
    Kind.THROTTLED,
    Kind.FAILED_AFTER,
    Kind.CONFLICT,
    Kind.PARTIAL,
)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_run_that_breaks_anywhere_is_made_good_by_the_next(world: World, kind: Kind) -> None:
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(ACME, CITYPHARM, 5)
    world.delivered(ACME, CLINIC, 1)
    recall = world.opened(LOT)
    saved = world.aws.save()
    with injected() as clean:
        identify(recall.id, ACME, run="r1", at=AT)
    wanted = {name: plain(notice) for name, notice in world.notices(recall).items()}

    for number in distinct(clean.made):
        world.aws.restore(saved)
        with injected({number: kind}), suppress(Killed, PacktrailError):
            identify(recall.id, ACME, run="r1", at=AT)

        identify(recall.id, ACME, run="r1", at=AT)

        found = {name: plain(notice) for name, notice in world.notices(recall).items()}
        assert found == wanted, f"{kind} at {clean.made[number - 1]}"
        assert told_of(world) == pending_ids(recall)
        asked = {json.loads(body)["identify"]["shipper"] for body in world.aws.messages("recall")}
        assert asked == {str(MEDDIST), str(CITYPHARM)}
        leg = RecallStore().leg(recall.id, ACME)
        assert leg is not None
        assert leg.finished == ("r1",)


def test_what_a_dead_run_left_is_told_by_whichever_runs_next(world: World) -> None:
    world.delivered(ACME, MEDDIST, 10)
    recall = world.opened(LOT)
    world.work()
    world.delivered(ACME, RURALPHARM, 3)
    saved = world.aws.save()
    with injected() as clean:
        identify(recall.id, ACME, run="r1", at=AT)

    for number in distinct(clean.made):
        world.aws.restore(saved)
        with injected({number: Kind.KILLED_AFTER}), suppress(Killed):
            identify(recall.id, ACME, run="r1", at=AT)

        # Another request for the same overtakes the redelivery of the dead one.
        identify(recall.id, ACME, run="r2", at=AT)

        assert told_of(world) == pending_ids(recall), clean.made[number - 1]
        assert len(pending_ids(recall)) == 1


def test_runs_at_the_same_time_find_the_same(world: World) -> None:
    for number in range(60):
        world.delivered(ACME, gln(1000 + number), 1)
    recall = world.opened(LOT)

    def run(number: int) -> None:
        for _ in range(20):
            with suppress(Raced):
                identify(recall.id, ACME, run=f"r{number}", at=AT)
                return
        pytest.fail("raced for ever")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))

    assert len(world.notices(recall)) == 60
    assert {notice.revision for notice in world.notices(recall).values()} == {1}
    assert told_of(world) == pending_ids(recall)
    leg = RecallStore().leg(recall.id, ACME)
    assert leg is not None
    assert len(leg.finished) == 6


def test_a_run_that_is_raced_all_the_while_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.delivered(ACME, MEDDIST, 10)
    recall = world.opened(LOT)

    def raced(*_: object) -> None:
        raise Raced("held")

    with monkeypatch.context() as patched:
        patched.setattr(NoticeStore, "keep", raced)
        with pytest.raises(Raced, match="The notices were being changed"):
            identify(recall.id, ACME, run="r1", at=AT)
    with monkeypatch.context() as patched:
        patched.setattr(RecallStore, "replace", raced)
        with pytest.raises(Raced, match="The leg was being changed"):
            identify(recall.id, ACME, run="r1", at=AT)

    identify(recall.id, ACME, run="r1", at=AT)
    assert set(world.notices(recall)) == {"meddist"}


def test_a_run_that_was_completed_meanwhile_is_complete(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.delivered(ACME, MEDDIST, 10)
    recall = world.opened(LOT)
    reach = identification._reach

    def reach_after_another(*given: Any) -> None:
        monkeypatch.setattr(identification, "_reach", reach)
        identify(recall.id, ACME, run="r1", at=AT)
        reach(*given)

    monkeypatch.setattr(identification, "_reach", reach_after_another)

    identify(recall.id, ACME, run="r1", at=AT)

    leg = RecallStore().leg(recall.id, ACME)
    assert leg is not None
    assert leg.finished == ("r1",)


def test_a_partial_recall_asks_for_the_history_of_its_serials(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.delivered(ACME, MEDDIST, 10)
    asked = []
    monkeypatch.setattr(
        identification, "sent_units", lambda *given: asked.append(given) or iter(())
    )
    from chalicelib.gs1.keys import Sgtin

    recall = world.opened(LOT, serials=(Sgtin.of(LOT.gtin, "A"),))

    identify(recall.id, ACME, run="r1", at=AT)

    assert asked == [(recall.id, LOT, ACME)]
    assert world.notices(recall) == {}
