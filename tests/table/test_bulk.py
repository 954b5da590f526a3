"""Many writes in few requests, whole or honest about it."""

import pytest

from chalicelib.errors import Busy
from chalicelib.table.bulk import put_many
from chalicelib.table.read import query
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
