"""What was in a shipment, whatever was packed and unpacked before it, and happened since."""

import pytest

from chalicelib.epcis.model import Epc
from chalicelib.goods.store import GoodsStore
from chalicelib.ledger.epcset import EpcSet
from chalicelib.serial.store import Numbers
from chalicelib.shipments.contents import (
    Ledger,
    arrived,
    belongs,
    contents,
    packings,
    shipped_at,
)
from tests.builders import Stage, sscc

pytestmark = pytest.mark.usefixtures("aws")

CASE, OTHER, PALLET = sscc(1), sscc(2), sscc(3)


class Seen:
    """A shipment that was recorded, seen as it is now."""

    def __init__(self, shipment: str, named: Epc, *others: Epc) -> None:
        self.shipment = shipment
        world = GoodsStore(Numbers()).see({named, *others}, now_us=0)
        self.things = world.things
        self.at = shipped_at(shipment, [self.things[str(named)]])

    def inside(self, epc: Epc) -> list[list[Epc]]:
        """Return what was in a container, packing by packing."""
        found = packings(str(epc), self.things[str(epc)], self.at, Ledger())
        return [list(each.children.epcs(Numbers())) for each in found]


def shipped(stage: Stage, *epcs: Epc, to: str = "meddist") -> str:
    done = stage.ship("acme", to, *epcs)
    return done.record.event_ids()[-1].removeprefix("urn:uuid:")


def test_a_container_held_what_each_packing_put_in_and_nobody_took_out() -> None:
    stage = Stage()
    made = list(stage.made(9))
    stage.pack("acme", CASE, *made[:4])
    stage.pack("acme", CASE, *made[4:8])
    stage.unpack("acme", CASE, made[1], made[7])
    stage.pack("acme", CASE, made[7])
    event = shipped(stage, CASE)

    seen = Seen(event, CASE)

    assert seen.inside(CASE) == [[made[0], *made[2:4]], made[4:7], [made[7]]]


def test_what_a_container_held_before_it_was_emptied_does_not_count() -> None:
    stage = Stage()
    made = list(stage.made(6))
    stage.pack("acme", CASE, *made[:3])
    stage.unpack("acme", CASE)
    stage.pack("acme", CASE, *made[2:5])
    event = shipped(stage, CASE)

    assert Seen(event, CASE).inside(CASE) == [made[2:5]]


def test_what_happened_after_the_shipping_changes_nothing() -> None:
    stage = Stage()
    made = list(stage.made(6))
    stage.pack("acme", CASE, *made)
    stage.pack("acme", PALLET, CASE)
    event = shipped(stage, PALLET)
    stage.receive("meddist", made[0])
    stage.receive("meddist", CASE)
    stage.unpack("meddist", CASE)
    stage.dispense("meddist", made[1])

    seen = Seen(event, PALLET, CASE)

    assert seen.inside(PALLET) == [[CASE]]
    assert seen.inside(CASE) == [made]
    assert belongs(CASE, event, seen.things, seen.at)


def test_packings_within_a_container_are_its_own() -> None:
    stage = Stage()
    made = list(stage.made(4))
    stage.pack("acme", CASE, made[0])
    stage.pack("acme", PALLET, CASE)
    for unit in made[1:]:
        stage.pack("acme", CASE, unit)
    event = shipped(stage, PALLET)

    seen = Seen(event, PALLET, CASE)

    assert seen.inside(PALLET) == [[CASE]]
    assert seen.inside(CASE) == [[unit] for unit in made]


def test_packings_that_moved_to_further_items_are_found() -> None:
    stage = Stage()
    made = list(stage.made(70))
    for unit in made:
        stage.pack("acme", CASE, unit)
    event = shipped(stage, CASE)

    seen = Seen(event, CASE)

    assert seen.things[str(CASE)].spilled > 0
    assert seen.inside(CASE) == [[unit] for unit in made]


def test_only_what_was_inside_when_it_was_shipped_belongs_to_a_shipment() -> None:
    stage = Stage()
    made = list(stage.made(4))
    stage.pack("acme", CASE, *made[:3])
    stage.unpack("acme", CASE, made[0])
    event = shipped(stage, CASE)
    other = shipped(stage, made[3])

    seen = Seen(event, CASE, *made)

    found = [epc for epc in (CASE, *made, OTHER) if belongs(epc, event, seen.things, seen.at)]
    assert found == [CASE, *made[1:3]]
    assert belongs(made[3], other, seen.things, seen.at + 10**9)


def test_things_arrive_with_their_container_or_alone() -> None:
    stage = Stage()
    made = list(stage.made(4))
    stage.pack("acme", CASE, *made[:2])
    event = shipped(stage, CASE, *made[2:])
    stage.receive("meddist", CASE, made[2])

    seen = Seen(event, CASE, *made)

    found = [epc for epc in (CASE, *made) if arrived(str(epc), seen.things, seen.at)]
    assert found == [CASE, *made[:3]]


def test_contents_are_all_that_packings_put_in() -> None:
    assert contents([]) == EpcSet({}, frozenset())
