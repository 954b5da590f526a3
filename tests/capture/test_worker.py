"""A message becomes a run of its job; what was busy is tried again soon, and not for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.capture import worker
from chalicelib.clock import TimeLeft
from chalicelib.errors import Busy
from chalicelib.goods.staging import OutOfTime
from tests.harness.aws import Aws


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were run."""
    jobs: list[str] = []
    monkeypatch.setattr(worker.usecases, "run", lambda job, left: jobs.append(job))
    return jobs


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run meets something busy."""

    def run(job_id: str, left: TimeLeft) -> None:
        raise Busy("The database is busy; try again.")

    monkeypatch.setattr(worker.usecases, "run", run)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was put off, and for how many seconds."""
    put_off: list[Any] = []
    monkeypatch.setattr(
        worker, "enqueue", lambda job, delay, *, tries: put_off.append((job, delay, tries))
    )
    return put_off


def test_a_message_runs_its_job(ran: list[str]) -> None:
    worker.captures('{"job": "j1"}')

    assert ran == ["j1"]


def test_what_is_no_message_of_ours_fails_and_comes_again(ran: list[str]) -> None:
    with pytest.raises(KeyError):
        worker.captures("{}")

    assert ran == []


@pytest.mark.usefixtures("busy")
def test_a_job_that_met_something_busy_goes_on_soon(aws: Aws) -> None:
    worker.captures('{"job": "j1"}')

    assert [json.loads(body) for body in aws.messages("captures")] == [{"job": "j1", "tries": 1}]


@pytest.mark.usefixtures("busy")
def test_pauses_grow_and_the_queue_takes_over_at_last(pauses: list[Any]) -> None:
    for tries in range(worker.MOST_TRIES):
        worker.captures(json.dumps({"job": "j1", "tries": tries}))
    with pytest.raises(Busy):
        worker.captures(json.dumps({"job": "j1", "tries": worker.MOST_TRIES}))

    assert [delay for _, delay, _ in pauses] == [15, 30, 60, 120, 240, 480, 960, 1920]
    assert [tries for _, _, tries in pauses] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("error", [RuntimeError, KeyError])
def test_a_bug_is_not_put_off(
    monkeypatch: pytest.MonkeyPatch, pauses: list[Any], error: type[Exception]
) -> None:
    def run(job_id: str, left: TimeLeft) -> None:
        raise error

    monkeypatch.setattr(worker.usecases, "run", run)

    with pytest.raises(error):
        worker.captures('{"job": "j1"}')

    assert pauses == []


def test_a_job_that_ran_out_of_time_goes_on_at_once(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(job_id: str, left: TimeLeft) -> None:
        assert left() == 5.0
        raise OutOfTime(7)

    monkeypatch.setattr(worker.usecases, "run", run)

    worker.captures('{"job": "j1", "tries": 3}', left=lambda: 5.0)

    assert [json.loads(body) for body in aws.messages("captures")] == [{"job": "j1"}]


def test_a_message_that_came_too_often_frees_the_goods_and_goes_to_a_person(
    ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[str] = []
    monkeypatch.setattr(worker.usecases, "let_go", freed.append)

    with pytest.raises(worker.GivenUp):
        worker.captures('{"job": "j1"}', times=worker.LAST)

    assert (ran, freed) == ([], ["j1"])


def test_a_message_comes_as_often_as_the_template_says() -> None:
    template = (Path(__file__).parents[2] / "infra" / "resources.yaml").read_text()
    queue = template[template.index("  CapturesQueue:") : template.index("  CapturesDeadQueue:")]

    assert f"maxReceiveCount: {worker.LAST}\n" in queue
