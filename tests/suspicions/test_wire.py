"""Cases of suspect product as JSON."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from chalicelib.suspicions.model import Hold
from chalicelib.suspicions.wire import DoneAnswer, HeldAnswer, NoticeAnswer, SuspicionBody
from tests.harness.network import AT, GTIN
from tests.suspicions.test_model import CASE
from tests.suspicions.test_store import HELD, NOTICE, PAGE

BODY = {"description": "odd", "things": [f"https://id.gs1.org/01/{GTIN}/21/S1"]}


@pytest.mark.parametrize("state", ["cleared", "terminated", "investigating", "odd"])
def test_a_case_is_opened_as_suspect_or_worse(state: str) -> None:
    assert SuspicionBody.model_validate(BODY).state == "suspect"
    with pytest.raises(ValidationError):
        SuspicionBody.model_validate(BODY | {"state": state})


def test_what_was_done_is_counted() -> None:
    things = [replace(HELD, hold=hold, code="") for hold in (*Hold, None)]
    shown = DoneAnswer.after(CASE, [replace(PAGE, things=(*things, HELD))], AT)

    assert (shown.held, shown.released, shown.refused) == (3, 1, 1)
    assert (shown.description, shown.due_at, shown.overdue) == ("odd", None, False)


def test_a_thing_says_with_whom_it_was_traded() -> None:
    shown = HeldAnswer.of(HELD)

    assert (shown.held, shown.suppliers, shown.customers) == ("suspect", (CASE.gln,), ())


def test_a_notice_says_whether_the_partner_hears_of_it_here() -> None:
    assert NoticeAnswer.of(NOTICE).member
    assert not NoticeAnswer.of(replace(NOTICE, organisation="")).member
