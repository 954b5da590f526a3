"""Many writes or deletions in few requests, whole or honest about it."""

import pytest

from chalicelib.errors import Busy
from chalicelib.table.bulk import delete_many, put_many
from chalicelib.table.items import Key
from chalicelib.table.read import get_many, query
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.faults import Kind, injected
from tests.table.things import Other, Thing


def written() -> list[str]:
    return [str(item.sk) for item in query(Thing, "p").items]


def test_many_items_of_several_tables_are_few_requests(aws: Aws) -> None:
    things = [Thing("p", f"{number:02}") for number in range(40)]

    with counted(aws) as spent:
        put_many([*things, Other("p", "x"), things[0]])

    assert written() == [f"{number:02}" for number in range(40)]
    assert (spent.round_trips, spent.write_units) == (2, 41)


@pytest.mark.usefixtures("aws")
def test_of_items_under_one_key_the_last_counts() -> None:
    put_many([Thing("p", "a", name="x"), Thing("p", "a", name="y")])

    (found,) = query(Thing, "p").items
    assert found.name == "y"


def test_nothing_to_write_is_no_request(aws: Aws) -> None:
    with counted(aws) as spent:
        put_many([])

    assert spent.round_trips == 0


@pytest.mark.usefixtures("aws")
def test_what_was_handed_back_is_written_in_the_end() -> None:
    with injected({1: Kind.PARTIAL}) as calls:
        put_many(Thing("p", f"{number:02}") for number in range(30))

    assert calls.hit
    assert len(written()) == 30


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST])
def test_after_a_refusal_or_a_lost_answer_the_same_again_writes_all(call: int, kind: Kind) -> None:
    things = [Thing("p", f"{number:02}") for number in range(30)]
    with injected({call: kind}), pytest.raises(Busy):
        put_many(things)

    put_many(things)

    assert len(written()) == 30


@pytest.mark.usefixtures("aws")
def test_what_is_throttled_time_and_again_is_busy() -> None:
    with injected(dict.fromkeys(range(1, 99), Kind.THROTTLED)), pytest.raises(Busy):
        put_many([Thing("p", "a")])


@pytest.fixture
def keys(aws: Aws) -> list[Key]:
    items = [Thing("p", f"{n:02}") for n in range(30)] + [Other("p", "00")]
    for item in items:
        tx = Transaction()
        tx.put(item)
        tx.commit()
    return [item.key for item in items]


def test_many_deletions_of_several_tables_go_25_at_a_time(aws: Aws, keys: list[Key]) -> None:
    with counted(aws) as spent:
        delete_many(keys[1:])

    assert spent.requests == {"dynamodb.BatchWriteItem": 2}
    assert set(get_many(keys)) == {keys[0]}


def test_what_is_not_there_may_be_deleted_again(aws: Aws, keys: list[Key]) -> None:
    delete_many(keys)
    delete_many(keys)

    assert not get_many(keys)


def test_a_deletion_left_unprocessed_is_asked_for_again(aws: Aws, keys: list[Key]) -> None:
    with injected({1: Kind.PARTIAL}) as calls:
        delete_many(keys[:20])

    assert len(calls.made) == 2
    assert set(get_many(keys)) == set(keys[20:])


def test_throttling_of_a_deletion_is_busy(aws: Aws, keys: list[Key]) -> None:
    with injected({1: Kind.THROTTLED}), pytest.raises(Busy):
        delete_many(keys)
