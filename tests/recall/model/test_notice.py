"""What parties are told: their own goods, added up; and what they answer."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.epcis.model import Document
from chalicelib.errors import Conflict, KeyReused
from chalicelib.recall.model.notice import (
    MOST_DOCUMENTS,
    Acknowledgement,
    Affected,
    Told,
    changes,
    findings,
    merged,
    notice_id,
)
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    LOT,
    MEDDIST,
    RECALL,
    RURALPHARM,
    SECOND_LOT,
    a_delivery,
    a_leg,
    a_notice,
    affected,
)

NOBODY: frozenset[Any] = frozenset()
LATER = AT + timedelta(hours=1)


def an_answer(quantity: int | None = 3, **more: Any) -> Acknowledgement:
    answer = Acknowledgement(AT, "meddist-quality", quantity, "", "op1", "f1")
    return replace(answer, **more)


def test_deliveries_add_up_by_party_and_lot() -> None:
    sent = [
        a_delivery(MEDDIST, 10, 1, documents=["D1"]),
        a_delivery(CITYPHARM, 2, 1, documents=["D2"]),
        a_delivery(MEDDIST, 5, 2, documents=["D3", "D1"]),
        a_delivery(MEDDIST, 7, 2, lgtin=SECOND_LOT),
    ]

    found = findings([(each, ()) for each in sent], but=NOBODY)

    assert found == {
        MEDDIST: (
            Affected(LOT, 15, 2, (Document("desadv", "D3"), Document("desadv", "D1"))),
            Affected(SECOND_LOT, 7, 1),
        ),
        CITYPHARM: (Affected(LOT, 2, 1, (Document("desadv", "D2"),)),),
    }


def test_the_brand_owner_and_the_shipper_need_not_be_told() -> None:
    sent = [(a_delivery(MEDDIST), ()), (a_delivery(ACME), ())]

    assert set(findings(sent, but=frozenset({ACME}))) == {MEDDIST}


def test_recalled_serials_are_counted_once() -> None:
    sent = [(a_delivery(number=1), ("A", "B")), (a_delivery(number=2), ("B", "C"))]

    (lot,) = findings(sent, but=NOBODY)[MEDDIST]

    assert (lot.quantity, lot.deliveries, lot.serials) == (3, 2, ("A", "B", "C"))


def test_only_the_newest_documents_are_listed() -> None:
    sent = [(a_delivery(number=n, documents=[f"D{n}"]), ()) for n in range(1, 60)]

    (lot,) = findings(sent, but=NOBODY)[MEDDIST]

    assert (lot.quantity, lot.deliveries) == (590, 59)
    assert len(lot.documents) == MOST_DOCUMENTS
    assert lot.documents[0].id == "D59"


@given(st.permutations([1, 2, 3]), st.permutations([1, 2, 3]))
def test_findings_only_grow_in_whatever_order_they_come(one: list[int], two: list[int]) -> None:
    lots: tuple[Affected, ...] = ()
    for first, second in zip(one, two, strict=True):
        found = (affected(10 * first, first), affected(10 * second, second, SECOND_LOT))
        lots = merged(lots, found)

    assert lots == (affected(30, 3), affected(30, 3, SECOND_LOT))


def test_a_lot_that_was_not_found_again_stays() -> None:
    for found in permutations([(affected(),), (affected(lgtin=SECOND_LOT),)]):
        assert merged(*found) == (affected(), affected(lgtin=SECOND_LOT))


def test_a_notice_has_one_identity() -> None:
    assert notice_id(RECALL, ACME, MEDDIST) == notice_id(RECALL, ACME, MEDDIST)
    ids = {
        notice_id(RECALL, ACME, MEDDIST),
        notice_id(RECALL, MEDDIST, ACME),
        notice_id(RECALL, ACME, CITYPHARM),
        notice_id("0" * 32, ACME, MEDDIST),
    }
    assert len(ids) == 4


def test_new_parties_get_notices() -> None:
    found = {MEDDIST: (affected(),), RURALPHARM: (affected(2),)}

    made = changes(a_leg(), found, {}, {MEDDIST: "meddist"}, run="r1", at=AT)

    assert made == [
        a_notice(MEDDIST),
        a_notice(RURALPHARM, organisation="", lots=(affected(2),)),
    ]


def test_what_is_known_is_not_written_again() -> None:
    known = {MEDDIST: a_notice().delivered(AT)}
    found = {MEDDIST: (affected(),)}

    assert changes(a_leg(), found, known, {MEDDIST: "meddist"}, run="r2", at=LATER) == []


def test_more_goods_are_told_anew_even_after_an_answer() -> None:
    answered = a_notice().delivered(AT).acknowledged(an_answer())
    found = {MEDDIST: (affected(25, 2),)}

    (notice,) = changes(
        a_leg(), found, {MEDDIST: answered}, {MEDDIST: "meddist"}, run="r2", at=LATER
    )

    assert (notice.status, notice.revision, notice.run) == (Told.PENDING, 2, "r2")
    assert (notice.quantity, notice.updated, notice.told) == (25, LATER, None)
    assert notice.answer == an_answer(revision=1)
    assert notice.version == answered.version + 1


def test_a_finding_that_is_older_changes_nothing() -> None:
    known = {MEDDIST: a_notice(lots=(affected(25, 2),))}

    assert changes(a_leg(), {MEDDIST: (affected(10, 1),)}, known, {}, run="r2", at=LATER) == []


def test_a_party_that_joined_the_network_is_told_through_it() -> None:
    known = {MEDDIST: a_notice(organisation="").unreachable("not in the network", "x@y")}
    found = {MEDDIST: (affected(),)}

    (notice,) = changes(a_leg(), found, known, {MEDDIST: "meddist"}, run="r2", at=LATER)

    assert (notice.organisation, notice.status, notice.problem) == ("meddist", Told.PENDING, "")


def test_an_answer_is_kept_with_the_revision_it_answers() -> None:
    notice = a_notice(revision=2).delivered(AT).acknowledged(an_answer())

    assert notice.status is Told.ACKNOWLEDGED
    assert notice.answer == an_answer(revision=2)


def test_the_same_answer_again_changes_nothing() -> None:
    notice = a_notice().acknowledged(an_answer())

    assert notice.acknowledged(an_answer()) is notice
    assert notice.acknowledged(an_answer(operation="op2", at=LATER)) is notice


def test_another_answer_is_refused() -> None:
    notice = a_notice().acknowledged(an_answer(3))

    with pytest.raises(Conflict) as refused:
        notice.acknowledged(an_answer(4, operation="op2"))

    assert refused.value.detail == (
        "The notice was acknowledged with 3 on hand and the comment '', "
        "found 4 on hand and the comment ''."
    )
    with pytest.raises(KeyReused):
        notice.acknowledged(an_answer(4, fingerprint="f2"))


def test_a_new_revision_is_answered_anew() -> None:
    notice = replace(a_notice().acknowledged(an_answer(3)), revision=2, status=Told.PENDING)

    again = notice.acknowledged(an_answer(None, operation="op2"))

    assert again.answer == an_answer(None, operation="op2", revision=2)


def test_a_notice_says_why_nobody_was_reached() -> None:
    assert a_notice().failed("gave up").status is Told.FAILED
    lost = a_notice().unreachable("no webhook", "qa@meddist.example")
    assert (lost.status, lost.problem, lost.contact) == (
        Told.UNREACHABLE,
        "no webhook",
        "qa@meddist.example",
    )


def test_what_was_taken_back_makes_a_later_finding_that_is_smaller() -> None:
    first = a_delivery(MEDDIST, 10, 1, documents=["D1"])
    before = findings([(first, ()), (a_delivery(MEDDIST, 5, 2), ())], but=NOBODY)[MEDDIST]
    less = replace(first, quantity=0, changes=1)
    after = findings([(less, ()), (a_delivery(MEDDIST, 5, 2), ())], but=NOBODY)[MEDDIST]

    assert after == (Affected(LOT, 5, 1, seen=3),)
    assert merged(before, after) == merged(after, before) == after


def test_a_party_all_of_whose_goods_were_taken_back_before_is_not_told() -> None:
    found = {MEDDIST: (Affected(LOT, 0, 0, seen=2),)}

    assert changes(a_leg(), found, {}, {}, run="r1", at=AT) == []


def test_a_party_that_was_told_is_told_that_all_was_taken_back() -> None:
    notice = a_notice(lots=(affected(10, 1),)).delivered(AT)
    found = {MEDDIST: (Affected(LOT, 0, 0, seen=2),)}

    (changed,) = changes(a_leg(), found, {MEDDIST: notice}, {}, run="r2", at=LATER)

    assert (changed.quantity, changed.status) == (0, Told.PENDING)
    assert changed.revision == notice.revision + 1


def test_a_later_finding_that_says_the_same_is_kept_and_not_told() -> None:
    notice = a_notice(lots=(affected(10, 1),), organisation="").delivered(AT)
    found = {MEDDIST: (replace(notice.lots[0], seen=3),)}

    (changed,) = changes(a_leg(), found, {MEDDIST: notice}, {}, run="r2", at=LATER)

    assert (changed.status, changed.revision, changed.told) == (Told.DELIVERED, 1, AT)
    assert changed.lots[0].seen == 3
    known = {MEDDIST: changed}
    assert changes(a_leg(), {MEDDIST: (affected(10, 1),)}, known, {}, run="r1", at=LATER) == []
