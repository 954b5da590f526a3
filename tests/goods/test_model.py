"""What trails add up to, now and at every moment before."""

from collections.abc import Mapping

import pytest

from chalicelib.goods.model import (
    BLANK,
    EVER,
    Kind,
    State,
    Status,
    Thing,
    as_of,
    containers,
    custody,
    fold,
    references,
    released,
    shipped_as,
    situation,
    standing,
)
from chalicelib.gs1.keys import Gtin
from chalicelib.ledger.epcset import EpcSet
from tests.builders import entry, gln, gtin, lgtin, sscc, unit

ACME, MEDDIST, CITY = (gln(name).digits for name in ("acme", "meddist", "citypharm"))
UNIT, CASE, PALLET = str(unit(0)), str(sscc(1)), str(sscc(2))


def thing(*trail: tuple[str, int] | tuple[str, int, dict[str, str]], lot: str = "") -> Thing:
    entries = tuple(entry(kind, at, **(more[0] if more else {})) for kind, at, *more in trail)
    return Thing(entries, lot)


@pytest.fixture
def things() -> Mapping[str, Thing]:
    """A unit in a case on a pallet, shipped, received, emptied; the unit is taken out at last."""
    return {
        UNIT: thing(
            ("commissioned", 10, {"place": ACME}),
            ("packed", 20, {"container": CASE}),
            ("unpacked", 80, {"container": CASE, "by": "meddist"}),
            ("dispensed", 90, {"by": "meddist"}),
            lot="L1",
        ),
        CASE: thing(
            ("filled", 20),
            ("packed", 30, {"container": PALLET}),
            ("relieved", 80, {"by": "meddist"}),
        ),
        PALLET: thing(
            ("filled", 30),
            ("shipped", 40, {"party": "meddist"}),
            ("received", 50, {"by": "meddist", "party": "acme", "place": f"{MEDDIST}#A1"}),
            ("emptied", 60, {"by": "meddist"}),
            ("shipped", 70, {"by": "meddist", "party": "citypharm"}),
        ),
    }


STATUS = {
    Kind.COMMISSIONED: Status.ACTIVE,
    Kind.FILLED: Status.ACTIVE,
    Kind.DISPENSED: Status.DISPENSED,
    Kind.SAMPLED: Status.SAMPLED,
    Kind.DESTROYED: Status.DESTROYED,
    Kind.DECOMMISSIONED: Status.INACTIVE,
    Kind.RETURNED: Status.RETURNED,
}


@pytest.mark.parametrize("kind", STATUS)
def test_the_last_turn_of_a_life_is_its_status(kind: Kind) -> None:
    assert fold([entry(kind.name, 1)]).status is STATUS[kind]


@pytest.mark.parametrize("kind", [Kind.DISPENSED, Kind.SAMPLED, Kind.DECOMMISSIONED])
def test_who_comes_back_to_life_is_where_it_was(kind: Kind) -> None:
    before = [entry("commissioned", 1), entry("packed", 2, container=CASE)]
    before += [entry("unpacked", 3, container=CASE)]

    after = fold([*before, entry(kind.name, 4), entry("reactivated", 5)])

    assert after == fold(before)


def test_nothing_has_happened_to_what_has_no_trail() -> None:
    assert fold([]) == BLANK == Thing().state
    assert Thing().latest == 0


def test_a_container_comes_to_be_where_it_is_first_filled() -> None:
    first = entry("filled", 1, place=f"{ACME}#A")
    elsewhere = entry("filled", 2, by="meddist", place=MEDDIST)

    assert fold([first, elsewhere]) == State(Status.ACTIVE, ACME, f"{ACME}#A")


def test_shipping_leaves_the_place_and_names_the_destination() -> None:
    trail = [entry("commissioned", 1, place=ACME), entry("shipped", 2, party="meddist")]

    assert fold(trail) == State(Status.ACTIVE, ACME, ACME, MEDDIST)


def test_receiving_ends_every_tie_to_a_container() -> None:
    trail = [entry("commissioned", 1), entry("packed", 2, container=CASE)]
    trail += [entry("unpacked", 3, container=CASE), entry("received", 4, by="meddist")]

    assert fold(trail) == State(Status.ACTIVE, MEDDIST)


@pytest.mark.parametrize(
    ("when", "holder", "to", "place"),
    [
        (9, "", "", ""),
        (10, ACME, "", ACME),
        (20, ACME, "", ""),
        (39, ACME, "", ""),
        (40, ACME, MEDDIST, ""),
        (49, ACME, MEDDIST, ""),
        (50, MEDDIST, "", f"{MEDDIST}#A1"),
        (60, MEDDIST, "", f"{MEDDIST}#A1"),
        (70, MEDDIST, "", f"{MEDDIST}#A1"),
        (80, MEDDIST, "", f"{MEDDIST}#A1"),
        (EVER, MEDDIST, "", f"{MEDDIST}#A1"),
    ],
)
def test_custody_follows_the_containers_of_the_moment(
    things: Mapping[str, Thing], when: int, holder: str, to: str, place: str
) -> None:
    assert custody(UNIT, things, when) == (holder, place, to)


def test_the_pallet_goes_on_alone(things: Mapping[str, Thing]) -> None:
    assert custody(PALLET, things, 70) == (MEDDIST, f"{MEDDIST}#A1", CITY)
    assert custody(CASE, things, 70) == (MEDDIST, f"{MEDDIST}#A1", "")


def test_a_moment_includes_what_happened_at_it(things: Mapping[str, Thing]) -> None:
    assert as_of(things[UNIT], 9) == BLANK
    assert as_of(things[UNIT], 10).status is Status.ACTIVE
    assert as_of(things[UNIT], 19).container == ""
    assert as_of(things[UNIT], 20).container == CASE
    assert as_of(things[UNIT], 80).left == (CASE, 80)
    assert as_of(things[UNIT], 89).status is Status.ACTIVE
    assert as_of(things[UNIT], 90).status is Status.DISPENSED


def test_a_situation_is_that_of_the_outermost_container(things: Mapping[str, Thing]) -> None:
    inside = {**things, UNIT: Thing(things[UNIT].trail[:2], "L1")}
    inside[PALLET] = Thing(things[PALLET].trail[:2])

    now = situation(UNIT, inside)

    assert now == (Status.ACTIVE, ACME, "", MEDDIST, (CASE, PALLET))
    assert situation(UNIT, things).chain == ()


def test_a_container_that_was_emptied_holds_nothing_any_more(things: Mapping[str, Thing]) -> None:
    assert containers(CASE, things) == ()
    assert containers(UNIT, {**things, UNIT: Thing(things[UNIT].trail[:2])}) == (CASE,)


def test_only_an_emptying_after_one_went_in_lets_one_out() -> None:
    case = thing(("filled", 1), ("emptied", 5), ("filled", 6), ("emptied", 9))

    assert [case.emptied_after(since) for since in (1, 4, 5, 6, 8, 9)] == [5, 5, 9, 9, 9, None]


def test_a_thing_is_released_by_the_emptying_of_its_container(things: Mapping[str, Thing]) -> None:
    assert things[CASE].latest == released(CASE, things) == 80
    early = {**things, CASE: Thing(things[CASE].trail[:2])}
    assert early[CASE].latest == 30
    assert released(CASE, early) == 60
    assert released(UNIT, things) == 90


def test_a_trail_refers_to_containers_past_and_present() -> None:
    loose = thing(
        ("commissioned", 1),
        ("packed", 2, {"container": CASE}),
        ("unpacked", 3, {"container": CASE}),
        ("packed", 4, {"container": PALLET}),
    )

    assert references(loose) == {CASE, PALLET}


def test_goods_are_what_is_inside_and_the_unit_itself() -> None:
    other = lgtin("L1", gtin(2))
    kit = Thing((), "L1", EpcSet({}, frozenset()), {lgtin(): 2, other: 1})

    assert kit.goods(unit(0)) == {lgtin(): 3, other: 1}
    assert kit.goods(sscc(1)) == {lgtin(): 2, other: 1}
    assert Thing().goods(unit(0)) == {}
    assert Thing((), "L2").goods(unit(0, gtin(2))) == {lgtin("L2", gtin(2)): 1}
    assert isinstance(gtin(2), Gtin)


def test_what_is_in_transit_was_shipped_as_itself_or_as_its_outermost_container() -> None:
    shipped = thing(("filled", 1), ("shipped", 2), ("voided", 3), ("shipped", 4))
    case = thing(("filled", 1), ("packed", 2, {"container": PALLET}))
    inner = thing(("commissioned", 1), ("packed", 1, {"container": CASE}))
    known = {PALLET: shipped, CASE: case, UNIT: inner}

    assert shipped_as(PALLET, known) == (PALLET, shipped.trail[-1].event)
    assert shipped_as(UNIT, known) == (PALLET, shipped.trail[-1].event)


def test_what_was_withdrawn_counts_at_no_moment() -> None:
    shipped = entry("shipped", 20, party="meddist")
    trail = (entry("commissioned", 10), shipped, entry("withdrawn", 21, withdraws=shipped.event))

    unit = Thing(trail)

    assert unit.state == as_of(unit, 20) == fold(trail[:1])
    assert list(standing(trail)) == [trail[0]]


def test_a_withdrawal_may_follow_other_things_than_what_it_withdraws() -> None:
    seen = entry("observed", 20, place="A")
    trail = (
        entry("commissioned", 10, place="B"),
        seen,
        entry("shipped", 30, party="meddist"),
        entry("withdrawn", 31, withdraws=seen.event),
    )

    assert (fold(trail).place, fold(trail).to) == ("B", gln("meddist").digits)


def test_a_thing_of_which_nothing_stands_does_not_exist() -> None:
    made = entry("commissioned", 10)
    gone = Thing((made, entry("withdrawn", 11, withdraws=made.event)))

    assert Thing((made,)).exists
    assert not gone.exists
    assert not Thing().exists


def test_a_container_whose_emptying_is_withdrawn_was_not_emptied() -> None:
    emptied = entry("emptied", 20)
    case = Thing((entry("filled", 10), emptied, entry("withdrawn", 21, withdraws=emptied.event)))

    assert case.emptied_after(10) is None
