"""Every index is handed out once, and hardly one is left out."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.serial.allocation import (
    EMPTY,
    SEGMENT,
    SLOTS,
    SPARES,
    Block,
    Claim,
    Counter,
    Range,
    Slot,
    Token,
    claim,
    indexes_for,
    replaced,
)
from chalicelib.serial.model import DEFAULT, PAGE, Epoch, Format
from tests.serial.orders import an_order


def token(name: object) -> Token:
    return an_order(name).token


def stored(counter: Counter, wanted: Claim) -> Counter:
    """The counter after the update that a claim asks for, as DynamoDB makes it."""
    slot = wanted.after
    if wanted.taken:
        slot = replace(slot, start=counter.next)
    slots = {**counter.slots, wanted.number: Slot.unpack(slot.pack(), slot.start)}
    return Counter(counter.next + wanted.taken, counter.closed, slots)


def handed_out(orders: Iterable[tuple[str, int]]) -> tuple[Counter, list[tuple[str, Block]]]:
    """Carry out orders of (line, count) one after the other."""
    counter, blocks = EMPTY, []
    for n, (line, count) in enumerate(orders):
        wanted = claim(counter, token(n), line, count)
        counter = stored(counter, wanted)
        blocks.append((line, Block(counter.slots[wanted.number].ranges, count)))
    return counter, blocks


def spread(blocks: Iterable[tuple[str, Block]]) -> list[int]:
    return [n for _, block in blocks for n in block.indexes(0, block.count)]


counts = st.one_of(st.integers(1, 40), st.integers(500, 520), st.integers(1, 20_000))
lines = st.sampled_from([f"line {n}" for n in range(SLOTS)])


@given(st.lists(st.tuples(lines, counts), max_size=60))
@settings(deadline=None)
def test_blocks_do_not_overlap_and_have_what_was_asked_for(orders: list[tuple[str, int]]) -> None:
    counter, blocks = handed_out(orders)
    found = spread(blocks)

    assert len(found) == len(set(found)) == sum(count for _, count in orders)
    assert all(0 <= n < counter.next for n in found)


@given(st.lists(st.tuples(lines, counts), max_size=60))
@settings(deadline=None)
def test_sixteen_lines_leave_no_gap(orders: list[tuple[str, int]]) -> None:
    counter, blocks = handed_out(orders)
    left = [n for slot in counter.slots.values() for n in range(*_bounds(slot.left))]

    assert sorted(spread(blocks) + left) == list(range(counter.next))
    assert len(left) < PAGE * SLOTS


@given(st.lists(st.tuples(st.integers(0, 40).map(str), counts), max_size=80))
@settings(deadline=None)
def test_more_lines_leave_at_most_the_rest_of_a_page_each_time(
    orders: list[tuple[str, int]],
) -> None:
    counter, blocks = handed_out(orders)
    found = spread(blocks)

    assert len(found) == len(set(found))
    assert counter.next - len(found) <= (PAGE - 1) * len(orders)


@given(st.lists(st.tuples(lines, counts), max_size=60))
@settings(deadline=None)
def test_lines_do_not_share_pages(orders: list[tuple[str, int]]) -> None:
    _, blocks = handed_out(orders)
    owner: dict[int, str] = {}

    for line, block in blocks:
        for n in block.indexes(0, block.count):
            assert owner.setdefault(n // PAGE, line) == line


@given(st.lists(st.tuples(lines, counts), max_size=40))
@settings(deadline=None)
def test_new_pages_begin_at_a_multiple_of_their_size(orders: list[tuple[str, int]]) -> None:
    counter, blocks = handed_out(orders)

    assert counter.next % PAGE == 0
    assert all(slot.start % PAGE == 0 for slot in counter.slots.values())
    for _, block in blocks:
        if block.count >= PAGE:
            assert block.ranges[0].start % PAGE == 0


def test_small_blocks_of_a_line_follow_each_other() -> None:
    _, blocks = handed_out([("a", 10), ("b", 5), ("a", 10), ("b", 5), ("a", 500)])

    assert [block.ranges for _, block in blocks] == [
        (Range(0, 10),),
        (Range(512, 5),),
        (Range(10, 10),),
        (Range(517, 5),),
        (Range(1024, 8), Range(20, 492)),
    ]


def test_a_slot_shows_its_last_block_again() -> None:
    counter, blocks = handed_out([("a", 700), ("a", 20), ("a", 600)])
    (slot,) = counter.slots.values()

    assert slot.token == token(2)
    assert slot.ranges == blocks[-1][1].ranges


@given(
    st.integers(0, 10**15),
    st.integers(0, 511),
    st.integers(0, 6_000_000),
    st.integers(0, 6_000_000),
    st.integers(0, 6_000_000),
    st.integers(0, 10**15),
)
def test_a_slot_is_read_as_it_was_packed(
    at: int, left: int, fresh: int, used: int, size: int, start: int
) -> None:
    slot = Slot(token("x"), b"lineX", Range(at, left), fresh, used, size, start)

    assert Slot.unpack(slot.pack(), start) == slot
    assert len(slot.pack()) == 43


@given(st.lists(st.tuples(st.integers(0, 40).map(str), counts), max_size=40), st.data())
@settings(deadline=None)
def test_a_late_update_and_its_repetition_never_both_succeed(
    orders: list[tuple[str, int]], data: st.DataObject
) -> None:
    """The line's slot is the same for both, unless the first one's condition fails."""
    counter, _ = handed_out(orders)
    late = claim(counter, token("late"), "7", 100)
    for n in range(data.draw(st.integers(0, 6))):
        line = data.draw(st.integers(0, 40).map(str))
        counter = stored(counter, claim(counter, token(("other", n)), line, 30))

    again = claim(counter, token("late"), "7", 100)

    if counter.slots.get(late.number) == late.before:
        assert again.number == late.number


def test_a_line_without_a_slot_takes_its_home_over_when_all_are_used() -> None:
    counter, _ = handed_out([(str(n), 1) for n in range(100)])

    wanted = claim(counter, token("x"), "new line", 5)

    assert len(counter.slots) == SLOTS
    assert wanted.before is not None
    assert wanted.after.rest.size == 0


def test_positions_of_a_block_run_through_its_ranges() -> None:
    block = Block((Range(512, 3), Range(20, 2), Range(1024, 1)), 6)

    assert list(block.indexes(0, 6)) == [512, 513, 514, 20, 21, 1024]
    assert list(block.indexes(2, 4)) == [514, 20]
    assert list(block.indexes(4, 99)) == [21, 1024]
    assert list(block.indexes(6, 9)) == []
    assert block.indexes(1, 3) == range(513, 515)


def test_a_block_has_spares_where_an_older_epoch_spells_the_same() -> None:
    epochs = [
        Epoch(0, DEFAULT, 1, final=512),
        Epoch(1, DEFAULT, 1),
        Epoch(2, Format.of("numeric", 20), 1),
    ]

    assert indexes_for(100, epochs, epochs[0]) == 100
    assert indexes_for(100, epochs, epochs[1]) == 100 + SPARES
    assert indexes_for(SEGMENT + 1, epochs, epochs[1]) == SEGMENT + 1 + 2 * SPARES
    assert indexes_for(100, epochs, epochs[2]) == 100


def test_each_segment_has_spares_of_its_own() -> None:
    count = 2 * SEGMENT + 5
    block = Block((Range(0, count + 3 * SPARES),), count)

    segments = block.segments(SEGMENT - 1, count)

    assert block.spared
    assert [(first, last) for first, last, _ in segments] == [
        (0, SEGMENT),
        (SEGMENT, 2 * SEGMENT),
        (2 * SEGMENT, count),
    ]
    assert [n for *_, spares in segments for n in spares] == [*range(count, count + 3 * SPARES)]


def test_what_an_older_epoch_issued_is_replaced_by_a_spare_that_it_did_not() -> None:
    issued = [False, True, True, False, True, False, False]

    assert replaced("abcd", "xyz", issued) == ["a", "y", "z", "d"]
    assert replaced("abcd", "xyz", [False] * 7) == list("abcd")


def test_too_few_spares_are_a_bug() -> None:
    with pytest.raises(RuntimeError, match="spares"):
        replaced("ab", "x", [True, True, False])


def _bounds(left: Range) -> tuple[int, int]:
    return left.start, left.start + left.size
