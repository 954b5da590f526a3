"""Returns as JSON."""

from typing import Literal

from pydantic import Field

from chalicelib.goods.wire import ClaimBody, When
from chalicelib.http.fields import AnswerModel, DateField, GlnField, GtinField, InstantField
from chalicelib.returns.model import Outcome, Result, Return, Verification
from chalicelib.vrs.model import Info, Reason

MOST_UNITS = 1_000
"""Units in one return."""


class ReturnBody(When):
    """What a customer brings back."""

    from_: GlnField = Field(alias="from", description="GLN of the customer.")
    items: tuple[ClaimBody, ...] = Field(min_length=1, max_length=MOST_UNITS)


class VerificationAnswer(AnswerModel):
    """What who answers for a unit said of its identifier."""

    verified: bool | None = Field(description="Null when there was no answer.")
    verification_failure_reason: Reason | None
    additional_info: Info | None
    responder_gln: str | None = Field(
        alias="responderGLN", description="Null when nobody answers for the GTIN."
    )
    correlation: str = Field(alias="corrUUID")

    @classmethod
    def of(cls, asked: Verification) -> "VerificationAnswer":
        """Show a verification."""
        return cls(
            verified=asked.verified,
            verification_failure_reason=asked.reason,
            additional_info=asked.info,
            responder_gln=asked.responder or None,
            correlation=asked.correlation,
        )


class ReturnedAnswer(AnswerModel):
    """What came of one unit."""

    gtin: GtinField | None
    serial: str | None
    lot: str | None
    expiry: DateField | None
    outcome: Literal["accepted", "quarantined", "refused", "pending"] = Field(
        description="`pending`: the request was interrupted; a repeat of it does the rest."
    )
    reasons: tuple[str, ...] = Field(description="Why it is not accepted.")
    verification: VerificationAnswer | None
    detail: str | None

    @classmethod
    def of(cls, result: Result, *, done: bool = True) -> "ReturnedAnswer":
        """Show what came of a unit."""
        return cls(
            gtin=result.unit.gtin if result.unit else None,
            serial=result.unit.serial if result.unit else None,
            lot=result.lot or None,
            expiry=result.expiry,
            outcome=result.outcome.value if done else "pending",
            reasons=result.reasons if done else (),
            verification=VerificationAnswer.of(result.verification)
            if result.verification
            else None,
            detail=(result.detail or None) if done else None,
        )


class ReturnAnswer(AnswerModel):
    """A return."""

    id: str
    from_: GlnField = Field(alias="from", description="GLN of the customer.")
    recorded_at: InstantField
    event_time: InstantField
    place: str = Field(description="Where the goods came in; an SGLN.")
    count: int = Field(description="Units that were brought back.")
    complete: bool = Field(description="Whether all of it is done.")
    accepted: int | None = Field(description="Units; null until all is done.")
    quarantined: int | None
    refused: int | None

    @classmethod
    def of(cls, made: Return) -> "ReturnAnswer":
        """Show a return."""
        return cls(**_head(made))


class ReturnResultsAnswer(ReturnAnswer):
    """A return with what came of its units, in the order in which they were named."""

    results: tuple[ReturnedAnswer, ...]
    next: str | None = None

    @classmethod
    def page(
        cls, made: Return, results: list[tuple[Result, bool]], after: str | None = None
    ) -> "ReturnResultsAnswer":
        """Show a return with some of its units, and where to go on."""
        shown = tuple(ReturnedAnswer.of(result, done=done) for result, done in results)
        return cls(**_head(made), results=shown, next=after)


class ReturnsAnswer(AnswerModel):
    """Returns, newest first."""

    returns: tuple[ReturnAnswer, ...]
    next: str | None = None


def _head(made: Return) -> dict[str, object]:
    number = made.totals.get if made.complete else lambda _, __: None
    return {
        "id": made.id,
        "from_": made.customer,
        "recorded_at": made.at,
        "event_time": made.event_time,
        "place": made.place.digital_link(),
        "count": made.count,
        "complete": made.complete,
        "accepted": number(Outcome.ACCEPTED, 0),
        "quarantined": number(Outcome.QUARANTINED, 0),
        "refused": number(Outcome.REFUSED, 0),
    }
