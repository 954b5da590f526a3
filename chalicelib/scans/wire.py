"""Bodies and answers about scans."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from chalicelib.http.fields import AnswerModel, DateField, ScanField, ScannedBody
from chalicelib.http.readers import refuse
from chalicelib.http.scanning import ProfileBody, RemarkAnswer, SymbologyField

MOST_SCANS = 1000
"""In one request."""


class ScanBody(ScannedBody):
    """One scan, and what is known of how it came."""

    scan: ScanField
    symbology: SymbologyField | None = None
    profile: ProfileBody | None = None


OneScan = Annotated[ScanField | ScanBody, Field(union_mode="left_to_right")]


class Scans(ScannedBody):
    """One scan, or up to 1,000; beside them, what is known of all that do not say it themselves."""

    scan: OneScan | None = None
    scans: tuple[OneScan, ...] | None = Field(default=None, min_length=1, max_length=MOST_SCANS)
    symbology: SymbologyField | None = None
    profile: ProfileBody | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.scan is None) == (self.scans is None):
            raise refuse("form", "expected either scan or scans")
        return self

    def each(self) -> list[ScanBody]:
        """Return every scan with all that is known of it, in order."""
        given = self.scans if self.scans is not None else (self.scan or "",)
        return [self._whole(one) for one in given]

    def _whole(self, one: str | ScanBody) -> ScanBody:
        scan, symbology, profile = (
            (one, None, None) if isinstance(one, str) else (one.scan, one.symbology, one.profile)
        )
        return ScanBody.model_construct(
            scan=scan,
            symbology=symbology or self.symbology,
            profile=profile or self.profile,
        )


class ElementAnswer(AnswerModel):
    """One element string, or one field of an envelope.

    Attributes:
        ai: application identifier; in an envelope of format 06, data identifier.
        title: GS1's data title; empty where there is none.
        value: as it was read.
        date: the day that the value is or begins with; null where it is none.
    """

    ai: str
    title: str
    value: str
    date: DateField | None = None


class ScanAnswer(AnswerModel):
    """What a scan says.

    Attributes:
        valid: it can be read, in one way only.
        elements: in the order in which they were read.
        keys: what is identified, by name, with its EPC URN as `epcUrn`.
        digital_link: canonical; null where the elements make none.
        warnings: what was put right.
        errors: why it cannot be read.
    """

    valid: bool
    elements: list[ElementAnswer]
    keys: dict[str, str]
    digital_link: str | None
    warnings: list[RemarkAnswer]
    errors: list[RemarkAnswer]


class ScansAnswer(AnswerModel):
    """What the scans say, in their order."""

    results: list[ScanAnswer]
