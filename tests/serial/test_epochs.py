"""Epochs follow each other, whoever opens them, and whatever is lost on the way."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.errors import Busy, Conflict, KeyReused
from chalicelib.serial import epochs
from chalicelib.serial.counters import close
from chalicelib.serial.epochs import (
    MOST,
    EpochsItem,
    Known,
    Opened,
    current,
    epochs_key,
    finish,
    known,
    read,
    rotate,
)
from chalicelib.serial.model import DEFAULT, Epoch, Format
from chalicelib.serial.texts import spell
from tests.harness.aws import Aws, forget
from tests.harness.faults import Case, Kind, injected, survives_everything
from tests.serial.orders import GTIN, a_block

pytestmark = pytest.mark.usefixtures("aws")

NUMERIC = Format.of("numeric", 12)


def formats() -> list[str]:
    return [str(epoch.format) for epoch in read(GTIN).epochs]


def test_the_first_epoch_comes_with_the_first_use() -> None:
    epoch = current(GTIN, DEFAULT)

    assert epoch == Epoch(0, DEFAULT, DEFAULT.capacity)
    assert current(GTIN, DEFAULT) is epoch


def test_epochs_are_found_again_by_another_process() -> None:
    a_block("a")
    before = rotate(GTIN, NUMERIC, "op", "ff").epoch

    forget()

    assert current(GTIN, NUMERIC) == before
    assert [epoch.final for epoch in read(GTIN).epochs] == [512, None]


def test_another_format_closes_the_epoch_and_opens_the_next() -> None:
    a_block("a", 1000)

    epoch = current(GTIN, NUMERIC)

    assert (epoch.number, epoch.format) == (1, NUMERIC)
    assert epoch.capacity == NUMERIC.capacity - 1024
    assert read(GTIN).epochs[0].final == 1024


def test_a_process_that_has_not_heard_of_the_next_epoch_learns_of_it() -> None:
    current(GTIN, DEFAULT)
    mine = known(GTIN)
    stale = mine.history
    rotate(GTIN, DEFAULT, "op", "ff")
    mine.history = stale

    assert a_block("a").epoch.number == 1


def test_a_rotation_changes_the_key_and_keeps_the_format() -> None:
    first = current(GTIN, DEFAULT)

    opened = rotate(GTIN, DEFAULT, "op", "ff")

    assert opened == Opened(Epoch(1, DEFAULT, DEFAULT.capacity, None, "op", "ff"), replayed=False)
    assert spell(GTIN, opened.epoch, [0, 1]) != spell(GTIN, first, [0, 1])


def test_a_rotation_of_a_product_without_numbers_opens_its_first_epoch() -> None:
    assert rotate(GTIN, NUMERIC, "op", "ff").epoch.number == 0


def test_a_repeated_rotation_finds_its_epoch() -> None:
    current(GTIN, DEFAULT)
    first = rotate(GTIN, DEFAULT, "op", "ff")
    rotate(GTIN, DEFAULT, "other", "ff")

    again = rotate(GTIN, DEFAULT, "op", "ff")

    assert again == Opened(Epoch(1, DEFAULT, DEFAULT.capacity, 0, "op", "ff"), replayed=True)
    assert first.epoch.number == 1
    assert len(formats()) == 3


def test_a_key_rotates_for_one_request_only() -> None:
    rotate(GTIN, DEFAULT, "op", "ff")

    with pytest.raises(KeyReused):
        rotate(GTIN, DEFAULT, "op", "00")


def test_a_rotation_survives_every_fault(aws: Aws) -> None:
    a_block("a", 100)

    case = Case("rotate", lambda: rotate(GTIN, NUMERIC, "op", "ff").epoch, atomic=False)

    assert survives_everything(case, aws) > 20


def test_who_finds_a_counter_closed_opens_the_next_epoch() -> None:
    a_block("a", 100)
    close(GTIN, 0, "op ff")

    epoch = a_block("b", 100).epoch

    assert (epoch.number, epoch.operation, epoch.fingerprint) == (1, "op", "ff")
    assert rotate(GTIN, DEFAULT, "op", "ff") == Opened(epoch, replayed=True)


def test_the_next_epoch_is_not_opened_twice() -> None:
    a_block("a", 100)
    close(GTIN, 0, "-")

    finish(GTIN, 0, DEFAULT)
    finish(GTIN, 0, DEFAULT)

    assert len(formats()) == 2


def test_of_many_that_change_the_format_at_once_one_does() -> None:
    a_block("a", 100)
    barrier, found = threading.Barrier(8), []

    def change() -> None:
        barrier.wait()
        found.append(current(GTIN, NUMERIC))

    threads = [threading.Thread(target=change) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [read(GTIN).epochs[1]] * 8
    assert len(formats()) == 2


def test_who_decided_on_an_older_history_changes_nothing() -> None:
    """Another thread rotated in between, and this process has learned of it already."""
    a_block("a", 100)
    older = known(GTIN).history
    rotate(GTIN, DEFAULT, "op", "ff")
    issued = a_block("b", 100)
    newer = known(GTIN).history

    epochs._open_next(GTIN, older, NUMERIC, "-")

    assert read(GTIN) == newer
    assert a_block("b", 100) == issued


def test_who_saw_no_epoch_yet_does_not_close_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = epochs._open_next

    def open_behind_another(*args: Any) -> None:
        monkeypatch.setattr(epochs, "_open_next", inner)
        current(GTIN, DEFAULT)
        inner(*args)

    monkeypatch.setattr(epochs, "_open_next", open_behind_another)

    assert current(GTIN, DEFAULT).number == 0
    assert len(formats()) == 1


def test_of_many_that_ask_for_the_first_epoch_at_once_all_get_it() -> None:
    barrier, found = threading.Barrier(16), []

    def ask() -> None:
        barrier.wait()
        found.append(current(GTIN, DEFAULT))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [read(GTIN).epochs[0]] * 16
    assert len(formats()) == 1


def test_a_format_without_room_is_refused_before_anything_is_closed() -> None:
    nine = Format.of("numeric", 9)
    a_block("a", 100, wanted=nine)

    with pytest.raises(Conflict, match="another length") as refused:
        rotate(GTIN, nine, "op", "ff")

    assert refused.value.code == "serials_exhausted"
    assert a_block("b", 100, wanted=nine).epoch.number == 0


def test_there_is_an_end_to_epochs() -> None:
    for n in range(MOST):
        rotate(GTIN, DEFAULT, f"op-{n}", "ff")

    with pytest.raises(Conflict) as refused:
        rotate(GTIN, DEFAULT, "one more", "ff")

    assert refused.value.code == "epochs_exhausted"


@pytest.mark.parametrize(
    "change", [lambda: rotate(GTIN, NUMERIC, "op", "ff"), lambda: current(GTIN, NUMERIC)]
)
def test_whoever_is_too_slow_every_time_gives_up(
    change: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    current(GTIN, DEFAULT)
    monkeypatch.setattr(epochs, "_open_next", lambda *_: None)

    with pytest.raises(Busy):
        change()


def test_throttling_is_told() -> None:
    with injected({1: Kind.THROTTLED}), pytest.raises(Busy):
        current(GTIN, DEFAULT)


def test_what_is_older_than_what_is_known_is_not_learned() -> None:
    current(GTIN, DEFAULT)
    key = epochs_key(GTIN)
    mine = known(GTIN)

    mine.learn(EpochsItem(key.pk, key.sk, version=mine.history.version, body="[]"))
    mine.learn(None)

    assert len(mine.epochs) == 1


def test_what_was_handed_out_is_never_taken_back() -> None:
    mine = Known()
    mine.saw(0, 1024)
    mine.saw(0, 512)

    assert mine.bound(Epoch(0, DEFAULT, 1)) == 1024
    assert mine.bound(Epoch(0, DEFAULT, 1, final=2048)) == 2048
    assert mine.bound(Epoch(1, DEFAULT, 1)) == 0
