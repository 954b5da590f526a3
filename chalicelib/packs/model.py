"""What is done with packs, and what is said of each: return codes and alerts.

Source: Delegated Regulation (EU) 2016/161, Articles 13, 22 to 25, 36, 40; return codes of the
national systems (NMVS) and alert codes of the EU hub, as MVOs publish them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.access.model import Scope
from chalicelib.epcis.model import BizStep
from chalicelib.gs1.keys import Sgtin


class Operation(StrEnum):
    """What is asked for."""

    VERIFY = "verify"
    SUPPLY = "supply"
    EXPORT = "export"
    SAMPLE = "sample"
    FREE_SAMPLE = "free_sample"
    DESTROY = "destroy"
    LOCK = "lock"
    STOLEN = "stolen"
    CHECK_OUT = "check_out"
    UNDO = "undo"


STEPS = {
    Operation.SUPPLY: BizStep.DISPENSING,
    Operation.EXPORT: BizStep.EXPORTING,
    Operation.SAMPLE: BizStep.SAMPLING,
    Operation.FREE_SAMPLE: BizStep.FREE_SAMPLING,
    Operation.DESTROY: BizStep.DESTROYING,
    Operation.LOCK: BizStep.LOCKING,
    Operation.STOLEN: BizStep.REPORTING_STOLEN,
    Operation.CHECK_OUT: BizStep.CHECKING_OUT,
    Operation.UNDO: BizStep.REACTIVATING,
}
"""The event that each operation is; verifying is none."""

SCOPES = {
    Operation.VERIFY: Scope.VERIFY,
    Operation.SUPPLY: Scope.DISPENSE,
    Operation.EXPORT: Scope.EXPORT,
    Operation.SAMPLE: Scope.SAMPLE,
    Operation.FREE_SAMPLE: Scope.SAMPLE,
    Operation.DESTROY: Scope.DESTROY,
    Operation.LOCK: Scope.LOCK,
    Operation.STOLEN: Scope.LOCK,
    Operation.CHECK_OUT: Scope.DECOMMISSION,
    Operation.UNDO: Scope.REACTIVATE,
}

REQUESTED = {
    Operation.SUPPLY: "dispensed",
    Operation.EXPORT: "exported",
    Operation.SAMPLE: "sampled",
    Operation.FREE_SAMPLE: "free_sample",
    Operation.DESTROY: "destroyed",
    Operation.LOCK: "locked",
    Operation.STOLEN: "stolen",
    Operation.CHECK_OUT: "checked_out",
    Operation.UNDO: "active",
}
"""The state that each operation asks for, in the words of units."""

STATES = {
    "active": "ACTIVE",
    "dispensed": "SUPPLIED",
    "exported": "EXPORTED",
    "sampled": "SAMPLE",
    "free_sample": "FREE_SAMPLE",
    "destroyed": "DESTROYED",
    "locked": "LOCKED",
    "suspect": "LOCKED",
    "illegitimate": "LOCKED",
    "stolen": "STOLEN",
    "checked_out": "CHECKED_OUT",
    "inactive": "INACTIVE",
}
"""States as the national systems call them."""


class ReturnCode(StrEnum):
    """What the national systems answer."""

    SUCCESS = "NMVS_SUCCESS"
    UNKNOWN_PRODUCT = "NMVS_NC_PC_01"
    UNKNOWN_PACK = "NMVS_NC_PC_02"
    UNKNOWN_BATCH = "NMVS_FE_LOT_03"
    EXPIRY_MISMATCH = "NMVS_FE_LOT_12"
    BATCH_MISMATCH = "NMVS_FE_LOT_13"
    WRONG_STATE = "NMVS_NC_PCK_06"
    ALREADY_IN_STATE = "NMVS_NC_PCK_19"
    TOO_LATE = "NMVS_NC_PCK_20"
    OTHER_USER = "NMVS_NC_PCK_21"
    REPEATED_TOO_OFTEN = "NMVS_NC_PCK_22"
    REPEATED = "NMVS_NC_PCK_23"


ALERTS = {
    ReturnCode.UNKNOWN_BATCH: "A2",
    ReturnCode.UNKNOWN_PACK: "A3",
    ReturnCode.ALREADY_IN_STATE: "A7",
    ReturnCode.WRONG_STATE: "A24",
    ReturnCode.TOO_LATE: "A24",
    ReturnCode.OTHER_USER: "A24",
    ReturnCode.REPEATED_TOO_OFTEN: "A24",
    ReturnCode.EXPIRY_MISMATCH: "A52",
    ReturnCode.BATCH_MISMATCH: "A68",
}
"""The alert of the hub that a return code raises; what is not here raises none."""

TOLERATED_REPEATS = 2
"""Times that the same is asked for again at the same place without an alert."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one pack.

    Attributes:
        done: whether it is in the state that was asked for, or, verified, may be used.
        code: what the national systems answer; None where they have no word for it.
        reasons: why not, in the words of verifications and refusals.
        alerts: whether the code raises its alert here.
        detail: one sentence; empty when all is well.
    """

    done: bool
    code: ReturnCode | None
    reasons: tuple[str, ...] = ()
    alerts: bool = True
    detail: str = ""

    @property
    def alert(self) -> str:
        """Code of the alert that is raised; empty for none."""
        return ALERTS.get(self.code, "") if self.code and self.alerts else ""


SUCCESS = Outcome(True, ReturnCode.SUCCESS)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one pack.

    Attributes:
        unit: the pack.
        lot: as it was read; None when it was not.
        expiry: as it was read; None when it was not.
        state: in which it is now, in the words of the national systems; empty when unknown.
        outcome: what came of it.
        alert: id of the alert that was raised; empty for none.
    """

    unit: Sgtin
    lot: str | None
    expiry: date | None
    state: str
    outcome: Outcome
    alert: str = ""


_MISMATCHES = (
    ("lot_mismatch", ReturnCode.BATCH_MISMATCH, "The batch on the pack is not the pack's."),
    ("expiry_mismatch", ReturnCode.EXPIRY_MISMATCH, "The expiry on the pack is not the batch's."),
)
_UNDOING = {
    "too_late": ReturnCode.TOO_LATE,
    "other_party": ReturnCode.OTHER_USER,
    "other_place": ReturnCode.OTHER_USER,
}


def unfit(reasons: Collection[str], *, product: bool, batch: bool | None) -> Outcome | None:
    """Return what is said of a pack that is not what it says; None when it is.

    Args:
        reasons: of its verdict.
        product: whether the GTIN is known.
        batch: whether the lot that was read is known; None when none was read.
    """
    if "unknown" in reasons:
        if not product:
            return Outcome(
                False, ReturnCode.UNKNOWN_PRODUCT, ("unknown",), detail="No such product."
            )
        code = ReturnCode.UNKNOWN_BATCH if batch is False else ReturnCode.UNKNOWN_PACK
        return Outcome(False, code, ("unknown",), detail="There is no such pack.")
    for reason, code, detail in _MISMATCHES:
        if reason in reasons:
            return Outcome(False, code, (reason,), detail=detail)
    return None


def seen(reasons: Collection[str]) -> Outcome:
    """Return what is said of a pack that is verified: nothing that it is raises an alert."""
    return Outcome(not reasons, ReturnCode.SUCCESS, tuple(reasons))


def refused(operation: Operation, reason: str, detail: str, *, repeats: int) -> Outcome:
    """Return what is said of a pack with which the operation could not be done.

    Args:
        operation: that was asked for.
        reason: code of the refusal; a state, where the pack is in another than it should be.
        detail: of the refusal.
        repeats: how often the very same was asked for again at the same place, this time
            included; 0 when it was done elsewhere, or is something else.
    """
    if operation is Operation.UNDO:
        return _not_undone(reason, detail)
    if reason not in STATES:  # recalled, expired, not held, …: rejected, and no alert
        return Outcome(False, None, (reason,), detail=detail)
    if reason != REQUESTED[operation]:
        return Outcome(False, ReturnCode.WRONG_STATE, (reason,), detail=detail)
    if repeats == 0:
        return Outcome(False, ReturnCode.ALREADY_IN_STATE, (reason,), detail=detail)
    if repeats <= TOLERATED_REPEATS:
        return Outcome(True, ReturnCode.REPEATED, (reason,), detail="It was so already.")
    return Outcome(False, ReturnCode.REPEATED_TOO_OFTEN, (reason,), detail=detail)


def _not_undone(reason: str, detail: str) -> Outcome:
    if code := _UNDOING.get(reason):
        return Outcome(False, code, (reason,), detail=detail)
    if reason == "not_reversible":
        # There is nothing to undo of an active pack: an error, and no alert.
        alerts = not detail.endswith("active")
        return Outcome(False, ReturnCode.WRONG_STATE, (reason,), alerts, detail)
    return Outcome(False, None, (reason,), detail=detail)
