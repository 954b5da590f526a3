"""Rows of expected shipments: written again they are the same, newest first, each found once."""

from uuid import UUID

import pytest

from chalicelib.epcis.model import Quantity
from chalicelib.shipments.model import Expected, Settled
from chalicelib.shipments.store import expected_by, put_expected, put_settled, settled_of
from tests.builders import gln, lgtin, minute, operation
from tests.harness.aws import Aws
from tests.harness.costs import counted

pytestmark = pytest.mark.usefixtures("aws")

MEDDIST = gln("meddist")


def row(number: int, party: str = "meddist") -> Expected:
    return Expected(gln(party), minute(number), str(operation(number)))


def test_expected_shipments_come_newest_first_and_page_by_page() -> None:
    put_expected([row(2), row(5), row(1), row(9, "citypharm"), row(3)])

    first, at = expected_by(MEDDIST, after=None, limit=3)
    rest, end = expected_by(MEDDIST, after=at, limit=3)

    assert [*first, *rest] == [row(5), row(3), row(2), row(1)]
    assert len(first) == 3
    assert end is None


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_shipments_of_one_record_share_a_row_and_are_listed_each(aws: Aws, limit: int) -> None:
    rows = [
        Expected(MEDDIST, minute(at), str(UUID(int=operation(record).int | number)))
        for at, record in ((1, 1), (2, 2), (2, 3))
        for number in range(7)
    ]
    with counted(aws) as spent:
        put_expected(rows)

    found, at = expected_by(MEDDIST, after=None, limit=limit)
    while at is not None:
        page, at = expected_by(MEDDIST, after=at, limit=limit)
        assert len(page) <= limit
        found += page

    assert found == sorted(rows, key=lambda each: (each.recorded, each.event), reverse=True)
    assert spent.write_units == 3


def test_what_settled_a_shipment_is_read_back_as_it_was_written() -> None:
    rows = [
        Settled("s", "e1", False, 2, (Quantity(lgtin("L1"), 10), Quantity(lgtin("L2"), 3))),
        Settled("s", "e2", True, 0, ()),
    ]
    for each in (*rows, Settled("t", "e1", False, 1, ())):
        put_settled(each)

    assert list(settled_of("s")) == rows
    assert list(settled_of("nothing")) == []


def test_a_row_written_again_is_the_same(aws: Aws) -> None:
    put_expected([row(1)])
    put_settled(Settled("s", "e1", False, 2, ()))
    before = aws.items("views")

    put_expected([row(1)])
    put_settled(Settled("s", "e1", False, 2, ()))

    assert aws.items("views") == before
