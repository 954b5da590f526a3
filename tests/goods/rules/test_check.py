"""Every reason is told at once, and nothing of what one may not know."""

import pytest

from chalicelib.epcis.model import BizStep
from chalicelib.errors import Conflict, NotFound
from tests.builders import (
    Scene,
    event,
    faults,
    refused,
    sscc,
    unit,
    units,
)
from tests.goods.rules.stories import CASE, ENDS, PALLET, attempt, unchanged

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
