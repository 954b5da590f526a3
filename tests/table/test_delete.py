"""Deleting in bulk is whole, and honest about throttling."""

import pytest

from chalicelib.errors import Busy
from chalicelib.table.delete import delete_many
from chalicelib.table.items import Key
from chalicelib.table.read import get_many
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.faults import Kind, injected
from tests.table.things import Other, Thing


@pytest.fixture
def keys(aws: Aws) -> list[Key]:
    items = [Thing("p", f"{n:02}") for n in range(30)] + [Other("p", "00")]
    for item in items:
        tx = Transaction()
        tx.put(item)
        tx.commit()
    return [item.key for item in items]


def test_many_items_of_several_tables_go_25_at_a_time(aws: Aws, keys: list[Key]) -> None:
    with counted(aws) as spent:
        delete_many(keys[1:])

    assert spent.requests == {"dynamodb.BatchWriteItem": 2}
    assert set(get_many(keys)) == {keys[0]}


def test_what_is_not_there_may_be_deleted_again(aws: Aws, keys: list[Key]) -> None:
    delete_many(keys)
    delete_many(keys)

    assert not get_many(keys)


def test_what_was_left_unprocessed_is_asked_for_again(aws: Aws, keys: list[Key]) -> None:
    with injected({1: Kind.PARTIAL}) as calls:
        delete_many(keys[:20])

    assert len(calls.made) == 2
    assert set(get_many(keys)) == set(keys[20:])


def test_throttling_is_busy(aws: Aws, keys: list[Key]) -> None:
    with injected({1: Kind.THROTTLED}), pytest.raises(Busy):
        delete_many(keys)
