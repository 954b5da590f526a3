"""A case goes from state to state as the law lets it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Conflict, KeyReused
from chalicelib.gs1.keys import Gln, Gtin, Sgtin
from chalicelib.suspicions.model import (
    DETERMINED,
    ENDED,
    HOLDS,
    MOST_NOTES,
    NEXT,
    Contact,
    Held,
    Hold,
    Note,
    Page,
    Role,
    State,
    Suspicion,
    concerned,
)
from tests.harness.network import AT, GTIN, gln

OPENING = Note(AT, "c", State.SUSPECT, "odd", "o0", "f0")
CASE = Suspicion("a" * 32, "meddist", Gln(gln("meddist")), Contact("Ann"), 1, 1, (OPENING,))


def note(state: State, number: int, hours: float = 0) -> Note:
    return replace(
        OPENING,
        state=state,
        operation=f"o{number}",
        fingerprint="f",
        at=AT + timedelta(hours=hours),
    )


@given(st.lists(st.sampled_from(list(State)), max_size=8))
def test_only_what_may_follow_follows_and_what_is_illegitimate_stays_so(
    states: list[State],
) -> None:
    case = CASE
    for number, state in enumerate(states, 1):
        before = case.state
        if state in NEXT[before]:
            case = case.noted(note(state, number))
            assert (case.state, case.version) == (state, len(case.notes))
        else:
            with pytest.raises(Conflict):
                case.noted(note(state, number))
        if before is State.ILLEGITIMATE:
            assert case.hold is Hold.CONDEMNED
    assert (case.determined is not None) == bool(DETERMINED & {n.state for n in case.notes})
    if case.telling is not None:
        assert case.telling.state is case.state


@pytest.mark.parametrize("state", sorted(ENDED))
def test_nothing_follows_the_end(state: State) -> None:
    assert NEXT[state] == {state}
    assert HOLDS[state] is (Hold.RELEASED if state is State.CLEARED else Hold.CONDEMNED)


def test_a_note_is_written_once() -> None:
    wanted = note(State.INVESTIGATING, 1)
    noted = CASE.noted(wanted)

    assert noted.noted(replace(wanted, at=AT + timedelta(1))) is noted
    with pytest.raises(KeyReused):
        noted.noted(replace(wanted, fingerprint="other"))
    full = CASE
    for number in range(1, MOST_NOTES):
        full = full.noted(note(State.INVESTIGATING, number))
    with pytest.raises(Conflict):
        full.noted(note(State.INVESTIGATING, MOST_NOTES))


def test_a_day_is_left_from_the_first_determination() -> None:
    case = CASE.noted(note(State.HIGH_RISK, 1, hours=1)).noted(note(State.ILLEGITIMATE, 2, hours=9))

    assert case.due == AT + timedelta(hours=25)
    assert not case.overdue(AT + timedelta(hours=25))
    assert case.overdue(AT + timedelta(hours=26))
    told = replace(note(State.ILLEGITIMATE, 3), notified=AT, incident="7")
    assert not case.noted(told).overdue(AT + timedelta(days=9))
    assert (CASE.due, CASE.overdue(AT + timedelta(days=9))) == (None, False)


def test_each_partner_is_concerned_by_its_own_things_and_nobody_by_its_own_dealings() -> None:
    acme, city = Gln(gln("acme")), Gln(gln("citypharm"))
    one, two = (Sgtin.of(Gtin(GTIN), f"S{number}") for number in range(2))
    pages = [
        Page(0, (Held(one, partners=((acme, Role.SUPPLIER), (city, Role.CUSTOMER))),)),
        Page(1, (Held(two, partners=((acme, Role.SUPPLIER), (CASE.gln, Role.SUPPLIER))),)),
    ]

    found = {each.gln: (each.roles, each.things) for each in concerned(pages, CASE.gln)}

    assert found == {acme: ({Role.SUPPLIER}, (one, two)), city: ({Role.CUSTOMER}, (one,))}
