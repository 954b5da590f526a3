"""What an event means for deliveries and holdings."""

import pytest

from chalicelib.epcis.model import BizStep, Document, Quantity
from chalicelib.trace.model import (
    Delivery,
    Holding,
    Movement,
    deliveries,
    holdings,
    movements,
)
from tests.builders import event, gln, lgtin, minute

GOODS = (Quantity(lgtin("L1"), 10), Quantity(lgtin("L2"), 3))

MORE = {BizStep.COMMISSIONING, BizStep.RECEIVING, BizStep.REACTIVATING, BizStep.VOIDING}
LESS = {
    BizStep.SHIPPING,
    BizStep.DISPENSING,
    BizStep.SAMPLING,
    BizStep.DESTROYING,
    BizStep.DECOMMISSIONING,
}


def test_a_shipment_delivers_each_of_its_lots() -> None:
    documents = (Document("po", "7"),)
    shipped = event(BizStep.SHIPPING, "acme", 5, to="meddist", goods=GOODS, documents=documents)

    assert list(deliveries(shipped, "urn:uuid:1")) == [
        Delivery(
            each.lgtin, gln("acme"), gln("meddist"), each.count, "urn:uuid:1", minute(5), documents
        )
        for each in GOODS
    ]


@pytest.mark.parametrize("step", [step for step in BizStep if step is not BizStep.SHIPPING])
def test_nothing_else_delivers(step: BizStep) -> None:
    assert list(deliveries(event(step, "acme", to="meddist", goods=GOODS), "e")) == []


def test_a_shipment_to_nobody_delivers_nothing() -> None:
    assert list(deliveries(event(BizStep.SHIPPING, "acme", goods=GOODS), "e")) == []


@pytest.mark.parametrize("step", BizStep)
def test_every_step_changes_what_its_party_has(step: BizStep) -> None:
    sign = (step in MORE) - (step in LESS)

    found = list(movements(event(step, "acme", 5, goods=GOODS), "e"))

    assert found == [
        Movement(each.lgtin, gln("acme"), sign * each.count, "e", minute(5))
        for each in GOODS
        if sign
    ]


def test_holdings_are_the_sums_of_movements_lot_by_lot() -> None:
    changes = [("L1", 10), ("L2", 5), ("L1", -4), ("L3", 7), ("L3", -7), ("L1", 1)]

    found = holdings(
        Movement(lgtin(lot), gln("acme"), change, f"e{n}", minute(n))
        for n, (lot, change) in enumerate(changes)
    )

    assert found == [Holding(lgtin("L1"), 7), Holding(lgtin("L2"), 5)]
    assert holdings([]) == []
