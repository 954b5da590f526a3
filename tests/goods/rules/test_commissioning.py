"""Who gives goods which numbers, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.epcis.model import Quantity
from chalicelib.errors import Conflict, Malformed, NotFound
from chalicelib.goods.model import Status
from chalicelib.lots.model import RecallMark
from tests.builders import (
    EXPIRY,
    Scene,
    faults,
    gln,
    gtin,
    lgtin,
    lot,
    refused,
    unit,
    units,
)
from tests.goods.rules.stories import CASE, FOREIGN, attempt, unchanged

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
