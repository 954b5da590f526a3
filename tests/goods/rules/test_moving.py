"""Goods from hand to hand: who may, and who has them then."""

import pytest

from chalicelib.epcis.model import BizStep, Quantity
from chalicelib.errors import Conflict, Malformed
from chalicelib.goods.history import related
from chalicelib.lots.model import RecallMark
from chalicelib.lots.model import Status as LotStatus
from tests.builders import (
    Scene,
    event,
    faults,
    gln,
    lgtin,
    lot,
    refused,
    unit,
    units,
)
from tests.goods.rules.stories import CASE, FOREIGN, OTHER, PALLET, attempt, unchanged

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


def test_what_was_sent_outside_the_network_is_taken_back_from_there(packed: Scene) -> None:
    packed.ship("acme", "stranger", PALLET)

    out, done = packed.receive("acme", unit(0), source="stranger")

    assert (out.biz_step, out.epcs) == (BizStep.UNPACKING, (unit(0),))
    assert (done.source, done.fulfils) == (gln("stranger"), ())
    assert done.goods == (Quantity(lgtin(), 1),)
    now = packed.where(unit(0))
    assert (now.holder, now.to, now.chain) == (gln("acme").digits, "", ())
    assert packed.where(unit(1)).to == gln("stranger").digits


def test_what_was_sent_to_a_member_or_another_is_not_taken_back(packed: Scene) -> None:
    packed.members = {gln("acme"), gln("meddist")}
    packed.ship("acme", "stranger", PALLET)
    packed.ship("acme", "meddist", unit(15))

    assert unchanged(packed, packed.receive, "acme", unit(0), source="meddist").code == (
        "not_addressed"
    )
    assert unchanged(packed, packed.receive, "acme", unit(0)).code == "not_addressed"
    assert unchanged(packed, packed.receive, "acme", unit(15), source="meddist").code == (
        "not_addressed"
    )
    assert unchanged(packed, packed.receive, "meddist", unit(0), source="stranger").code == (
        "not_addressed"
    )


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
