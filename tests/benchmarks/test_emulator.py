"""The emulator beside us: the same account, in another process, and none of it in ours."""

import os

import pytest

from benchmarks.emulator import _plain, beside
from chalicelib.errors import Conflict
from chalicelib.goods.staging import Batch, Staged, StagedItem
from chalicelib.goods.store import ThingItem
from chalicelib.table.items import Key
from chalicelib.table.read import get
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.costs import underneath

OLD, NEW = Key(ThingItem, "U#old"), Key(ThingItem, "U#new")


def standing() -> int:
    tx = Transaction()
    tx.put(ThingItem(pk=OLD.pk, version=3, body=b"before"))
    tx.commit()
    return os.getpid()


def settled() -> list[StagedItem | None]:
    batch = Batch.begin("b")
    batch.stage([Staged(OLD, b"after", 3), Staged(NEW, b"made", 0)], [])
    batch.commit(recorded=0, repeated=0)
    batch.settle()
    return [get(ThingItem, key.pk) for key in (OLD, NEW)]


def test_requests_are_answered_by_a_process_that_keeps_all_of_it(aws: Aws) -> None:
    with beside(standing, underneath(aws)) as emulator:
        assert emulator.prepared != os.getpid()
        found = get(ThingItem, OLD.pk)
        seen = emulator.peek("packtrail-units", OLD.raw)

    assert found is not None
    assert found.body == b"before"
    assert seen is not None
    assert seen["d"] == {"B": b"before"}
    assert aws.items("units") == []


def test_what_is_done_faster_is_done_the_same(aws: Aws) -> None:
    with beside(standing, underneath(aws)):
        faster = settled()
    standing()
    as_ever = settled()

    assert [item and item.raw() for item in faster] == [item and item.raw() for item in as_ever]
    assert as_ever[0] is not None
    assert (as_ever[0].body, as_ever[0].version, as_ever[0].next) == (b"after", 5, None)


def test_what_cannot_be_prepared_ends_it_and_says_why(
    aws: Aws, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise Conflict("It cannot be.")

    with pytest.raises(EOFError), beside(broken, underneath(aws)):
        pytest.fail("nothing was prepared")
    assert "It cannot be." in capfd.readouterr().err


@pytest.mark.parametrize(
    ("expression", "understood"),
    [
        ("SET d = n, version = version + :1 REMOVE n, i", True),
        ("SET n = :n, i = :i, version = version + :1", True),
        ("SET a = if_not_exists(a, :a)", False),
        ("SET a.b = :a", False),
        ("SET #s = :c", False),
        ("ADD a :a", False),
        ("REMOVE a", False),
    ],
)
def test_only_plain_updates_are_done_directly(expression: str, understood: bool) -> None:
    assert (_plain(expression) is not None) == understood
