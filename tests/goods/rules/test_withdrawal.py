"""What an event did is as if it had never been, once it was declared an error."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.model import BizStep, Fulfilment, Quantity
from chalicelib.errors import Conflict, NotFound
from chalicelib.goods.history import situation_at
from chalicelib.goods.model import EVER, Kind, Status, fold, standing
from tests.builders import (
    Scene,
    event,
    faults,
    gln,
    lgtin,
    minute,
    refused,
    unit,
    units,
)
from tests.goods.rules.stories import CASE, OTHER, PALLET, unchanged

Told = Mapping[str, Any]


def told(scene: Scene) -> Told:
    """Return all that is believed of every thing that exists; what does not is left out."""
    return {
        key: (
            situation_at(key, scene.things, EVER),
            thing.lot,
            thing.contents,
            dict(thing.inside),
        )
        for key, thing in scene.things.items()
        if thing.exists
    }


STEPS: dict[str, Callable[[Scene], Any]] = {
    "commission": lambda s: s.commission("acme", units(25, 20)),
    "pack loose units into a new case": lambda s: s.pack("acme", OTHER, *units(15, 10)),
    "pack more into a case": lambda s: s.pack("acme", CASE, *units(15, 10)),
    "pack several cases at once": lambda s: s.do(
        "acme",
        event(BizStep.PACKING, "acme", 30, parent=OTHER, epcs=units(15, 10)),
        event(BizStep.PACKING, "acme", 30, parent=PALLET, epcs=(OTHER,)),
    ),
    "take some out": lambda s: s.unpack("acme", CASE, *units(4)),
    "empty a case": lambda s: s.unpack("acme", CASE),
    "empty the pallet": lambda s: s.unpack("acme", PALLET),
    "ship the pallet": lambda s: s.ship("acme", "meddist", PALLET),
    "ship a case out of the pallet": lambda s: s.ship("acme", "meddist", CASE),
    "ship units out of a case and loose ones": lambda s: s.ship("acme", "meddist", *units(12, 8)),
    "dispense": lambda s: s.dispense("acme", *units(12, 8)),
    "sample": lambda s: s.sample("acme", unit(3)),
    "destroy the pallet": lambda s: s.destroy("acme", PALLET),
    "decommission": lambda s: s.decommission("acme", CASE),
    "export": lambda s: s.end(BizStep.EXPORTING, "acme", unit(3), unit(12)),
    "lock": lambda s: s.end(BizStep.LOCKING, "acme", unit(3), unit(12)),
    "unlock": lambda s: s.reactivate("acme", unit(19)),
    "report units stolen": lambda s: s.end(
        BizStep.REPORTING_STOLEN, "acme", unit(3), unit(12), unit(18)
    ),
    "return numbers": lambda s: s.return_numbers("acme", unit(30)),
    "observe": lambda s: s.do(
        "acme", event(BizStep.OBSERVING, "acme", 30, epcs=(PALLET, unit(3), unit(12)))
    ),
    "receive": lambda s: s.receive("meddist", *units(17, 15)),
    "reactivate": lambda s: s.reactivate("acme", unit(18)),
    "void": lambda s: s.do("acme", event(BizStep.VOIDING, "acme", 30, epcs=(unit(15),))),
}
"""Every step, on the same goods: what may happen next to them."""


@pytest.fixture
def busy(packed: Scene) -> Scene:
    """Units 0..9 are in a case on a pallet, 15 and 16 on their way, 18 is sampled, 19 locked."""
    packed.ship("acme", "meddist", *units(17, 15))
    packed.sample("acme", unit(18))
    packed.end(BizStep.LOCKING, "acme", unit(19))
    return packed


@pytest.mark.parametrize("name", STEPS)
def test_an_event_and_its_withdrawal_leave_everything_as_it_was(busy: Scene, name: str) -> None:
    before = told(busy)
    STEPS[name](busy)
    done = busy.done[-1]
    by = "meddist" if name == "receive" else "acme"
    assert name == "observe" or told(busy) != before, "something happened"

    # Each event that was asked for is declared, the newest first; what it implied goes with it.
    asked = [n for n, e in enumerate(done.events) if e.biz_step is done.events[-1].biz_step]
    for number in reversed(asked):
        busy.withdraw(by, done, number)

    assert told(busy) == before
    assert busy.done[-1].events[0].goods == done.events[asked[0]].goods, "and no other goods"
    assert {key: fold(thing.trail).place for key, thing in busy.things.items() if thing.exists}


@pytest.mark.parametrize("name", STEPS)
def test_what_was_withdrawn_can_happen_again(busy: Scene, name: str) -> None:
    STEPS[name](busy)
    done, after = busy.done[-1], told(busy)
    by = "meddist" if name == "receive" else "acme"
    for number in reversed(range(len(done.events))):
        if done.events[number].biz_step is done.events[-1].biz_step:
            busy.withdraw(by, done, number)

    STEPS[name](busy)

    assert told(busy) == after


def forgotten(scene: Scene, who: str, record: Any, number: int) -> str:
    """Withdraw an event; return what is said when it is no longer known what was in a case."""
    try:
        scene.withdraw(who, record, number)
    except Conflict as refusal:
        return refusal.detail
    return ""


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=5))
def test_events_are_withdrawn_newest_first_back_to_the_beginning(names: list[str]) -> None:
    scene = Scene()
    scene.commission("acme", units(20))
    scene.pack("acme", CASE, *units(10))
    scene.pack("acme", PALLET, CASE)
    scene.ship("acme", "meddist", *units(17, 15))
    scene.sample("acme", unit(18))
    scene.end(BizStep.LOCKING, "acme", unit(19))
    beliefs = [told(scene)]
    done: list[tuple[str, Any]] = []
    for name in names:
        before = scene.things
        try:
            STEPS[name](scene)
        except (Conflict, NotFound):
            assert scene.things == before
            continue
        done.append(("meddist" if name == "receive" else "acme", scene.done[-1]))
        beliefs.append(told(scene))

    for who, record in reversed(done):
        assert told(scene) == beliefs.pop()
        step = record.events[-1].biz_step
        for number in reversed(range(len(record.events))):
            if record.events[number].biz_step is not step:
                continue
            if problem := forgotten(scene, who, record, number):
                assert "emptied again" in problem
                assert sum("empty" in name for name in names) > 1
                return

    assert told(scene) == beliefs.pop()


@pytest.mark.parametrize("name", STEPS.keys() - {"observe"})
def test_an_event_is_withdrawn_once(busy: Scene, name: str) -> None:
    STEPS[name](busy)
    done = busy.done[-1]
    by = "meddist" if name == "receive" else "acme"
    busy.withdraw(by, done)

    assert unchanged(busy, busy.withdraw, by, done).code == "already_withdrawn"


def test_history_shows_the_event_and_its_withdrawal(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    packed.withdraw("acme")

    assert packed.kinds(PALLET)[-2:] == ["shipped", "withdrawn"]
    assert packed.kinds(unit(0))[-2:] == [f"shipped {PALLET}", f"withdrawn {PALLET}"]
    assert packed.kinds(PALLET, "meddist")[-2:] == ["shipped", "withdrawn"], "it was told"


def test_of_no_moment_does_a_withdrawn_event_count(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET, at=60)
    packed.withdraw("acme", now=minute(600))

    for at in (59, 61, 599, 601):
        then = situation_at(str(unit(0)), packed.things, round(minute(at).timestamp() * 1e6))
        assert (then.holder, then.to) == (gln("acme").digits, "")


def test_what_is_said_right_takes_effect_when_it_happened(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET, at=60)
    packed.withdraw("acme", now=minute(6000))
    packed.ship("acme", "citypharm", PALLET, at=60)

    (shipped,) = [e for e in standing(packed.thing(PALLET).trail) if e.kind is Kind.SHIPPED]
    assert shipped.at == round(minute(60).timestamp() * 1e6) + 2


def test_a_number_whose_commissioning_is_withdrawn_was_never_commissioned(scene: Scene) -> None:
    scene.withdraw("acme")

    assert scene.where(unit(0)).status is Status.UNASSIGNED
    assert scene.thing(unit(0)).goods(unit(0)) == {}
    assert refused(scene.ship, "acme", "meddist", unit(0)).code == "not_found"
    scene.commission("acme", units(3))
    assert scene.where(unit(2)).status is Status.ACTIVE


def test_what_happened_since_is_named_for_each_thing(busy: Scene) -> None:
    made, packing = busy.done[0], busy.done[1]

    refusal = unchanged(busy, busy.withdraw, "acme", made)

    assert isinstance(refusal, Conflict)
    assert {faults(refusal)[f"/epcs/{n}"] for n in (0, 9, 15, 18)} == {"happened_since"}
    assert "/epcs/17" not in faults(refusal), "nothing has happened to it"
    said = {fault.pointer: fault.message for fault in refusal.errors}
    assert "it was packed since" in said["/epcs/0"]
    assert str(packing.id)[:-2] in said["/epcs/0"]
    assert "it was sampled since" in said["/epcs/18"]


def test_a_shipment_that_was_received_is_not_withdrawn(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    shipping = packed.done[-1]
    packed.receive("meddist", PALLET)

    refusal = unchanged(packed, packed.withdraw, "acme", shipping)

    assert faults(refusal) == {"/epcs/0": "happened_since"}
    assert "received since" in refusal.errors[0].message


def test_what_others_did_since_is_not_told(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    shipping = packed.done[-1]
    packed.receive("meddist", PALLET)
    packed.send("meddist", "citypharm", PALLET)

    refusal = unchanged(packed, packed.withdraw, "acme", shipping)

    assert refusal.errors[0].message == "something has happened to it since"


def test_a_packing_is_not_withdrawn_from_a_container_that_moved_on(packed: Scene) -> None:
    into_case = packed.done[1]
    packed.ship("acme", "meddist", PALLET)

    refusal = unchanged(packed, packed.withdraw, "acme", into_case)

    assert faults(refusal) == {"/parent": "happened_since"}


def test_other_goods_that_went_into_the_container_are_no_hindrance(packed: Scene) -> None:
    packed.pack("acme", CASE, unit(10))
    first = packed.done[-1]
    packed.pack("acme", CASE, unit(11))
    packed.unpack("acme", CASE, unit(3))

    packed.withdraw("acme", first)

    assert not packed.where(unit(10)).chain
    assert packed.where(unit(11)).chain == (str(CASE), str(PALLET))
    assert packed.thing(PALLET).inside == {lgtin(): 10}


def test_a_packing_that_made_the_container_goes_last(packed: Scene) -> None:
    packed.pack("acme", OTHER, unit(10))
    first = packed.done[-1]
    packed.pack("acme", OTHER, unit(11))

    refusal = unchanged(packed, packed.withdraw, "acme", first)

    assert faults(refusal) == {"/parent": "happened_since"}


def test_a_unit_is_not_put_back_into_a_case_that_moved_on(packed: Scene) -> None:
    packed.dispense("acme", unit(0))
    dispensing = packed.done[-1]
    packed.ship("acme", "meddist", PALLET)

    refusal = unchanged(packed, packed.withdraw, "acme", dispensing)

    assert faults(refusal) == {"/epcs/0": "happened_since"}
    assert "shipped since" in refusal.errors[0].message


def test_a_case_is_not_filled_again_when_a_unit_moved_on(packed: Scene) -> None:
    packed.unpack("acme", CASE)
    emptying = packed.done[-1]
    packed.dispense("acme", unit(3))

    refusal = unchanged(packed, packed.withdraw, "acme", emptying)

    assert faults(refusal) == {"/parent": "happened_since"}
    assert "dispensed since" in refusal.errors[0].message


def test_a_case_that_was_emptied_twice_is_not_filled_as_before_the_first_time(
    packed: Scene,
) -> None:
    packed.unpack("acme", CASE)
    first = packed.done[-1]
    packed.pack("acme", CASE, unit(10))
    filling = packed.done[-1]
    packed.unpack("acme", CASE)
    packed.withdraw("acme")
    packed.withdraw("acme", filling)

    refusal = unchanged(packed, packed.withdraw, "acme", first)

    assert faults(refusal) == {"/parent": "happened_since"}
    assert "emptied again" in refusal.errors[0].message


@pytest.mark.parametrize(("days", "late"), [(10, False), (10.0001, True)])
def test_the_end_of_a_life_is_withdrawn_within_ten_days(
    scene: Scene, days: float, late: bool
) -> None:
    scene.dispense("acme", unit(0), at=60)
    now = minute(60 + days * 24 * 60)

    if late:
        assert unchanged(scene, scene.withdraw, "acme", now=now).code == "too_late"
    else:
        scene.withdraw("acme", now=now)
        assert scene.where(unit(0)).status is Status.ACTIVE


def test_a_case_received_out_of_a_pallet_is_in_it_again_and_in_transit(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    packed.receive("meddist", CASE)

    withdrawal = packed.withdraw("meddist")

    now = packed.where(unit(0))
    assert (now.holder, now.to) == (gln("acme").digits, gln("meddist").digits)
    assert now.chain == (str(CASE), str(PALLET))
    assert [each.biz_step for each in withdrawal] == [BizStep.RECEIVING, BizStep.UNPACKING]
    assert all(each.declares and each.withdraws for each in withdrawal)


def test_a_withdrawn_shipment_settles_all_of_itself(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET, unit(12))
    shipment = packed.done[-1].event_ids()[0]

    (withdrawal,) = packed.withdraw("acme")

    assert withdrawal.withdraws == shipment
    assert withdrawal.goods == (Quantity(lgtin(), 11),)
    (whole,) = withdrawal.fulfils
    assert whole == Fulfilment(shipment.removeprefix("urn:uuid:"), 2, withdrawal.goods)


@pytest.mark.parametrize("step", [BizStep.VOIDING, BizStep.RECEIVING])
def test_what_settled_shipments_settles_them_no_longer(packed: Scene, step: BizStep) -> None:
    packed.ship("acme", "meddist", PALLET)
    packed.ship("acme", "meddist", unit(12), unit(13))
    by = "acme" if step is BizStep.VOIDING else "meddist"
    things = (PALLET, unit(12)) if step is BizStep.VOIDING else (CASE, unit(12))

    settled = packed.do(by, event(step, by, 30, epcs=things))[-1].fulfils
    taken_back = packed.withdraw(by)[0].fulfils

    assert len(settled) == 2
    for each, back in zip(settled, taken_back, strict=True):
        assert (back.shipment, back.things) == (each.shipment, -each.things)
        assert [q.count for q in back.goods] == [-q.count for q in each.goods]
