"""What all steps share: limits, and when things take effect."""

from chalicelib.epcis.model import BizStep
from chalicelib.errors import TooLarge
from chalicelib.goods.model import Kind
from chalicelib.goods.rules.decision import Decision
from tests.builders import (
    Scene,
    actor,
    entry,
    event,
    gtin,
    lgtin,
    lot,
    micros,
    minute,
    operation,
    sscc,
    unit,
    units,
)
from tests.goods.rules.stories import CASE, PALLET, unchanged

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


def test_no_request_records_more_events_than_it_can_number() -> None:
    scene = Scene()
    scene.commission("acme", units(300))

    each = [event(BizStep.SHIPPING, "acme", epcs=(epc,), to="meddist") for epc in units(256)]

    assert isinstance(unchanged(scene, scene.do, "acme", *each), TooLarge)
    assert len(scene.do("acme", *each[:255])) == 255


# --- what is alike is looked at once


def test_the_goods_in_many_things_are_counted_however_alike_they_are(packed: Scene) -> None:
    packed.owners[gtin(2)], packed.lots[lgtin("L2", gtin(2))] = "acme", lot("L2", of=gtin(2))
    packed.commission("acme", units(2, of=gtin(2)), lot="L2")
    decision = Decision(packed.world(), actor("acme"), operation(1))
    things = [CASE, *units(12, start=10), *units(2, of=gtin(2)), sscc(99)]

    assert decision.total(things) == {lgtin(): 12, lgtin("L2", of=gtin(2)): 2}


def test_a_situation_is_looked_at_anew_once_anything_has_changed(scene: Scene) -> None:
    world = scene.world()
    decision = Decision(world, actor("acme"), operation(1))
    loose = decision.situation(unit(0))
    assert (loose, loose.chain) == (decision.situation(unit(1)), ())

    decision.world.hold(str(CASE))
    world.then(str(CASE), entry("filled", micros(minute(1))))
    world.then(str(unit(0)), entry("packed", micros(minute(1)), container=str(CASE)))

    assert decision.situation(unit(0)).chain == (str(CASE),)
    assert decision.situation(unit(1)) == loose
