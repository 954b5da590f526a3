"""From records to rows: one for each shipment, one for what settles it, the same when repeated."""

from chalicelib.ledger.store import RecordItem
from chalicelib.shipments.model import Received, Shipment
from chalicelib.shipments.projection import project
from chalicelib.shipments.usecases import inbox
from chalicelib.table.read import scan
from tests.builders import Stage, actor, lgtin, sscc
from tests.harness.aws import Aws


def told() -> int:
    """Bring the rows up to all records; return how many there are."""
    items = list(scan(RecordItem, alone=True))
    for item in items:
        project(item)
    return len(items)


def shipments(who: str) -> list[Shipment]:
    return inbox(actor(who), after=None, limit=100)[0]


def test_a_shipment_costs_one_row_and_so_does_what_settles_it(aws: Aws) -> None:
    stage = Stage()
    made = stage.made(30)
    stage.pack("acme", sscc(1), *made[:20])
    told()
    assert aws.items("views") == []

    stage.ship("acme", "meddist", sscc(1), made[25])
    told()
    assert len(aws.items("views")) == 1

    stage.receive("meddist", sscc(1), made[25])
    told()
    assert len(aws.items("views")) == 2


def test_records_that_come_again_change_nothing(aws: Aws) -> None:
    stage = Stage()
    made = stage.made(10)
    stage.send("acme", "meddist", *made)
    stage.ship("meddist", "citypharm", made[0])
    told()
    before = aws.items("views")

    told()

    assert aws.items("views") == before


def test_everybody_expects_what_was_shipped_to_him(aws: Aws) -> None:
    stage = Stage()
    made = stage.made(10)
    stage.send("acme", "meddist", *made[:6])
    stage.ship("acme", "meddist", *made[6:])
    stage.receive("meddist", made[6])
    stage.ship("meddist", "citypharm", made[0])
    told()

    newest, oldest = shipments("meddist")
    assert (oldest.received, newest.received) == (Received.ALL, Received.PARTLY)
    assert [(lot.lgtin, lot.shipped, lot.received, lot.short) for lot in newest.lots()] == [
        (lgtin(), 4, 1, 3)
    ]
    assert [each.received for each in shipments("citypharm")] == [Received.NONE]
    assert shipments("acme") == []
