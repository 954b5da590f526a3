"""From records to rows: the same rows however often a record comes."""

import pytest

from chalicelib.epcis.model import BizStep, Quantity
from chalicelib.ledger.model import Record
from chalicelib.ledger.store import RecordItem, to_items
from chalicelib.trace.model import Delivery, Holding, holdings
from chalicelib.trace.projection import project, rebuild
from chalicelib.trace.store import DeliveryStore, MovementStore, watermark
from tests.builders import Stage, event, gln, lgtin, minute, operation, sscc, unit
from tests.harness.aws import Aws


def record(number: int = 1) -> RecordItem:
    """Acme unpacks, and ships two lots to meddist and one of them to citypharm."""
    goods = (Quantity(lgtin("L1"), 10), Quantity(lgtin("L2"), 3))
    each = (
        event(BizStep.UNPACKING, "acme", 5, parent=sscc(1), epcs=(unit(0),), goods=goods),
        event(BizStep.SHIPPING, "acme", 5, epcs=(sscc(2),), to="meddist", goods=goods),
        event(BizStep.SHIPPING, "acme", 6, epcs=(sscc(3),), to="citypharm", goods=goods[:1]),
    )
    return to_items(Record(operation(number), "acme", "acme-line", "f", minute(7), each))[0]


def delivered(lot: str) -> list[Delivery]:
    return list(DeliveryStore().of(lgtin(lot), gln("acme")))


def held(who: str) -> list[Holding]:
    return holdings(MovementStore().of(gln(who)))


@pytest.mark.usefixtures("aws")
def test_every_event_of_a_record_becomes_rows_under_its_own_id() -> None:
    project(record())

    uris = {delivery.event_id for lot in ("L1", "L2") for delivery in delivered(lot)}
    assert {uri[-2:] for uri in uris} == {"01", "02"}
    assert sum(delivery.quantity for delivery in delivered("L1")) == 20
    assert [(each.party, each.quantity) for each in delivered("L2")] == [(gln("meddist"), 3)]
    assert held("acme") == [Holding(lgtin("L1"), -20), Holding(lgtin("L2"), -3)]


def test_a_record_that_comes_again_changes_nothing(aws: Aws) -> None:
    project(record())
    before = aws.items("views")

    for _ in range(3):
        project(record())

    assert aws.items("views") == before


@pytest.mark.usefixtures("aws")
def test_each_delivery_is_told_after_its_row_is_there() -> None:
    told: list[tuple[Delivery, bool]] = []

    project(record(), sent=lambda sent: told.append((sent, sent in delivered(sent.lgtin.lot))))

    assert [there for _, there in told] == [True] * 3
    assert {sent.party for sent, _ in told} == {gln("meddist"), gln("citypharm")}


def test_the_rows_are_those_of_what_was_really_recorded(aws: Aws) -> None:
    stage = Stage()
    made = stage.made(30)
    stage.pack("acme", sscc(1), *made[:20])
    stage.send("acme", "meddist", sscc(1), made[25])
    stage.dispense("meddist", made[0], made[1])
    stage.ship("meddist", "citypharm", made[2])

    assert rebuild() == len(aws.items("events"))

    assert [delivery.quantity for delivery in delivered("L1")] == [21]
    assert held("acme") == [Holding(lgtin(), 9)]
    assert held("meddist") == [Holding(lgtin(), 18)]
    assert held("citypharm") == []


def test_a_rebuild_makes_the_same_rows_and_says_how_far_it_came(aws: Aws) -> None:
    stage = Stage()
    made = stage.made(10)
    stage.send("acme", "meddist", *made)
    rebuild()
    before = aws.items("views")

    rebuild()

    assert aws.items("views") == before
    assert watermark("events") == minute(stage.clock)


@pytest.mark.usefixtures("aws")
def test_nothing_is_rebuilt_of_nothing() -> None:
    assert rebuild() == 0
    assert watermark("events") is None
