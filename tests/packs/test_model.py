"""Return codes and alerts of the national systems, case by case."""

import pytest

from chalicelib.packs.model import (
    ALERTS,
    REQUESTED,
    SCOPES,
    STATES,
    STEPS,
    Operation,
    ReturnCode,
    refused,
    seen,
    unfit,
)

CHANGES = [operation for operation in Operation if operation is not Operation.VERIFY]


@pytest.mark.parametrize(
    ("reasons", "product", "batch", "code", "alert"),
    [
        (("unknown",), False, True, "NMVS_NC_PC_01", ""),
        (("unknown",), True, True, "NMVS_NC_PC_02", "A3"),
        (("unknown",), True, None, "NMVS_NC_PC_02", "A3"),
        (("unknown",), True, False, "NMVS_FE_LOT_03", "A2"),
        (("lot_mismatch",), True, True, "NMVS_FE_LOT_13", "A68"),
        (("expiry_mismatch",), True, True, "NMVS_FE_LOT_12", "A52"),
        (("lot_mismatch", "expiry_mismatch"), True, True, "NMVS_FE_LOT_13", "A68"),
    ],
)
def test_a_pack_that_is_not_what_it_says_has_its_code(
    reasons: tuple[str, ...], product: bool, batch: bool | None, code: str, alert: str
) -> None:
    outcome = unfit(reasons, product=product, batch=batch)

    assert outcome is not None
    assert (outcome.done, outcome.code, outcome.alert) == (False, code, alert)


def test_a_pack_that_is_what_it_says_goes_on_to_the_operation() -> None:
    assert unfit(("recalled", "dispensed"), product=True, batch=True) is None


@pytest.mark.parametrize("reason", ["dispensed", "recalled", "expired", "stolen"])
def test_an_inactive_pack_that_is_verified_raises_no_alert(reason: str) -> None:
    assert (seen((reason,)).done, seen((reason,)).alert) == (False, "")
    assert seen(()).done


@pytest.mark.parametrize("operation", CHANGES)
def test_a_pack_in_another_state_raises_a24(operation: Operation) -> None:
    for reason in STATES:
        if operation is Operation.UNDO or reason == REQUESTED[operation]:
            continue
        outcome = refused(operation, reason, "it is so", repeats=0)
        assert (outcome.code, outcome.alert) == (ReturnCode.WRONG_STATE, "A24")


@pytest.mark.parametrize(
    ("repeats", "done", "code", "alert"),
    [
        (0, False, "NMVS_NC_PCK_19", "A7"),
        (1, True, "NMVS_NC_PCK_23", ""),
        (2, True, "NMVS_NC_PCK_23", ""),
        (3, False, "NMVS_NC_PCK_22", "A24"),
        (9, False, "NMVS_NC_PCK_22", "A24"),
    ],
)
def test_the_same_again_is_tolerated_twice_where_it_was_done(
    repeats: int, done: bool, code: str, alert: str
) -> None:
    outcome = refused(Operation.SUPPLY, "dispensed", "it is dispensed", repeats=repeats)

    assert (outcome.done, outcome.code, outcome.alert) == (done, code, alert)


@pytest.mark.parametrize("reason", ["recalled", "expired", "withdrawn", "not_held", "not_done"])
def test_what_is_recalled_or_expired_is_rejected_without_an_alert(reason: str) -> None:
    outcome = refused(Operation.SUPPLY, reason, "so it is", repeats=0)

    assert (outcome.done, outcome.code, outcome.alert) == (False, None, "")
    assert outcome.reasons == (reason,)


@pytest.mark.parametrize(
    ("reason", "detail", "code", "alert"),
    [
        ("too_late", "", "NMVS_NC_PCK_20", "A24"),
        ("other_party", "", "NMVS_NC_PCK_21", "A24"),
        ("other_place", "", "NMVS_NC_PCK_21", "A24"),
        ("not_reversible", "it is destroyed", "NMVS_NC_PCK_06", "A24"),
        ("not_reversible", "it is active", "NMVS_NC_PCK_06", ""),
        ("recalled", "", None, ""),
        ("expired", "", None, ""),
    ],
)
def test_what_cannot_be_undone_has_its_code(
    reason: str, detail: str, code: str | None, alert: str
) -> None:
    outcome = refused(Operation.UNDO, reason, detail, repeats=0)

    assert (outcome.done, outcome.code, outcome.alert) == (False, code, alert)


def test_every_operation_has_a_step_a_scope_and_a_state() -> None:
    assert set(STEPS) == set(REQUESTED) == set(CHANGES)
    assert set(SCOPES) == set(Operation)
    assert set(REQUESTED.values()) <= set(STATES)
    assert set(ALERTS.values()) == {"A2", "A3", "A7", "A24", "A52", "A68"}
