"""Jobs as they are answered: the words of EPCIS, and problem documents for what was refused."""

from dataclasses import replace

from chalicelib.capture.model import EventFault
from chalicelib.capture.wire import CaptureAnswer
from chalicelib.directory.told import Filled
from chalicelib.errors import Conflict, FieldError, Malformed
from tests.builders import minute
from tests.capture.test_model import JOB


def test_a_job_is_answered_in_the_words_of_the_standard() -> None:
    told = CaptureAnswer.of(JOB.finish(minute(1))).model_dump(mode="json", by_alias=True)

    assert told["captureID"] == "j1"
    assert (told["running"], told["success"], told["errors"]) == (False, True, [])
    assert told["captureErrorBehaviour"] == "rollback"
    assert told["finishedAt"] == "2026-11-01T08:01:00.000Z"


def test_a_refusal_is_a_problem_document_with_the_index_of_its_event() -> None:
    wrong = EventFault.of(Malformed.field("/bizStep", "unknown_word", "Found foo."), 3)
    other = EventFault.of(Conflict("It is in use.", code="sscc_in_use"), 4)

    first, second = CaptureAnswer.of(JOB.refuse([wrong, other])).errors

    assert (first.type, first.event_index) == ("epcisException:ValidationException", 3)
    assert first.errors[0]["pointer"] == "/bizStep"
    assert second.type == "urn:packtrail:problem:sscc_in_use"


def test_what_became_of_master_data_is_told_with_its_faults() -> None:
    fault = FieldError("/a", "syntax", "found b, expected c")
    done = replace(JOB, master_data=Filled(1, 2, 3, 4, (fault,)))

    told = CaptureAnswer.of(done).model_dump(mode="json", by_alias=True)["masterData"]

    assert told == {
        "taken": 1, "kept": 2, "refused": 3, "others": 4,
        "faults": [{"pointer": "/a", "code": "syntax", "message": "found b, expected c"}],
    }  # fmt: skip
    assert CaptureAnswer.of(JOB).master_data is None
