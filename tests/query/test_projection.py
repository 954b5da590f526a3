"""From records to rows: the same rows however often, by a rebuild, and after any fault."""

import pytest

from chalicelib import stream
from chalicelib.errors import Busy
from chalicelib.ledger.store import RecordItem
from chalicelib.query.model import PROMPT
from chalicelib.query.projection import Index
from chalicelib.query.segments import walk
from chalicelib.query.store import values
from chalicelib.table.read import scan
from tests.builders import Stage, gln
from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.faults import Kind, injected
from tests.query.world import told_by


@pytest.fixture
def records(aws: Aws) -> list[RecordItem]:
    stage = Stage()
    units = stage.made(3)
    stage.ship("acme", "meddist", *units)
    return list(scan(RecordItem, alone=True))


def project(records: list[RecordItem]) -> None:
    index = Index()
    for item in records:
        index.add(item)
    index.write()


def test_an_event_stands_under_what_it_says_for_each_of_its_parties(
    records: list[RecordItem],
) -> None:
    project(records)

    assert set(values(gln("acme"), "bizStep", after=None, limit=9)[0]) == {
        "commissioning", "shipping",
    }  # fmt: skip
    assert values(gln("meddist"), "bizStep", after=None, limit=9)[0] == ["shipping"]
    (row,) = walk(gln("meddist"), *PROMPT, newest_first=True)
    told = dict(row.told)
    assert (told["bizStep"], told["gtin"][:6]) == ("shipping", "095210")


def test_rows_made_twice_apart_or_by_a_rebuild_are_the_same_rows(
    aws: Aws, records: list[RecordItem]
) -> None:
    project(records)
    before = told_by(aws)

    project(records)
    for item in records:
        project([item])
    assert told_by(aws) == before
    stream.rebuild()
    assert set(before) <= set(told_by(aws))


def test_a_rebuild_makes_the_same_items_however_often(aws: Aws, records: list[RecordItem]) -> None:
    stream.rebuild()
    before = aws.snapshot()

    assert stream.rebuild() == len(records)
    assert aws.snapshot() == before


def test_records_that_come_together_share_what_they_cost(
    aws: Aws, records: list[RecordItem]
) -> None:
    saved = aws.save()
    with counted(aws) as together:
        project(records)
    wanted = told_by(aws)
    aws.restore(saved)
    with counted(aws) as apart:
        for item in records:
            project([item])

    assert told_by(aws) == wanted
    assert together.write_units < apart.write_units
    assert together.round_trips < apart.round_trips


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.PARTIAL, Kind.THROTTLED])
def test_a_fault_at_any_call_is_made_good_by_the_same_again(
    aws: Aws, records: list[RecordItem], kind: Kind
) -> None:
    saved = aws.save()
    with counted(aws) as spent:
        project(records)
    wanted = told_by(aws)

    for call in range(1, spent.round_trips + 1):
        aws.restore(saved)
        with injected({call: kind}) as calls:
            try:
                project(records)
            except Busy:
                project(records)
        assert calls.hit or kind is Kind.PARTIAL
        assert told_by(aws) == wanted
