"""What documents told: the newest of them, in whatever order they are worked on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from chalicelib.directory.told import Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.gs1.keys import Gln, Lgtin, Sgln
from tests.directory.web import gln, gtin
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SHELF = Told(
    Sgln(gln(7), "A/1"),
    Source(NOON, NOON, "j1"),
    "Shelf",
    {"city": "Omaha", "https://example.com/width": Decimal("1.20"), "site": ["x", "y"]},
    Sgln(gln(7)),
)


@pytest.mark.usefixtures("aws")
def test_what_is_told_is_kept_whole_and_for_one_organisation_alone() -> None:
    told = ToldStore("acme")
    product = Told(gtin(1), SHELF.source, "Painless")
    lot = Told(Lgtin(gtin(1), "L-1"), SHELF.source)

    assert all(told.put(each) for each in (SHELF, product, lot))

    assert told.one(SHELF.thing) == SHELF
    assert told.of([gtin(1), lot.thing, gtin(2)]) == {gtin(1): product, lot.thing: lot}
    assert ToldStore("meddist").one(SHELF.thing) is None
    assert list(told.parents()) == [(SHELF.thing, SHELF.parent)]


def test_the_newest_document_tells_in_whatever_order_they_come(aws: Aws) -> None:
    start = aws.save()
    told = ToldStore("acme")
    documents = [
        replace(SHELF, source=Source(created, received, job), name=job)
        for created, received, job in (
            (NOON, NOON, "a"), (NOON, NOON, "b"),
            (NOON, NOON + timedelta(hours=1), "c"), (NOON - timedelta(days=1), NOON, "d"),
        )
    ]  # fmt: skip
    for order in permutations(documents):
        aws.restore(start)
        newest = [told.put(each) for each in order]

        found = told.one(SHELF.thing)
        assert found
        assert found.name == "c"
        assert newest[0]
        assert [told.put(each) for each in documents] == [False, False, True, False]


@pytest.mark.usefixtures("aws")
def test_a_document_that_only_names_a_thing_takes_nothing_away() -> None:
    told, later = ToldStore("acme"), NOON + timedelta(days=1)
    only_named = Told(SHELF.thing, Source(later, later, "j2"))
    elsewhere = replace(only_named, parent=Sgln(gln(8)), source=Source(later, later, "j3"))

    assert told.put(only_named)
    assert told.put(SHELF)
    assert not told.put(only_named)
    assert told.one(SHELF.thing) == SHELF
    assert told.put(replace(SHELF, source=only_named.source, name="New", parent=None))
    moved = told.one(SHELF.thing)
    assert moved
    assert (moved.name, moved.parent) == ("New", SHELF.parent)
    assert told.put(elsewhere)
    assert told.one(SHELF.thing) == replace(moved, parent=Sgln(gln(8)))
    assert told.page(Sgln, after=None, limit=9) == ([told.one(SHELF.thing)], None)


@pytest.mark.usefixtures("aws")
def test_what_is_told_is_listed_by_kind_page_by_page() -> None:
    told = ToldStore("acme")
    for number in range(1, 6):
        told.put(Told(gln(number), SHELF.source))
    told.put(SHELF)

    first, after = told.page(Gln, after=None, limit=3)
    second, end = told.page(Gln, after=after, limit=3)

    assert [each.thing for each in (*first, *second)] == [gln(number) for number in range(1, 6)]
    assert end is None


def test_a_document_tells_once_whatever_breaks(aws: Aws) -> None:
    case = Case("tell of a place", lambda: ToldStore("acme").put(SHELF), atomic=False)

    assert survives_everything(case, aws) > 5
