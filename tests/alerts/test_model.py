"""An alert stands as it was raised; what is found out about it is added."""

import pytest

from chalicelib.alerts.model import MOST_NOTES, Finding, State
from chalicelib.errors import Conflict, KeyReused, Malformed
from tests.alerts.builders import a_note, an_alert


def test_an_alert_is_open_until_somebody_looks_into_it() -> None:
    alert = an_alert()

    assert (alert.state, alert.finding) == (State.OPEN, None)


def test_the_newest_note_says_how_far_the_investigation_is() -> None:
    looked = an_alert().noted(a_note(1))
    closed = looked.noted(a_note(2, State.CLOSED))
    again = closed.noted(a_note(3))

    assert (looked.state, looked.version) == (State.INVESTIGATING, 2)
    assert (closed.state, closed.finding) == (State.CLOSED, Finding.TECHNICAL)
    assert (again.state, again.finding, len(again.notes)) == (State.INVESTIGATING, None, 3)


def test_a_repeated_note_changes_nothing_and_another_under_its_key_is_refused() -> None:
    noted = an_alert().noted(a_note(1))

    assert noted.noted(a_note(1)) is noted
    with pytest.raises(KeyReused):
        noted.noted(a_note(1, fingerprint="other"))


@pytest.mark.parametrize(
    ("state", "finding"),
    [
        (State.CLOSED, None),
        (State.INVESTIGATING, Finding.NOTHING),
        (State.OPEN, Finding.FALSIFIED),
    ],
)
def test_a_finding_comes_exactly_with_closing(state: State, finding: Finding | None) -> None:
    with pytest.raises(Malformed) as refused:
        an_alert().noted(a_note(1, state, finding=finding))

    assert [fault.pointer for fault in refused.value.errors] == ["/finding"]


def test_an_alert_takes_so_many_notes_and_no_more() -> None:
    alert = an_alert()
    for number in range(MOST_NOTES):
        alert = alert.noted(a_note(number))

    with pytest.raises(Conflict, match="100 notes"):
        alert.noted(a_note(MOST_NOTES))


def test_an_alert_is_the_business_of_its_owner_and_its_reporter_once_each() -> None:
    assert list(an_alert().organisations) == ["acme", "citypharm"]
    assert list(an_alert(owner="citypharm").organisations) == ["citypharm"]
    assert list(an_alert(owner="").organisations) == ["citypharm"]
