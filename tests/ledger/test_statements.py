"""Statements of shipments: the newest is kept, whatever comes again and in whatever order."""

from dataclasses import replace

import pytest

from chalicelib.errors import Busy, FieldError
from chalicelib.ledger.model import Statement, event_uri
from chalicelib.ledger.statements import SHOWN, StatementItem, state, statements
from chalicelib.ledger.store import RecordItem
from chalicelib.table.read import scan
from tests.builders import minute, operation
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

SHIPMENT = event_uri(operation(1), 2)
STATED = Statement(
    affirmed=True,
    at=minute(1),
    by="job",
    legal_notice="Seller has complied.",
    direct_purchase=False,
    faults=(FieldError("/epcisHeader", "missing", "found nothing, expected something"),),
)

pytestmark = pytest.mark.usefixtures("aws")


def test_a_statement_is_read_back_as_it_was_made() -> None:
    bare = Statement(None, minute(2), "job")
    state(SHIPMENT, STATED)
    state(event_uri(operation(1), 3), bare)

    found = statements([SHIPMENT, event_uri(operation(1), 3), event_uri(operation(2), 0)])

    assert found == {SHIPMENT: STATED, event_uri(operation(1), 3): bare}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 2, 1, 3)])
def test_the_newest_statement_stays(order: tuple[int, ...]) -> None:
    for number in order:
        state(SHIPMENT, replace(STATED, at=minute(number), by=f"job {number}"))

    assert statements([SHIPMENT])[SHIPMENT].by == "job 3"


def test_a_statement_is_no_record_and_is_not_taken_for_one() -> None:
    state(SHIPMENT, STATED)

    assert list(scan(RecordItem, alone=True)) == []


def test_no_more_faults_are_kept_than_help() -> None:
    state(SHIPMENT, replace(STATED, faults=STATED.faults * (SHOWN + 1)))

    assert len(statements([SHIPMENT])[SHIPMENT].faults) == SHOWN


def test_a_statement_survives_every_fault(aws: Aws) -> None:
    case = Case("a statement", lambda: state(SHIPMENT, STATED))

    assert survives_everything(case, aws) >= 5


def test_whoever_never_gets_a_turn_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.ledger.statements._ATTEMPTS", 0)

    with pytest.raises(Busy):
        state(SHIPMENT, STATED)
    assert list(scan(StatementItem)) == []
