"""Operations on packs as JSON."""

from pydantic import Field

from chalicelib.goods.wire import ClaimBody, When
from chalicelib.http.fields import AnswerModel, GtinField
from chalicelib.http.scanning import RemarkAnswer
from chalicelib.packs.model import Operation, Result, ReturnCode

MOST_PACKS = 10_000
"""Packs in one request."""


class OperationBody(When):
    """What shall be done with packs, and where."""

    operation: Operation
    packs: tuple[ClaimBody, ...] = Field(min_length=1, max_length=MOST_PACKS)


class PackAnswer(AnswerModel):
    """What came of one pack."""

    gtin: GtinField | None
    serial: str | None
    done: bool = Field(
        description="Whether it is in the state that was asked for; or, verified, may be used."
    )
    state: str | None = Field(description="As the national systems call it.")
    return_code: ReturnCode | None = Field(
        description="What the national systems answer; null where they have no word for it."
    )
    reasons: tuple[str, ...]
    alert: str | None = Field(description="Code of the alert that was raised, such as `A24`.")
    alert_id: str | None
    detail: str | None
    warnings: tuple[RemarkAnswer, ...] = ()

    @classmethod
    def of(cls, result: Result, warnings: list[RemarkAnswer]) -> "PackAnswer":
        """Show what came of a pack."""
        outcome = result.outcome
        return cls(
            gtin=result.unit.gtin,
            serial=result.unit.serial,
            done=outcome.done,
            state=result.state or None,
            return_code=outcome.code,
            reasons=outcome.reasons,
            alert=outcome.alert or None,
            alert_id=result.alert or None,
            detail=outcome.detail or None,
            warnings=tuple(warnings),
        )

    @classmethod
    def unread(cls, detail: str) -> "PackAnswer":
        """Show a pack whose scan cannot be read; nothing was done, and nothing is alerted."""
        return cls(
            gtin=None, serial=None, done=False, state=None, return_code=None,
            reasons=("malformed",), alert=None, alert_id=None, detail=detail,
        )  # fmt: skip


class PacksAnswer(AnswerModel):
    """What came of each pack, in the order in which they were named."""

    done: int = Field(description="How many packs are in the state that was asked for.")
    results: tuple[PackAnswer, ...]
