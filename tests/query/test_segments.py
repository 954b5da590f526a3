"""Rows, many to an item, in order and each once however they were cut."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.query.model import LATE_RECORDED, PROMPT, Row
from chalicelib.query.segments import HOUR, MOST, rows_of, segments, walk
from chalicelib.table.bulk import put_many
from tests.builders import gln
from tests.harness.aws import Aws
from tests.harness.costs import counted

ME = gln("acme")
BEGIN = 17_000_000 * HOUR


def some_row(number: int, at: int = 0, recorded: int = 0) -> Row:
    return Row(BEGIN + at, f"{number:032x}", BEGIN + recorded, frozenset({("bizStep", "shipping")}))


def keep(rows: list[Row], key: tuple[str, str] = PROMPT) -> None:
    put_many(segments(ME, *key, rows))


times = st.integers(0, 3 * HOUR) | st.sampled_from([0, HOUR, HOUR - 1, 2 * HOUR])
cuts = st.lists(
    st.lists(st.builds(some_row, st.integers(0, 30), times, times), max_size=8), max_size=5
)


@given(
    cut=cuts,
    key=st.sampled_from([PROMPT, LATE_RECORDED]),
    newest=st.booleans(),
    after=st.none() | st.tuples(times, st.integers(0, 30)),
    low=st.none() | times,
    high=st.none() | times,
)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_walk_is_the_rows_in_order_from_a_place_on(
    aws: Aws, cut: list[list[Row]], key: tuple[str, str], newest: bool, **bounds: Any
) -> None:
    saved = aws.save()
    after = bounds["after"] and (BEGIN + bounds["after"][0], f"{bounds['after'][1]:032x}")
    low, high = (None if bounds[name] is None else BEGIN + bounds[name] for name in ("low", "high"))
    # Of one event there is one row, whichever of them was drawn last.
    one = {row.event: row for rows in cut for row in rows}
    kept = [[one[row.event] for row in rows] for rows in cut]

    for rows in kept:
        keep(rows, key)
    found = list(walk(ME, *key, newest_first=newest, after=after, low=low, high=high))
    aws.restore(saved)

    def place(row: Row) -> tuple[int, str]:
        return row.by_record_time if key == LATE_RECORDED else row.by_event_time

    wanted = [
        row
        for row in sorted(one.values(), key=place, reverse=newest)
        if (low is None or place(row)[0] >= low)
        and (high is None or place(row)[0] < high)
        and (after is None or (place(row) < after if newest else place(row) > after))
    ]
    assert found == wanted


@pytest.mark.usefixtures("aws")
def test_rows_of_one_hour_share_an_item_and_are_what_they_were(aws: Aws) -> None:
    rows = [some_row(number, at=number) for number in range(40)]

    with counted(aws) as spent:
        keep(rows)
    (item,) = segments(ME, *PROMPT, rows)

    assert list(rows_of(item)) == rows
    assert spent.write_units <= 2


def test_a_segment_is_never_too_large_for_an_item() -> None:
    told = frozenset((f"d{each}", f"{each}" * 100) for each in range(5))
    rows = [Row(BEGIN, f"{n:032x}", BEGIN, told | {("n", f"{n}" * 60)}) for n in range(MOST + 1)]

    made = list(segments(ME, *PROMPT, rows))

    assert sum(len(list(rows_of(item))) for item in made) == MOST + 1
    assert all(len(item.rows) < 300_000 for item in made)


@pytest.mark.usefixtures("aws")
def test_the_rows_of_others_are_not_found() -> None:
    keep([some_row(1)])

    assert list(walk(gln("meddist"), *PROMPT, newest_first=True)) == []


@pytest.mark.usefixtures("aws")
def test_many_segments_are_read_stretch_by_stretch(aws: Aws) -> None:
    rows = [some_row(number, at=number * HOUR) for number in range(230)]
    keep(rows)

    with counted(aws) as spent:
        assert list(walk(ME, *PROMPT, newest_first=True)) == rows[::-1]
    with counted(aws) as first:
        next(walk(ME, *PROMPT, newest_first=True))

    assert (spent.round_trips, first.round_trips) == (3, 1)
