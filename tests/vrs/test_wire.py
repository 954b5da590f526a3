"""Messages as the standard spells them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.vrs.model import Context, Info, Reason, Reply
from chalicelib.vrs.wire import RespondersBody, VerifyAnswer, VerifyQuery, answered, version_of
from tests.vrs.builders import CORRELATION, a_question

QUERY = {
    "exp": "230700", "linkType": "verificationService", "context": "dscsaSaleableReturn",
    "reqGLN": "9522000000015", "corrUUID": CORRELATION,
}  # fmt: skip


def test_a_question_is_read_and_day_00_is_the_last_of_the_month() -> None:
    asked = VerifyQuery.model_validate(QUERY)

    question = asked.question(Gtin("09521000000018"), "L", "S", version="", this_year=2026)

    assert (question.expiry, question.printed_expiry) == (date(2023, 7, 31), "230700")
    assert (question.context, str(question.requester)) == (Context.RETURN, "9522000000015")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": "2307"}, {"exp": None}, {"linkType": "x"}, {"linkType": None}, {"context": "x"},
        {"context": None}, {"reqGLN": "9522000000016"}, {"reqGLN": None}, {"corrUUID": None},
        {"corrUUID": "21EC2020-3AEA-1069-A2DD-08002B30309D"}, {"corrUUID": "x"},
        {"ctrlPossessAtt": "false"}, {"surprise": "x"},
    ],
)  # fmt: skip
def test_a_question_that_is_not_whole_is_refused(changes: dict[str, Any]) -> None:
    given = {name: value for name, value in (QUERY | changes).items() if value is not None}

    with pytest.raises(ValidationError):
        VerifyQuery.model_validate(given)


def test_an_expiry_that_is_no_date_is_refused_by_name() -> None:
    asked = VerifyQuery.model_validate(QUERY | {"exp": "231399"})

    with pytest.raises(Malformed) as refused:
        asked.question(Gtin("09521000000018"), "L", "S", version="", this_year=2026)

    assert refused.value.errors[0].pointer == "#/query/exp"


def test_an_answer_leaves_out_what_is_not_told() -> None:
    at, maker = datetime(2026, 11, 23, 9, 30, tzinfo=UTC), Gln("9521000000018")

    good = answered(a_question(), maker, Reply(True), at)
    bad = answered(a_question(), maker, Reply(False, Reason.UNFIT, Info.SUSPECT), at)

    assert good == {
        "verificationTimestamp": "2026-11-23T09:30:00.000+00:00",
        "responderGLN": "9521000000018",
        "data": {"verified": True},
        "corrUUID": CORRELATION,
    }
    assert bad["data"] == {
        "verified": False, "verificationFailureReason": "Not_for_re-distribution",
        "additionalInfo": "Suspect",
    }  # fmt: skip
    for each in (good, bad):
        VerifyAnswer.model_validate(each)


def test_a_version_is_digits_and_dots() -> None:
    assert [version_of(text) for text in (None, "", "1.3.0")] == ["", "", "1.3.0"]
    for text in ("x", "1.3.", "1" * 21, "1.3.0\r\nX: y"):
        with pytest.raises(Malformed, match="expected a version"):
            version_of(text)


@pytest.mark.parametrize("url", ["http://vrs.example", "https://10.0.0.1", "https://a.example/?x"])
def test_a_responder_is_at_a_public_address(url: str) -> None:
    with pytest.raises(ValidationError):
        RespondersBody.model_validate({"responders": [{"url": url, "gln": "9506000134352"}]})
