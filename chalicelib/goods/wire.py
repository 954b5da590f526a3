"""Bodies and answers of the goods API."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, RootModel, model_validator

from chalicelib.epcis.fields import is_uri
from chalicelib.epcis.model import DOCUMENT_TYPES
from chalicelib.epcis.words import ERROR_REASON
from chalicelib.gs1.refusal import shown
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    DateField,
    EpcField,
    EpcList,
    GlnField,
    GtinField,
    InstantField,
    LotField,
    Query,
    ScannedBody,
    SerialField,
    SerialList,
    SglnField,
    TextField,
)
from chalicelib.http.readers import refuse
from chalicelib.http.scanning import ProfileBody, RemarkAnswer, SymbologyField

MOST_PACKINGS = 90
"""Containers in one packing request: they must fit one transaction."""

MOST_CLAIMS = 1000
"""Packs in one verification request."""

_OWN_TYPE = re.compile(
    r"(?!urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+"
)


class When(ScannedBody):
    """When and where an event happened; now, and at the organisation's own GLN, when not said."""

    event_time: InstantField | None = None
    read_point: SglnField | None = None


class Commissioning(When):
    """Give units their identity."""

    gtin: GtinField
    lot: LotField
    serials: SerialList
    expiry: DateField | None = None


class Packing(Body):
    """Put things into one container."""

    parent: EpcField
    children: EpcList


class Packings(When):
    """Put things into a container, or several containers in one go, inner ones first."""

    parent: EpcField | None = None
    children: EpcList | None = None
    items: tuple[Packing, ...] = Field(default=(), max_length=MOST_PACKINGS)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        single = self.parent is not None and self.children is not None
        if single == bool(self.items) or (self.items and (self.parent or self.children)):
            raise refuse("form", "expected either parent and children, or items")
        return self


class Unpacking(When):
    """Take things out of a container; all of them when no children are named."""

    parent: EpcField
    children: EpcList | None = None


def _document_type(text: str) -> str:
    """Refuse what is neither a word of CBV nor a URI of somebody's own."""
    if text in DOCUMENT_TYPES or _OWN_TYPE.fullmatch(text):
        return text
    words = ", ".join(sorted(DOCUMENT_TYPES))
    raise refuse("document_type", f"found {shown(text)}, expected {words}, or a URI of your own")


class DocumentBody(Body):
    """A commercial document: CBV type such as `po`, `desadv`, `inv`, and the issuer's own id."""

    type: Annotated[TextField, AfterValidator(_document_type)]
    id: TextField


class Shipment(Body):
    """Goods for one party."""

    epcs: EpcList
    to: GlnField
    documents: tuple[DocumentBody, ...] = Field(default=(), max_length=20)


class Shipping(When):
    """Send goods to a party, or several consignments in one go."""

    epcs: EpcList | None = None
    to: GlnField | None = None
    from_: SglnField | None = Field(default=None, alias="from")
    documents: tuple[DocumentBody, ...] = Field(default=(), max_length=20)
    items: tuple[Shipment, ...] = Field(default=(), max_length=MOST_PACKINGS)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        single = self.epcs is not None and self.to is not None
        if single == bool(self.items) or (self.items and (self.epcs or self.to)):
            raise refuse("form", "expected either epcs and to, or items")
        return self


class Receiving(When):
    """Take over goods that were shipped to this organisation."""

    epcs: EpcList
    at: SglnField | None = None
    from_: GlnField | None = Field(default=None, alias="from")
    documents: tuple[DocumentBody, ...] = Field(default=(), max_length=20)


class Ending(When):
    """End the life of things, or undo that."""

    epcs: EpcList
    reason: TextField | None = None


class Returning(Body):
    """Give back numbers that were never used."""

    serials: SerialList
    reason: TextField | None = None


def _uri(text: str) -> str:
    if is_uri(text):
        return text
    raise refuse("uri", f"found {shown(text)}, expected the URI of an event")


def _error_reason(text: str) -> str:
    """Refuse what is neither a word of CBV nor a URI of somebody's own (CBV 2.0, 7.6)."""
    if text in ERROR_REASON.words or _OWN_TYPE.fullmatch(text):
        return text
    words = ", ".join(sorted(ERROR_REASON.words))
    raise refuse("error_reason", f"found {shown(text)}, expected {words}, or a URI of your own")


EventUri = Annotated[TextField, AfterValidator(_uri)]


class Correction(Body):
    """Declare an event an error: what it did is as if it had never been."""

    event: EventUri
    reason: Annotated[TextField, AfterValidator(_error_reason)]
    corrective_events: tuple[EventUri, ...] = Field(default=(), max_length=20)


class RecordedAnswer(AnswerModel):
    """What was recorded.

    Attributes:
        event_id: of the last event: the one that was asked for.
        event_ids: of all events, in order; goods that moved on alone were unpacked first.
        record_time: when we recorded it.
        count: EPCs named in the events asked for.
        warnings: what of the scans in the request was put right.
    """

    event_id: str
    event_ids: list[str]
    record_time: InstantField
    count: int
    warnings: list[RemarkAnswer] = Field(default_factory=list)


class CorrectionAnswer(AnswerModel):
    """A declaration that an event was an error.

    Attributes:
        event_id: of the event; its declaration repeats it.
        reason: why.
        corrective_events: URIs of the events that say it right.
        record_time: when we recorded the declaration.
        count: EPCs named in the event.
    """

    event_id: str
    reason: str
    corrective_events: list[str]
    record_time: InstantField
    count: int


class CommissionedAnswer(RecordedAnswer):
    """What was commissioned."""

    gtin: GtinField
    lot: str


class ClaimBody(ScannedBody):
    """A pack: its scan in any spelling, or what was read from it."""

    scan: str | None = Field(default=None, min_length=1, max_length=8000)
    symbology: SymbologyField | None = None
    profile: ProfileBody | None = None
    gtin: GtinField | None = None
    serial: SerialField | None = None
    lot: LotField | None = None
    expiry: DateField | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        _check_claim(self)
        return self


def _check_claim(claim: ClaimBody) -> None:
    parts = (claim.gtin, claim.serial, claim.lot, claim.expiry)
    if (claim.scan is not None) == (claim.gtin is not None and claim.serial is not None):
        raise refuse("form", "expected either scan, or gtin and serial")
    if claim.scan is not None and any(part is not None for part in parts):
        raise refuse("form", "found scan beside other fields, expected scan alone")
    if claim.scan is None and (claim.symbology or claim.profile):
        raise refuse("form", "found symbology or profile without scan, expected them beside it")


class Verifications(ClaimBody):
    """One pack, or up to 1,000 of them as `items`."""

    items: tuple[ClaimBody, ...] = Field(default=(), max_length=MOST_CLAIMS)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if not self.items:
            _check_claim(self)
        elif self.model_fields_set != {"items"}:
            raise refuse("form", "found items beside other fields, expected items alone")
        return self


class VerdictAnswer(AnswerModel):
    """What we know of a pack.

    Attributes:
        verified: it exists, is what it says, and nothing forbids its use.
        reasons: why not, the gravest first.
        state: of its life; null when unknown.
        warnings: what of its scan was put right.
    """

    verified: bool
    reasons: list[str]
    state: str | None = None
    gtin: GtinField | None = None
    serial: str | None = None
    lot: str | None = None
    expiry: DateField | None = None
    recalled: bool = False
    expired: bool = False
    verified_at: InstantField
    detail: str | None = None
    warnings: list[RemarkAnswer] = Field(default_factory=list)


class VerdictsAnswer(AnswerModel):
    """What we know of several packs, in the order in which they were named."""

    results: list[VerdictAnswer]


class VerificationAnswer(RootModel):  # type: ignore[type-arg]  # parametrised, it compiles at once
    """One verdict for one pack; `results` for `items`."""

    model_config = ConfigDict(defer_build=True)
    root: VerdictAnswer | VerdictsAnswer


class Lots(AnswerModel):
    """So many units of a lot."""

    gtin: GtinField
    lot: str
    quantity: int


class ThingAnswer(AnswerModel):
    """Where a thing is, as far as the caller may know.

    Attributes:
        epc: canonical Digital Link.
        state: of its life.
        container: what it is directly in.
        containers: everything around it, innermost first.
        holder: GLN of the custodian; null where that is not the caller's business.
        place: where it was last seen by its holder, as Digital Link.
        in_transit_to: GLN it is on the way to.
    """

    epc: str
    state: str
    container: str | None = None
    containers: list[str] = Field(default_factory=list)
    holder: str | None = None
    place: str | None = None
    in_transit_to: str | None = None
    recalled: bool = False


class UnitAnswer(ThingAnswer):
    """One unit; a number that was returned unused has no lot."""

    gtin: GtinField
    serial: str
    lot: str | None
    expiry: DateField | None = None
    expired: bool = False


class ContainerAnswer(ThingAnswer):
    """One container and how much is in it.

    Attributes:
        count: things directly in it; null where that is not the caller's business.
        lots: units in it at every depth; null likewise.
    """

    sscc: str
    count: int | None
    lots: list[Lots] | None


class ContentsAnswer(AnswerModel):
    """What is directly in a container."""

    contents: list[str]
    next: str | None = None


class HistoryAnswer(AnswerModel):
    """What happened to a thing, as EPCIS 2.0 events, oldest first."""

    epc: str
    as_of: InstantField
    events: list[dict[str, Any]]


class AsOfQuery(Query):
    """As of when; now when not said."""

    as_of: InstantField | None = None
