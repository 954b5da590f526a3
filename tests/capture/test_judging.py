"""The events of a job as they are taken: put right where asked, and as people decided."""

from dataclasses import replace

import pytest

from chalicelib.capture import documents
from chalicelib.capture.held import Held, Standing
from chalicelib.capture.judging import Reading, Unsound, as_recorded, judge, judged, taken
from chalicelib.capture.model import Job
from chalicelib.capture.quarantine import Quarantine
from chalicelib.errors import Malformed
from tests.builders import gln, unit
from tests.capture.test_held import HELD, RELEASE
from tests.capture.test_usecases import FRESH, document
from tests.goods.captures import commissioning

JOB = replace(FRESH, tolerant=True)
EVENTS = [commissioning([unit(n)]) for n in range(3)]

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def job() -> Job:
    documents.put(JOB.id, document(EVENTS[0], {"type": "X"}, EVENTS[2]), JOB.media_type)
    return JOB


def decided(index: int, standing: Standing, *, corrected: bool = False) -> dict[int, Held]:
    held = replace(HELD, index=index)
    Quarantine().correct(held, "o1", EVENTS[1])
    return {index: held.decide(replace(RELEASE, standing=standing, corrected=corrected))}


def test_events_are_read_from_where_one_was(job: Job) -> None:
    assert [index for index, _, _ in judged(job)] == [0, 1, 2]
    assert [index for index, _, _ in judged(job, start=2)] == [2]


def test_rejected_events_are_left_out_and_corrected_ones_replaced(job: Job) -> None:
    without = list(judged(job, decided(1, Standing.REJECTED)))
    mended = list(judged(job, decided(1, Standing.RELEASED, corrected=True)))

    assert [index for index, _, _ in without] == [0, 2]
    assert [event.event for _, _, event in mended] == EVENTS
    assert mended[1][1] == {"type": "X"}


def test_all_faults_are_noted_and_nothing_is_yielded_behind_the_first(job: Job) -> None:
    reading = Reading(job, {}, 10)

    with pytest.raises(Unsound):
        list(reading.events())

    assert (reading.count, reading.refused, list(reading.faults)) == (3, 1, [1])


def test_no_more_faults_are_kept_than_are_wanted(job: Job) -> None:
    reading = Reading(job, {}, 0)

    with pytest.raises(Unsound):
        list(reading.events())

    assert (reading.refused, reading.faults) == (1, {})


def test_what_was_decided_on_is_sound(job: Job) -> None:
    reading = Reading(job, decided(1, Standing.REJECTED), 10)

    assert [event.index for event in reading.events()] == [0, 2]


def test_a_rejected_last_event_is_counted_too(job: Job) -> None:
    documents.put("j9", document(EVENTS[0], {"type": "X"}), job.media_type)
    reading = Reading(replace(job, id="j9"), decided(1, Standing.REJECTED), 10)

    assert [event.index for event in reading.events()] == [0]
    assert reading.count == 2


def test_what_a_statement_is_told_of_is_what_was_recorded(job: Job) -> None:
    whole = as_recorded(job, decided(1, Standing.RELEASED, corrected=True))

    assert list(whole.events) == EVENTS


def test_only_what_is_tolerated_is_put_right() -> None:
    loud = EVENTS[0] | {"action": "Add"}

    assert judge(loud, "1.2", tolerant=True).event == EVENTS[0]
    assert judge(loud, "1.2", tolerant=False).faults
    with pytest.raises(Malformed):
        taken(judge(loud, "2.0", tolerant=True), 0, gln("acme"))
    assert taken(judge(EVENTS[0], "2.0", tolerant=False), 7, gln("acme")).index == 7
