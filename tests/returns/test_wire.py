"""Returns as JSON."""

import pytest
from pydantic import ValidationError

from chalicelib.returns.model import Outcome
from chalicelib.returns.wire import MOST_UNITS, ReturnBody, ReturnedAnswer, ReturnResultsAnswer
from tests.returns.test_store import MADE, RESULT, UNREAD

ITEM = {"gtin": "09521000000018", "serial": "S1"}


@pytest.mark.parametrize("items", [[], [ITEM] * (MOST_UNITS + 1), [{"gtin": ITEM["gtin"]}]])
def test_a_return_has_between_one_and_a_thousand_units(items: list[object]) -> None:
    with pytest.raises(ValidationError):
        ReturnBody.model_validate({"from": str(MADE.customer), "items": items})
    assert ReturnBody.model_validate({"from": str(MADE.customer), "items": [ITEM] * MOST_UNITS})


def test_what_is_not_done_yet_says_nothing_of_what_comes_of_it() -> None:
    shown = ReturnedAnswer.of(RESULT, done=False)

    assert (shown.outcome, shown.reasons, shown.detail) == ("pending", (), None)
    assert shown.verification is not None


def test_totals_are_told_when_all_is_done() -> None:
    shown = ReturnResultsAnswer.page(MADE, [(RESULT, True), (UNREAD, True)])

    assert (shown.complete, shown.accepted, shown.refused) == (False, None, None)
    assert [each.outcome for each in shown.results] == ["quarantined", "refused"]
    MADE.totals.update({Outcome.ACCEPTED: 3})
    try:
        assert ReturnResultsAnswer.page(MADE, []).accepted == 3
        assert ReturnResultsAnswer.page(MADE, []).refused == 0
    finally:
        MADE.totals.clear()
