"""The inbox asks what it needs in few requests, and shows the statement that came."""

from uuid import UUID

import pytest

from chalicelib.errors import Busy, NotFound
from chalicelib.ledger.model import Statement
from chalicelib.ledger.statements import state
from chalicelib.shipments import usecases
from chalicelib.shipments.model import Expected
from chalicelib.shipments.store import put_expected
from tests.builders import Stage, actor, gln, lgtin, minute, operation, sscc
from tests.harness.faults import injected
from tests.shipments.test_projection import shipments, told

pytestmark = pytest.mark.usefixtures("aws")

MEDDIST = actor("meddist")


def test_a_page_of_the_inbox_asks_once_for_all_its_records() -> None:
    stage = Stage()
    for unit in stage.made(6):
        stage.ship("acme", "meddist", unit)
    told()

    with injected() as calls:
        found, _ = usecases.inbox(MEDDIST, after=None, limit=6)

    assert len(found) == 6
    wanted = ["dynamodb.BatchGetItem"] * 2 + ["dynamodb.Query"] * 7
    assert sorted(calls.made) == wanted


def test_the_statement_of_a_shipment_comes_with_it() -> None:
    stage = Stage()
    event = stage.ship("acme", "meddist", *stage.made(1)).record.event_ids()[0]
    stated = Statement(True, minute(9), "acme-client", "Seller has complied.")
    state(event, stated)
    told()

    (found,) = shipments("meddist")

    assert found.statement == stated
    assert usecases.shipment(actor("acme"), UUID(event[9:])).statement == stated


def test_a_sender_sees_its_shipment_and_does_not_expect_it() -> None:
    stage = Stage()
    event = UUID(stage.ship("acme", "meddist", *stage.made(1)).record.event_ids()[0][9:])

    assert usecases.shipment(actor("acme"), event).event.destination == gln("meddist")
    with pytest.raises(NotFound):
        usecases.incoming(actor("acme"), event)
    with pytest.raises(NotFound):
        usecases.shipment(actor("citypharm"), event)


def test_names_and_expiries_are_known() -> None:
    stage = Stage()
    stage.ship("acme", "meddist", *stage.made(1))
    told()

    known = usecases.known(MEDDIST, shipments("meddist"))

    assert set(known.expiries) == {lgtin()}
    assert known.names == {}


def test_a_row_whose_record_cannot_be_read_is_no_empty_shipment() -> None:
    put_expected([Expected(gln("meddist"), minute(1), str(operation(1)))])

    with pytest.raises(Busy):
        usecases.inbox(MEDDIST, after=None, limit=6)


def test_a_shipment_of_a_container_alone_names_it() -> None:
    stage = Stage()
    stage.pack("acme", sscc(1), *stage.made(3))
    stage.ship("acme", "meddist", sscc(1))
    told()

    (found,) = shipments("meddist")

    assert found.things.others == {sscc(1)}
    assert [lot.shipped for lot in found.lots()] == [3]
