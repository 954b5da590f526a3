"""What documents tell of products, parties and places, and which of them tells last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.errors import FieldError
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln

Thing = Gtin | Lgtin | Gln | Sgln
"""What documents tell of: a product or one lot of it, a party, a place."""

Attributes = Mapping[str, Any]
"""Values by name: those of CBV by bare name, others by URI; a list where there are several."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Which document told; the greater of two is the newer one.

    Attributes:
        created: when the document was made, as it says; never later than `received`.
        received: when it was captured.
        capture: id of the job that captured it.
    """

    created: datetime
    received: datetime
    capture: str

    @classmethod
    def of(cls, created: datetime | None, received: datetime, capture: str) -> "Source":
        """Return a source; a document from the future, or without a date, was made as it came."""
        return cls(min(created or received, received), received, capture)

    @property
    def position(self) -> str:
        """Its place in the order of all documents: text order is the order of sources."""
        return f"{_text(self.created)}#{_text(self.received)}#{self.capture}"


@dataclass(frozen=True, slots=True)
class Told:
    """What the newest document tells of a thing.

    Attributes:
        thing: of what.
        source: which document.
        name: for people; empty when the document gives none.
        attributes: all of them.
        parent: the place that a place is part of; the newest document says so that places it.
    """

    thing: Thing
    source: Source
    name: str = ""
    attributes: Attributes = field(default_factory=dict)
    parent: Sgln | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of the master data of a document.

    Attributes:
        taken: products, parties and places of which this document now tells.
        kept: those of which a newer document told already, or this one only the key.
        refused: elements of which nothing was taken.
        others: elements of other vocabularies, which are left aside.
        faults: what is wrong in it, a bounded number; pointers are into the document.
    """

    taken: int = 0
    kept: int = 0
    refused: int = 0
    others: int = 0
    faults: tuple[FieldError, ...] = ()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
