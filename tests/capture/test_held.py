"""A held event: decided once, held again when it is refused, and never forgotten."""

from dataclasses import replace

import pytest

from chalicelib.capture.held import Decision, Held, Standing
from chalicelib.capture.model import EventFault
from chalicelib.errors import Conflict, Malformed
from tests.builders import minute

FAULT = EventFault.of(Malformed.field("/bizStep", "unknown_word", "Found foo."), 3)
HELD = Held("j1", 3, "acme", "acme-line", "1.2", minute(0), FAULT)
RELEASE = Decision(Standing.RELEASED, "acme-quality", minute(5), "by phone", "o1", "f1")


def test_a_decision_stays_with_the_event() -> None:
    released = HELD.decide(RELEASE)

    assert (released.id, released.standing, released.decisions) == (
        "j1.3", Standing.RELEASED, (RELEASE,),
    )  # fmt: skip
    assert released.decision("o1") == RELEASE
    assert released.decision("o2") is None


def test_the_second_to_decide_is_told_who_was_the_first() -> None:
    rejected = HELD.decide(replace(RELEASE, standing=Standing.REJECTED))

    with pytest.raises(Conflict) as refused:
        rejected.decide(replace(RELEASE, operation="o2", client="acme-admin"))

    assert refused.value.code == "decided"
    assert "acme-quality rejected on" in refused.value.detail
    assert refused.value.facts["by"] == "acme-quality"


def test_what_is_refused_after_its_release_waits_again_and_says_why() -> None:
    fault = EventFault.of(Conflict("The parent is unknown."), 3)

    again = HELD.decide(RELEASE).refused(fault)

    assert (again.standing, again.fault) == (Standing.HELD, fault)
    assert again.decisions[0].refusal == "The parent is unknown."
    assert again.decide(replace(RELEASE, operation="o2")).standing is Standing.RELEASED


def test_the_latest_correction_counts() -> None:
    assert HELD.correction is None
    once = HELD.decide(replace(RELEASE, corrected=True)).refused(FAULT)
    twice = once.decide(replace(RELEASE, operation="o2"))

    assert twice.correction == "o1"
    assert twice.recorded().standing is Standing.RECORDED


def test_only_what_is_held_or_released_may_still_be_recorded() -> None:
    assert {each for each in Standing if each.open} == {Standing.HELD, Standing.RELEASED}
