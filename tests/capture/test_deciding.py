"""Decisions about held events: one each, once, and the job goes on whatever breaks."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.capture.deciding import LATER, Deciding
from chalicelib.capture.held import Decision, Standing
from chalicelib.capture.quarantine import Quarantine
from chalicelib.epcis.document import EventObject
from chalicelib.errors import Conflict, KeyReused, Malformed, NotFound
from tests.builders import minute, operation, unit
from tests.capture.test_held import HELD
from tests.goods.captures import commissioning
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

REJECT = Decision(
    Standing.REJECTED, "acme-quality", minute(9), "a duplicate", operation(1).hex, "f1"
)
RELEASE = replace(REJECT, standing=Standing.RELEASED)
GOOD = commissioning([unit(1)])


@pytest.fixture(autouse=True)
def held(aws: Aws) -> None:
    Quarantine().hold(HELD, GOOD | {"bizStep": "teleporting"})


def decide(
    decision: Decision, event: EventObject | None = None, who: str = "acme"
) -> tuple[Decision, bool]:
    decision = replace(decision, corrected=event is not None)
    return Deciding(who, HELD.id, decision, event).decide()


def standing() -> Standing:
    return Quarantine().of("acme", HELD.id).standing


def test_a_decision_is_kept_and_the_job_goes_on(aws: Aws) -> None:
    assert decide(REJECT) == (REJECT, False)

    assert standing() is Standing.REJECTED
    assert [json.loads(body) for body in aws.messages("captures")] == [{"job": "j1"}] * 2


def test_the_first_message_is_held_back_longer_than_a_request_takes(aws: Aws) -> None:
    decide(REJECT)

    messages = aws.backend("sqs").queues["packtrail-captures"]._messages
    waits = [round((each.delayed_until - each.sent_timestamp) / 1000) for each in messages]
    assert sorted(max(0, wait) for wait in waits) == [0, LATER]
    assert LATER > 29  # the API's function is cut off then


def test_a_repeat_is_answered_as_the_first_time(aws: Aws) -> None:
    decide(RELEASE, GOOD)
    Quarantine().record(Quarantine().of("acme", HELD.id))

    assert decide(RELEASE, GOOD) == (replace(RELEASE, corrected=True), True)
    with pytest.raises(KeyReused):
        decide(replace(REJECT, fingerprint="f2"))


def test_of_two_who_decide_one_wins_and_the_other_is_told(aws: Aws) -> None:
    decide(REJECT)

    with pytest.raises(Conflict, match=r"acme-quality rejected on .*, expected one that is held"):
        decide(replace(RELEASE, operation=operation(2).hex), GOOD)


def test_an_event_that_does_not_pass_the_gates_is_not_released(aws: Aws) -> None:
    before = aws.snapshot()
    for event in (None, {"type": "X"}, GOOD | {"action": "MAYBE"}):
        with pytest.raises(Malformed) as refused:
            decide(RELEASE, event)
        assert refused.value.errors[0].pointer.startswith("/event/")
    assert aws.snapshot() == before


def test_what_was_corrected_once_is_released_again_without_a_further_correction() -> None:
    weighed = GOOD | {"ex:weight": Decimal("1.10"), "@context": {"ex": "https://ex.org/"}}
    decide(RELEASE, weighed)
    released = Quarantine().of("acme", HELD.id)
    Quarantine().put(released.refused(released.fault))

    decide(replace(RELEASE, operation=operation(2).hex))

    assert Quarantine().corrected(Quarantine().of("acme", HELD.id)) == weighed


def test_what_is_not_ones_own_is_not_there() -> None:
    with pytest.raises(NotFound):
        decide(REJECT, who="meddist")


@pytest.mark.parametrize("corrected", [False, True], ids=["reject", "release"])
def test_a_decision_survives_every_fault_at_every_call(aws: Aws, *, corrected: bool) -> None:
    event = GOOD if corrected else None
    decision = RELEASE if corrected else REJECT
    case = Case("deciding", lambda: decide(decision, event)[0], atomic=False)

    assert survives_everything(case, aws) >= 10
