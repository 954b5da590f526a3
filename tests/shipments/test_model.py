"""What events mean for those who expect goods, and how what came of them is added up."""

import pytest

from chalicelib.epcis.model import BizStep, Fulfilment, Quantity
from chalicelib.ledger.epcset import EpcSet
from chalicelib.shipments.model import (
    Expected,
    LotProgress,
    Received,
    Settled,
    Shipment,
    expected,
    settled,
)
from tests.builders import event, gln, lgtin, minute, sscc, units

GOODS = (Quantity(lgtin("L1"), 10), Quantity(lgtin("L2"), 3))


def shipment(*came: Settled) -> Shipment:
    """Two cases with 13 units, and what came of them."""
    shipped = event(BizStep.SHIPPING, "acme", to="meddist", source="acme", goods=GOODS)
    return Shipment("s", shipped, EpcSet.of([sscc(1), sscc(2)], {}), minute(1), came)


def came(things: int, *counts: int, back: bool = False) -> Settled:
    goods = tuple(
        Quantity(each.lgtin, count) for each, count in zip(GOODS, counts, strict=False) if count
    )
    return Settled("s", f"e{things}{counts}{back}", back, things, goods)


def test_a_shipment_is_expected_by_whom_it_goes_to() -> None:
    shipped = event(BizStep.SHIPPING, "acme", 5, to="meddist", goods=GOODS)

    assert list(expected(shipped, "e", minute(6))) == [Expected(gln("meddist"), minute(6), "e")]


@pytest.mark.parametrize("step", [step for step in BizStep if step is not BizStep.SHIPPING])
def test_nothing_else_is_expected(step: BizStep) -> None:
    assert list(expected(event(step, "acme", to="meddist"), "e", minute(6))) == []


@pytest.mark.parametrize("step", [BizStep.RECEIVING, BizStep.VOIDING])
def test_what_settles_shipments_makes_a_row_for_each_of_them(step: BizStep) -> None:
    fulfils = (Fulfilment("s", 1, GOODS), Fulfilment("t", 0, GOODS[:1]))

    found = list(settled(event(step, "meddist", fulfils=fulfils), "e"))

    back = step is BizStep.VOIDING
    assert found == [
        Settled("s", "e", back, 1, GOODS),
        Settled("t", "e", back, 0, GOODS[:1]),
    ]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([], Received.NONE),
        ([came(0, 1)], Received.PARTLY),
        ([came(1, 10)], Received.PARTLY),
        ([came(1, 10), came(1, 0, 3)], Received.ALL),
        ([came(1, 10), came(1, 0, 3, back=True)], Received.ALL),
    ],
)
def test_how_much_has_arrived_follows_the_things(rows: list[Settled], wanted: Received) -> None:
    assert shipment(*rows).received is wanted


def test_what_came_and_what_was_called_back_is_added_up_lot_by_lot() -> None:
    found = shipment(came(0, 4), came(1, 5, 0), came(1, 0, 3, back=True)).lots()

    assert found == [LotProgress(lgtin("L1"), 10, 9), LotProgress(lgtin("L2"), 3, 0, 3)]
    assert [(each.short, each.over) for each in found] == [(1, 0), (0, 0)]


def test_what_came_beyond_what_was_announced_is_over() -> None:
    other = Settled("s", "e", False, 0, (Quantity(lgtin("L3"), 2),))

    found = {each.lgtin.lot: each for each in shipment(other).lots()}

    assert (found["L3"].shipped, found["L3"].over, found["L3"].short) == (0, 2, 0)


def test_a_shipment_is_called_back_when_all_of_it_is() -> None:
    assert not shipment(came(1, 10, back=True), came(1, 0, 3)).called_back
    assert shipment(came(2, 10, 3, back=True)).called_back


def test_loose_units_are_things_too() -> None:
    shipped = event(BizStep.SHIPPING, "acme", to="meddist", goods=GOODS[:1])
    loose = Shipment("s", shipped, EpcSet.of(units(10), {}), minute(1), [came(9, 9)])

    assert loose.received is Received.PARTLY
