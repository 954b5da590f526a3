"""A block has exactly the numbers that were asked for, and none that an older epoch issued."""

import pytest

from chalicelib.serial import contents
from chalicelib.serial.allocation import SEGMENT, SPARES
from chalicelib.serial.contents import Issued, epochs_with
from chalicelib.serial.epochs import History, known, rotate
from chalicelib.serial.model import DEFAULT, Epoch, Format
from chalicelib.serial.texts import invert, spell
from tests.harness.aws import forget
from tests.serial.orders import GTIN, a_block, an_order, indexes

pytestmark = pytest.mark.usefixtures("aws")


def test_a_block_has_as_many_different_numbers_as_were_asked_for() -> None:
    issued = a_block("a", 3000)
    found = issued.numbers(0, 3000)

    assert len(set(found)) == 3000
    assert all(map(DEFAULT.spells, found))
    assert found == spell(GTIN, issued.epoch, indexes(issued))


def test_any_page_is_computed_without_the_rest() -> None:
    a_block("a", 100)
    rotate(GTIN, DEFAULT, "op", "ff")
    issued = a_block("b", SEGMENT + 100)
    every = issued.numbers(0, SEGMENT + 100)

    for start, end in [(0, 1), (SEGMENT - 1, SEGMENT + 1), (50, 60), (SEGMENT, SEGMENT + 100)]:
        assert issued.numbers(start, end) == every[start:end]
    assert issued.numbers(SEGMENT + 90, 10**6) == every[-10:]


def test_names_of_lines_do_not_meet_names_of_clients() -> None:
    lanes = {an_order("a", line="x").lane, an_order("a", client="x").lane}
    lanes |= {an_order("a", line="x", organisation="other").lane}

    assert len(lanes) == 3


def colliding(older: Epoch, newer: Epoch, count: int) -> Epoch:
    """The older epoch with an end that makes one number of the newer one collide."""
    texts = spell(GTIN, newer, range(count))
    return Epoch(
        older.number, older.format, older.capacity, final=min(invert(GTIN, older, texts)) + 1
    )


def test_a_number_that_an_older_epoch_issued_is_replaced_by_a_spare() -> None:
    a_block("a", 100)
    rotate(GTIN, DEFAULT, "op", "ff")
    issued = a_block("b", 1000)
    plain = issued.numbers(0, 1000)
    mine = known(GTIN)
    older = colliding(mine.epochs[0], issued.epoch, 1000)
    mine.history = History(mine.history.version, (older, issued.epoch))

    found = issued.numbers(0, 1000)

    (at,) = [n for n in range(1000) if plain[n] != found[n]]
    assert invert(GTIN, older, [plain[at]])[0] < (older.final or 0)
    assert found[at] == spell(GTIN, issued.epoch, [1000])[0]
    assert len(set(found)) == 1000
    assert issued.numbers(at, at + 1) == [found[at]]
    assert issued.numbers(at + 1, 1000) == found[at + 1 :]


def test_an_older_format_that_cannot_spell_a_number_did_not_issue_it() -> None:
    a_block("a", 100, wanted=Format.of("numeric", 12))
    issued = a_block("b", 100)

    assert issued.block.spared
    assert sum(size for _, size in issued.block.ranges) == 100 + SPARES
    assert len(set(issued.numbers(0, 100))) == 100


def test_a_process_that_does_not_know_an_epoch_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    a_block("a")
    forget()

    assert [epoch.number for epoch in epochs_with(GTIN, 0)] == [0]

    monkeypatch.setattr(contents, "read", lambda _: pytest.fail("it is known by now"))
    assert len(epochs_with(GTIN, 0)) == 1


def test_a_block_knows_whether_it_is_a_repeat() -> None:
    first, again = a_block("a"), a_block("a")

    assert isinstance(first, Issued)
    assert first.block == again.block
