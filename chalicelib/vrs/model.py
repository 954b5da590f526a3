"""Questions about product identifiers, and what the answer is.

`verified` says that the identifier is one of the manufacturer's, and not that the pack may be sold.

Source: GS1 US, Lightweight Messaging Standard for DSCSA Verification of Product Identifiers,
R1.1 section 8.3 (decision table) and R1.3.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.lots.model import Status as LotStatus


class Context(StrEnum):
    """Why a partner asks."""

    RETURN = "dscsaSaleableReturn"
    EXCEPTION = "dscsaExceptionVerification"


class Reason(StrEnum):
    """Why an identifier is not verified."""

    POLICY = "Manufacturer_policy"
    UNKNOWN = "No_match_GTIN_Serial"
    LOT_AND_EXPIRY = "No_match_GTIN_Serial_Lot_Expiry"
    LOT = "No_match_GTIN_Serial_Lot"
    EXPIRY = "No_match_GTIN_Serial_Expiry"
    WITHHELD = "No_reason_provided"
    UNFIT = "Not_for_re-distribution"


class Info(StrEnum):
    """What else the manufacturer tells; of several the gravest, which stands first here."""

    ILLEGITIMATE = "Illegitimate"
    SUSPECT = "Suspect"
    RECALLED = "Recalled"
    EXPIRED = "Expired"
    EXTENDED = "ExpirationExtended"


@dataclass(frozen=True, slots=True)
class Question:
    """What a partner asks.

    Attributes:
        gtin: from the pack.
        lot: from the pack.
        serial: from the pack.
        printed_expiry: YYMMDD as it stands on the pack; day 00 is the last day of the month.
        expiry: the day that means.
        context: why it is asked.
        requester: GLN of who asks.
        correlation: id that the partner gave to the question.
        version: of the messages, such as `1.3.0`; empty for R1.1.
    """

    gtin: Gtin
    lot: str
    serial: str
    printed_expiry: str
    expiry: date
    context: Context
    requester: Gln
    correlation: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a manufacturer decided about its answers.

    Attributes:
        verifies_recalled: the identifier of a recalled pack is verified all the same.
        verifies_expired: the identifier of an expired pack is verified all the same.
        tells_reasons: why an identifier does not match is told.
        tells_suspicion: that a pack is suspect is told.
        version: counts changes; 0 while it is the default.
    """

    verifies_recalled: bool = True
    verifies_expired: bool = True
    tells_reasons: bool = True
    tells_suspicion: bool = True
    version: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered.

    Attributes:
        verified: the identifier is the manufacturer's.
        reason: why it is not.
        info: what else is told.
    """

    verified: bool
    reason: Reason | None = None
    info: Info | None = None


_MISMATCHES = {
    frozenset({"lot_mismatch", "expiry_mismatch"}): Reason.LOT_AND_EXPIRY,
    frozenset({"lot_mismatch"}): Reason.LOT,
    frozenset({"expiry_mismatch"}): Reason.EXPIRY,
}
_DIFFERS = frozenset({"lot_mismatch", "expiry_mismatch"})
_GRAVE = {
    "illegitimate": Info.ILLEGITIMATE,
    "stolen": Info.ILLEGITIMATE,
    "suspect": Info.SUSPECT,
    "locked": Info.SUSPECT,
    LotStatus.QUARANTINED.value: Info.SUSPECT,
}
_TOLD = {"recalled": Info.RECALLED, "expired": Info.EXPIRED}


def reply(found: Collection[str], policy: Policy, *, extended: bool = False) -> Reply:
    """Decide what a partner is answered (decision table, scenarios A to E4).

    Args:
        found: what speaks against the pack, in the words of `goods.verification.Verdict`.
        policy: of its manufacturer.
        extended: the expiry that is printed was the lot's until it was extended.
    """
    reasons = set(found)
    if "unknown" in reasons:
        return Reply(False, Reason.UNKNOWN if policy.tells_reasons else Reason.WITHHELD)
    wrong = frozenset(reasons & _DIFFERS) - ({"expiry_mismatch"} if extended else set())
    if wrong:
        return Reply(False, _MISMATCHES[wrong] if policy.tells_reasons else Reason.WITHHELD)
    return _unfit(reasons - _DIFFERS - _TOLD.keys(), policy) or _fit(reasons, policy, extended)


def _unfit(reasons: set[str], policy: Policy) -> Reply | None:
    """Answer of a pack that may not go on, whatever stands on it."""
    if reasons & _GRAVE.keys() and policy.tells_suspicion:
        info = next(info for reason, info in _GRAVE.items() if reason in reasons)
        return Reply(False, Reason.UNFIT, info)
    return Reply(False, Reason.POLICY) if reasons else None


def _fit(reasons: set[str], policy: Policy, extended: bool) -> Reply:
    told = next((info for reason, info in _TOLD.items() if reason in reasons), None)
    if ("recalled" in reasons and not policy.verifies_recalled) or (
        "expired" in reasons and not policy.verifies_expired
    ):
        return Reply(False, Reason.POLICY, told)
    return Reply(True, None, told or (Info.EXTENDED if extended else None))


@dataclass(frozen=True, slots=True)
class Responder:
    """Who answers for a GTIN, of packs that expire in a stretch of time.

    Attributes:
        url: of its service; `/verify/…` and `/checkConnectivity` are below it.
        gln: of who answers.
        begins: first expiry date it answers for; None for all before `ends`.
        ends: last expiry date it answers for; None for all after `begins`.
        credential: sealed; what it wants as `Authorization`, or empty.
    """

    url: str
    gln: Gln
    begins: date | None = None
    ends: date | None = None
    credential: str = ""

    def answers_for(self, expiry: date) -> bool:
        """Whether it answers for packs that expire on that day."""
        return (self.begins or date.min) <= expiry <= (self.ends or date.max)


def check_responders(responders: Sequence[Responder]) -> None:
    """Refuse responders of one GTIN between whom nobody could choose.

    Raises:
        Malformed: their stretches of time overlap, or one ends before it begins.
    """
    ordered = sorted(responders, key=lambda each: each.begins or date.min)
    for number, each in enumerate(ordered):
        if (each.begins or date.min) > (each.ends or date.max):
            message = f"found one that begins on {each.begins} and ends on {each.ends}"
            raise Malformed.field("/responders", "range", f"{message}, expected it to end later")
        if number and (ordered[number - 1].ends or date.max) >= (each.begins or date.min):
            message = "found two for the same expiry date, expected one for each"
            raise Malformed.field("/responders", "overlap", message)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is kept: who asked what, and what was answered.

    Attributes:
        at: when.
        organisation: whose client asked.
        client: that asked.
        question: what.
        responder: GLN of who answered; empty when nobody did.
        routed: whether another service was asked.
        status: HTTP status of the answer.
        reply: what was answered; None when nothing was.
    """

    at: datetime
    organisation: str
    client: str
    question: Question
    responder: str
    routed: bool
    status: int
    reply: Reply | None
