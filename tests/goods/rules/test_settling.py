"""Goods that arrive settle the shipment that they came with: each thing once, each unit once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.model import BizStep, Event, Fulfilment, Quantity
from chalicelib.gs1.keys import Sscc
from tests.builders import Scene, lgtin, sscc, unit, units
from tests.goods.rules.stories import CASE, PALLET


def settled(events: tuple[Event, ...]) -> list[tuple[int, int]]:
    """Return things and units that the last event settles, shipment by shipment."""
    return [(each.things, sum(goods.count for goods in each.goods)) for each in events[-1].fulfils]


def test_a_pallet_that_arrives_settles_its_shipment_with_all_in_it(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    shipment = packed.thing(PALLET).trail[-1].event

    (event,) = packed.receive("meddist", PALLET)

    assert event.fulfils == (Fulfilment(shipment, 1, (Quantity(lgtin(), 10),)),)


def test_what_is_taken_out_of_a_container_counts_as_units_and_the_last_settles_it(
    packed: Scene,
) -> None:
    packed.ship("acme", "meddist", PALLET)

    assert settled(packed.receive("meddist", *units(9))) == [(0, 9)]
    assert settled(packed.receive("meddist", unit(9))) == [(1, 1)]
    assert settled(packed.receive("meddist", PALLET)) == [(0, 0)]


def test_a_container_of_which_nothing_is_known_is_settled_by_itself(packed: Scene) -> None:
    packed.unpack("acme", CASE)
    packed.ship("acme", "meddist", PALLET)

    assert settled(packed.receive("meddist", PALLET)) == [(1, 0)]


def test_goods_of_several_shipments_settle_each_of_them(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET, unit(10))
    packed.ship("acme", "meddist", unit(11), unit(12))

    assert settled(packed.receive("meddist", unit(10), unit(11), CASE)) == [(2, 11), (1, 1)]


def test_what_is_called_back_settles_too_and_a_new_shipment_is_another_one(packed: Scene) -> None:
    packed.ship("acme", "meddist", PALLET)
    (voided,) = packed.do("acme", packed.event(BizStep.VOIDING, "acme", epcs=(PALLET,)))
    packed.ship("acme", "citypharm", PALLET)
    (received,) = packed.receive("citypharm", PALLET)

    assert [each.things for each in (*voided.fulfils, *received.fulfils)] == [1, 1]
    assert voided.fulfils[0].shipment != received.fulfils[0].shipment


@pytest.mark.parametrize("verb", ["ship", "dispense"])
def test_nothing_else_settles_anything(received: Scene, verb: str) -> None:
    more = ("meddist", "citypharm") if verb == "ship" else ("meddist",)

    events = getattr(received, verb)(*more, unit(1))

    assert all(each.fulfils == () for each in events)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_however_it_arrives_every_thing_and_every_unit_is_settled_once(data: st.DataObject) -> None:
    scene = Scene()
    scene.commission("acme", units(12))
    cases = [sscc(number) for number in (1, 2, 3)]
    for number, case in enumerate(cases):
        scene.pack("acme", case, *units(3 * number + 3, 3 * number))
    scene.pack("acme", PALLET, *cases[:2])
    (shipped,) = scene.ship("acme", "meddist", PALLET, cases[2], *units(12, 9))
    left: set[Sscc | object] = {PALLET, *cases, *units(12)}
    counted = {"things": 0, "units": 0}
    while left:
        epc = data.draw(st.sampled_from(sorted(left, key=str)))
        left -= {epc}
        if scene.where(epc).to:  # type: ignore[arg-type]
            ((things, count),) = settled(scene.receive("meddist", epc))  # type: ignore[arg-type]
            counted["things"] += things
            counted["units"] += count

    assert counted == {"things": len(shipped.epcs), "units": 12}
