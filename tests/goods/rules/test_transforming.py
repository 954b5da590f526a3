"""What goes into a transformation is consumed, what comes out is commissioned."""

from typing import Any

import pytest

from chalicelib.epcis.interpretation import inputs_of, interpret
from chalicelib.epcis.model import BizStep, Epc, Event, Quantity
from chalicelib.errors import Conflict, Malformed, NotFound
from chalicelib.goods.model import Status
from chalicelib.goods.rules.transforming import less
from chalicelib.gs1.keys import Lgtin
from chalicelib.lots.model import RecallMark
from chalicelib.lots.model import Status as LotStatus
from tests.builders import EXPIRY, Scene, event, faults, gln, gtin, lgtin, lot, sscc, unit, units
from tests.goods.captures import found, urns
from tests.goods.rules.stories import CASE, PALLET, unchanged
from tests.goods.rules.test_withdrawal import told

MADE = lgtin("M1", gtin(2))


def transformation(
    inputs: tuple[Epc, ...] = (),
    outputs: tuple[Epc, ...] = (),
    who: str = "acme",
    at: float = 60,
    **more: Any,
) -> Event:
    lists = {"inputEPCList": urns(inputs), "outputEPCList": urns(outputs)}
    if outputs:
        more.setdefault("ilmd", {"cbvmda:lotNumber": "M1"})
    made = found(
        "TransformationEvent", "assembling", at, **{k: v for k, v in lists.items() if v}, **more
    )
    return interpret(made, f"urn:x:{at}:{len(inputs)}:{len(outputs)}", gln(who))


def outputs(until: int, start: int = 0) -> tuple[Epc, ...]:
    return units(until, start, gtin(2))


@pytest.fixture
def scene() -> Scene:
    """Acme has 20 units, of which 10 are in a case, and makes another product of them."""
    scene = Scene()
    scene.owners[gtin(2)] = "acme"
    scene.lots[MADE] = lot("M1", gtin(2))
    scene.commission("acme", units(20))
    scene.pack("acme", CASE, *units(10))
    return scene


def test_what_goes_in_is_consumed_and_what_comes_out_is_active(scene: Scene) -> None:
    (done,) = scene.do("acme", transformation(units(14, 12), outputs(5)))

    assert inputs_of(done) == units(14, 12)
    assert scene.where(unit(12)).status is Status.CONSUMED
    now = scene.where(unit(4, gtin(2)))
    assert (now.status, now.holder) == (Status.ACTIVE, gln("acme").digits)
    assert scene.thing(unit(4, gtin(2))).lot == "M1"
    assert done.goods == (Quantity(lgtin(), -2), Quantity(MADE, 5))
    (uri,) = scene.done[-1].event_ids()
    both = {scene.thing(each).trail[-1].event for each in (unit(12), unit(4, gtin(2)))}
    assert both == {uri.removeprefix("urn:uuid:")}, "history says into which transformation"


def test_what_goes_in_leaves_its_case_first(scene: Scene) -> None:
    out, done = scene.do("acme", transformation(units(12, 8), outputs(1)))

    assert (out.biz_step, out.parent, out.epcs) == (BizStep.UNPACKING, CASE, units(10, 8))
    assert done.biz_step is BizStep.TRANSFORMING
    assert scene.thing(CASE).inside == {lgtin(): 8}
    assert scene.where(unit(8)).chain == ()


def test_parts_of_a_transformation_have_their_own_effects(scene: Scene) -> None:
    both = {"transformationID": "urn:x:batch-7"}
    (used,) = scene.do("acme", transformation(units(12, 10), **both))
    (made,) = scene.do("acme", transformation((), outputs(3), **both))

    assert used.goods == (Quantity(lgtin(), -2),)
    assert made.goods == (Quantity(MADE, 3),)
    assert scene.where(unit(10)).status is Status.CONSUMED


def test_consumed_units_are_used_no_more(scene: Scene) -> None:
    scene.do("acme", transformation(units(12, 10), outputs(1)))

    for verb in (scene.dispense, scene.reactivate):
        assert isinstance(unchanged(scene, verb, "acme", unit(10)), Conflict)
    again = transformation(units(11, 10), outputs(3, 2), at=70)
    refusal = unchanged(scene, scene.do, "acme", again)
    assert faults(refusal) == {"/inputs/0": "consumed"}


def test_what_is_not_known_here_is_stated_and_changes_nothing(scene: Scene) -> None:
    strange = (unit(500), unit(7, gtin(9)))

    (done,) = scene.do("acme", transformation((*strange, unit(12)), outputs(1)))

    assert inputs_of(done) == (*strange, unit(12))
    assert done.goods == (Quantity(lgtin(), -1), Quantity(MADE, 1))
    assert str(strange[0]) not in scene.things


def test_only_ones_own_loose_and_good_units_are_consumed(scene: Scene) -> None:
    scene.pack("acme", PALLET, unit(18))
    scene.ship("acme", "meddist", unit(15))
    scene.sample("acme", unit(16))

    wrong = transformation((unit(15), unit(16), unit(17), PALLET), outputs(1))
    refusal = unchanged(scene, scene.do, "acme", wrong)

    assert faults(refusal) == {
        "/inputs/0": "in_transit",
        "/inputs/1": "sampled",
        "/inputs/3": "not_a_unit",
    }


@pytest.mark.parametrize("why", ["recalled", "quarantined", "expired"])
def test_nothing_is_made_of_goods_that_must_not_be_used(scene: Scene, why: str) -> None:
    marks = (RecallMark("r1"),) if why == "recalled" else ()
    status = LotStatus.QUARANTINED if why == "quarantined" else LotStatus.RELEASED
    expiry = EXPIRY.replace(year=2020) if why == "expired" else EXPIRY
    scene.lots[lgtin()] = lot(recalls=marks, status=status, expiry=expiry)

    refusal = unchanged(scene, scene.do, "acme", transformation((unit(12),), outputs(1)))

    assert faults(refusal) == {"/inputs/0": why}


def test_outputs_are_commissioned_by_the_rules_of_commissioning(scene: Scene) -> None:
    without_lot = transformation((unit(12),), outputs(1), ilmd={})
    nowhere = transformation((unit(12),), outputs(1), ilmd={"cbvmda:lotNumber": "M2"})
    there = transformation((), (unit(12), unit(13)), ilmd={"cbvmda:lotNumber": "L1"})

    assert isinstance(unchanged(scene, scene.do, "acme", without_lot), Malformed)
    assert isinstance(unchanged(scene, scene.do, "acme", nowhere), NotFound)
    refusal = unchanged(scene, scene.do, "acme", there)
    assert faults(refusal) == dict.fromkeys(("/serials/0", "/serials/1"), "already_commissioned")


def test_a_transformation_and_its_withdrawal_leave_everything_as_it_was(scene: Scene) -> None:
    before = told(scene)
    scene.do("acme", transformation(units(12, 8), outputs(3)))
    record = scene.done[-1]

    gone = scene.withdraw_captured("acme", record)

    assert told(scene) == before
    assert gone[0].goods == record.events[-1].goods
    assert scene.where(unit(8)).chain == (str(CASE),)


def test_a_withdrawal_takes_effect_after_all_that_its_inputs_went_through(scene: Scene) -> None:
    scene.do("acme", transformation(units(12, 10), outputs(3)))
    record = scene.done[-1]
    seen = event(BizStep.OBSERVING, "acme", 200, epcs=(unit(10),))
    scene.do("acme", seen)
    scene.withdraw("acme")

    scene.withdraw_captured("acme", record)

    for each in (*units(12, 10), *outputs(3)):
        times = [entry.at for entry in scene.thing(each).trail]
        assert times == sorted(set(times))


def test_a_transformation_is_not_withdrawn_once_its_outputs_moved_on(scene: Scene) -> None:
    scene.do("acme", transformation(units(12, 10), outputs(3)))
    record = scene.done[-1]
    scene.pack("acme", sscc(9), unit(1, gtin(2)))

    refusal = unchanged(scene, scene.withdraw_captured, "acme", record)

    assert faults(refusal) == {"/epcs/1": "happened_since"}


def test_what_was_made_less_what_was_used() -> None:
    one, two = Lgtin.of(gtin(1), "A"), Lgtin.of(gtin(2), "B")

    assert less({one: 3}, {two: 2}) == {one: 3, two: -2}
    assert less({one: 3}, {one: 1}) == {one: 2}
