"""Recalls and legs come back as they were kept, to those whom they concern."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.errors import AlreadyExists, NotFound, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.recall.model.recall import Covered, Leg, Recall, Stage
from chalicelib.recall.store.recalls import RecallItem, RecallStore, concern, to_recall
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.faults import injected
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    LOT,
    MEDDIST,
    RECALL,
    SECOND_LOT,
    a_leg,
    a_recall,
    gln,
)

RECALLS = RecallStore()


def kept(recall: Recall) -> Recall:
    tx = Transaction()
    RECALLS.open(tx, recall, Leg.first(recall))
    tx.commit()
    return recall


def test_a_recall_comes_back_as_it_was(aws: Aws) -> None:
    recall = kept(a_recall(scope=(Covered(LOT), Covered(SECOND_LOT, 12))))

    assert RECALLS.get(RECALL) == recall
    assert RECALLS.legs(RECALL) == [Leg.first(recall)]
    assert RECALLS.find("0" * 32) is None
    with pytest.raises(NotFound, match="There is no such recall"):
        RECALLS.get("0" * 32)


def test_a_recall_is_opened_once(aws: Aws) -> None:
    recall = kept(a_recall())

    with pytest.raises(AlreadyExists) as refused:
        kept(a_recall(fingerprint="g"))

    assert isinstance(refused.value.existing, RecallItem)
    assert to_recall(refused.value.existing) == recall


def test_recalls_are_listed_newest_first_for_whom_they_concern(aws: Aws) -> None:
    recalls = [
        kept(a_recall(id=f"{number:032x}", opened=AT + timedelta(minutes=minutes)))
        for number, minutes in enumerate([5, 1, 9])
    ]
    tx = Transaction()
    tx.put(concern(recalls[1], "meddist"))
    tx.commit()

    first, last = RECALLS.concerning("acme", after=None, limit=2)
    rest, end = RECALLS.concerning("acme", after=last, limit=2)

    assert first + rest == [recalls[2], recalls[0], recalls[1]]
    assert end is None
    assert RECALLS.concerning("meddist", after=None, limit=9) == ([recalls[1]], None)
    assert RECALLS.concerning("citypharm", after=None, limit=9) == ([], None)


def test_legs_begin_once(aws: Aws) -> None:
    done = a_leg(MEDDIST, 2).completed("r1", AT)
    RECALLS.begin([a_leg(MEDDIST, 2)])
    RECALLS.replace(done)

    standing = RECALLS.begin([a_leg(MEDDIST, 3), a_leg(CITYPHARM, 3)])

    assert standing == [done, a_leg(CITYPHARM, 3)]
    assert RECALLS.leg(RECALL, MEDDIST) == done
    assert RECALLS.leg(RECALL, ACME) is None
    assert RECALLS.begin([]) == []


def test_of_two_changes_of_a_leg_one_wins_and_knows_itself(aws: Aws) -> None:
    RECALLS.begin([a_leg()])
    RECALLS.replace(a_leg().completed("r1", AT))

    RECALLS.replace(a_leg().completed("r1", AT))

    with pytest.raises(Raced):
        RECALLS.replace(a_leg().completed("r2", AT))
    with pytest.raises(Raced):
        RECALLS.replace(replace(a_leg(MEDDIST).confirmed(), stage=Stage.WAITING))


def test_hundreds_of_legs_begin_in_a_few_transactions(aws: Aws) -> None:
    legs = [replace(a_leg(tier=2), shipper=gln(1000 + number)) for number in range(250)]

    with injected() as calls:
        assert RECALLS.begin(legs) == legs

    assert calls.made.count("dynamodb.TransactWriteItems") == 3
    assert len(RECALLS.legs(RECALL)) == 250


def test_a_leg_that_begins_at_the_same_instant_is_the_other_one(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    RECALLS.begin([a_leg(MEDDIST, 2)])
    seen = RecallStore._standing
    blind = iter([True])

    def late(store: RecallStore, legs: list[Leg]) -> dict[Gln, Leg]:
        return {} if next(blind, False) else seen(store, legs)

    monkeypatch.setattr(RecallStore, "_standing", late)

    legs = RECALLS.begin([a_leg(MEDDIST, 3), a_leg(CITYPHARM, 3)])

    assert legs == [a_leg(MEDDIST, 2), a_leg(CITYPHARM, 3)]


def test_legs_that_others_begin_all_the_while_are_tried_again_later(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    RECALLS.begin([a_leg(MEDDIST, 2)])
    monkeypatch.setattr(RecallStore, "_standing", lambda *_: {})

    with pytest.raises(Raced, match="The legs were being begun all the while"):
        RECALLS.begin([a_leg(MEDDIST, 3)])
