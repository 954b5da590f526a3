"""What is suspect is kept back until it is cleared; what is illegitimate for good."""

import pytest

from chalicelib.epcis.model import BizStep
from chalicelib.goods.model import Status
from tests.builders import Scene, faults, lgtin, unit
from tests.goods.rules.stories import CASE, PALLET, attempt, unchanged

KEPT = {BizStep.SUSPECTING: Status.SUSPECT, BizStep.CONDEMNING: Status.ILLEGITIMATE}


@pytest.mark.parametrize(("step", "status"), KEPT.items())
def test_what_is_kept_back_leaves_its_case_and_counts_on(
    packed: Scene, step: BizStep, status: Status
) -> None:
    out, done = packed.end(step, "acme", unit(0))

    assert (out.biz_step, out.parent) == (BizStep.UNPACKING, CASE)
    assert [(each.lgtin, each.count) for each in done.goods] == [(lgtin(), 1)]
    assert packed.where(unit(0)).status is status
    assert packed.where(unit(1)).status is Status.ACTIVE


@pytest.mark.parametrize(("step", "status"), KEPT.items())
def test_a_pallet_is_kept_back_with_all_that_is_in_it(
    packed: Scene, step: BizStep, status: Status
) -> None:
    packed.end(step, "acme", PALLET)

    assert {packed.where(each).status for each in (PALLET, CASE, unit(0), unit(9))} == {status}


@pytest.mark.parametrize(("step", "status"), KEPT.items())
@pytest.mark.parametrize("verb", ["ship", "pack", "dispense", "export", "decommission", "lock"])
def test_nothing_that_is_kept_back_is_traded(
    packed: Scene, step: BizStep, status: Status, verb: str
) -> None:
    packed.end(step, "acme", unit(15))

    assert attempt(packed, verb, "acme", unit(15)).code == status.value


def test_a_sample_is_kept_and_the_rest_destroyed_once_it_is_illegitimate(packed: Scene) -> None:
    packed.end(BizStep.SUSPECTING, "acme", unit(15), unit(16), unit(17))
    assert attempt(packed, "destroy", "acme", unit(15)).code == "suspect"
    packed.sample("acme", unit(17))
    packed.end(BizStep.CONDEMNING, "acme", unit(15), unit(16))

    (sampled,) = packed.sample("acme", unit(15))
    (destroyed,) = packed.destroy("acme", unit(16))

    assert [sampled.goods[0].count, destroyed.goods[0].count] == [1, 1]
    for gone in (unit(15), unit(17)):  # a sample of it does not come back either
        refusal = unchanged(packed, packed.end, BizStep.REACTIVATING, "acme", gone)
        assert faults(refusal) == {"/epcs/0": "not_reversible"}


def test_what_is_suspect_is_cleared_by_who_suspected_it_and_by_nothing_else(packed: Scene) -> None:
    packed.end(BizStep.SUSPECTING, "acme", PALLET)
    for step, code in ((BizStep.REACTIVATING, "not_reversible"), (BizStep.SUSPECTING, "suspect")):
        assert unchanged(packed, packed.end, step, "acme", PALLET).code == code
    inner = unchanged(packed, packed.end, BizStep.CLEARING, "acme", unit(0))
    assert inner.code == "suspected_inside"
    assert unchanged(packed, packed.end, BizStep.CLEARING, "meddist", PALLET).code == "not_found"

    packed.end(BizStep.CLEARING, "acme", PALLET)

    assert {packed.where(each).status for each in (PALLET, CASE, unit(0))} == {Status.ACTIVE}
    assert unchanged(packed, packed.end, BizStep.CLEARING, "acme", PALLET).code == "not_suspect"
    packed.ship("acme", "meddist", PALLET)


def test_what_is_illegitimate_is_never_cleared_and_what_is_not_held_not_kept_back(
    packed: Scene,
) -> None:
    packed.end(BizStep.CONDEMNING, "acme", unit(15))
    packed.send("acme", "meddist", unit(16))

    assert unchanged(packed, packed.end, BizStep.CLEARING, "acme", unit(15)).code == "not_suspect"
    for step in KEPT:
        assert unchanged(packed, packed.end, step, "acme", unit(16)).code == "not_held"


def test_a_suspicion_that_was_an_error_is_withdrawn(packed: Scene) -> None:
    packed.end(BizStep.SUSPECTING, "acme", unit(15))

    packed.withdraw("acme")

    assert packed.where(unit(15)).status is Status.ACTIVE
