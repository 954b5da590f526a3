"""Tolerant captures hold what is refused; nothing is lost, doubled, or seen too early."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.access.model import Role
from chalicelib.capture import usecases, work
from chalicelib.capture.deciding import Deciding
from chalicelib.capture.held import Decision, Held, Standing
from chalicelib.capture.model import Job
from chalicelib.capture.quarantine import Quarantine
from chalicelib.capture.store import JobStore
from chalicelib.directory.book import PartyStore
from chalicelib.directory.model import Party
from chalicelib.epcis.document import EventObject
from chalicelib.errors import Busy
from chalicelib.goods.model import Status
from chalicelib.goods.staging import OutOfTime
from chalicelib.gs1.keys import Sgtin
from chalicelib.http.epcis import CaptureErrorBehaviour
from tests.builders import Stage, actor, gln, minute, operation, sscc
from tests.capture.test_usecases import FRESH, captured, document
from tests.goods.captures import OUTSIDE, commissioning, packing, shipping
from tests.harness.aws import Aws
from tests.harness.faults import PAIRS, Killed, injected

TOLERANT = replace(FRESH, tolerant=True)
PROCEED = replace(TOLERANT, on_error=CaptureErrorBehaviour.PROCEED)
LATER = minute(60 * 48)


@pytest.fixture
def stage(aws: Aws) -> Stage:
    """A product of acme with a lot, and meddist in acme's address book."""
    PartyStore("acme").put(Party(gln("meddist"), "MedDist", ()))
    return Stage()


def decided(
    index: int,
    standing: Standing,
    event: EventObject | None = None,
    number: int = 1,
    at: datetime = LATER,
) -> Decision:
    decision = Decision(
        standing, "acme-quality", at, "as agreed by phone", operation(number).hex, f"f{number}",
        corrected=event is not None,
    )  # fmt: skip
    return Deciding("acme", f"{FRESH.id}.{index}", decision, event).decide()[0]


def run() -> Job:
    usecases.run(FRESH.id)
    return JobStore().of("acme", FRESH.id)


def held(index: int) -> Held:
    return Quarantine().of("acme", f"{FRESH.id}.{index}")


def told(job: Job) -> tuple[bool, bool, int, int, int, int]:
    return job.running, job.success, job.recorded, job.held, job.released, job.rejected


def faulty(units: Sequence[Sgtin]) -> EventObject:
    return commissioning(units) | {"bizStep": "teleporting"}


def test_with_rollback_nothing_is_recorded_before_all_that_is_held_is_decided(
    stage: Stage,
) -> None:
    units = stage.issue(4)
    good, bad = commissioning(units[:2]), faulty(units[2:3])

    job = captured(document(good, bad, faulty(units[3:])), TOLERANT)
    assert told(job) == (True, True, 0, 2, 0, 0)
    assert [fault.index for fault in job.faults] == [1, 2]
    decided(1, Standing.RELEASED, commissioning(units[2:3]))
    assert told(run()) == (True, True, 0, 2, 0, 0)
    assert str(units[0]) not in stage.see(units[0]).things

    decided(2, Standing.REJECTED, number=2)
    job = run()

    assert told(job) == (False, True, 2, 0, 1, 1)
    assert [(fault.index, fault.code) for fault in job.faults] == [(2, "rejected")]
    assert stage.where(units[2]).status is Status.ACTIVE
    assert str(units[3]) not in stage.see(units[3]).things
    assert (held(1).standing, held(2).standing) == (Standing.RECORDED, Standing.REJECTED)
    assert Quarantine().original(held(1)) == bad


def test_what_is_released_is_recorded_at_the_time_of_its_release(stage: Stage, aws: Aws) -> None:
    units = stage.issue(1)
    captured(document(faulty(units)), TOLERANT)
    decided(0, Standing.RELEASED, commissioning(units))

    run()

    (record,) = aws.items("events")
    assert datetime.fromisoformat(record["t"]) == LATER


def test_with_proceed_the_good_are_recorded_and_the_bad_are_held(stage: Stage) -> None:
    units = stage.issue(3)
    bad = faulty(units[2:])

    job = captured(document(bad, commissioning(units[:2])), PROCEED)
    assert told(job) == (False, False, 1, 1, 0, 0)
    assert (job.refused, job.faults[0].index) == (0, 0)
    decided(0, Standing.RELEASED, commissioning(units[2:]))
    job = run()

    assert told(job) == (False, True, 2, 0, 1, 0)
    assert job.faults == ()
    assert stage.where(units[2]).status is Status.ACTIVE


@pytest.mark.parametrize("job", [TOLERANT, PROCEED], ids=["rollback", "proceed"])
def test_what_the_rules_refuse_is_held_until_its_cause_is_mended(stage: Stage, job: Job) -> None:
    units = stage.issue(2)
    missing = document(packing(sscc(1), units))

    waiting = captured(missing, job)
    assert (waiting.held, waiting.recorded) == (1, 0)
    assert held(0).fault.status in {404, 409}
    decided(0, Standing.RELEASED)
    again = run()
    assert (again.held, held(0).standing) == (1, Standing.HELD)
    assert held(0).decisions[0].refusal == held(0).fault.detail

    captured(document(commissioning(units)), replace(FRESH, id="other"))
    decided(0, Standing.RELEASED, number=2)
    done = run()

    assert told(done) == (False, True, 1, 0, 1, 0)
    assert stage.where(units[0]).chain == (str(sscc(1)),)


def test_a_document_of_which_all_is_rejected_is_not_captured(stage: Stage) -> None:
    captured(document(faulty(stage.issue(1))), TOLERANT)

    decided(0, Standing.REJECTED)

    assert told(run()) == (False, False, 0, 0, 0, 1)


def test_a_released_event_has_the_rights_of_its_sender_and_no_others(stage: Stage) -> None:
    units = stage.made(1)
    sender = actor("acme", Role.LINE)
    captured(document(faulty(units)), replace(TOLERANT, actor=sender))

    decided(0, Standing.RELEASED, shipping(units, gln("acme"), gln("meddist")))
    job = run()

    assert (job.held, job.recorded) == (1, 0)
    assert (held(0).fault.status, held(0).fault.code) == (403, "scope")


@pytest.mark.parametrize("job", [TOLERANT, PROCEED], ids=["rollback", "proceed"])
def test_of_a_document_with_too_many_faults_no_more_is_held(
    stage: Stage, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_HELD", 2)

    done = captured(document(*[{"type": "X"}] * 3), job)

    assert (done.running, done.success) == (False, False)
    assert done.refused + done.held == 3
    assert len(Quarantine().of_job(job.id)) == done.held <= 2


def test_strict_captures_hold_nothing(stage: Stage) -> None:
    job = captured(document({"type": "X"}))

    assert (job.running, job.success, job.held) == (False, False, 0)
    assert Quarantine().of_job(job.id) == {}


def test_a_document_without_faults_is_captured_as_ever(stage: Stage) -> None:
    assert told(captured(document(commissioning(stage.issue(2))), TOLERANT)) == (
        False, True, 1, 0, 0, 0,
    )  # fmt: skip


@pytest.mark.parametrize("job", [TOLERANT, PROCEED], ids=["rollback", "proceed"])
def test_holding_survives_every_break_at_every_call(aws: Aws, stage: Stage, job: Job) -> None:
    units = stage.issue(3)
    usecases.accept(job, document(commissioning(units[:1]), faulty(units[1:2]), faulty(units[2:])))
    start = aws.save()
    with injected() as calls:
        usecases.run(job.id)
    wanted = JobStore().of("acme", job.id).held
    assert wanted == 2
    for call in range(1, len(calls.made) + 1):
        for kind in (kind for pair in PAIRS for kind in pair):
            aws.restore(start)
            with injected({call: kind}), suppress(Killed, Busy):
                usecases.run(job.id)
            for _ in range(2):
                found = run()
            assert (found.held, found.refused) == (2, 0), (call, kind)
            waiting, _ = Quarantine().waiting("acme", after=None, limit=10)
            assert [each.index for each in waiting] == [1, 2]


@pytest.mark.parametrize("job", [TOLERANT, PROCEED], ids=["rollback", "proceed"])
def test_recording_what_was_released_survives_every_break_at_every_call(
    aws: Aws, stage: Stage, job: Job
) -> None:
    units = stage.issue(3)
    captured(document(commissioning(units[:1]), faulty(units[1:2]), faulty(units[2:])), job)
    decided(1, Standing.RELEASED, commissioning(units[1:2]))
    decided(2, Standing.REJECTED, number=2)
    start = aws.save()
    with injected() as calls:
        usecases.run(job.id)
    wanted = stage.where(units[1])
    for call in range(1, len(calls.made) + 1):
        for kind in (kind for pair in PAIRS for kind in pair):
            aws.restore(start)
            with injected({call: kind}), suppress(Killed, Busy):
                usecases.run(job.id)
            found = run()
            assert (found.running, found.held, found.released, found.rejected) == (False, 0, 1, 1)
            assert stage.where(units[1]) == wanted
            assert len(aws.items("events")) == 2


def test_a_job_that_runs_out_of_time_goes_on_where_it_stopped(stage: Stage) -> None:
    units = stage.issue(3)
    job = replace(FRESH, on_error=CaptureErrorBehaviour.PROCEED)
    usecases.accept(job, document(*(commissioning([unit]) for unit in units)))

    for done in (1, 2):
        with pytest.raises(OutOfTime):
            usecases.run(job.id, lambda: 1.0)
        found = JobStore().of("acme", job.id)
        assert (found.running, found.done, found.recorded, found.repeated) == (True, done, done, 0)
    usecases.run(job.id, lambda: 1.0)

    found = JobStore().of("acme", job.id)
    assert (found.running, found.success, found.recorded, found.repeated) == (False, True, 3, 0)


def test_a_large_document_that_runs_out_of_time_is_staged_on(
    stage: Stage, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.goods.capturing.WINDOW", 120)
    events = [
        commissioning([Sgtin.of(OUTSIDE, f"{n}-{m}") for m in range(120)], lot=f"O{n}")
        for n in range(4)
    ]
    usecases.accept(FRESH, document(*events, events[0]))

    stops: list[int] = []
    while True:
        try:
            usecases.run(FRESH.id, lambda: 1.0)
            break
        except OutOfTime:
            found = JobStore().of("acme", FRESH.id)
            stops.append(found.done)
            assert found.running
            assert bool(aws.items("events")) == (found.done == 5)
    found = JobStore().of("acme", FRESH.id)

    assert stops[:4] == [1, 2, 3, 4]
    assert (found.running, found.success, found.recorded, found.repeated) == (False, True, 4, 1)
    unit = Sgtin.of(OUTSIDE, "3-119")
    assert stage.where(unit).status is Status.ACTIVE
    assert [item for item in aws.items("units") if "i" in item] == []
