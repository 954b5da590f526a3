"""Where jobs are kept: by id and in the list of their organisation, newest first."""

from dataclasses import replace

import pytest

from chalicelib.capture.model import Mended
from chalicelib.capture.store import JobStore
from chalicelib.directory.told import Filled
from chalicelib.errors import AlreadyExists, FieldError, NotFound, Raced
from tests.builders import actor, minute
from tests.capture.test_model import JOB, fault
from tests.harness.aws import Aws

pytestmark = pytest.mark.usefixtures("aws")


def test_a_job_is_kept_as_it_is() -> None:
    job = replace(JOB, events=7, done=3, recorded=2, repeated=1).refuse([fault(0), fault(None)])
    job = replace(job, tolerant=True, repairs=(Mended(3, "/action", "found add, made ADD"),))
    JobStore().create(job)

    kept = JobStore().of("acme", job.id)

    assert kept == replace(job, version=1)
    assert JobStore().put(kept.finish(minute(9))).finished == minute(9)


def test_a_job_exists_once_and_for_its_organisation_alone(aws: Aws) -> None:
    JobStore().create(JOB)

    with pytest.raises(AlreadyExists):
        JobStore().create(JOB)
    with pytest.raises(NotFound):
        JobStore().of("meddist", JOB.id)
    assert JobStore().get("other") is None


def test_a_job_that_another_worker_changed_is_not_overwritten() -> None:
    JobStore().create(JOB)
    kept = JobStore().of("acme", JOB.id)
    JobStore().put(kept)

    with pytest.raises(Raced):
        JobStore().put(kept)


def test_jobs_are_listed_newest_first_page_by_page() -> None:
    for number in range(5):
        JobStore().create(replace(JOB, id=f"j{number}", created=minute(number)))
    JobStore().create(replace(JOB, id="x", actor=actor("meddist")))

    first, after = JobStore().page("acme", after=None, limit=3)
    second, end = JobStore().page("acme", after=after, limit=3)

    assert [job.id for job in (*first, *second)] == ["j4", "j3", "j2", "j1", "j0"]
    assert end is None


def test_what_became_of_master_data_is_kept_with_the_job() -> None:
    fault = FieldError("/a", "syntax", "found b, expected c")
    job = replace(JOB, master_data=Filled(1, 2, 3, 4, (fault,)))
    JobStore().create(job)

    assert JobStore().of("acme", job.id).master_data == job.master_data
