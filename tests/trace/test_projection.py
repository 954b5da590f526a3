"""From records to rows: the same rows however often a record comes."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from chalicelib.epcis.model import BizStep, Epc, Quantity
from chalicelib.goods.corrections import correct
from chalicelib.goods.usecases import Recorded
from chalicelib.gs1.keys import Gln
from chalicelib.ledger.model import Record
from chalicelib.ledger.store import RecordItem, to_items
from chalicelib.serial.store import Numbers
from chalicelib.table.read import scan
from chalicelib.trace.model import Delivery, Holding, holdings
from chalicelib.trace.projection import project as _project
from chalicelib.trace.projection import rebuild
from chalicelib.trace.store import DeliveryStore, MovementStore, watermark
from tests.builders import Stage, actor, event, gln, lgtin, minute, operation, sscc, unit
from tests.harness.aws import Aws
from tests.query.world import told_by


def record(number: int = 1) -> RecordItem:
    """Acme unpacks, and ships two lots to meddist and one of them to citypharm."""
    goods = (Quantity(lgtin("L1"), 10), Quantity(lgtin("L2"), 3))
    each = (
        event(BizStep.UNPACKING, "acme", 5, parent=sscc(1), epcs=(unit(0),), goods=goods),
        event(BizStep.SHIPPING, "acme", 5, epcs=(sscc(2),), to="meddist", goods=goods),
        event(BizStep.SHIPPING, "acme", 6, epcs=(sscc(3),), to="citypharm", goods=goods[:1]),
    )
    return to_items(Record(operation(number), "acme", "acme-line", "f", minute(7), each))[0]


def project(item: RecordItem, **more: Any) -> None:
    MovementStore().put(_project(item, **more))


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


def declared(stage: Stage, who: str, record: Record, number: int = -1) -> None:
    """Declare an event of a record an error."""
    event_id = record.event_ids()[number]
    correct(event_id, "did_not_occur", actor(who), minute(stage.clock), numbers=Numbers())


def void(stage: Stage, who: str, *epcs: Epc) -> Record:
    done = stage.do(who, stage.event(BizStep.VOIDING, who, epcs=epcs))
    return done.record


def all_rows() -> dict[str, object]:
    return {
        "delivered": [(e.party, e.quantity) for e in delivered("L1") if e.quantity],
        "acme": held("acme"),
        "meddist": held("meddist"),
    }


@pytest.fixture
def stage(aws: Aws) -> Stage:
    """Acme has sent 10 units to meddist, 5 more, and 2 to citypharm."""
    stage = Stage()
    made = stage.made(17)
    stage.first = stage.ship("acme", "meddist", *made[:10]).record  # type: ignore[attr-defined]
    stage.ship("acme", "meddist", *made[10:15])
    stage.ship("acme", "citypharm", *made[15:])
    stage.units = made  # type: ignore[attr-defined]
    return stage


def test_what_was_voided_counts_as_delivered_no_longer(stage: Any) -> None:
    void(stage, "acme", *stage.units[7:12], stage.units[15])

    rebuild()

    rows = sorted((each.party, each.quantity) for each in delivered("L1"))
    assert rows == [(gln("meddist"), 3), (gln("meddist"), 7), (gln("citypharm"), 1)]
    assert held("acme") == [Holding(lgtin(), 6)]


def test_a_void_that_is_declared_an_error_counts_no_longer(stage: Any) -> None:
    rebuild()
    before = all_rows()
    declared(stage, "acme", void(stage, "acme", *stage.units[7:12]))

    rebuild()

    assert all_rows() == before
    assert {each.changes for each in delivered("L1")} == {0, 2}


def test_a_shipment_that_is_declared_an_error_is_no_delivery(stage: Any) -> None:
    declared(stage, "acme", stage.first)

    rebuild()

    assert sorted(each.quantity for each in delivered("L1")) == [0, 2, 5]
    assert held("acme") == [Holding(lgtin(), 10)]
    rows, _ = DeliveryStore().page(lgtin(), gln("acme"), after=None, limit=10)
    assert sorted(each.quantity for each in rows) == [2, 5]


def test_every_step_and_its_withdrawal_leave_holdings_as_they_were(aws: Aws) -> None:
    stage = Stage()
    made = stage.made(8)
    stage.send("acme", "meddist", *made[:4])
    rebuild()
    before = all_rows()
    steps: dict[str, Callable[[], Recorded]] = {
        "commissioned": lambda: stage.commission("acme", stage.issue(3)),
        "shipped": lambda: stage.ship("acme", "meddist", made[5]),
        "dispensed": lambda: stage.dispense("acme", made[6]),
        "sampled": lambda: stage.sample("meddist", made[0]),
        "destroyed": lambda: stage.destroy("meddist", made[1]),
        "decommissioned": lambda: stage.decommission("acme", made[7]),
    }
    for step in steps.values():
        record = step().record
        rebuild()
        assert all_rows() != before
        declared(stage, record.organisation, record)
        rebuild()
        assert all_rows() == before


def rows_of(aws: Aws) -> list[str]:
    return [text for text in told_by(aws) if "watermark" not in text]


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_the_same_in_whatever_order_and_how_often_records_come(
    aws: Aws, stage: Any, seed: int
) -> None:
    voided = void(stage, "acme", *stage.units[3:12])
    declared(stage, "acme", voided)
    void(stage, "acme", stage.units[0], stage.units[16])
    items = list(scan(RecordItem, alone=True))
    saved = aws.save()
    rebuild()
    wanted = rows_of(aws)
    aws.restore(saved)
    shuffled = items * 2
    Random(seed).shuffle(shuffled)

    for item in shuffled:
        project(item)

    assert rows_of(aws) == wanted


def test_a_row_that_takes_back_says_nothing_before_its_shipment(stage: Any) -> None:
    record = void(stage, "acme", *stage.units[7:12])

    project(to_items(record)[0])

    assert delivered("L1") == []


def test_recalls_are_told_of_what_is_taken_back(stage: Any) -> None:
    told: list[tuple[Gln, int]] = []
    record = void(stage, "acme", *stage.units[7:12])

    project(to_items(record)[0], sent=lambda row: told.append((row.shipper, row.quantity)))

    assert sorted(told) == [(gln("acme"), -3), (gln("acme"), -2)]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_page_parts_a_shipment_from_what_was_taken_back_of_it(stage: Any, limit: int) -> None:
    for number in range(9):
        void(stage, "acme", stage.units[number])
    rebuild()

    rows: list[Delivery] = []
    position: str | None = None
    while True:
        page, position = DeliveryStore().page(lgtin(), gln("acme"), after=position, limit=limit)
        rows += page
        if position is None:
            break

    assert sorted(each.quantity for each in rows) == [1, 2, 5]
