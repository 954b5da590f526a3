"""Answers about shipments say what is known, and null where nothing is."""

from chalicelib.epcis.model import BizStep, Quantity
from chalicelib.errors import FieldError
from chalicelib.ledger.epcset import EpcSet
from chalicelib.ledger.model import Statement
from chalicelib.shipments.model import Known, Shipment
from chalicelib.shipments.wire import ShipmentAnswer, StatementAnswer
from tests.builders import EXPIRY, event, gln, lgtin, minute, sscc, units

SHIPPED = event(
    BizStep.SHIPPING, "acme", source="acme", to="meddist", goods=(Quantity(lgtin(), 7),)
)
THINGS = EpcSet.of([sscc(1), sscc(2), *units(3)], {})


def test_containers_and_loose_units_are_counted_apart() -> None:
    known = Known({gln("acme"): "Acme"}, {lgtin(): EXPIRY})

    found = ShipmentAnswer.of(Shipment("s", SHIPPED, THINGS, minute(1)), known)

    assert (found.containers, found.loose_units, found.units) == (2, 3, 7)
    assert (found.sender_name, found.lots[0].expiry) == ("Acme", EXPIRY)


def test_what_nobody_told_is_null() -> None:
    found = ShipmentAnswer.of(Shipment("s", SHIPPED, THINGS, minute(1)), Known({}, {}))

    assert (found.sender_name, found.statement, found.lots[0].expiry) == (None, None, None)


def test_a_statement_tells_what_its_document_lacks() -> None:
    fault = FieldError("/epcisHeader", "missing", "found nothing, expected something")
    stated = Statement(None, minute(1), "job", direct_purchase=True, faults=(fault,))

    told = StatementAnswer.of(stated).model_dump(mode="json", by_alias=True)

    assert (told["affirmed"], told["directPurchase"], told["legalNotice"]) == (None, True, "")
    assert told["lacking"] == [
        {"pointer": fault.pointer, "code": fault.code, "message": fault.message}
    ]
