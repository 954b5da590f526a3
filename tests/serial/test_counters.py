"""A counter changes only as one condition allows, and an update repeated is an update found."""

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import Raced
from chalicelib.serial.allocation import EMPTY, Claim, Counter, Range, claim
from chalicelib.serial.counters import CounterItem, close, counter_key, read_counter, take
from chalicelib.table.items import Item
from chalicelib.table.read import get_many
from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.faults import Kind, injected
from tests.serial.orders import GTIN, an_order

pytestmark = pytest.mark.usefixtures("aws")

MUCH = 10**15


def now() -> Counter:
    return read_counter(GTIN, 0)


def wanted(name: str, line: str, count: int) -> Claim:
    return claim(now(), an_order(name).token, line, count)


def test_a_block_takes_whole_pages_and_says_where_they_start() -> None:
    first, _ = take(GTIN, 0, wanted("a", "line a", 700), MUCH)
    second, _ = take(GTIN, 0, wanted("b", "line b", 1), MUCH)

    assert first is not None
    assert first.ranges == (Range(0, 700),)
    assert second is not None
    assert second.ranges == (Range(1024, 1),)
    assert now().next == 1536
    assert set(now().slots.values()) == {first, second}


def test_what_a_line_has_left_leaves_the_counter_alone() -> None:
    take(GTIN, 0, wanted("a", "line a", 10), MUCH)

    slot, _ = take(GTIN, 0, wanted("b", "line a", 20), MUCH)

    assert slot is not None
    assert slot.ranges == (Range(10, 20),)
    assert now().next == 512


def test_an_update_that_was_made_is_found_in_what_refuses_its_repetition() -> None:
    again = wanted("a", "line a", 10)
    made, _ = take(GTIN, 0, again, MUCH)

    slot, counter = take(GTIN, 0, again, MUCH)

    assert slot is None
    assert counter is not None
    assert counter.slots[again.number] == made


def test_a_counter_does_not_exceed_what_may_be_issued() -> None:
    take(GTIN, 0, wanted("a", "line a", 512), 1024)
    take(GTIN, 0, wanted("b", "line b", 512), 1024)

    slot, counter = take(GTIN, 0, wanted("c", "line c", 1), 1024)

    assert slot is None
    assert counter == now()
    assert now().next == 1024


def test_nothing_is_taken_from_a_closed_counter() -> None:
    take(GTIN, 0, wanted("a", "line a", 10), MUCH)
    rest, fresh = wanted("b", "line a", 10), wanted("c", "line b", 10)

    assert close(GTIN, 0, "first") == (512, "first")

    for late in (rest, fresh):
        slot, counter = take(GTIN, 0, late, MUCH)
        assert slot is None
        assert counter is not None
        assert counter.closed == "first"
    assert now().next == 512


def test_a_counter_is_closed_once() -> None:
    close(GTIN, 3, "first")

    assert close(GTIN, 3, "second") == (0, "first")


def test_a_counter_is_read_in_a_batch_like_any_item() -> None:
    take(GTIN, 7, claim(EMPTY, an_order("a").token, "line", 5), MUCH)
    key = counter_key(GTIN, 7)

    found = get_many([key]).item(CounterItem, key.pk, key.sk)

    assert isinstance(found, Item)
    assert found.counter.next == 512
    assert (key.pk, key.sk) == ("N#09506000134352", "007")


def test_a_held_counter_is_told_and_untouched() -> None:
    with injected({1: Kind.CONFLICT}), pytest.raises(Raced):
        close(GTIN, 0, "first")

    assert now() == EMPTY


def test_what_is_no_refusal_of_ours_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CounterItem.Meta, "table_name", "no-such-table")

    with pytest.raises(ClientError, match="ResourceNotFound"):
        take(GTIN, 0, claim(EMPTY, an_order("a").token, "line", 5), MUCH)


def test_an_update_costs_one_write_unit_for_ever(aws: Aws) -> None:
    key = counter_key(GTIN, 0)
    many = key.raw | {"nx": {"N": str(9 * 10**14)}}
    aws.client("dynamodb").put_item(TableName=CounterItem.table(), Item=many)
    for n in range(40):
        take(GTIN, 0, wanted(f"a{n}", f"line {n}", 5_000_000), MUCH)

    with counted(aws) as spent:
        take(GTIN, 0, wanted("z", "line z", 5_000_000), MUCH)

    assert spent.write_units == 1
    assert len(now().slots) == 16
