"""Saleable returns: what may be sold again, what is set apart, and what was never ours.

Source: FD&C Act s582(c)(4)(D): before a returned product is distributed further, its identifier is
verified; s582(c)(1)(B)(i): only what the wholesaler can associate with its own sale is accepted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.gs1.keys import Gln, Sgln, Sgtin
from chalicelib.vrs.model import Info, Reason

FEW = 30
"""Units in one transaction: each may leave a case and a pallet of its own."""


class Outcome(StrEnum):
    """What is done with a unit."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verification:
    """What who answers for a unit said of its identifier.

    Attributes:
        correlation: id of the question.
        responder: GLN of who was asked; empty when nobody answers for the GTIN.
        verified: whether it is the manufacturer's; None when there was no answer.
        reason: why it is not.
        info: what else was told.
    """

    correlation: str
    responder: str = ""
    verified: bool | None = None
    reason: Reason | None = None
    info: Info | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What comes of one unit of a return.

    Attributes:
        unit: which; None when its scan could not be read.
        lot: as it was read; empty when it was not.
        expiry: as it was read; None when it was not.
        outcome: what is done with it.
        reasons: why it is not accepted; codes.
        verification: of its identifier; None when nothing was asked.
        detail: one sentence; empty when there is nothing to say.
        locks: it is locked when it is taken in.
    """

    unit: Sgtin | None
    lot: str
    expiry: date | None
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    verification: Verification | None = None
    detail: str = ""
    locks: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """What a customer brought back in one go.

    Attributes:
        id: 32 hexadecimal digits.
        organisation: to whom.
        customer: by whom.
        client: that recorded it.
        at: when it was recorded.
        event_time: when it happened.
        place: where.
        fingerprint: of the request.
        count: units.
        totals: how many units came to which end; empty until all have.
    """

    id: str
    organisation: str
    customer: Gln
    client: str
    at: datetime
    event_time: datetime
    place: Sgln
    fingerprint: str
    count: int
    totals: dict[Outcome, int]

    @property
    def complete(self) -> bool:
        """Whether all of it has been done; else a repeat of the request does the rest."""
        return bool(self.totals)


_SPEAKS_AGAINST = {
    Info.ILLEGITIMATE: "illegitimate",
    Info.SUSPECT: "suspect",
    Info.RECALLED: "recalled",
    Info.EXPIRED: "expired",
}


def judged(
    doubts: Collection[str], verification: Verification, *, ours: bool
) -> tuple[Outcome, tuple[str, ...]]:
    """Decide what is to be done with a unit, and say why.

    Args:
        doubts: what is known here that speaks against it, in the words of verifications.
        verification: of its identifier.
        ours: whether it was sold to who brings it back, by us.
    """
    if not ours:
        return Outcome.REFUSED, ("not_sold",)
    reasons = list(doubts)
    if verification.info is Info.EXTENDED:  # what is printed was the lot's until it was extended
        reasons = [each for each in reasons if each != "expiry_mismatch"]
    if verification.verified is None:
        reasons.append("unanswered")
    elif not verification.verified:
        reasons.append("not_verified")
    if verification.info in _SPEAKS_AGAINST:
        reasons.append(_SPEAKS_AGAINST[verification.info])
    outcome = Outcome.QUARANTINED if reasons else Outcome.ACCEPTED
    return outcome, tuple(dict.fromkeys(reasons))
