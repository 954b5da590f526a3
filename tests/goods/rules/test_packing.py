"""What goes into containers and comes out of them, and what does not."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.epcis.model import BizStep, Quantity
from chalicelib.errors import NotFound
from chalicelib.goods.rules.packing import DEEPEST
from chalicelib.gs1.keys import Sgtin
from chalicelib.lots.model import RecallMark
from tests.builders import (
    Scene,
    event,
    faults,
    gln,
    gtin,
    lgtin,
    lot,
    minute,
    refused,
    sscc,
    unit,
    units,
)
from tests.goods.rules.stories import CASE, FOREIGN, OTHER, PALLET, TOP, unchanged

# --- packing


def test_packed_units_are_where_their_containers_are(packed: Scene) -> None:
    now = packed.where(unit(0))

    assert (now.holder, now.chain) == (gln("acme").digits, (str(CASE), str(PALLET)))
    assert packed.thing(PALLET).inside == packed.thing(CASE).inside == {lgtin(): 10}
    assert len(packed.thing(CASE).contents) == 10
    assert len(packed.thing(PALLET).contents) == 1


def test_the_event_counts_everything_inside(packed: Scene) -> None:
    (done,) = packed.pack("acme", PALLET, unit(10), unit(11))
    (more,) = packed.pack("acme", TOP, PALLET)

    assert done.goods == (Quantity(lgtin(), 2),)
    assert more.goods == (Quantity(lgtin(), 12),)


def test_what_is_packed_cannot_be_packed_again(packed: Scene) -> None:
    refusal = unchanged(packed, packed.pack, "acme", OTHER, unit(15), unit(3), CASE)

    assert faults(refusal) == {"/children/1": "already_packed", "/children/2": "already_packed"}
    assert str(CASE) in refusal.detail


def test_a_container_takes_more_as_long_as_it_is_held(packed: Scene) -> None:
    packed.pack("acme", CASE, unit(10))

    assert packed.thing(PALLET).inside == {lgtin(): 11}


@pytest.mark.parametrize("parent", [CASE, PALLET, TOP])
def test_a_container_goes_into_nothing_that_it_holds(packed: Scene, parent: Any) -> None:
    packed.pack("acme", TOP, PALLET)

    refusal = unchanged(packed, packed.pack, "acme", parent, TOP)

    assert faults(refusal) == {"/children/0": "cycle"}


def test_a_ring_cannot_be_closed_by_the_events_of_one_request(scene: Scene) -> None:
    first = event(BizStep.PACKING, "acme", parent=CASE, epcs=(unit(0),))
    second = event(BizStep.PACKING, "acme", parent=OTHER, epcs=(CASE,))
    third = event(BizStep.PACKING, "acme", parent=CASE, epcs=(OTHER,))

    refusal = unchanged(scene, scene.do, "acme", first, second, third)

    assert faults(refusal) == {"/items/2/children/0": "cycle"}


def test_inner_containers_may_be_filled_in_the_request_that_packs_them(scene: Scene) -> None:
    done = scene.do(
        "acme",
        event(BizStep.PACKING, "acme", parent=CASE, epcs=units(10)),
        event(BizStep.PACKING, "acme", parent=OTHER, epcs=units(20, 10)),
        event(BizStep.PACKING, "acme", parent=PALLET, epcs=(CASE, OTHER)),
    )

    assert done[2].goods == (Quantity(lgtin(), 20),)
    assert scene.where(unit(15)).chain == (str(OTHER), str(PALLET))


def test_a_container_that_is_filled_later_in_the_request_is_not_there_yet(scene: Scene) -> None:
    outer = event(BizStep.PACKING, "acme", parent=PALLET, epcs=(CASE,))
    inner = event(BizStep.PACKING, "acme", parent=CASE, epcs=(unit(0),))

    refusal = unchanged(scene, scene.do, "acme", outer, inner)

    assert isinstance(refusal, NotFound)
    assert faults(refusal) == {"/items/0/children/0": "not_found"}


def test_containers_are_nested_twelve_deep_and_no_deeper(scene: Scene) -> None:
    boxes = [sscc(100 + number) for number in range(13)]
    scene.pack("acme", boxes[0], unit(0))
    for inner, outer in pairwise(boxes[:12]):
        scene.pack("acme", outer, inner)
    assert len(scene.where(unit(0)).chain) == DEEPEST == 12

    outside = unchanged(scene, scene.pack, "acme", boxes[12], boxes[11])
    scene.pack("acme", boxes[12], unit(1))
    inside = unchanged(scene, scene.pack, "acme", boxes[0], boxes[12])

    assert faults(outside) == faults(inside) == {"/children/0": "too_deep"}
    assert scene.pack("acme", boxes[0], unit(2))


def test_a_container_that_was_emptied_is_flat_again(scene: Scene) -> None:
    boxes = [sscc(100 + number) for number in range(12)]
    scene.pack("acme", boxes[0], unit(0))
    for inner, outer in pairwise(boxes):
        scene.pack("acme", outer, inner)
    scene.unpack("acme", boxes[11])
    scene.unpack("acme", boxes[10], boxes[9])

    for box in boxes[10:]:
        scene.pack("acme", box, unit(list(boxes).index(box)))
        assert scene.thing(box).height == 1


def test_a_unit_can_hold_others(scene: Scene) -> None:
    scene.pack("acme", unit(0), unit(1), unit(2))

    assert scene.where(unit(1)).chain == (str(unit(0)),)
    assert scene.thing(unit(0)).goods(unit(0)) == {lgtin(): 3}


@pytest.mark.parametrize("parent", [unit(500), unit(200_000), FOREIGN])
def test_a_unit_that_was_never_commissioned_holds_nothing(scene: Scene, parent: Sgtin) -> None:
    refusal = unchanged(scene, scene.pack, "acme", parent, unit(0))

    assert isinstance(refusal, NotFound)
    assert faults(refusal) == {"/parent": "not_found"}


def test_packing_needs_a_container(scene: Scene) -> None:
    without = event(BizStep.PACKING, "acme", epcs=units(1))

    assert faults(refused(scene.do, "acme", without)) == {"/parent": "missing"}


def test_recalled_units_are_not_packed(scene: Scene) -> None:
    scene.lots[lgtin()] = lot(recalls=[RecallMark("r1")])

    assert faults(refused(scene.pack, "acme", CASE, unit(0))) == {"/children/0": "recalled"}


@pytest.mark.parametrize("end", ["dispense", "sample", "destroy", "decommission"])
def test_what_ended_its_life_is_not_packed(scene: Scene, end: str) -> None:
    getattr(scene, end)("acme", unit(0))

    refusal = refused(scene.pack, "acme", CASE, unit(0), unit(1))

    assert faults(refusal) == {"/children/0": scene.where(unit(0)).status.value}


# --- use of an SSCC


def test_nothing_is_packed_into_a_container_in_transit(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)

    for who in ("acme", "meddist"):
        for container in (CASE, PALLET):
            refusal = refused(packed.pack, who, container, unit(10))
            assert (refusal.code, faults(refusal)) == ("sscc_in_use", {"/parent": "sscc_in_use"})


def test_an_sscc_that_somebody_else_holds_is_in_use(received: Scene) -> None:
    assert faults(refused(received.pack, "acme", CASE, unit(10))) == {"/parent": "sscc_in_use"}


def test_an_sscc_of_strangers_is_in_use_and_nothing_more_is_said(received: Scene) -> None:
    received.lots[lgtin("X", gtin(9))] = lot("X", gtin(9), owner="stranger")
    received.owners[gtin(9)] = "stranger"
    received.commission("stranger", [unit(0, gtin(9))], "X")

    refusal = refused(received.pack, "stranger", CASE, unit(0, gtin(9)))

    assert (refusal.code, faults(refusal)) == ("sscc_in_use", {"/parent": "sscc_in_use"})
    assert refusal.facts == {}


@pytest.mark.parametrize("end", ["destroy", "decommission"])
def test_an_sscc_that_ended_its_life_is_not_used_again(packed: Scene, end: str) -> None:
    getattr(packed, end)("acme", CASE)

    refusal = refused(packed.pack, "acme", CASE, unit(10))

    assert (refusal.code, refusal.facts) == (
        "sscc_in_use",
        {"state": packed.where(CASE).status.value},
    )


def test_an_sscc_that_was_emptied_and_never_shipped_can_be_filled_again(packed: Scene) -> None:
    packed.unpack("acme", PALLET)
    packed.unpack("acme", CASE)

    packed.pack("acme", CASE, unit(10))

    assert packed.where(unit(10)).chain == (str(CASE),)
    assert packed.where(unit(0)).chain == ()


@pytest.mark.parametrize("container", [CASE, PALLET])
@pytest.mark.parametrize(("days", "free"), [(365, False), (365.01, True)])
def test_an_sscc_is_not_given_anew_within_a_year_of_its_shipment(
    received: Scene, container: Any, days: float, free: bool
) -> None:
    shipped = minute(4)
    received.unpack("meddist", PALLET)
    received.unpack("meddist", CASE)
    spare = unit(9)
    later = shipped + timedelta(days=days)

    if free:
        received.pack("meddist", container, spare, at=later)
    else:
        refusal = refused(received.pack, "meddist", container, spare, at=later)
        assert faults(refusal) == {"/parent": "sscc_in_use"}


# --- unpacking


def test_units_that_are_taken_out_stay_where_the_container_was(packed: Scene) -> None:
    (done,) = packed.unpack("acme", CASE, unit(0), unit(1))

    now = packed.where(unit(0))
    assert (now.holder, now.chain) == (gln("acme").digits, ())
    assert done.goods == (Quantity(lgtin(), 2),)
    assert packed.thing(CASE).inside == packed.thing(PALLET).inside == {lgtin(): 8}
    assert len(packed.thing(CASE).contents) == 8


def test_everything_can_be_taken_out_at_once(packed: Scene) -> None:
    (done,) = packed.unpack("acme", CASE)

    assert done.goods == (Quantity(lgtin(), 10),)
    assert done.epcs == ()
    assert packed.where(unit(0)).chain == ()
    assert packed.thing(CASE).inside == packed.thing(PALLET).inside == {}
    assert packed.where(CASE).chain == (str(PALLET),), "the empty case is still on the pallet"


def test_emptying_a_pallet_leaves_its_cases_full(packed: Scene) -> None:
    packed.unpack("acme", PALLET)

    assert packed.where(unit(0)).chain == (str(CASE),)
    assert packed.where(CASE).chain == ()
    assert packed.thing(PALLET).inside == {}


def test_what_is_not_inside_cannot_be_taken_out(packed: Scene) -> None:
    refusal = unchanged(
        packed, packed.unpack, "acme", CASE, unit(3), unit(10), unit(900), OTHER, PALLET
    )

    assert faults(refusal) == {f"/children/{n}": "not_inside" for n in (1, 2, 3, 4)}


def test_only_what_is_directly_inside_can_be_taken_out(packed: Scene) -> None:
    assert faults(refused(packed.unpack, "acme", PALLET, unit(3))) == {"/children/0": "not_inside"}


@pytest.mark.parametrize("by", ["all at once", "one by one"])
def test_an_empty_container_cannot_be_emptied(packed: Scene, by: str) -> None:
    packed.unpack("acme", CASE, *(() if by == "all at once" else units(10)))

    refusal = unchanged(packed, packed.unpack, "acme", CASE)

    assert (refusal.code, faults(refusal)) == ("empty", {"/parent": "empty"})


def test_nothing_is_taken_out_twice(packed: Scene) -> None:
    packed.unpack("acme", CASE)

    assert faults(refused(packed.unpack, "acme", CASE, unit(0))) == {"/children/0": "not_inside"}


def test_a_container_in_transit_is_not_opened(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)

    for who in ("acme", "meddist"):
        for container in (CASE, PALLET):
            assert refused(packed.unpack, who, container).code == "in_transit"


def test_a_container_that_another_holds_is_not_opened(received: Scene) -> None:
    refusal = refused(received.unpack, "acme", CASE)

    assert (refusal.code, faults(refusal)) == ("not_held", {"/parent": "not_held"})


def test_a_container_that_ended_its_life_is_not_opened(packed: Scene) -> None:
    packed.decommission("acme", CASE)

    assert refused(packed.unpack, "acme", CASE).code == "inactive"
