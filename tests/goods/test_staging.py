"""Batches: what is staged is seen by nobody else, and becomes true in one instant or never."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.errors import Raced
from chalicelib.goods import staging
from chalicelib.goods.staging import Batch, OutOfTime, Staged, StagedItem, effective
from chalicelib.goods.store import ThingItem
from chalicelib.gs1.keys import Lgtin
from chalicelib.lots.model import Lot
from chalicelib.lots.store import LotStore, introduce_each
from chalicelib.table.items import Key
from chalicelib.table.read import get, get_many
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws

OLD, NEW = Key(ThingItem, "U#old"), Key(ThingItem, "U#new")


@pytest.fixture(autouse=True)
def standing(aws: Aws) -> None:
    tx = Transaction()
    tx.put(ThingItem(pk=OLD.pk, version=3, body=b"before"))
    tx.commit()


def begun(name: str = "b") -> Batch:
    batch = Batch.begin(name)
    batch.stage([Staged(OLD, b"after", 3), Staged(NEW, b"made", 0)], [])
    return batch


def seen(**how: object) -> dict[str, bytes | None]:
    found = effective(get_many([OLD, NEW]), **how)  # type: ignore[arg-type]
    return {key.pk: item.body for key, item in found.items() if isinstance(item, StagedItem)}


def test_what_is_staged_is_seen_by_the_batch_alone() -> None:
    batch = begun()

    assert seen() == {"U#old": b"before"}
    assert seen(mine=batch.token) == {"U#old": b"after", "U#new": b"made"}
    with pytest.raises(Raced):
        seen(wait=True)


def test_a_commit_makes_all_of_it_true_before_anything_is_settled() -> None:
    batch = begun()

    batch.commit(recorded=1, repeated=2)

    assert seen() == seen(wait=True) == {"U#old": b"after", "U#new": b"made"}
    batch.settle()
    item = get(ThingItem, OLD.pk)
    assert item is not None
    assert (item.body, item.intent, item.next) == (b"after", None, None)
    assert (Batch.begin("b").committed, Batch.begin("b").counts) == (True, (1, 2))


def test_what_is_given_up_was_never_there(aws: Aws) -> None:
    batch = begun()

    batch.give_up()

    assert seen(wait=True) == {"U#old": b"before"}
    assert get(ThingItem, NEW.pk) is None


def test_a_later_attempt_makes_an_earlier_one_void() -> None:
    first = begun()
    second = Batch.begin("b")

    assert seen(wait=True) == {"U#old": b"before"}
    for step in (lambda: first.commit(recorded=0, repeated=0), first.give_up):
        with pytest.raises(Raced):
            step()
    second.stage([Staged(OLD, b"again", 4)], [])
    second.commit(recorded=0, repeated=0)
    second.settle()
    assert seen() == {"U#old": b"again"}


def test_an_item_that_was_changed_meanwhile_is_not_staged() -> None:
    with pytest.raises(Raced):
        Batch.begin("b").stage([Staged(OLD, b"after", 2)], [])


def test_settling_leaves_alone_what_somebody_changed_since_the_commit() -> None:
    batch = begun()
    batch.commit(recorded=0, repeated=0)
    tx = Transaction()
    tx.replace(ThingItem(pk=OLD.pk, version=5, body=b"later"), version=4)
    tx.commit()

    batch.settle()
    batch.settle()

    assert seen() == {"U#old": b"later", "U#new": b"made"}


def test_what_was_paused_is_gone_on_with_and_nothing_of_it_is_void() -> None:
    begun().pause(7, recorded=5, repeated=2)

    again = Batch.begin("b")
    assert (again.attempt, again.staged, again.counts) == (1, 7, (5, 2))
    again.stage([Staged(Key(ThingItem, "U#more"), b"more", 0)], [])
    again.commit(recorded=6, repeated=2)
    again.settle()

    assert seen() == {"U#old": b"after", "U#new": b"made"}
    assert get(ThingItem, "U#more") is not None


def test_of_two_who_go_on_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    begun().pause(7, recorded=5, repeated=2)
    inner = staging.get

    def get_late(*args: Any) -> Any:
        found = inner(*args)
        monkeypatch.setattr(staging, "get", inner)
        Batch.begin("b")
        return found

    monkeypatch.setattr(staging, "get", get_late)

    with pytest.raises(Raced):
        Batch.begin("b")


def test_who_crashed_after_going_on_is_begun_anew() -> None:
    begun().pause(7, recorded=5, repeated=2)
    Batch.begin("b")

    anew = Batch.begin("b")

    assert (anew.attempt, anew.staged, anew.counts) == (2, 0, (0, 0))
    assert seen(wait=True) == {"U#old": b"before"}


def test_settling_stops_when_it_is_late_and_a_repeat_does_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "AT_ONCE", 1)
    batch = begun()
    batch.stage([Staged(Key(ThingItem, "U#more"), b"more", 0)], [])
    batch.commit(recorded=1, repeated=0)

    stops = 0
    while True:
        try:
            Batch.begin("b").settle(lambda: True)
            break
        except OutOfTime:
            stops += 1

    assert stops == 2
    item = get(ThingItem, OLD.pk)
    assert item is not None
    assert (item.body, item.intent) == (b"after", None)


def test_an_open_batch_can_be_let_go_and_no_other(aws: Aws) -> None:
    begun()
    Batch.let_go("b")
    Batch.let_go("never begun")
    assert seen(wait=True) == {"U#old": b"before"}

    done = Batch.begin("b")
    done.commit(recorded=1, repeated=0)
    Batch.let_go("b")

    assert Batch.begin("b").committed


ONE = Lot(Lgtin.parse("05400000000010#L1"), "acme", date(2030, 1, 31))


def test_lots_come_to_be_with_their_batch_and_not_before(aws: Aws) -> None:
    batch = begun()
    batch.introduce([ONE])
    assert (batch.lots, LotStore().get(ONE.lgtin)) == ({ONE.lgtin: ONE}, None)

    batch.pause(7, recorded=1, repeated=0)
    again = Batch.begin("b")
    assert again.lots == {ONE.lgtin: ONE}
    again.commit(recorded=1, repeated=0)
    again.settle()

    assert LotStore().get(ONE.lgtin) == replace(ONE, version=1)
    assert [item for item in aws.items("units") if item["sk"].startswith("l#")] == []


def test_lots_of_what_is_given_up_were_never_there(aws: Aws) -> None:
    batch = begun()
    batch.introduce([ONE])

    batch.give_up()

    assert LotStore().get(ONE.lgtin) is None
    assert Batch.begin("b").lots == {}


@pytest.mark.parametrize("days", [0, 1])
def test_a_lot_that_came_to_be_meanwhile_must_be_alike(aws: Aws, days: int) -> None:
    batch = begun()
    batch.introduce([ONE])
    introduce_each([replace(ONE, owner="meddist", expiry=ONE.expiry + timedelta(days))])

    if days:
        with pytest.raises(Raced):
            batch.commit(recorded=1, repeated=0)
        assert seen() == {"U#old": b"before"}
    else:
        batch.commit(recorded=1, repeated=0)
        assert "U#new" in seen()
