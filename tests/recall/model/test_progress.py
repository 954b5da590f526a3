"""How far a recall is follows from its legs and notices."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.recall.model.notice import Told
from chalicelib.recall.model.progress import Standing, Status, progress
from chalicelib.recall.model.recall import Stage
from tests.recall.builders import ACME, AT, CITYPHARM, MEDDIST, a_leg

DONE = a_leg().completed("r1", AT)


def standing(status: Told = Told.PENDING, tier: int = 1, quantity: int = 10) -> Standing:
    shipper = ACME if tier == 1 else MEDDIST
    return Standing(str(shipper), tier, status, quantity)


def test_at_first_a_recall_is_opened() -> None:
    now = progress([a_leg()], [])

    assert (now.status, now.identified) == (Status.OPENED, None)
    assert [(tier.tier, tier.shippers, tier.identified) for tier in now.tiers] == [(1, 1, 0)]


def test_while_shippers_are_missing_it_is_identifying() -> None:
    now = progress([DONE, a_leg(MEDDIST, 2)], [standing(Told.DELIVERED)])

    assert (now.status, now.identified) == (Status.IDENTIFYING, None)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([Told.PENDING, Told.ACKNOWLEDGED], Status.NOTIFYING),
        ([Told.DELIVERED, Told.ACKNOWLEDGED], Status.NOTIFIED),
        ([Told.UNREACHABLE, Told.FAILED], Status.NOTIFIED),
        ([Told.ACKNOWLEDGED, Told.ACKNOWLEDGED], Status.ACKNOWLEDGED),
        ([], Status.NOTIFIED),
    ],
)
def test_when_all_are_known_the_notices_say_how_far_it_is(
    statuses: list[Told], status: Status
) -> None:
    now = progress([DONE], [standing(each) for each in statuses])

    assert (now.status, now.identified) == (status, AT)


def test_it_is_identified_when_the_last_shipper_was() -> None:
    later = AT + timedelta(minutes=5)

    now = progress([DONE, a_leg(MEDDIST, 2).completed("r2", later)], [])

    assert now.identified == later


def test_a_shipper_that_has_yet_to_agree_holds_nothing_up() -> None:
    now = progress([DONE, a_leg(MEDDIST, 2, Stage.WAITING)], [standing(Told.ACKNOWLEDGED)])

    assert (now.status, now.identified) == (Status.ACKNOWLEDGED, AT)


def test_notices_are_counted_by_tier_and_status() -> None:
    legs = [DONE, replace(DONE, shipper=MEDDIST, tier=2), a_leg(CITYPHARM, 2)]
    standings = [
        standing(Told.DELIVERED),
        standing(Told.PENDING, 2, 3),
        standing(Told.DELIVERED, 2, 4),
    ]

    now = progress(legs, standings)

    assert now.notices == {
        Told.PENDING: 1,
        Told.DELIVERED: 2,
        Told.ACKNOWLEDGED: 0,
        Told.FAILED: 0,
        Told.UNREACHABLE: 0,
    }
    assert [(t.tier, t.shippers, t.identified, t.quantity) for t in now.tiers] == [
        (1, 1, 1, 10),
        (2, 2, 1, 7),
    ]
