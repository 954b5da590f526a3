"""From records to rows: the same rows however often, and by a rebuild."""

from chalicelib import stream
from chalicelib.ledger.store import RecordItem
from chalicelib.query.projection import project
from chalicelib.query.store import rows, values
from chalicelib.table.read import scan
from tests.builders import Stage, gln
from tests.harness.aws import Aws


def views(aws: Aws) -> object:
    return next(rows for name, rows in aws.snapshot().items() if name.endswith("views"))


def told(aws: Aws) -> None:
    stage = Stage()
    units = stage.made(3)
    stage.ship("acme", "meddist", *units)


def test_an_event_stands_under_what_it_says_for_each_of_its_parties(aws: Aws) -> None:
    told(aws)
    for item in scan(RecordItem, alone=True):
        project(item)

    assert set(values(gln("acme"), "bizStep", after=None, limit=9)[0]) == {
        "commissioning", "shipping",
    }  # fmt: skip
    assert values(gln("meddist"), "bizStep", after=None, limit=9)[0] == ["shipping"]
    assert len(rows(gln("meddist"), "all", "", limit=9, newest_first=True).items) == 1


def test_rows_made_twice_or_by_a_rebuild_are_the_same_rows(aws: Aws) -> None:
    told(aws)
    for item in scan(RecordItem, alone=True):
        project(item)
    before = views(aws)

    for item in scan(RecordItem, alone=True):
        project(item)
    assert views(aws) == before
    stream.rebuild()
    assert set(before) <= set(views(aws))  # type: ignore[call-overload]
