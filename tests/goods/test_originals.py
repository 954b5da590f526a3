"""Which recorded event is meant, and what it says."""

from uuid import uuid4

import pytest

from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.jsonld import render
from chalicelib.errors import NotFound
from chalicelib.goods.originals import original, own_place
from tests.builders import Scene, sscc, units
from tests.goods.rules.stories import CASE


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.commission("acme", units(10))
    scene.pack("acme", CASE, *units(4))
    scene.pack("acme", sscc(5), *units(8, 4))
    return scene


def test_an_id_of_ours_says_record_and_number() -> None:
    record = uuid4().int & ~0xFF
    uuid = f"{record | 3:032x}"

    assert own_place(f"urn:uuid:{uuid}") is not None
    place = own_place(f"urn:uuid:{uuid}")
    assert place is not None
    assert (place[0].int, place[1]) == (record, 3)


@pytest.mark.parametrize("other", ["", "urn:uuid:", "urn:uuid:x", "ni:///sha-256;a?ver=CBV2.0"])
def test_other_ids_are_none_of_ours(other: str) -> None:
    assert own_place(other) is None


def test_what_moved_out_of_containers_implied_that_it_was_taken_out(scene: Scene) -> None:
    scene.ship("acme", "meddist", *units(6, 2))
    record = scene.done[-1]

    found, fingerprint = original(record, 2)

    assert (found.record, found.first, found.last) == (record.id, 0, 2)
    assert all(map(found.holds, (each.removeprefix("urn:uuid:") for each in record.event_ids())))
    said = render(record.events[2], record.event_ids()[2], record.recorded)
    assert fingerprint == event_hash(said)


def test_an_unpacking_implies_nothing(scene: Scene) -> None:
    scene.ship("acme", "meddist", *units(6, 2))

    found, _ = original(scene.done[-1], 1)

    assert (found.first, found.last) == (1, 1)


def test_a_record_has_no_more_events_than_it_holds(scene: Scene) -> None:
    with pytest.raises(NotFound):
        original(scene.done[-1], 1)


def test_an_event_that_was_captured_goes_by_its_senders_id(scene: Scene) -> None:
    scene.withdraw("acme")

    with pytest.raises(NotFound):
        original(scene.done[-1], 0)
