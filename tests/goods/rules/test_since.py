"""What was built on an event, and what was not."""

from uuid import UUID

import pytest

from chalicelib.goods.model import Thing
from chalicelib.goods.rules.since import Found, Original, upwards
from tests.builders import Scene, entry, operation, units
from tests.goods.rules.stories import CASE, PALLET


def test_an_original_holds_its_events_and_no_others() -> None:
    record = operation(1)
    found = Original(record, 2, 3)

    held = [n for n in range(6) if found.holds(str(UUID(int=record.int | n)))]

    assert held == [2, 3]
    assert not found.holds(str(operation(2)))


@pytest.mark.parametrize(
    ("first", "then", "built"),
    [
        ("commissioned", "packed", True),
        ("shipped", "observed", True),
        ("observed", "shipped", False),
        ("relieved", "filled", False),
        ("relieved", "shipped", True),
        ("emptied", "filled", True),
    ],
)
def test_what_builds_on_what(first: str, then: str, built: bool) -> None:
    trail = (entry("commissioned", 1), entry(first, 2), entry(then, 3))
    start = 1 if first == "commissioned" else 2
    found = Found(Original(UUID(trail[start - 1].event)))

    found.look_at(["x"], {"x": Thing(trail[start - 1 :] if start == 1 else trail)})

    assert (found.after["x"] is not None) is built


def test_what_made_a_container_is_built_on_by_all_that_went_in_later() -> None:
    trail = (entry("filled", 1), entry("filled", 2))
    found = Found(Original(UUID(trail[0].event)))

    found.look_at(["x"], {"x": Thing(trail)})

    assert found.after["x"] == trail[1]


def test_entries_that_moved_to_further_items_are_built_on_as_well() -> None:
    made = entry("filled", 1)
    moved, shipped = entry("filled", 2), entry("shipped", 3)
    things = {"x": Thing((made, shipped), spilled=1), "y": Thing((made,), spilled=1)}

    later, first = Found(Original(UUID(moved.event))), Found(Original(UUID(made.event)))
    later.look_at(["x"], things, at=2)
    first.look_at(["y"], things)

    assert later.after["x"] == shipped
    assert first.after["y"] == made, "more went in; nothing here says what became of it"


def test_containers_are_found_upwards(scene: Scene) -> None:
    scene.pack("acme", CASE, *units(3))
    scene.pack("acme", PALLET, CASE)

    assert upwards(str(CASE), scene.things) == (str(CASE), str(PALLET))
    assert upwards("nothing", scene.things) == ()
