"""What an event means for deliveries and holdings."""

from dataclasses import replace

import pytest

from chalicelib.epcis.model import BizStep, Document, Fulfilment, Quantity
from chalicelib.trace.model import (
    Delivery,
    Holding,
    Movement,
    added_up,
    deliveries,
    holdings,
    movements,
    taken_back,
    takes_back,
)
from tests.builders import event, gln, lgtin, minute

GOODS = (Quantity(lgtin("L1"), 10), Quantity(lgtin("L2"), 3))

MORE = {
    BizStep.COMMISSIONING,
    BizStep.RECEIVING,
    BizStep.REACTIVATING,
    BizStep.VOIDING,
    BizStep.TRANSFORMING,
}
LESS = {
    BizStep.SHIPPING,
    BizStep.DISPENSING,
    BizStep.SAMPLING,
    BizStep.DESTROYING,
    BizStep.DECOMMISSIONING,
    BizStep.EXPORTING,
    BizStep.FREE_SAMPLING,
    BizStep.REPORTING_STOLEN,
    BizStep.CHECKING_OUT,
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

    for withdraws in ("", "urn:uuid:1"):
        found = list(movements(event(step, "acme", 5, goods=GOODS, withdraws=withdraws), "e"))

        change = -sign if withdraws else sign
        assert found == [
            Movement(each.lgtin, gln("acme"), change * each.count, "e", minute(5))
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


@pytest.mark.parametrize("step", BizStep)
def test_what_takes_deliveries_back(step: BizStep) -> None:
    parts = (Fulfilment("1", 1, GOODS),)
    back = {BizStep.VOIDING, BizStep.SHIPPING}

    assert takes_back(event(step, "acme", fulfils=parts)) == (
        parts if step is BizStep.VOIDING else ()
    )
    withdrawn = event(step, "acme", fulfils=parts, withdraws="urn:uuid:2")
    assert takes_back(withdrawn) == (parts if step in back else ())
    assert list(deliveries(withdrawn, "e")) == []


def test_a_part_that_is_taken_back_is_a_row_of_its_shipment_below_zero() -> None:
    shipped = event(BizStep.SHIPPING, "acme", 5, to="meddist", goods=GOODS)

    (row,) = taken_back(Fulfilment("1", 1, (Quantity(lgtin("L1"), 4),)), "urn:uuid:2", shipped)

    assert (row.event_id, row.by, row.party, row.quantity) == (
        "urn:uuid:1", "urn:uuid:2", gln("meddist"), -4,
    )  # fmt: skip


def test_rows_of_a_shipment_are_added_up_and_count_for_nothing_without_it() -> None:
    shipped = event(BizStep.SHIPPING, "acme", 5, to="meddist", goods=GOODS[:1])
    (own,) = deliveries(shipped, "urn:uuid:1")
    back = [
        replace(own, quantity=change, by=f"urn:uuid:{n}") for n, change in enumerate([-4, -6, 6])
    ]
    other = replace(own, event_id="urn:uuid:9")

    assert list(added_up([own, *back, other])) == [replace(own, quantity=6, changes=3), other]
    assert list(added_up(back)) == []
