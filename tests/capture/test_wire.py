"""Jobs as they are answered: the words of EPCIS, and problem documents for what was refused."""

from chalicelib.capture.model import EventFault
from chalicelib.capture.wire import CaptureAnswer
from chalicelib.errors import Conflict, Malformed
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
