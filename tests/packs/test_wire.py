"""Operations on packs as JSON."""

import pytest
from pydantic import ValidationError

from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.packs.model import Outcome, Result, ReturnCode
from chalicelib.packs.wire import OperationBody, PackAnswer

UNIT = Sgtin.of(Gtin("09521000000018"), "S")


def test_what_came_of_a_pack_is_shown() -> None:
    outcome = Outcome(False, ReturnCode.WRONG_STATE, ("exported",), detail="it is exported")

    shown = PackAnswer.of(Result(UNIT, "L", None, "EXPORTED", outcome, "a1"), [])

    assert shown.model_dump(mode="json") == {
        "gtin": "09521000000018", "serial": "S", "done": False, "state": "EXPORTED",
        "returnCode": "NMVS_NC_PCK_06", "reasons": ["exported"], "alert": "A24", "alertId": "a1",
        "detail": "it is exported", "warnings": [],
    }  # fmt: skip


def test_a_scan_that_cannot_be_read_is_told_in_its_place() -> None:
    shown = PackAnswer.unread("found nothing, expected a scan")

    assert (shown.done, shown.reasons, shown.gtin) == (False, ("malformed",), None)


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "supply"}, {"operation": "supply", "packs": []}, {"packs": [{"scan": "x"}]},
        {"operation": "eat", "packs": [{"scan": "x"}]},
        {"operation": "supply", "packs": [{"scan": "x"}] * 10_001},
    ],
)  # fmt: skip
def test_a_request_names_an_operation_and_one_to_ten_thousand_packs(body: object) -> None:
    with pytest.raises(ValidationError):
        OperationBody.model_validate(body)
