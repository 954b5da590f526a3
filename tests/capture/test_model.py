"""A job: the four states of a capture (EPCIS 2.0), and errors in a number that helps."""

from dataclasses import replace

from chalicelib.capture.model import SHOWN, EventFault, Job
from chalicelib.errors import Conflict, Malformed
from chalicelib.http.epcis import CaptureErrorBehaviour
from tests.builders import START, actor, minute

JOB = Job("j1", actor("acme"), "application/xml", CaptureErrorBehaviour.ROLLBACK, START)


def fault(index: int | None) -> EventFault:
    return EventFault.of(Conflict("It is in use.", code="in_use"), index)


def test_a_job_runs_until_it_is_finished() -> None:
    assert (JOB.running, JOB.success) == (True, True)
    done = JOB.finish(minute(1))
    assert (done.running, done.success) == (False, True)


def test_a_refusal_ends_success_and_counts_its_event_once() -> None:
    job = JOB.refuse([fault(0), fault(0), fault(4)])

    assert (job.success, job.refused, len(job.faults)) == (False, 2, 3)
    assert replace(JOB, success=True).refuse([]).success


def test_a_job_keeps_as_many_refusals_as_help() -> None:
    job = JOB.refuse([fault(n) for n in range(SHOWN + 50)])

    assert (len(job.faults), job.refused) == (SHOWN, SHOWN + 50)


def test_a_refusal_keeps_its_words() -> None:
    kept = EventFault.of(Malformed.field("/bizStep", "unknown_word", "Found foo."), 3)

    assert (kept.index, kept.code, kept.status, kept.detail) == (3, "malformed", 400, "Found foo.")
    assert kept.errors == (
        {"pointer": "/bizStep", "code": "unknown_word", "message": "Found foo."},
    )
