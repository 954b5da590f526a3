"""What may happen to goods: every step, every reason to refuse it, and what is not said."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.epcis.model import BizStep, Quantity
from chalicelib.errors import Conflict, Malformed, NotFound, PacktrailError, TooLarge
from chalicelib.goods.history import related
from chalicelib.goods.model import Kind, Status
from chalicelib.goods.rules import DEEPEST
from chalicelib.gs1.keys import Sgtin
from chalicelib.lots.model import RecallMark
from chalicelib.lots.model import Status as LotStatus
from tests.builders import (
    EXPIRY,
    START,
    Scene,
    actor,
    event,
    faults,
    gln,
    gtin,
    lgtin,
    lot,
    micros,
    minute,
    refused,
    sscc,
    unit,
    units,
)

CASE, OTHER, PALLET, TOP = sscc(1), sscc(2), sscc(10), sscc(11)
FOREIGN = Sgtin.of(gtin(), "from-elsewhere")


@pytest.fixture
def scene() -> Scene:
    """Acme has commissioned 20 units."""
    scene = Scene()
    scene.commission("acme", units(20))
    return scene


@pytest.fixture
def packed(scene: Scene) -> Scene:
    """Units 0..9 are in a case on a pallet; 10..19 are loose. All of it is acme's."""
    scene.pack("acme", CASE, *units(10))
    scene.pack("acme", PALLET, CASE)
    return scene


@pytest.fixture
def received(packed: Scene) -> Scene:
    """Meddist has received the pallet."""
    packed.send("acme", "meddist", PALLET)
    return packed


def unchanged(scene: Scene, verb: Any, *args: Any, **more: Any) -> PacktrailError:
    """Return the refusal, having seen that nothing changed."""
    before = dict(scene.things)
    refusal = refused(verb, *args, **more)
    assert scene.things == before
    return refusal


# --- commissioning


def test_a_commissioned_unit_is_active_and_held_by_who_commissioned_it(scene: Scene) -> None:
    now = scene.where(unit(3))

    assert (now.status, now.holder, now.chain) == (Status.ACTIVE, gln("acme").digits, ())
    assert scene.thing(unit(3)).lot == "L1"


def test_the_event_says_how_many_of_which_lot() -> None:
    (done,) = Scene().commission("acme", units(7))

    assert done.goods == (Quantity(lgtin(), 7),)


def test_a_unit_cannot_be_commissioned_twice(scene: Scene) -> None:
    refusal = unchanged(scene, scene.commission, "acme", (unit(30), unit(4), unit(5)))

    assert isinstance(refusal, Conflict)
    assert refusal.code == "already_commissioned"
    assert faults(refusal) == {
        "/serials/1": "already_commissioned",
        "/serials/2": "already_commissioned",
    }
    assert refusal.facts == {"state": "active"}
    assert "(1 more are refused)" in refusal.detail


def test_what_ended_its_life_is_not_commissioned_again(scene: Scene) -> None:
    scene.destroy("acme", unit(0))

    refusal = refused(scene.commission, "acme", (unit(0),))

    assert refusal.code == "already_commissioned"
    assert refusal.facts == {"state": "destroyed"}


def test_a_number_in_our_format_that_was_never_issued_is_refused() -> None:
    scene = Scene(issued=5)

    refusal = unchanged(scene, scene.commission, "acme", units(7))

    assert faults(refusal) == {"/serials/5": "not_issued", "/serials/6": "not_issued"}


def test_a_number_from_elsewhere_can_be_commissioned(scene: Scene) -> None:
    scene.commission("acme", [FOREIGN])

    assert scene.where(FOREIGN).status is Status.ACTIVE


@pytest.mark.parametrize(("who", "name"), [("meddist", "L1"), ("acme", "L2"), ("stranger", "L2")])
def test_only_the_owner_commissions_and_only_into_a_lot_it_has(who: str, name: str) -> None:
    refusal = refused(Scene().commission, who, units(1), name)

    assert isinstance(refusal, NotFound)
    assert faults(refusal) == {"/lot": "not_found"}


def test_another_ones_lot_is_refused_in_the_words_for_a_lot_that_is_not_there() -> None:
    scene = Scene()
    scene.lots[lgtin("there")] = lot("there")

    there = refused(scene.commission, "meddist", units(1), "there")
    absent = refused(scene.commission, "meddist", units(1), "gone!")

    assert there.detail.replace("there'", "gone!'") == absent.detail
    assert there.errors == absent.errors


def test_commissioning_needs_a_lot() -> None:
    assert faults(refused(Scene().commission, "acme", units(1), None)) == {"/lot": "missing"}


@pytest.mark.parametrize("epcs", [(), (unit(0), unit(0, gtin(2))), (CASE,), (unit(0), CASE)])
def test_one_commissioning_is_of_units_of_one_product(epcs: Any) -> None:
    assert isinstance(refused(Scene().commission, "acme", epcs), Malformed)


def test_a_lot_under_recall_takes_no_more_units(scene: Scene) -> None:
    scene.lots[lgtin()] = lot(recalls=[RecallMark("r1")])

    refusal = unchanged(scene, scene.commission, "acme", (unit(50),))

    assert (refusal.code, faults(refusal)) == ("recalled", {"/lot": "recalled"})


def test_an_expiry_that_is_not_the_lots_is_refused() -> None:
    scene = Scene()

    refusal = refused(scene.commission, "acme", units(1), expiry=EXPIRY + timedelta(1))

    assert (refusal.code, faults(refusal)) == ("expiry", {"/expiry": "expiry"})
    assert scene.commission("acme", units(1), expiry=EXPIRY)


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


# --- shipping


def test_shipped_goods_are_in_transit_with_the_shipper_and_nothing_inside_is_written(
    packed: Scene,
) -> None:
    before = packed.things

    (done,) = packed.ship("acme", "meddist", PALLET)

    now = packed.where(unit(0))
    assert (now.holder, now.to) == (gln("acme").digits, gln("meddist").digits)
    assert done.goods == (Quantity(lgtin(), 10),)
    assert {key for key in before if before[key] is not packed.things[key]} == {str(PALLET)}


@pytest.mark.parametrize("verb", ["ship", "pack", "dispense", "sample", "destroy", "decommission"])
def test_nobody_moves_or_uses_what_is_in_transit(packed: Scene, verb: str) -> None:
    packed.ship("acme", "meddist", unit(15))

    for who in ("acme", "meddist"):
        assert attempt(packed, verb, who, unit(15)).code == "in_transit"


@pytest.mark.parametrize("verb", ["ship", "pack", "dispense", "sample", "destroy", "decommission"])
def test_nobody_moves_or_uses_what_another_holds(received: Scene, verb: str) -> None:
    refusal = attempt(received, verb, "acme", unit(3))

    assert isinstance(refusal, Conflict)
    assert refusal.code == "not_held"
    assert refusal.facts == {"state": "active"}


def attempt(scene: Scene, verb: str, who: str, *epcs: Any) -> PacktrailError:
    if verb == "ship":
        to = "meddist" if who == "ruralpharm" else "ruralpharm"
        return unchanged(scene, scene.ship, who, to, *epcs)
    if verb == "pack":
        return unchanged(scene, scene.pack, who, sscc(77, who), *epcs)
    return unchanged(scene, getattr(scene, verb), who, *epcs)


@pytest.mark.parametrize("to", ["acme", None])
def test_nobody_ships_to_itself_or_to_nobody(scene: Scene, to: str | None) -> None:
    refusal = refused(scene.do, "acme", event(BizStep.SHIPPING, "acme", epcs=units(1), to=to))

    assert (type(refusal), faults(refusal)) == (Malformed, {"/to": "destination"})


def test_what_moves_on_without_its_container_leaves_it_first(packed: Scene) -> None:
    out, moved = packed.ship("acme", "meddist", unit(0), unit(1), unit(15))

    assert (out.biz_step, out.parent, out.epcs) == (BizStep.UNPACKING, CASE, (unit(0), unit(1)))
    assert (moved.biz_step, moved.goods) == (BizStep.SHIPPING, (Quantity(lgtin(), 3),))
    assert out.event_time == moved.event_time
    assert packed.thing(PALLET).inside == {lgtin(): 8}
    assert packed.where(unit(0)).to == gln("meddist").digits
    assert packed.where(unit(2)).to == ""


def test_each_container_that_is_left_has_an_event_of_its_own(packed: Scene) -> None:
    packed.pack("acme", OTHER, *units(20, 10))

    done = packed.ship("acme", "meddist", unit(0), unit(10), unit(1))

    assert [each.parent for each in done] == [CASE, OTHER, None]


def test_a_thing_and_its_container_are_not_named_together(packed: Scene) -> None:
    for verb in ("ship", "destroy", "decommission"):
        refusal = attempt(packed, verb, "acme", unit(0), PALLET, unit(15))
        assert faults(refusal) == {"/epcs/0": "named_twice"}


@pytest.mark.parametrize(
    "status", [LotStatus.QUARANTINED, LotStatus.REJECTED], ids=lambda each: each.value
)
def test_what_quality_has_not_released_is_not_shipped(packed: Scene, status: LotStatus) -> None:
    packed.lots[lgtin()] = lot(status=status)

    refusal = attempt(packed, "ship", "acme", PALLET, unit(15))

    assert faults(refusal) == {"/epcs/0": status.value, "/epcs/1": status.value}


def test_recalled_goods_are_not_shipped_whatever_they_are_in(packed: Scene) -> None:
    packed.lots[lgtin()] = lot(recalls=[RecallMark("r1")])

    refusal = attempt(packed, "ship", "acme", PALLET, unit(0), unit(15))

    assert set(faults(refusal).values()) == {"recalled"}


def test_one_recalled_unit_keeps_back_every_container_around_it_and_no_other(
    packed: Scene,
) -> None:
    packed.pack("acme", OTHER, *units(20, 10))
    packed.partial[lgtin()] = {unit(3): packed.place(unit(3)), FOREIGN: None}
    packed.lots[lgtin()] = lot(recalls=[RecallMark("r1", partial=True)])

    assert faults(attempt(packed, "ship", "acme", PALLET)) == {"/epcs/0": "recalled"}
    assert faults(attempt(packed, "ship", "acme", CASE)) == {"/epcs/0": "recalled"}
    assert faults(attempt(packed, "ship", "acme", unit(2), unit(3))) == {"/epcs/1": "recalled"}
    assert packed.ship("acme", "meddist", OTHER, unit(0))


def test_a_recalled_unit_is_found_inside_a_unit_that_holds_others(scene: Scene) -> None:
    scene.pack("acme", unit(0), unit(1), unit(2))
    scene.pack("acme", CASE, unit(0))
    scene.partial[lgtin()] = {unit(1): scene.place(unit(1))}
    scene.lots[lgtin()] = lot(recalls=[RecallMark("r1", partial=True)])

    assert faults(attempt(scene, "ship", "acme", CASE)) == {"/epcs/0": "recalled"}


# --- receiving


def test_received_goods_are_in_the_hands_of_the_receiver(received: Scene) -> None:
    now = received.where(unit(0))

    assert (now.holder, now.to, now.chain) == (
        gln("meddist").digits, "", (str(CASE), str(PALLET))
    )  # fmt: skip


def test_the_event_names_the_sender(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    (done,) = packed.receive("meddist", PALLET)

    assert done.source == gln("acme")
    assert done.goods == (Quantity(lgtin(), 10),)


def test_what_is_not_addressed_to_one_is_not_received(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)

    for who in ("citypharm", "acme"):
        refusal = unchanged(packed, packed.receive, who, PALLET)
        assert refusal.code == "not_addressed"
    assert refused(packed.receive, "meddist", unit(15)).code == "not_addressed"


def test_nothing_is_received_twice(received: Scene) -> None:
    refusal = unchanged(received, received.receive, "meddist", PALLET, CASE, unit(0))

    assert set(faults(refusal).values()) == {"already_received"}


def test_what_another_sent_is_not_received_as_from_this_one(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)

    refusal = unchanged(packed, packed.receive, "meddist", PALLET, source="citypharm")

    assert refusal.code == "other_sender"
    assert packed.receive("meddist", PALLET, source="acme")


def test_a_case_can_be_received_out_of_a_pallet_in_transit(packed: Scene) -> None:
    packed.pack("acme", OTHER, *units(20, 10))
    packed.pack("acme", PALLET, OTHER)
    packed.ship("acme", "meddist", PALLET)

    out, done = packed.receive("meddist", CASE)

    assert (out.biz_step, out.parent, out.by) == (BizStep.UNPACKING, PALLET, gln("meddist"))
    assert done.source == gln("acme")
    assert packed.where(unit(0)).holder == gln("meddist").digits
    assert packed.where(unit(10)).to == gln("meddist").digits, "the rest is still on its way"
    assert packed.thing(PALLET).inside == {lgtin(): 10}
    packed.receive("meddist", PALLET)
    assert packed.where(unit(10)).holder == gln("meddist").digits


def test_a_case_and_the_rest_of_its_pallet_are_received_one_after_the_other(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)

    refusal = unchanged(packed, packed.receive, "meddist", CASE, PALLET)

    assert faults(refusal) == {"/epcs/0": "named_twice"}


def test_recalled_goods_on_their_way_are_received(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    packed.lots[lgtin()] = lot(recalls=[RecallMark("r1")])

    assert packed.receive("meddist", PALLET)


def test_goods_of_several_senders_are_received_each_from_its_own(scene: Scene) -> None:
    scene.send("acme", "citypharm", unit(0))
    scene.ship("citypharm", "meddist", unit(0))
    scene.ship("acme", "meddist", unit(1))

    (done,) = scene.receive("meddist", unit(0), unit(1))

    last = {epc: scene.thing(epc).trail[-1] for epc in (unit(0), unit(1))}
    assert last[unit(0)].party == gln("citypharm").digits
    assert last[unit(1)].party == gln("acme").digits
    assert done.source is None
    assert scene.kinds(unit(0), "acme") == ["commissioned", "shipped", "received"]
    assert not related(str(unit(1)), scene.things, gln("citypharm")), "it sent other goods"


# --- the end of a life


ENDS = {
    "dispense": Status.DISPENSED,
    "sample": Status.SAMPLED,
    "destroy": Status.DESTROYED,
    "decommission": Status.INACTIVE,
}


@pytest.mark.parametrize("verb", ENDS)
def test_a_life_ends_once(scene: Scene, verb: str) -> None:
    (done,) = getattr(scene, verb)("acme", unit(0), unit(1))

    assert done.goods == (Quantity(lgtin(), 2),)
    assert scene.where(unit(0)).status is ENDS[verb]
    for again in ENDS:
        refusal = attempt(scene, again, "acme", unit(2), unit(0))
        assert faults(refusal) == {"/epcs/1": ENDS[verb].value}
        assert refusal.facts == {"state": ENDS[verb].value}


@pytest.mark.parametrize("verb", ENDS)
def test_a_unit_leaves_its_container_before_its_life_ends(packed: Scene, verb: str) -> None:
    out, _ = getattr(packed, verb)("acme", unit(0))

    assert (out.biz_step, out.parent) == (BizStep.UNPACKING, CASE)
    assert packed.thing(PALLET).inside == {lgtin(): 9}
    assert packed.where(unit(0)).chain == ()


@pytest.mark.parametrize("verb", ["destroy", "decommission"])
def test_a_container_ends_with_all_that_is_in_it(packed: Scene, verb: str) -> None:
    done = getattr(packed, verb)("acme", PALLET)

    assert done[-1].goods == (Quantity(lgtin(), 10),)
    for epc in (PALLET, CASE, unit(0), unit(9)):
        assert packed.where(epc).status is ENDS[verb]
    assert packed.where(unit(10)).status is Status.ACTIVE


@pytest.mark.parametrize("verb", ENDS)
def test_a_unit_that_holds_others_ends_with_them(scene: Scene, verb: str) -> None:
    scene.pack("acme", unit(0), unit(1), unit(2))

    (done,) = getattr(scene, verb)("acme", unit(0))

    assert done.goods == (Quantity(lgtin(), 3),)
    assert scene.where(unit(1)).status is ENDS[verb]
    assert attempt(scene, "ship", "acme", unit(1)).code == ENDS[verb].value


@pytest.mark.parametrize("verb", ["dispense", "sample"])
def test_only_units_are_dispensed_or_sampled(packed: Scene, verb: str) -> None:
    refusal = attempt(packed, verb, "acme", CASE, unit(15))

    assert faults(refusal) == {"/epcs/0": "not_a_unit"}


@pytest.mark.parametrize("status", [LotStatus.QUARANTINED, LotStatus.REJECTED])
def test_what_is_not_released_is_not_dispensed(scene: Scene, status: LotStatus) -> None:
    scene.lots[lgtin()] = lot(status=status)

    assert attempt(scene, "dispense", "acme", unit(0)).code == status.value
    assert scene.sample("acme", unit(0))


def test_recalled_units_are_not_dispensed_but_sampled_and_destroyed(scene: Scene) -> None:
    scene.lots[lgtin()] = lot(recalls=[RecallMark("r1")])

    assert attempt(scene, "dispense", "acme", unit(0)).code == "recalled"
    for verb in ("sample", "destroy", "decommission"):
        assert getattr(scene, verb)("acme", unit(list(ENDS).index(verb)))


@pytest.mark.parametrize(
    ("day", "usable"), [("2028-06-30T23:59", True), ("2028-07-01T00:00", False)]
)
@pytest.mark.parametrize("offset", ["+00:00", "+05:30", "-08:00"])
def test_the_expiry_date_is_the_last_day_of_use_at_the_place(
    scene: Scene, day: str, usable: bool, offset: str
) -> None:
    when = datetime.fromisoformat(day + offset)

    if usable:
        assert scene.dispense("acme", unit(0), at=when)
    else:
        assert refused(scene.dispense, "acme", unit(0), at=when).code == "expired"


def test_nothing_is_dispensed_before_it_was_received(scene: Scene) -> None:
    after_expiry = START.replace(year=2028, month=7, day=2)
    scene.ship("acme", "citypharm", unit(0), at=after_expiry)
    scene.receive("citypharm", unit(0), at=after_expiry)

    refusal = refused(
        scene.dispense, "citypharm", unit(0), at=START.replace(year=2027), now=after_expiry
    )

    assert refusal.code == "expired", "saying that it was long ago does not make it usable"


def test_expired_units_are_still_shipped_back_and_destroyed(scene: Scene) -> None:
    late = START.replace(year=2029)

    assert scene.ship("acme", "meddist", unit(0), at=late)
    assert scene.destroy("acme", unit(1), at=late)


# --- reactivation


@pytest.mark.parametrize("verb", ["dispense", "sample", "decommission"])
def test_an_end_can_be_undone(packed: Scene, verb: str) -> None:
    getattr(packed, verb)("acme", unit(15))

    (done,) = packed.reactivate("acme", unit(15))

    assert done.goods == (Quantity(lgtin(), 1),)
    assert packed.where(unit(15)).status is Status.ACTIVE
    assert packed.pack("acme", CASE, unit(15))


def test_destruction_is_never_undone(scene: Scene) -> None:
    scene.destroy("acme", unit(0))

    refusal = attempt(scene, "reactivate", "acme", unit(0), unit(1), unit(900))

    assert faults(refusal) == {
        "/epcs/0": "not_reversible",
        "/epcs/1": "not_reversible",
        "/epcs/2": "not_found",
    }


@pytest.mark.parametrize(("days", "late"), [(10, False), (10.0001, True)])
def test_an_end_is_undone_within_ten_days(scene: Scene, days: float, late: bool) -> None:
    scene.dispense("acme", unit(0), at=60)
    now = minute(60) + timedelta(days=days)

    if late:
        refusal = refused(scene.reactivate, "acme", unit(0), at=61, now=now)
        assert faults(refusal) == {"/epcs/0": "too_late"}
    else:
        assert scene.reactivate("acme", unit(0), at=61, now=now)


def test_an_end_is_undone_by_who_made_it(scene: Scene) -> None:
    scene.send("acme", "citypharm", unit(0))
    scene.dispense("citypharm", unit(0))

    assert attempt(scene, "reactivate", "acme", unit(0)).code == "other_party"


def test_an_end_is_not_undone_once_the_lot_is_recalled_or_expired(scene: Scene) -> None:
    scene.dispense("acme", unit(0))
    late = START.replace(year=2028, month=7)
    scene.dispense("acme", unit(1), at=late - timedelta(days=1))

    assert refused(scene.reactivate, "acme", unit(1), at=late).code == "expired"
    scene.lots[lgtin()] = lot(recalls=[RecallMark("r1")])
    assert attempt(scene, "reactivate", "acme", unit(0)).code == "recalled"


def test_a_container_comes_back_with_all_that_is_in_it(packed: Scene) -> None:
    packed.decommission("acme", PALLET)

    (done,) = packed.reactivate("acme", PALLET)

    assert done.goods == (Quantity(lgtin(), 10),)
    for epc in (PALLET, CASE, unit(0), unit(9)):
        assert packed.where(epc).status is Status.ACTIVE
    assert packed.dispense("acme", unit(0))


def test_what_ended_with_its_container_comes_back_with_it_only(packed: Scene) -> None:
    packed.decommission("acme", PALLET)

    refusal = attempt(packed, "reactivate", "acme", CASE, unit(0))

    assert faults(refusal) == {"/epcs/0": "ended_inside", "/epcs/1": "ended_inside"}


# --- returning numbers


def test_an_unused_number_can_be_returned_and_is_never_used(scene: Scene) -> None:
    (done,) = scene.return_numbers("acme", unit(500), unit(501))

    assert done.goods == ()
    assert scene.where(unit(500)).status is Status.RETURNED
    for verb, *args in (("commission", [unit(500)]), ("return_numbers", unit(500))):
        assert refused(getattr(scene, verb), "acme", *args).code in (
            "already_commissioned", "not_returnable",
        )  # fmt: skip


def test_a_number_in_use_or_never_issued_or_from_elsewhere_is_not_returned() -> None:
    scene = Scene(issued=10)
    scene.commission("acme", units(2))

    refusal = attempt(scene, "return_numbers", "acme", unit(5), unit(0), unit(11), FOREIGN)

    assert faults(refusal) == {f"/serials/{n}": "not_returnable" for n in (1, 2, 3)}


def test_only_the_owner_returns_numbers(scene: Scene) -> None:
    for number in (5, 500, 200_000):
        refusal = attempt(scene, "return_numbers", "meddist", unit(number))
        assert isinstance(refusal, NotFound)
        assert "GTIN" in refusal.detail


# --- what is not said


ABSENT = unit(900)


@pytest.mark.parametrize("verb", ["ship", "pack", *ENDS, "reactivate", "receive"])
@pytest.mark.parametrize("who", ["citypharm", "stranger"])
def test_invisible_goods_are_answered_as_unknown_ones(received: Scene, verb: str, who: str) -> None:
    for there in (unit(0), CASE, PALLET):
        absent = ABSENT if there == unit(0) else sscc(900)
        found = attempt(received, verb, who, there)
        unknown = attempt(received, verb, who, absent)
        assert type(found) is type(unknown)
        assert found.code == unknown.code
        assert found.errors == unknown.errors
        assert found.facts == unknown.facts == {}
        assert found.detail.replace(str(there), "X") == unknown.detail.replace(str(absent), "X")


def test_an_invisible_container_is_opened_no_more_than_an_unknown_one(received: Scene) -> None:
    for children in ((), (unit(0),)):
        found = refused(received.unpack, "stranger", CASE, *children)
        unknown = refused(received.unpack, "stranger", sscc(900), *children)
        assert isinstance(found, NotFound)
        assert found.detail.replace(str(CASE), str(sscc(900))) == unknown.detail
        assert found.errors == unknown.errors


def test_that_invisible_things_are_in_one_another_is_not_said(received: Scene) -> None:
    refusal = attempt(received, "ship", "stranger", unit(0), PALLET)

    assert isinstance(refusal, NotFound)
    assert faults(refusal) == {"/epcs/0": "not_found", "/epcs/1": "not_found"}


def test_a_past_holder_does_not_learn_what_others_packed_goods_into(received: Scene) -> None:
    received.send("meddist", "citypharm", CASE)
    received.unpack("citypharm", CASE)
    received.pack("citypharm", sscc(5, "citypharm"), unit(0))

    refusal = attempt(received, "pack", "acme", unit(0))

    assert refusal.code == "not_held"
    assert "095230000" not in refusal.detail + str(refusal.errors)


def test_a_past_holder_does_not_learn_that_goods_move_between_others(received: Scene) -> None:
    received.ship("meddist", "citypharm", PALLET)

    assert attempt(received, "ship", "acme", unit(0)).code == "not_held"


def test_nobody_comes_to_know_goods_by_a_container_that_held_them_once(received: Scene) -> None:
    received.unpack("meddist", PALLET)
    received.send("meddist", "ruralpharm", unit(0))
    received.send("meddist", "citypharm", CASE)

    assert attempt(received, "ship", "citypharm", unit(0)).code == "not_found"
    assert attempt(received, "ship", "ruralpharm", CASE).code == "not_found"
    assert attempt(received, "ship", "citypharm", PALLET).code == "not_found"


# --- many errors, many events


def test_every_epc_at_fault_is_named_with_its_own_reason(received: Scene) -> None:
    received.destroy("acme", unit(15))

    refusal = attempt(received, "ship", "acme", unit(900), unit(0), unit(16), unit(15))

    assert isinstance(refusal, Conflict)
    assert faults(refusal) == {
        "/epcs/0": "not_found",
        "/epcs/1": "not_held",
        "/epcs/3": "destroyed",
    }
    assert refusal.code == "not_held", "the code is that of the conflict"
    assert str(unit(0)) in refusal.detail
    assert "(2 more are refused)" in refusal.detail


def test_no_more_than_a_hundred_reasons_are_told(scene: Scene) -> None:
    refusal = attempt(scene, "ship", "acme", *units(1200, 1000), unit(0))

    assert len(refusal.errors) == 100
    assert "(199 more are refused)" in refusal.detail


def test_a_conflict_behind_a_hundred_unknown_ones_is_a_conflict(received: Scene) -> None:
    refusal = attempt(received, "ship", "acme", *units(1200, 1000), unit(0))

    assert (type(refusal), refusal.code) == (Conflict, "not_held")


def test_one_refused_event_refuses_them_all(scene: Scene) -> None:
    good = event(BizStep.SHIPPING, "acme", epcs=(unit(0),), to="meddist")
    bad = event(BizStep.SHIPPING, "acme", epcs=(unit(1), unit(0)), to="meddist")

    refusal = unchanged(scene, scene.do, "acme", good, bad)

    assert faults(refusal) == {"/items/1/epcs/1": "in_transit"}


def test_no_request_records_more_events_than_it_can_number() -> None:
    scene = Scene()
    scene.commission("acme", units(300))

    each = [event(BizStep.SHIPPING, "acme", epcs=(epc,), to="meddist") for epc in units(256)]

    assert isinstance(unchanged(scene, scene.do, "acme", *each), TooLarge)
    assert len(scene.do("acme", *each[:255])) == 255


# --- when things take effect


def test_what_is_said_to_have_happened_earlier_takes_effect_right_after(scene: Scene) -> None:
    scene.pack("acme", CASE, unit(0), at=60)
    scene.ship("acme", "meddist", CASE, at=30)

    assert [each.at for each in scene.thing(CASE).trail] == [micros(minute(60)) + n for n in (0, 1)]
    assert scene.kinds(unit(0)) == ["commissioned", "packed", f"shipped {CASE}"]


def test_what_was_released_by_emptying_moves_on_after_that_only(packed: Scene) -> None:
    packed.send("acme", "meddist", PALLET)
    packed.unpack("meddist", PALLET, at=100)

    packed.ship("meddist", "citypharm", CASE, at=50)

    assert packed.thing(CASE).latest > micros(minute(100))
    assert packed.kinds(CASE)[-2:] == [f"emptied {PALLET}", "shipped"]


def test_a_unit_leaves_a_case_after_the_case_was_released(packed: Scene) -> None:
    packed.unpack("acme", PALLET, at=100)

    packed.unpack("acme", CASE, unit(0), at=50)
    packed.unpack("acme", CASE, at=51)

    assert packed.thing(unit(0)).latest > micros(minute(100))
    assert packed.thing(CASE).trail[-1].kind is Kind.EMPTIED
    assert packed.thing(CASE).latest > packed.thing(unit(0)).latest


def test_all_trails_that_an_event_touches_get_one_time(packed: Scene) -> None:
    packed.unpack("acme", CASE, unit(0), at=1)

    times = {packed.thing(epc).latest for epc in (unit(0), CASE, PALLET)}

    assert len(times) == 1


def test_who_acts_is_noted_whatever_the_event_says(scene: Scene) -> None:
    scene.ship("acme", "meddist", unit(0))

    assert scene.thing(unit(0)).trail[-1].by == actor("acme").gln.digits
