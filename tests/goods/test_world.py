"""What one request sees and changes."""

import pytest

from chalicelib.goods.model import Thing
from chalicelib.goods.world import World
from chalicelib.ledger.epcset import EMPTY, EpcSet
from chalicelib.lots.model import RecallMark, Status
from chalicelib.serial.model import Place
from tests.builders import actor, entry, gtin, lgtin, lot, sscc, unit, units

CASE, PALLET = sscc(1), sscc(2)
NOTED = entry("commissioned", 1)


@pytest.fixture
def world() -> World:
    """Units 0..3 in a case, that and unit 4 on a pallet; 5 is loose. All of them have places."""
    places = {epc: Place(0, number) for number, epc in enumerate(units(6))}
    things = {str(epc): Thing((NOTED,), "L1") for epc in units(6)}
    things[str(CASE)] = Thing(contents=EpcSet.of(units(4), places), inside={lgtin(): 4})
    things[str(PALLET)] = Thing(
        contents=EpcSet.of([CASE, unit(4)], places), inside={lgtin(): 5}
    )  # fmt: skip
    return World(1, things=things, places=places, lots={lgtin(): lot()})


def test_what_happens_to_a_thing_is_put_behind_its_trail_and_marks_it_changed() -> None:
    world = World(1)

    world.then(str(CASE), entry("filled", 1))
    world.then(str(CASE), entry("shipped", 2))

    assert [each.at for each in world.things[str(CASE)].trail] == [1, 2]
    assert world.changed == {str(CASE)}


def test_units_that_shared_a_trail_share_the_longer_one() -> None:
    shared, other = Thing((NOTED,), "L1"), Thing((NOTED,), "L1")
    world = World(1, things={"a": shared, "b": shared, "c": other})

    for key in "abc":
        world.then(key, entry("shipped", 2))

    assert world.things["a"] is world.things["b"]
    assert world.things["a"] is not world.things["c"]
    assert world.things["a"] == world.things["c"]
    assert shared.trail == (NOTED,)


def test_contents_come_and_go(world: World) -> None:
    world.hold(str(CASE), removed=EpcSet.of([unit(0)], world.places))
    world.hold("new", added=EpcSet.of([unit(0)], world.places))

    assert len(world.things[str(CASE)].contents) == 3
    assert len(world.things["new"].contents) == 1
    world.hold("new", removed=EpcSet.of([unit(0)], world.places))
    assert world.things["new"].contents == EMPTY


def test_a_lot_of_which_nothing_is_left_is_counted_no_more(world: World) -> None:
    world.count(str(CASE), {lgtin("L2"): 2}, 1)
    world.count(str(CASE), {lgtin(): 4, lgtin("L2"): 1}, -1)

    assert world.things[str(CASE)].inside == {lgtin("L2"): 1}


def test_everything_inside_is_found_at_every_depth(world: World) -> None:
    assert set(world.within(str(PALLET))) == {str(CASE), *map(str, units(5))}
    assert set(world.within(str(CASE))) == set(map(str, units(4)))
    assert list(world.within(str(unit(0)))) == []
    assert list(world.within("unheard of")) == []


def test_what_was_not_read_is_passed_over(world: World) -> None:
    del world.things[str(unit(0))], world.places[unit(1)]

    assert set(world.within(str(CASE))) == {str(unit(2)), str(unit(3))}


def test_who_registered_a_product_owns_it() -> None:
    world = World(1, owners={gtin(): "acme"})

    assert world.owns(actor("acme"), gtin())
    assert not world.owns(actor("meddist"), gtin())
    assert not world.owns(actor("acme"), gtin(2))


@pytest.mark.parametrize("status", [Status.QUARANTINED, Status.REJECTED])
def test_goods_are_held_back_by_any_lot_in_them(world: World, status: Status) -> None:
    world.lots[lgtin()] = lot(status=status)

    assert world.held_back(PALLET) == (status.value, f"lot L1 is {status.value}")
    assert world.held_back(unit(5)) == (status.value, f"lot L1 is {status.value}")
    world.things[str(unit(5))] = Thing((NOTED,), "L2")
    assert world.held_back(unit(5)) is None


def test_released_goods_are_not_held_back(world: World) -> None:
    assert world.held_back(PALLET) is None
    assert world.recalled(PALLET) == ""
    assert not world.whole_recall(lgtin())
    assert not world.whole_recall(lgtin("unknown"))


def test_a_whole_recall_holds_of_everything_with_that_lot(world: World) -> None:
    world.lots[lgtin()] = lot(recalls=[RecallMark("r")])

    assert [world.recalled(epc) for epc in (PALLET, CASE, unit(5))] == ["L1"] * 3


def test_a_partial_recall_holds_of_its_units_and_of_what_they_are_in(world: World) -> None:
    world.partial[lgtin()] = {unit(2): world.places[unit(2)]}

    assert [world.recalled(epc) for epc in (PALLET, CASE, unit(2))] == ["L1"] * 3
    assert [world.recalled(epc) for epc in (unit(1), unit(4), unit(5))] == [""] * 3


def test_a_partial_recall_of_units_from_elsewhere_is_found_too(world: World) -> None:
    world.partial[lgtin()] = {unit(9): None}
    world.hold(str(CASE), added=EpcSet.of([unit(9)], {}))

    assert world.recalled(PALLET) == "L1"
    assert world.recalled(unit(5)) == ""


def test_a_partial_recall_of_another_lot_holds_of_nothing_here(world: World) -> None:
    world.partial[lgtin("L2")] = {unit(2): world.places[unit(2)]}

    assert world.recalled(PALLET) == ""
