from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from chalicelib.errors import Conflict, PacktrailError, Raced
from chalicelib.gs1.keys import Lgtin
from chalicelib.lots.model import Change, Lot, RecallMark, Status
from chalicelib.lots.store import LotItem, LotStore, lift_recall, lot_key, recall_lot, to_lot
from chalicelib.table.read import get_many
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything
from tests.lots.test_model import LGTIN, LOT

NEW = replace(LOT, version=0)


def put(lot: Lot, at: datetime, client: str = "acme-line") -> Lot:
    return LotStore().put(lot, client=client, at=at)


def recall(recall_id: str, *, partial: bool = False) -> None:
    tx = Transaction()
    recall_lot(tx, LGTIN, recall_id, partial=partial)
    tx.commit()


def lift(recall_id: str) -> None:
    tx = Transaction()
    lift_recall(tx, LGTIN, recall_id)
    tx.commit()


def stored() -> Lot:
    lot = LotStore().get(LGTIN)
    assert lot is not None
    return lot


def test_a_lot_is_kept_whole(aws: Aws, at: datetime) -> None:
    kept = put(NEW, at)

    assert kept == replace(LOT, version=1)
    assert stored() == kept
    assert LotStore().get(Lgtin.of(LGTIN.gtin, "other")) is None


def test_many_lots_are_found_in_one_request(aws: Aws, at: datetime) -> None:
    lots = [replace(NEW, lgtin=Lgtin.of(LGTIN.gtin, name)) for name in ("a", "b/c", "d%e")]
    for lot in lots:
        put(lot, at)

    found = LotStore().get_many([LGTIN, *(lot.lgtin for lot in lots)])

    assert found == {lot.lgtin: replace(lot, version=1) for lot in lots}


def test_a_lot_is_read_together_with_other_things(aws: Aws, at: datetime) -> None:
    put(NEW, at)

    item = get_many([lot_key(LGTIN)]).item(LotItem, str(LGTIN))

    assert item is not None
    assert to_lot(item).lgtin == LGTIN


def test_every_description_is_remembered_with_who_gave_it(aws: Aws, at: datetime) -> None:
    first = put(NEW, at)
    later = at + timedelta(days=1)
    held = replace(first, status=Status.QUARANTINED, expiry=date(2029, 1, 1))
    put(held, later, client="acme-quality")

    assert LotStore().changes(LGTIN) == [
        Change(1, at, "acme-line", NEW.description),
        Change(2, later, "acme-quality", held.description),
    ]


def test_a_write_on_an_old_version_is_refused(aws: Aws, at: datetime) -> None:
    first = put(NEW, at)
    put(replace(first, supplier="Other"), at)
    before = aws.snapshot()

    with pytest.raises(Raced):
        put(replace(first, supplier="Third"), at)
    assert aws.snapshot() == before


def test_of_many_that_set_one_lot_one_wins(aws: Aws, at: datetime) -> None:
    def one(number: int) -> bool:
        try:
            put(replace(NEW, supplier=f"supplier {number}"), at)
        except PacktrailError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one, range(8))).count(True) == 1
    assert len(LotStore().changes(LGTIN)) == 1


def test_recalls_mark_a_lot_and_are_lifted_one_by_one(aws: Aws, at: datetime) -> None:
    put(NEW, at)
    recall("r1")
    recall("r2", partial=True)

    assert stored().recalls == (RecallMark("r1"), RecallMark("r2", partial=True))

    lift("r1")
    assert stored().recalls == (RecallMark("r2", partial=True),)
    lift("r2")
    assert stored().recalls == ()


def test_a_recall_may_grow_from_part_to_whole(aws: Aws, at: datetime) -> None:
    put(NEW, at)
    recall("r1", partial=True)
    recall("r1")

    assert stored().recalls == (RecallMark("r1"),)


def test_marking_twice_is_marking_once(aws: Aws, at: datetime) -> None:
    put(NEW, at)
    recall("r1")
    recall("r1")

    assert stored().recalls == (RecallMark("r1"),)


def test_a_lot_that_is_not_there_cannot_be_recalled(aws: Aws) -> None:
    with pytest.raises(Conflict) as refusal:
        recall("r1")
    assert refusal.value.code == "unknown_lot"
    with pytest.raises(Conflict):
        lift("r1")
    assert aws.items("lots") == []


def test_a_description_never_wipes_out_a_recall(aws: Aws, at: datetime) -> None:
    seen = put(NEW, at)
    recall("r1")

    with pytest.raises(Raced):
        put(replace(seen, supplier="Other"), at)

    put(replace(stored(), supplier="Other"), at)
    assert stored().recalled


def test_recalls_and_descriptions_at_once_lose_nothing(aws: Aws, at: datetime) -> None:
    put(NEW, at)

    def describe(number: int) -> bool:
        try:
            put(replace(stored(), supplier=f"supplier {number}"), at)
        except Raced:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        described = threads.map(describe, range(8))
        marked = threads.map(lambda number: recall(f"r{number}"), range(8))
        assert list(marked) == [None] * 8
        done = list(described).count(True)

    assert {mark.id for mark in stored().recalls} == {f"r{number}" for number in range(8)}
    assert stored().version == 1 + 8 + done


def test_writing_a_lot_survives_every_fault(aws: Aws, at: datetime) -> None:
    assert survives_everything(Case("set a lot", lambda: put(NEW, at)), aws) > 10
    first = put(NEW, at)
    changed = replace(first, status=Status.REJECTED)
    assert survives_everything(Case("reject a lot", lambda: put(changed, at)), aws) > 10
