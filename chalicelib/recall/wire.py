"""Bodies and answers about recalls."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    GlnField,
    GtinField,
    InstantField,
    LotField,
    TextField,
)
from chalicelib.http.readers import read_epc, read_key, read_serial, refuse
from chalicelib.recall.model.notice import Acknowledgement, Affected, Notice
from chalicelib.recall.model.progress import Progress, TierProgress
from chalicelib.recall.model.recall import (
    MOST_LOTS,
    Cascade,
    Classification,
    Covered,
    Recall,
)
from chalicelib.recall.sight import Seen

_read_gtin = read_key(Gtin.parse, Gtin)


_PLAIN = re.compile(r"(?!https?:|urn:|[(\]])[!-~]{1,20}", re.IGNORECASE)
"""A bare serial number: none of the spellings of an EPC begins so, or fits into 20 characters."""


def _read_unit(value: Any) -> Sgtin | str:
    """Read one item: an EPC in any spelling, its GTIN and serial, or its bare serial."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return read_serial(value)
    if isinstance(value, dict):
        if value.keys() != {"gtin", "serial"}:
            found = ", ".join(sorted(map(str, value))) or "nothing"
            raise refuse("fields", f"found the fields {found}, expected gtin and serial")
        return Sgtin.of(_read_gtin(value["gtin"]), read_serial(value["serial"]))
    epc = read_epc(value)
    if not isinstance(epc, Sgtin):
        raise refuse("kind", f"found the logistic unit {epc}, expected an item")
    return epc


UnitField = Annotated[
    Sgtin | str,
    PlainValidator(_read_unit),
    WithJsonSchema(
        {
            "description": "One item: an EPC in any spelling, its GTIN and serial, or, where all "
            "lots are of one GTIN, its bare serial.",
            "oneOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"gtin": {"type": "string"}, "serial": {"type": "string"}},
                    "required": ["gtin", "serial"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]


class LotBody(Body):
    """A lot."""

    gtin: GtinField
    lot: LotField


class ScopeBody(Body):
    """What is to be recalled."""

    lots: list[LotBody] = Field(min_length=1, max_length=MOST_LOTS)
    serials: list[UnitField] = Field(
        default=[],
        description="Only these items of the lots; a GTIN that none of them has is recalled whole.",
    )

    def units(self) -> tuple[Sgtin, ...]:
        """Return the items; a bare serial is of the one GTIN of all lots.

        Raises:
            Malformed: a bare serial where the lots are of several GTINs.
        """
        gtin, *others = {lot.gtin for lot in self.lots}
        found: list[Sgtin] = []
        for number, unit in enumerate(self.serials):
            if isinstance(unit, Sgtin):
                found.append(unit)
            elif not others:
                found.append(Sgtin.of(gtin, unit))
            else:
                message = f"found the bare serial {unit!r}, expected its GTIN too"
                raise Malformed.field(f"/scope/serials/{number}", "which_gtin", message)
        return tuple(found)


class RecallBody(Body):
    """A recall to be opened."""

    scope: ScopeBody
    reason: TextField
    classification: Classification
    cascade: Cascade = Cascade.AUTO


class AcknowledgementBody(Body):
    """A party's answer to its notice."""

    quantity_on_hand: int | None = Field(default=None, ge=0, le=1_000_000_000, strict=True)
    comment: TextField | None = None


class CoveredAnswer(AnswerModel):
    """A lot under recall."""

    gtin: GtinField
    lot: str
    serials: int | None = Field(description="How many items of it; null for the whole lot.")

    @classmethod
    def of(cls, covered: Covered) -> "CoveredAnswer":
        """Show a lot under recall."""
        return cls(gtin=covered.lgtin.gtin, lot=covered.lgtin.lot, serials=covered.serials)


class ScopeAnswer(AnswerModel):
    """What is recalled, as far as it concerns the caller."""

    lots: tuple[CoveredAnswer, ...]


class OpenedAnswer(AnswerModel):
    """A recall that was opened; what it covers is blocked."""

    id: str
    status: Literal["opened"] = "opened"
    scope: ScopeAnswer
    opened_at: InstantField
    blocked_at: InstantField

    @classmethod
    def of(cls, recall: Recall) -> "OpenedAnswer":
        """Show a recall as it was opened."""
        scope = ScopeAnswer(lots=tuple(map(CoveredAnswer.of, recall.scope)))
        return cls(id=recall.id, scope=scope, opened_at=recall.opened, blocked_at=recall.opened)


class CountsAnswer(AnswerModel):
    """How many notices there are, by how far they are."""

    pending: int
    delivered: int
    acknowledged: int
    failed: int = Field(description="No address accepted it: a person has to call.")
    unreachable: int = Field(description="There is no address: a person has to call.")


class TierAnswer(AnswerModel):
    """Customers at one distance from the brand owner."""

    tier: int
    shippers: int
    identified: int = Field(description="Of how many shippers the customers are known.")
    quantity: int
    notices: CountsAnswer

    @classmethod
    def of(cls, tier: TierProgress) -> "TierAnswer":
        """Show a tier."""
        counts = CountsAnswer(**{told.value: count for told, count in tier.notices.items()})
        return cls(
            tier=tier.tier,
            shippers=tier.shippers,
            identified=tier.identified,
            quantity=tier.quantity,
            notices=counts,
        )


class ProgressAnswer(AnswerModel):
    """How far telling everybody is: of all, or of the caller's own customers."""

    parties: int
    quantity: int
    notices: CountsAnswer
    tiers: tuple[TierAnswer, ...]

    @classmethod
    def of(cls, progress: Progress) -> "ProgressAnswer":
        """Show progress."""
        counts = {told.value: count for told, count in progress.notices.items()}
        return cls(
            parties=sum(counts.values()),
            quantity=sum(tier.quantity for tier in progress.tiers),
            notices=CountsAnswer(**counts),
            tiers=tuple(map(TierAnswer.of, progress.tiers)),
        )


class DocumentAnswer(AnswerModel):
    """A commercial document."""

    type: str
    id: str


class AffectedAnswer(AnswerModel):
    """What a party got of one lot."""

    gtin: GtinField
    lot: str
    quantity: int
    deliveries: int
    serials: tuple[str, ...] | None = Field(description="Recalled items; null for the whole lot.")
    documents: tuple[DocumentAnswer, ...]

    @classmethod
    def of(cls, lot: Affected) -> "AffectedAnswer":
        """Show what a party got."""
        return cls(
            gtin=lot.lgtin.gtin,
            lot=lot.lgtin.lot,
            quantity=lot.quantity,
            deliveries=lot.deliveries,
            serials=lot.serials or None,
            documents=tuple(DocumentAnswer(type=d.type, id=d.id) for d in lot.documents),
        )


class AcknowledgementAnswer(AnswerModel):
    """What a party answered."""

    at: InstantField
    quantity_on_hand: int | None
    comment: str | None
    revision: int

    @classmethod
    def of(cls, answer: Acknowledgement) -> "AcknowledgementAnswer":
        """Show an answer, without who gave it for the party."""
        return cls(
            at=answer.at,
            quantity_on_hand=answer.quantity_on_hand,
            comment=answer.comment or None,
            revision=answer.revision,
        )


class NoticeAnswer(AnswerModel):
    """What one party is told about the goods that one shipper sent it."""

    id: str
    direction: Literal["sent", "received"]
    tier: int
    shipper: GlnField
    party: GlnField
    status: Literal["pending", "delivered", "acknowledged", "failed", "unreachable"]
    revision: int = Field(description="Grows when more goods became known.")
    lots: tuple[AffectedAnswer, ...]
    quantity: int
    updated_at: InstantField
    told_at: InstantField | None
    problem: str | None
    contact: str | None = Field(description="Whom to call; from the shipper's address book.")
    acknowledgement: AcknowledgementAnswer | None

    @classmethod
    def of(cls, notice: Notice, organisation: str) -> "NoticeAnswer":
        """Show a notice to one of its two sides."""
        sent = notice.organisation != organisation
        return cls(
            id=notice.id,
            direction="sent" if sent else "received",
            tier=notice.tier,
            shipper=notice.shipper,
            party=notice.party,
            status=notice.status.value,
            revision=notice.revision,
            lots=tuple(map(AffectedAnswer.of, notice.lots)),
            quantity=notice.quantity,
            updated_at=notice.updated,
            told_at=notice.told,
            problem=notice.problem or None,
            contact=(sent and notice.contact) or None,
            acknowledgement=notice.answer and AcknowledgementAnswer.of(notice.answer),
        )


class NoticesAnswer(AnswerModel):
    """Notices that the caller got, then those in its name."""

    notices: tuple[NoticeAnswer, ...]
    next: str | None = None


class RecallSummary(AnswerModel):
    """A recall in a list."""

    id: str
    relation: Literal["owner", "notified"]
    reason: str
    classification: Classification
    owner: GlnField
    opened_at: InstantField

    @classmethod
    def of(cls, recall: Recall, organisation: str) -> "RecallSummary":
        """Show a recall in a list."""
        return cls(
            id=recall.id,
            relation=_relation(recall.organisation == organisation),
            reason=recall.reason,
            classification=recall.classification,
            owner=recall.owner,
            opened_at=recall.opened,
        )


class RecallsAnswer(AnswerModel):
    """Recalls that concern the caller, newest first."""

    recalls: tuple[RecallSummary, ...]
    next: str | None = None


class RecallAnswer(RecallSummary):
    """A recall, as far as it concerns the caller."""

    status: Literal["opened", "identifying", "notifying", "notified", "acknowledged"]
    scope: ScopeAnswer
    cascade: Cascade
    blocked_at: InstantField
    identified_at: InstantField | None
    progress: ProgressAnswer
    received: tuple[NoticeAnswer, ...]

    @classmethod
    def seen(cls, seen: Seen, organisation: str) -> "RecallAnswer":
        """Show a recall as an organisation sees it."""
        recall = seen.recall
        return cls(
            **RecallSummary.of(recall, organisation).model_dump(by_alias=False),
            status=seen.progress.status.value,
            scope=ScopeAnswer(lots=tuple(map(CoveredAnswer.of, seen.scope))),
            cascade=recall.cascade,
            blocked_at=recall.opened,
            identified_at=seen.progress.identified,
            progress=ProgressAnswer.of(seen.progress),
            received=tuple(NoticeAnswer.of(each, organisation) for each in seen.received),
        )


class CascadeAnswer(AnswerModel):
    """How far telling the caller's own customers is."""

    recall: str
    stage: Literal["waiting", "requested", "identified"]


def _relation(owned: bool) -> Literal["owner", "notified"]:
    return "owner" if owned else "notified"
