"""Cases of suspect product as JSON."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from chalicelib.http.fields import (
    AnswerModel,
    Body,
    EpcList,
    GlnField,
    InstantField,
    ScannedBody,
    TextField,
)
from chalicelib.suspicions.model import (
    Classification,
    Contact,
    Held,
    Note,
    Notice,
    Page,
    Role,
    State,
    Suspicion,
)

MOST_THINGS = 1_000
"""Units and containers in one case."""

MOST_CONTAINERS = 100
"""Containers in one case: each is a transaction of its own."""


class ContactBody(Body):
    """Whom FDA and trading partners may ask."""

    name: TextField
    telephone: TextField | None = None
    email: TextField | None = None

    def contact(self) -> Contact:
        """Return it as it is kept."""
        return Contact(self.name, self.telephone or "", self.email or "")


class SuspicionBody(ScannedBody):
    """Goods that are suspect, or illegitimate, and why."""

    state: Literal[State.SUSPECT, State.HIGH_RISK, State.ILLEGITIMATE] = Field(
        default=State.SUSPECT,
        description="`high_risk` is for manufacturers; both it and `illegitimate` are to be "
        "notified within 24 hours.",
    )
    classification: Classification | None = Field(
        default=None, description="What is thought to be wrong (Form FDA 3911, item 5)."
    )
    description: TextField
    things: EpcList
    contact: ContactBody | None = None


class CaseNoteBody(Body):
    """What became of a case."""

    state: State = Field(description="How far it is from now on.")
    text: TextField
    classification: Classification | None = None
    notified_at: InstantField | None = Field(
        default=None, description="When FDA was notified; say so once it was."
    )
    incident_number: TextField | None = Field(default=None, description="That FDA assigned.")


class CaseNoteAnswer(AnswerModel):
    """A note about a case."""

    at: InstantField
    client: str
    state: State
    text: str
    classification: Classification | None
    notified_at: InstantField | None
    incident_number: str | None

    @classmethod
    def of(cls, note: Note) -> "CaseNoteAnswer":
        """Show a note."""
        return cls(
            at=note.at, client=note.client, state=note.state, text=note.text,
            classification=note.classification, notified_at=note.notified,
            incident_number=note.incident or None,
        )  # fmt: skip


class ContactAnswer(AnswerModel):
    """Whom to ask."""

    name: str | None
    telephone: str | None
    email: str | None

    @classmethod
    def of(cls, contact: Contact) -> "ContactAnswer":
        """Show a contact."""
        return cls(
            name=contact.name or None,
            telephone=contact.telephone or None,
            email=contact.email or None,
        )


class SuspicionAnswer(AnswerModel):
    """A case, and how far it is."""

    id: str
    state: State
    classification: Classification | None
    description: str
    opened_at: InstantField
    contact: ContactAnswer
    things: int
    determined_at: InstantField | None = Field(
        description="When it was determined that the goods are illegitimate, or at high risk."
    )
    due_at: InstantField | None = Field(
        description="Until when FDA and trading partners are to be notified."
    )
    notified_at: InstantField | None = Field(description="When FDA was notified first.")
    overdue: bool
    incident_number: str | None
    notes: tuple[CaseNoteAnswer, ...]

    @classmethod
    def of(cls, case: Suspicion, now: datetime) -> "SuspicionAnswer":
        """Show a case."""
        return cls(**_shown(case, now))


class DoneAnswer(SuspicionAnswer):
    """A case, and what was done with its goods."""

    held: int = Field(description="Things that are kept out of trade for it.")
    released: int
    refused: int = Field(description="Things with which it could not be done; see `things`.")

    @classmethod
    def after(cls, case: Suspicion, pages: list[Page], now: datetime) -> "DoneAnswer":
        """Show a case with what was done."""
        things = [each for page in pages for each in page.things]
        count = [each.hold and each.hold.value for each in things].count
        return cls(
            **_shown(case, now),
            held=count("suspect") + count("condemned"),
            released=count("released"),
            refused=sum(bool(each.code) for each in things),
        )


class SuspicionsAnswer(AnswerModel):
    """Cases, newest first."""

    suspicions: tuple[SuspicionAnswer, ...]
    next: str | None = None


class HeldAnswer(AnswerModel):
    """One thing of a case."""

    epc: str
    held: Literal["suspect", "condemned", "released"] | None = Field(
        description="What was done with it for this case; null when nothing was."
    )
    reason: str | None = Field(description="Why the last step could not be taken.")
    detail: str | None
    suppliers: tuple[GlnField, ...]
    customers: tuple[GlnField, ...]

    @classmethod
    def of(cls, held: Held) -> "HeldAnswer":
        """Show a thing."""
        return cls(
            epc=held.epc.digital_link(),
            held=held.hold.value if held.hold else None,
            reason=held.code or None,
            detail=held.detail or None,
            suppliers=tuple(gln for gln, role in held.partners if role is Role.SUPPLIER),
            customers=tuple(gln for gln, role in held.partners if role is Role.CUSTOMER),
        )


class ThingsAnswer(AnswerModel):
    """The things of a case, a few to a page: `limit` counts transactions of them."""

    things: tuple[HeldAnswer, ...]
    next: str | None = None


class NoticeAnswer(AnswerModel):
    """What a trading partner is told of its own goods."""

    id: str
    from_: GlnField = Field(alias="from", description="GLN of whose case it is.")
    to: GlnField
    member: bool = Field(
        description="Whether the partner is told by webhook and under /v1/suspicion-notices; "
        "all others you tell yourself."
    )
    state: State
    classification: Classification | None
    decided_at: InstantField
    roles: tuple[Role, ...] = Field(description="What the partner is to the goods.")
    contact: ContactAnswer
    things: tuple[str, ...]

    @classmethod
    def of(cls, notice: Notice) -> "NoticeAnswer":
        """Show a notice."""
        return cls(
            id=notice.id,
            from_=notice.teller,
            to=notice.partner.gln,
            member=bool(notice.organisation),
            state=notice.state,
            classification=notice.classification,
            decided_at=notice.at,
            roles=tuple(sorted(notice.partner.roles)),
            contact=ContactAnswer.of(notice.contact),
            things=tuple(epc.digital_link() for epc in notice.partner.things),
        )


class NoticesAnswer(AnswerModel):
    """Notices, newest first."""

    notices: tuple[NoticeAnswer, ...]
    next: str | None = None


class NotificationAnswer(AnswerModel):
    """The record of a notification, with the fields of Form FDA 3911."""

    model_config = ConfigDict(extra="allow")

    missing: list[str] = Field(description="JSON pointers of what is asked for and not known.")


def _shown(case: Suspicion, now: datetime) -> dict[str, Any]:
    return {
        "id": case.id,
        "state": case.state,
        "classification": case.classification,
        "description": case.opening.text,
        "opened_at": case.opening.at,
        "contact": ContactAnswer.of(case.contact),
        "things": case.things,
        "determined_at": case.determined,
        "due_at": case.due,
        "notified_at": case.notified,
        "overdue": case.overdue(now),
        "incident_number": case.incident or None,
        "notes": tuple(map(CaseNoteAnswer.of, case.notes)),
    }
