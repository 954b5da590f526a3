"""Lots as JSON: bodies that are accepted, answers that are given."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from chalicelib.errors import Malformed
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    DateField,
    GtinField,
    InstantField,
    NameField,
)
from chalicelib.http.readers import read_text
from chalicelib.lots.model import Change, Description, Lot, Status, day

DayText = Annotated[
    str,
    AfterValidator(read_text),
    Field(
        description="A day: YYYY-MM-DD, or YYMMDD as printed, day 00 for the end of the month.",
        examples=["2028-06-30", "280600"],
    ),
]


class LotBody(Body):
    """A lot as its owner describes it."""

    expiry: DayText
    manufactured: DayText | None = None
    supplier: NameField | None = None
    supplier_lot: NameField | None = None
    status: Status | None = Field(
        default=None, description="Left as it is when not given; released for a new lot."
    )

    def description(self, *, this_year: int) -> Description:
        """Return what is said.

        Args:
            this_year: settles the century of a date as printed.

        Raises:
            Malformed: a date is none, or the lot expires before it is made.
        """
        expiry = _day("/expiry", self.expiry, this_year)
        made = _day("/manufactured", self.manufactured, this_year) if self.manufactured else None
        return Description(expiry, made, self.supplier, self.supplier_lot, self.status)


class LotAnswer(AnswerModel):
    """A lot."""

    gtin: GtinField
    lot: str
    expiry: DateField = Field(description="The last day of use.")
    manufactured: DateField | None
    supplier: str | None = Field(description="Told to the owner alone.")
    supplier_lot: str | None = Field(description="Told to the owner alone.")
    status: Status
    recalled: bool = Field(description="Whether a recall covers the whole lot.")
    partly_recalled: bool = Field(description="Whether a recall covers some serials of it.")

    @classmethod
    def of(cls, lot: Lot, *, own: bool) -> Self:
        """Return a lot as its owner sees it, or as a holder does."""
        return cls(
            gtin=lot.lgtin.gtin,
            lot=lot.lgtin.lot,
            expiry=lot.expiry,
            manufactured=lot.manufactured,
            supplier=lot.supplier if own else None,
            supplier_lot=lot.supplier_lot if own else None,
            status=lot.status,
            recalled=lot.recalled,
            partly_recalled=bool(lot.partial_recalls),
        )


class ChangeAnswer(AnswerModel):
    """One description that a lot had, and who gave it."""

    version: int
    at: InstantField
    client_id: str
    expiry: DateField
    manufactured: DateField | None
    supplier: str | None
    supplier_lot: str | None
    status: Status

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a change as it is answered."""
        told = change.description
        return cls(
            version=change.version,
            at=change.at,
            client_id=change.client,
            expiry=told.expiry,
            manufactured=told.manufactured,
            supplier=told.supplier,
            supplier_lot=told.supplier_lot,
            status=told.status or Status.RELEASED,
        )


class ChangesAnswer(AnswerModel):
    """Every description that a lot had, oldest first."""

    changes: tuple[ChangeAnswer, ...]


def _day(pointer: str, text: str, this_year: int) -> date:
    try:
        return day(text, this_year=this_year)
    except Malformed as error:
        raise Malformed.field(pointer, error.errors[0].code, error.detail) from error
