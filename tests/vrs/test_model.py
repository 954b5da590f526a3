"""What partners are answered: the decision table of GS1 US, R1.1, 8.3."""

from datetime import date
from typing import Any

import pytest

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gln
from chalicelib.vrs.model import Info, Policy, Reason, Reply, Responder, check_responders, reply
from tests.shared_data import cases

STRICT = Policy(verifies_recalled=False, verifies_expired=False)
SCENARIOS: dict[str, list[tuple[tuple[str, ...], Policy]]] = {
    "A": [((), Policy())],
    "B1": [(("recalled",), Policy()), (("expired",), Policy())],
    "B2": [(("recalled",), STRICT), (("expired",), STRICT)],
    "C1": [(("quarantined",), Policy()), (("locked",), Policy())],
    "C2": [(("destroyed",), Policy()), (("quarantined",), Policy(tells_suspicion=False))],
    "D": [(("unknown",), Policy(tells_reasons=False)),
          (("lot_mismatch",), Policy(tells_reasons=False))],
    "E1": [(("unknown",), Policy())],
    "E2": [(("lot_mismatch", "expiry_mismatch"), Policy())],
    "E3": [(("lot_mismatch",), Policy()), (("lot_mismatch", "recalled"), Policy())],
    "E4": [(("expiry_mismatch",), Policy())],
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_of_the_guideline_is_answered_as_it_says(name: str) -> None:
    (case,) = [each for each in cases("dscsa-lms/scenarios.json") if each["scenario"] == name]

    for reasons, policy in SCENARIOS[name]:
        found = reply(reasons, policy)
        assert found.verified is case["verified"], reasons
        assert found.reason == case["verificationFailureReason"], reasons
        assert found.info in (case["additionalInfo"] or [None]), reasons


def test_every_scenario_of_the_guideline_is_tried() -> None:
    assert {case["scenario"] for case in cases("dscsa-lms/scenarios.json")} == set(SCENARIOS)


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        (("recalled", "expired"), Reply(True, None, Info.RECALLED)),
        (("stolen", "expired"), Reply(False, Reason.UNFIT, Info.ILLEGITIMATE)),
        (("recalled", "quarantined"), Reply(False, Reason.UNFIT, Info.SUSPECT)),
        (("dispensed",), Reply(False, Reason.POLICY)),
    ],
)
def test_of_several_reasons_the_gravest_is_told(reasons: tuple[str, ...], found: Reply) -> None:
    assert reply(reasons, Policy()) == found


def test_an_expiry_that_was_extended_is_no_mismatch() -> None:
    extended = reply(["expiry_mismatch"], Policy(), extended=True)
    recalled = reply(["expiry_mismatch", "recalled"], Policy(), extended=True)
    wrong = reply(["lot_mismatch", "expiry_mismatch"], Policy(), extended=True)

    assert extended == Reply(True, None, Info.EXTENDED)
    assert recalled == Reply(True, None, Info.RECALLED)
    assert wrong == Reply(False, Reason.LOT)


def responder(begins: str | None, ends: str | None) -> Responder:
    first, last = (day and date.fromisoformat(day) for day in (begins, ends))
    return Responder("https://vrs.example", Gln("9506000134352"), first or None, last or None)


def test_responders_of_one_gtin_answer_for_different_expiry_dates() -> None:
    early, late = responder(None, "2026-12-31"), responder("2027-01-01", None)
    check_responders([late, early])

    assert early.answers_for(date(2026, 12, 31))
    assert not early.answers_for(date(2027, 1, 1))
    assert late.answers_for(date(2027, 1, 1))
    wrong: list[Any] = [
        [early, responder("2026-12-31", None)],
        [responder(None, None), responder(None, None)],
        [responder("2027-01-01", "2026-01-01")],
    ]
    for responders in wrong:
        with pytest.raises(Malformed, match="expected"):
            check_responders(responders)
