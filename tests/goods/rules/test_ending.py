"""How lives end, and how that is undone."""

from datetime import datetime, timedelta

import pytest

from chalicelib.epcis.model import BizStep, Quantity
from chalicelib.goods.model import Status
from chalicelib.goods.rules.ending import REVERSIBLE
from chalicelib.gs1.keys import Sgln
from chalicelib.lots.model import RecallMark
from chalicelib.lots.model import Status as LotStatus
from tests.builders import (
    START,
    Scene,
    faults,
    gln,
    lgtin,
    lot,
    minute,
    refused,
    unit,
)
from tests.goods.rules.stories import CASE, ENDS, PALLET, attempt

# --- the end of a life


@pytest.mark.parametrize("verb", ENDS)
def test_a_life_ends_once(scene: Scene, verb: str) -> None:
    (done,) = getattr(scene, verb)("acme", unit(0), unit(1))

    assert done.goods == (Quantity(lgtin(), 2),)
    assert scene.where(unit(0)).status is ENDS[verb]
    for again in ENDS:
        if again == "report_stolen" and ENDS[verb] in REVERSIBLE:
            continue
        refusal = attempt(scene, again, "acme", unit(2), unit(0))
        assert faults(refusal) == {"/epcs/1": ENDS[verb].value}
        assert refusal.facts == {"state": ENDS[verb].value}


@pytest.mark.parametrize("verb", ENDS)
def test_a_unit_leaves_its_container_before_its_life_ends(packed: Scene, verb: str) -> None:
    out, _ = getattr(packed, verb)("acme", unit(0))

    assert (out.biz_step, out.parent) == (BizStep.UNPACKING, CASE)
    assert packed.thing(PALLET).inside == {lgtin(): 9}
    assert packed.where(unit(0)).chain == ()


@pytest.mark.parametrize(
    "verb", ["destroy", "decommission", "export", "lock", "report_stolen", "check_out"]
)
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


@pytest.mark.parametrize("verb", ["dispense", "sample", "free_sample"])
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
    for verb in ("export", "free_sample", "check_out"):
        assert attempt(scene, verb, "acme", unit(0)).code == "recalled"
    for verb in ("sample", "destroy", "decommission", "lock", "report_stolen"):
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


def test_what_is_reported_stolen_is_missed_once(scene: Scene) -> None:
    scene.dispense("acme", unit(0))
    scene.lock("acme", unit(1))

    (done,) = scene.report_stolen("acme", unit(0), unit(1), unit(2))

    # What was dispensed has left before; what was locked is counted as missing with it.
    assert done.goods == (Quantity(lgtin(), 2),)


@pytest.mark.parametrize("verb", ["dispense", "sample", "decommission", "export", "free_sample"])
def test_an_end_can_be_undone(packed: Scene, verb: str) -> None:
    getattr(packed, verb)("acme", unit(15))

    (done,) = packed.reactivate("acme", unit(15))

    assert done.goods == (Quantity(lgtin(), 1),)
    assert packed.where(unit(15)).status is Status.ACTIVE
    assert packed.pack("acme", CASE, unit(15))


def test_a_lock_is_opened_whatever_happened_meanwhile_and_counts_nothing(scene: Scene) -> None:
    scene.lock("acme", unit(0))
    scene.lots[lgtin()] = lot(recalls=[RecallMark("r1")])
    late = minute(60) + timedelta(days=100)

    (done,) = scene.reactivate("acme", unit(0), at=late)

    assert done.goods == ()
    assert scene.where(unit(0)).status is Status.ACTIVE


def test_an_end_is_undone_where_it_was_made(scene: Scene) -> None:
    scene.dispense("acme", unit(0), read_point=Sgln(gln("acme"), "TILL-1"))

    refusal = refused(scene.reactivate, "acme", unit(0), read_point=Sgln(gln("meddist")))
    assert faults(refusal) == {"/epcs/0": "other_place"}
    assert scene.reactivate("acme", unit(0), read_point=Sgln(gln("acme"), "TILL-2"))


@pytest.mark.parametrize("verb", ["destroy", "report_stolen", "check_out"])
def test_destruction_is_never_undone(scene: Scene, verb: str) -> None:
    getattr(scene, verb)("acme", unit(0))

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
