"""Reads are strong unless said otherwise, whole, and honest about throttling."""

from collections.abc import Iterable

import pytest

from chalicelib.errors import Busy
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query, query_all, scan
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.faults import Kind, injected
from tests.table.things import Other, Thing


def write(items: Iterable[Item]) -> None:
    for item in items:
        tx = Transaction()
        tx.put(item)
        tx.commit()


@pytest.fixture
def partition(aws: Aws) -> None:
    write(Thing("p", sk) for sk in ("a1", "a2", "a3", "b1"))
    write([Thing("q", "a1")])


def test_one_item_is_read_strongly(aws: Aws) -> None:
    write([Thing("a", name="x")])

    with counted(aws) as spent:
        found = get(Thing, "a")

    assert found is not None
    assert found.name == "x"
    assert spent.read_units == 1


def test_weak_reads_cost_half(aws: Aws) -> None:
    with counted(aws) as spent:
        assert get(Thing, "a", strong=False) is None

    assert spent.read_units == 0.5


def test_many_items_of_several_tables_are_one_request(aws: Aws) -> None:
    write([Thing("a", name="x"), Other("a", name="y")])

    with counted(aws) as spent:
        found = get_many(
            [Key(Thing, "a"), Key(Other, "a"), Key(Thing, "none"), Key(Thing, "a")],
            weak=[Other],
        )

    assert spent.round_trips == 1
    assert spent.read_units == 1 + 1 + 0.5
    assert len(found) == 2
    assert set(found) == {Key(Thing, "a"), Key(Other, "a")}
    assert found[Key(Other, "a")] is found.item(Other, "a")
    assert found.item(Thing, "none") is None


def test_one_request_holds_a_hundred_keys(aws: Aws) -> None:
    write(Thing(f"{n}") for n in range(201))

    with counted(aws) as spent:
        found = get_many(Key(Thing, f"{n}") for n in range(201))

    assert spent.requests == {"dynamodb.BatchGetItem": 3}
    assert {key.pk for key in found} == {f"{n}" for n in range(201)}


def test_reading_nothing_asks_nobody(aws: Aws) -> None:
    with counted(aws) as spent:
        assert len(get_many([])) == 0

    assert spent.round_trips == 0


def test_what_was_not_processed_is_asked_for_again(aws: Aws) -> None:
    write([*(Thing(f"{n}") for n in range(5)), Other("0")])
    keys = [*(Key(Thing, f"{n}") for n in range(5)), Key(Other, "0")]

    with injected({1: Kind.PARTIAL, 2: Kind.PARTIAL}) as calls:
        found = get_many(keys)

    assert set(found) == set(keys)
    assert len(calls.made) == 3


def test_a_table_that_never_answers_all_is_busy(aws: Aws) -> None:
    write([Thing("a")])

    with injected(dict.fromkeys(range(1, 50), Kind.PARTIAL)), pytest.raises(Busy):
        get_many([Key(Thing, "a")])


@pytest.mark.usefixtures("partition")
def test_a_partition_is_read_in_order() -> None:
    page = query(Thing, "p")

    assert [item.sk for item in page.items] == ["a1", "a2", "a3", "b1"]
    assert page.last is None


@pytest.mark.usefixtures("partition")
def test_a_stretch_begins_after_the_one_before() -> None:
    first = query(Thing, "p", begins="a", limit=2)
    second = query(Thing, "p", begins="a", limit=2, after=first.last)

    assert [item.sk for item in first.items] == ["a1", "a2"]
    assert first.last == "a2"
    assert [item.sk for item in second.items] == ["a3"]
    assert second.last is None


@pytest.mark.usefixtures("partition")
def test_a_partition_is_read_backwards() -> None:
    page = query(Thing, "p", forward=False, limit=1)
    rest = query(Thing, "p", forward=False, after=page.last)

    assert [item.sk for item in page.items] == ["b1"]
    assert [item.sk for item in rest.items] == ["a3", "a2", "a1"]


@pytest.mark.usefixtures("partition")
def test_an_empty_partition_has_an_empty_page() -> None:
    page = query(Thing, "none")

    assert list(page.items) == []
    assert page.last is None


def test_a_large_partition_is_read_whole(aws: Aws) -> None:
    write(Thing("p", f"{n:02}", name="x" * 300_000) for n in range(8))

    with counted(aws) as spent:
        found = [item.sk for item in query_all(Thing, "p")]

    assert found == [f"{n:02}" for n in range(8)]
    assert spent.round_trips == 3, "a page holds one megabyte"


@pytest.mark.usefixtures("partition")
def test_a_table_is_scanned_whole(aws: Aws) -> None:
    write(Thing(f"{n}", name="x" * 300_000) for n in range(8))

    assert sum(1 for _ in scan(Thing)) == 8 + 5


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
@pytest.mark.parametrize(
    "read",
    [
        lambda: get(Thing, "a"),
        lambda: get_many([Key(Thing, "a")]),
        lambda: query(Thing, "a"),
        lambda: list(query_all(Thing, "a")),
        lambda: list(scan(Thing)),
    ],
    ids=["get", "get_many", "query", "query_all", "scan"],
)
def test_a_read_that_fails_is_busy(aws: Aws, read: object, kind: Kind) -> None:
    with injected({1: kind}), pytest.raises(Busy):
        read()  # type: ignore[operator]
