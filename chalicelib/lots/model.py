"""Lots of a product: expiry, origin, quality status, and the recalls that block them.

The one predicate of expiry stands here. The expiry date is the last day of use, counted by the
calendar of the place where the goods are.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from chalicelib.errors import Forbidden, Malformed, NotFound
from chalicelib.gs1 import dates
from chalicelib.gs1.keys import Lgtin
from chalicelib.gs1.refusal import shown

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST, _LAST = date(1900, 1, 1), date(9998, 12, 31)
"""So that days can be counted on from every date that is let in."""


class Status(StrEnum):
    """What quality assurance says of a lot."""

    RELEASED = "released"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RecallMark:
    """A recall that touches a lot.

    Attributes:
        id: of the recall.
        partial: it covers some serials only, which the recall itself lists.
    """

    id: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """What the owner says of a lot; see `Lot`. No status means: leave it as it is."""

    expiry: date
    manufactured: date | None = None
    supplier: str | None = None
    supplier_lot: str | None = None
    status: Status | None = None

    def of_new(self, lgtin: Lgtin, owner: str) -> "Lot":
        """Return a lot that was not there, released unless said otherwise."""
        return Lot(
            lgtin,
            owner,
            self.expiry,
            self.manufactured,
            self.supplier,
            self.supplier_lot,
            self.status or Status.RELEASED,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One version of a lot's description, and who set it.

    Attributes:
        version: of the lot.
        at: when.
        client: id of the client that set it.
        description: what was set.
    """

    version: int
    at: datetime
    client: str
    description: Description


@dataclass(frozen=True, slots=True)
class Lot:
    """One production run of a product.

    Attributes:
        lgtin: GTIN and lot number.
        owner: organisation that owns the GTIN.
        expiry: last day of use.
        manufactured: day of manufacture.
        supplier: who made it for the owner, or supplied what it was made of.
        supplier_lot: the supplier's own lot number.
        status: of quality assurance.
        recalls: open recalls that cover it, those of the whole lot first.
        version: 1 when first set, one more with each change of any attribute.
        epoch: newest epoch of serial numbers of which units were commissioned in it; who knows of
            that epoch knows where every unit of the lot would stand.
    """

    lgtin: Lgtin
    owner: str
    expiry: date
    manufactured: date | None = None
    supplier: str | None = None
    supplier_lot: str | None = None
    status: Status = Status.RELEASED
    recalls: tuple[RecallMark, ...] = ()
    version: int = 0
    epoch: int = 0

    def __post_init__(self) -> None:
        if self.manufactured and self.expiry < self.manufactured:
            found = f"found {self.expiry}, before the day of manufacture {self.manufactured}"
            raise Malformed.field("/expiry", "date_order", f"{found}, expected that day or later")

    def expired(self, on: date) -> bool:
        """Return whether the last day of use is over.

        Args:
            on: calendar day at the place of the goods, not UTC.

        Source: GS1 General Specifications, section 3.4.7, AI (17).
        """
        return on > self.expiry

    @property
    def description(self) -> Description:
        """What the owner says of it."""
        return Description(
            self.expiry, self.manufactured, self.supplier, self.supplier_lot, self.status
        )

    @property
    def recalled(self) -> bool:
        """Whether an open recall covers the whole lot."""
        return any(not mark.partial for mark in self.recalls)

    @property
    def partial_recalls(self) -> tuple[str, ...]:
        """Recalls that cover some serials of the lot; they tell which."""
        return tuple(mark.id for mark in self.recalls if mark.partial)

    def described(self, wanted: "Description", *, quality: bool) -> Self:
        """Return the lot as it shall be described; its recalls are not part of that.

        Args:
            wanted: no status means the status that it has.
            quality: whether quality assurance asks. A lot that is there gets another expiry or
                status from nobody else: packs are printed with the one, and the other is what
                holds back goods.

        Raises:
            Forbidden: `quality_only`.
        """
        lot = replace(
            self,
            expiry=wanted.expiry,
            manufactured=wanted.manufactured,
            supplier=wanted.supplier,
            supplier_lot=wanted.supplier_lot,
            status=wanted.status or self.status,
        )
        changes = (lot.expiry, lot.status) != (self.expiry, self.status)
        if changes and not quality:
            message = "Only quality or admin may change the expiry or the status of a lot."
            raise Forbidden(message, code="quality_only")
        return lot


def day(text: str, *, this_year: int) -> date:
    """Read a calendar date as people write it, or as it is printed on a pack.

    Args:
        text: `YYYY-MM-DD`, or `YYMMDD` where day 00 is the last day of the month.
        this_year: settles the century of the latter.

    >>> day("2027-02-28", this_year=2026) == day("270200", this_year=2026)
    True

    Raises:
        Malformed: with code `date`.
    """
    if len(text) == 6:
        return dates.parse(text, this_year=this_year)
    if _DAY.fullmatch(text):  # `fromisoformat` would also take 20270228 and 2027-W08-7
        with suppress(ValueError):
            found = date.fromisoformat(text)
            if _FIRST <= found <= _LAST:
                return found
    message = f"found {shown(text)}, expected a date as YYYY-MM-DD, or YYMMDD as printed"
    raise Malformed.field("", "date", message)


def no_lot(lgtin: Lgtin) -> NotFound:
    """Return the refusal for a lot that is not, or not for the caller, there."""
    return NotFound(f"There is no lot {lgtin.lot!r} of GTIN {lgtin.gtin} here.")
