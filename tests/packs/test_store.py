"""Repeats are counted once for each request."""

from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.packs.store import repeats
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

PACK, OTHER = (Sgtin.of(Gtin("09521000000018"), serial) for serial in "AB")


def test_each_request_counts_once_until_the_pack_changes(aws: Aws) -> None:
    assert [repeats({PACK: "e1"}, request)[PACK] for request in ("r1", "r1", "r2", "r1")] == [
        1, 1, 2, 1,
    ]  # fmt: skip
    assert repeats({PACK: "e1", OTHER: "e1"}, "r3") == {PACK: 3, OTHER: 1}
    assert repeats({PACK: "e1"}, "r4") == repeats({PACK: "e1"}, "r5") == {PACK: 4}
    assert repeats({PACK: "e2"}, "r6") == {PACK: 1}
    assert repeats({}, "r7") == {}


def test_counting_survives_every_fault(aws: Aws) -> None:
    repeats({PACK: "e1"}, "r1")

    case = Case("a second repeat", lambda: repeats({PACK: "e1", OTHER: "e1"}, "r2"), atomic=False)
    assert survives_everything(case, aws) >= 10
