"""Blocks are handed out exactly once, whoever asks at once and whatever is lost."""

import random
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.errors import AlreadyExists, Busy, Conflict, KeyReused
from chalicelib.serial import blocks as module
from chalicelib.serial.allocation import SLOTS
from chalicelib.serial.blocks import BlockItem, BlockStore
from chalicelib.serial.contents import Issued, Order
from chalicelib.serial.counters import close, read_counter
from chalicelib.serial.epochs import rotate
from chalicelib.serial.model import DEFAULT, PAGE, Format
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws, forget
from tests.harness.costs import counted
from tests.harness.faults import Case, Kind, injected, survives_everything
from tests.serial.orders import AT, GTIN, a_block, an_order, indexes

LATER = AT + timedelta(minutes=5)


def test_a_block_is_found_again(blocks: BlockStore) -> None:
    issued = blocks.allocate(an_order("a", 1000, line="L1"), DEFAULT)
    forget()

    assert blocks.get(issued.order.id) == issued


def test_there_is_no_block_that_nobody_asked_for(blocks: BlockStore) -> None:
    assert blocks.get(an_order("a").id) is None


def test_a_repeat_gets_the_same_block(blocks: BlockStore) -> None:
    first = blocks.allocate(an_order("a", 700), DEFAULT)
    blocks.allocate(an_order("b", 10), DEFAULT)

    again = blocks.allocate(an_order("a", 700, at=LATER), DEFAULT)

    assert again == replace(first, replayed=True)
    assert not first.replayed


def test_a_repeat_gets_its_block_whatever_became_of_the_format(blocks: BlockStore) -> None:
    first = blocks.allocate(an_order("a", 700), DEFAULT)
    rotate(GTIN, Format.of("numeric", 12), "op", "ff")

    again = blocks.allocate(an_order("a", 700, at=LATER), DEFAULT)

    assert (again.block, again.epoch.number) == (first.block, 0)


def test_a_key_stands_for_one_block(blocks: BlockStore) -> None:
    blocks.allocate(an_order("a", 700), DEFAULT)

    with pytest.raises(KeyReused):
        blocks.allocate(an_order("a", 701), DEFAULT)


def test_a_key_stands_for_one_block_before_it_has_a_record(aws: Aws, blocks: BlockStore) -> None:
    order = an_order("a", 700)
    blocks.allocate(order, DEFAULT)
    aws.client("dynamodb").delete_item(TableName=BlockItem.table(), Key=module._key(order.id).raw)

    with pytest.raises(KeyReused):
        blocks.allocate(an_order("a", 701), DEFAULT)


def test_a_block_costs_two_write_units_whatever_its_size(aws: Aws, blocks: BlockStore) -> None:
    blocks.allocate(an_order("first"), DEFAULT)

    for name, count in [("small", 1), ("page", 512), ("large", 5_000_000)]:
        with counted(aws) as spent:
            blocks.allocate(an_order(name, count), DEFAULT)

        assert spent.write_units == 2
        assert spent.round_trips == 3
        assert spent.requests["dynamodb.BatchGetItem"] == 1


@pytest.mark.usefixtures("aws")
def test_large_blocks_begin_on_a_page_and_small_ones_follow() -> None:
    first, second, other = a_block("a", 100), a_block("b", 100), a_block("c", 600, line="L2")

    assert (indexes(first)[0], indexes(second)[0], indexes(other)[0]) == (0, 100, PAGE)


def test_guessing_stays_hopeless(blocks: BlockStore) -> None:
    nine = Format.of("numeric", 9)
    blocks.allocate(an_order("a", 500), nine)
    blocks.allocate(an_order("b", 12), nine)

    for name in ("c", "c"):
        with pytest.raises(Conflict, match="at most one in a million") as refused:
            blocks.allocate(an_order(name, 1), nine)
        assert refused.value.code == "serials_exhausted"

    assert read_counter(GTIN, 0).next == 512


def test_two_that_race_for_the_last_numbers_do_not_exceed_them(
    blocks: BlockStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    nine = Format.of("numeric", 9)
    inner = module.claim

    def claim_behind_another(*args: object) -> object:
        monkeypatch.setattr(module, "claim", inner)
        blocks.allocate(an_order("faster", 100, line="other"), nine)
        return inner(*args)  # type: ignore[arg-type]

    blocks.allocate(an_order("first", 1, line="first"), Format.of("numeric", 12))
    monkeypatch.setattr(module, "claim", claim_behind_another)
    with pytest.raises(Conflict, match="no room"):
        blocks.allocate(an_order("slower", 100, line="this"), nine)


@pytest.mark.parametrize("count", [10, 5000])
@pytest.mark.parametrize("known", ["epoch is new", "epoch is known"])
def test_a_block_survives_every_fault(aws: Aws, blocks: BlockStore, count: int, known: str) -> None:
    if known == "epoch is known":
        blocks.allocate(an_order("before", 100), DEFAULT)

    order = an_order("a", count)
    case = Case(f"{count}, {known}", lambda: blocks.allocate(order, DEFAULT), atomic=False)

    assert survives_everything(case, aws) > 20


def test_a_block_in_a_new_format_survives_every_fault(aws: Aws, blocks: BlockStore) -> None:
    blocks.allocate(an_order("before", 100), DEFAULT)

    order = an_order("a", 100)
    case = Case(
        "new format", lambda: blocks.allocate(order, Format.of("numeric", 12)), atomic=False
    )

    assert survives_everything(case, aws) > 40


def test_a_block_whose_record_was_never_written_gets_it_by_the_repeat(
    blocks: BlockStore,
) -> None:
    order = an_order("a", 700)
    blocks.allocate(an_order("first", line="L1"), DEFAULT)
    with injected({3: Kind.REFUSED}), pytest.raises(Busy):
        blocks.allocate(order, DEFAULT)
    assert blocks.get(order.id) is None
    counter = read_counter(GTIN, 0)

    issued = blocks.allocate(order, DEFAULT)

    assert blocks.get(order.id) == issued
    assert read_counter(GTIN, 0) == counter


def test_a_block_that_a_closed_epoch_handed_out_gets_its_record(blocks: BlockStore) -> None:
    order = an_order("a", 700)
    blocks.allocate(an_order("first", line="L1"), DEFAULT)
    with injected({3: Kind.REFUSED}), pytest.raises(Busy):
        blocks.allocate(order, DEFAULT)
    close(GTIN, 0, "-")

    assert blocks.allocate(order, DEFAULT).epoch.number == 0
    assert blocks.allocate(an_order("b"), DEFAULT).epoch.number == 1


def test_a_record_that_is_written_meanwhile_is_the_one(
    blocks: BlockStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = an_order("a", 700)
    inner = module.take

    def take_behind_a_repeat(*args: object) -> object:
        monkeypatch.setattr(module, "take", inner)
        blocks.allocate(replace(order, at=LATER), DEFAULT)
        return inner(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "take", take_behind_a_repeat)
    issued = blocks.allocate(order, DEFAULT)

    assert issued.replayed
    assert issued == replace(blocks.get(order.id), replayed=True)  # type: ignore[type-var]
    assert read_counter(GTIN, 0).next == 1024


def test_a_refusal_without_a_record_is_not_hidden(
    blocks: BlockStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Transaction) -> None:
        raise AlreadyExists("it was gone when we looked")

    blocks.allocate(an_order("first"), DEFAULT)
    monkeypatch.setattr(Transaction, "commit", refuse)

    with pytest.raises(AlreadyExists):
        blocks.allocate(an_order("a"), DEFAULT)


def test_a_line_that_never_gets_through_is_told_to_wait(
    blocks: BlockStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks.allocate(an_order("first"), DEFAULT)
    pauses: list[float] = []
    monkeypatch.setattr(module, "take", lambda *_: (None, read_counter(GTIN, 0)))
    monkeypatch.setattr(module.time, "sleep", pauses.append)

    with pytest.raises(Busy, match="too many blocks"):
        blocks.allocate(an_order("a"), DEFAULT)

    assert len(pauses) == 40
    assert max(pauses) <= 0.1
    assert len(set(pauses)) > 30


def in_threads(actions: Iterable[Callable[[], object]]) -> list[BaseException]:
    """Start all at once; return what escaped."""
    errors: list[BaseException] = []
    runners = list(actions)
    barrier = threading.Barrier(len(runners))

    def run(action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.parametrize("lines", ["each its own", "one for all"])
def test_sixteen_allocators_with_repeats_never_overlap_and_leave_no_gap(
    blocks: BlockStore, lines: str
) -> None:
    chance = random.Random(16)
    done: dict[str, list[Issued]] = {}

    def allocator(me: int, orders: list[Order]) -> None:
        for order in orders:
            issued = asked_until_answered(order) if lines == "one for all" else ask(order)
            done.setdefault(str(order.id), []).append(issued)

    def ask(order: Order) -> Issued:
        return blocks.allocate(order, DEFAULT)

    def asked_until_answered(order: Order) -> Issued:
        """As a client does whose line is told to wait; lines of their own are never told so."""
        for _ in range(5):
            with suppress(Busy):
                return ask(order)
        return ask(order)

    def orders(me: int) -> list[Order]:
        line = f"line {me}" if lines == "each its own" else "line"
        made = [
            an_order(f"{me} {n}", chance.choice([1, 10, 511, 512, 513, 3000]), line=line)
            for n in range(8)
        ]
        repeats = [replace(order, at=LATER) for order in made if chance.random() < 0.3]
        return sorted(
            made + repeats, key=lambda order: (made.index(replace(order, at=AT)), order.at)
        )

    work = [orders(me) for me in range(16)]
    errors = in_threads(
        [lambda me=me, mine=mine: allocator(me, mine) for me, mine in enumerate(work)]
    )

    assert errors == []
    assert all(len({each.block for each in answers}) == 1 for answers in done.values())
    found = [n for answers in done.values() for n in indexes(answers[0])]
    counter = read_counter(GTIN, 0)
    left = [
        n
        for slot in counter.slots.values()
        for n in range(slot.left.start, slot.left.start + slot.left.size)
    ]
    assert len(found) == len(set(found))
    assert sorted(found + left) == list(range(counter.next))
    assert len(counter.slots) == (SLOTS if lines == "each its own" else 1)


def test_the_same_request_sixteen_times_at_once_is_one_block(blocks: BlockStore) -> None:
    done: list[Issued] = []
    order = an_order("a", 5000)

    errors = in_threads([lambda: done.append(blocks.allocate(order, DEFAULT))] * 16)

    assert errors == []
    assert len({each.block for each in done}) == 1
    assert read_counter(GTIN, 0).next == 5120


def test_no_block_slips_into_an_epoch_that_is_being_closed(blocks: BlockStore) -> None:
    blocks.allocate(an_order("first"), DEFAULT)
    done: list[Issued] = []
    orders = [an_order(n, 600, line=f"line {n}") for n in range(12)]
    turns: list[Callable[[], object]] = [
        lambda order=order: done.append(blocks.allocate(order, DEFAULT)) for order in orders
    ]
    turns += [lambda n=n: rotate(GTIN, DEFAULT, f"op-{n}", "ff") for n in range(3)]

    errors = in_threads(turns)

    epochs = rotate(GTIN, DEFAULT, "op-0", "ff"), module.read(GTIN).epochs
    assert errors == []
    assert len(epochs[1]) == 4
    for epoch in epochs[1]:
        issued = [n for each in done if each.epoch.number == epoch.number for n in indexes(each)]
        assert len(issued) == len(set(issued))
        assert all(n < (epoch.final or read_counter(GTIN, epoch.number).next) for n in issued)
    texts = [text for each in done for text in each.numbers(0, 600)]
    assert len(texts) == len(set(texts)) == 12 * 600
