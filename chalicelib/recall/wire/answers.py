"""What is answered about recalls: to each side what it may know."""

from typing import Literal

from pydantic import Field

from chalicelib.http.fields import AnswerModel, GlnField, GtinField, InstantField
from chalicelib.recall.model.notice import Acknowledgement, Affected, Notice
from chalicelib.recall.model.progress import Progress, TierProgress
from chalicelib.recall.model.recall import Cascade, Classification, Covered, Recall
from chalicelib.recall.sight import Seen


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
