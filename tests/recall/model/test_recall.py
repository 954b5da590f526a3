"""What a recall covers, and how its legs go on."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import Malformed, TooLarge
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.recall.model.recall import (
    REMEMBERED_RUNS,
    Cascade,
    Classification,
    Covered,
    Leg,
    Order,
    Recall,
    Stage,
)
from tests.recall.builders import (
    ACME,
    AT,
    GTIN,
    LOT,
    MEDDIST,
    OTHER_GTIN,
    RECALL,
    SECOND_LOT,
    a_leg,
    a_recall,
)

OTHER_LOT = Lgtin.of(OTHER_GTIN, "L1")


def an_order(*lots: Lgtin, serials: tuple[Sgtin, ...] = (), **changes: Any) -> Order:
    order = Order(lots or (LOT,), serials, "glass", Classification.II, Cascade.AUTO)
    return replace(order, **changes)


def opened(order: Order) -> Recall:
    return order.opened(
        recall_id=RECALL,
        organisation="acme",
        owner=ACME,
        client="acme-quality",
        fingerprint="f",
        at=AT,
    )


def test_without_serials_lots_are_recalled_as_a_whole() -> None:
    recall = opened(an_order(SECOND_LOT, LOT, LOT))

    assert recall.scope == (Covered(LOT), Covered(SECOND_LOT))
    assert not any(covered.partial for covered in recall.scope)


def test_serials_recall_part_of_the_lots_of_their_gtin() -> None:
    serials = (Sgtin.of(GTIN, "A"), Sgtin.of(GTIN, "B"), Sgtin.of(GTIN, "A"))

    recall = opened(an_order(LOT, SECOND_LOT, OTHER_LOT, serials=serials))

    assert recall.scope == (Covered(LOT, 2), Covered(SECOND_LOT, 2), Covered(OTHER_LOT))


def test_a_serial_of_another_gtin_is_named() -> None:
    serials = (Sgtin.of(GTIN, "A"), Sgtin.of(OTHER_GTIN, "B"))

    with pytest.raises(Malformed) as refused:
        opened(an_order(LOT, serials=serials))

    assert [error.pointer for error in refused.value.errors] == ["/scope/serials/1"]
    assert refused.value.detail == (
        f"found GTIN {OTHER_GTIN}, expected one of which a lot is recalled"
    )


def test_more_than_ten_thousand_serials_are_too_many() -> None:
    serials = tuple(Sgtin.of(GTIN, str(number)) for number in range(10_001))

    with pytest.raises(TooLarge, match="Found 10001 serials, expected at most 10000"):
        opened(an_order(LOT, serials=serials))


def test_a_recall_begins_with_the_owners_own_customers() -> None:
    leg = Leg.first(a_recall())

    assert (leg.shipper, leg.organisation, leg.tier) == (ACME, "acme", 1)
    assert leg.stage is Stage.REQUESTED


@pytest.mark.parametrize(
    ("cascade", "stage"),
    [(Cascade.AUTO, Stage.REQUESTED), (Cascade.CONFIRM, Stage.WAITING)],
)
def test_the_next_tier_is_looked_for_at_once_or_waits_for_a_word(
    cascade: Cascade, stage: Stage
) -> None:
    leg = a_leg().next(MEDDIST, "meddist", cascade)

    assert leg == Leg(RECALL, MEDDIST, "meddist", 2, stage)
    assert replace(leg, stage=Stage.WAITING).confirmed().stage is Stage.REQUESTED


def test_a_leg_is_identified_when_its_first_run_is_complete() -> None:
    leg = a_leg().completed("r1", AT)
    again = leg.completed("r2", AT.replace(hour=10))

    assert (leg.stage, leg.identified, leg.finished) == (Stage.IDENTIFIED, AT, ("r1",))
    assert (again.identified, again.finished, again.version) == (AT, ("r1", "r2"), 3)


def test_a_leg_remembers_a_bounded_number_of_runs() -> None:
    leg = a_leg()
    for number in range(200):
        leg = leg.completed(f"r{number}", AT)

    assert len(leg.finished) == REMEMBERED_RUNS + 1
    assert leg.finished[-1] == "r199"
