"""Where held events are kept: once, with what was read, in the order in which they wait."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.capture.held import Held, Standing
from chalicelib.capture.quarantine import Quarantine
from chalicelib.errors import NotFound, Raced
from tests.builders import minute
from tests.capture.test_held import HELD, RELEASE
from tests.harness.aws import Aws

EVENT = {"type": "X", "weight": Decimal("1.10")}

pytestmark = pytest.mark.usefixtures("aws")


def kept(*index: int, job: str = "j1", since: float = 0) -> None:
    for each in index:
        Quarantine().hold(replace(HELD, index=each, job=job, since=minute(since)), EVENT)


def names(found: tuple[object, str | None]) -> list[str]:
    assert isinstance(found[0], list)
    return [each.id for each in found[0]]


def test_an_event_is_kept_as_it_was_read() -> None:
    kept(3)

    held = Quarantine().of("acme", "j1.3")

    assert held == replace(HELD, version=1)
    assert str(Quarantine().original(held)["weight"]) == "1.10"
    assert Quarantine().corrected(held) is None


def test_what_is_held_already_stays_as_it_is() -> None:
    kept(3)
    Quarantine().put(Quarantine().of("acme", "j1.3").decide(RELEASE))

    Quarantine().hold(replace(HELD, sender="other"), {"type": "Y"})

    held = Quarantine().of("acme", "j1.3")
    assert (held.sender, held.standing) == ("acme-line", Standing.RELEASED)
    assert Quarantine().original(held)["type"] == "X"
    assert names(Quarantine().waiting("acme", after=None, limit=9)) == []


@pytest.mark.parametrize(("who", "which"), [("meddist", "j1.3"), ("acme", "j1.4")])
def test_what_is_not_ones_own_is_not_there(who: str, which: str) -> None:
    kept(3)

    with pytest.raises(NotFound):
        Quarantine().of(who, which)


def test_what_waits_is_listed_by_pages_the_oldest_first() -> None:
    kept(1, 2, since=5)
    kept(0, job="j0", since=9)
    kept(12, job="j2", since=1)

    first, last = Quarantine().waiting("acme", after=None, limit=3)
    second, end = Quarantine().waiting("acme", after=last, limit=3)

    assert [each.id for each in (*first, *second)] == ["j2.12", "j1.1", "j1.2", "j0.0"]
    assert end is None
    assert names(Quarantine().waiting("meddist", after=None, limit=3)) == []


def test_what_a_job_held_is_listed_whatever_was_decided() -> None:
    kept(10, 2)
    Quarantine().put(Quarantine().of("acme", "j1.2").decide(RELEASE))

    assert names(Quarantine().in_job("acme", "j1", after=None, limit=9)) == ["j1.2", "j1.10"]
    assert names(Quarantine().in_job("meddist", "j1", after=None, limit=9)) == []
    assert set(Quarantine().of_job("j1")) == {2, 10}


def test_of_two_who_change_an_event_one_is_refused() -> None:
    kept(3)
    held = Quarantine().of("acme", "j1.3")
    Quarantine().put(held.decide(RELEASE))

    with pytest.raises(Raced):
        Quarantine().put(held.decide(replace(RELEASE, standing=Standing.REJECTED)))

    assert Quarantine().of("acme", "j1.3").standing is Standing.RELEASED


def test_what_is_recorded_is_noted_whatever_was_noted_meanwhile(aws: Aws) -> None:
    kept(3)
    released = Quarantine().put(Quarantine().of("acme", "j1.3").decide(RELEASE))
    Quarantine().put(released.refused(released.fault))

    recorded = Quarantine().record(released)

    assert recorded.standing is Standing.RECORDED
    assert Quarantine().record(recorded) == recorded
    assert names(Quarantine().waiting("acme", after=None, limit=9)) == []


def test_the_note_of_a_rejected_event_is_taken_away_and_no_other(aws: Aws) -> None:
    kept(1, 2)
    rejected = Quarantine().of("acme", "j1.1").decide(replace(RELEASE, standing=Standing.REJECTED))
    released = Quarantine().of("acme", "j1.2").decide(RELEASE)
    tidied = [Quarantine().tidy(Quarantine().put(each)) for each in (rejected, released)]

    notes = [item["sk"] for item in aws.items("directory") if item["pk"] == "quarantine#acme"]
    assert [note[-1] for note in notes] == ["2"]
    assert [each.listed for each in tidied] == [False, True]
    assert [Quarantine().tidy(each) for each in tidied] == tidied


def test_a_correction_is_kept_beside_what_was_read() -> None:
    kept(3)
    held = Quarantine().of("acme", "j1.3")
    Quarantine().correct(held, "o1", {"type": "ObjectEvent"})
    decided: Held = held.decide(replace(RELEASE, corrected=True))

    assert Quarantine().corrected(decided) == {"type": "ObjectEvent"}
    assert Quarantine().original(decided)["type"] == "X"
