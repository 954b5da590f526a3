"""Alerts as JSON."""

from typing import Literal

from pydantic import Field

from chalicelib.alerts.model import Alert, Finding, Note, State
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    DateField,
    GtinField,
    InstantField,
    TextField,
)
from chalicelib.http.paging import PageQuery


class AlertsQuery(PageQuery):
    """Which alerts."""

    state: State | None = None


class NoteBody(Body):
    """What was found out about an alert."""

    state: State = Field(description="How far the investigation is from now on.")
    finding: Finding | None = Field(default=None, description="What it came to; when closed.")
    text: TextField


class NoteAnswer(AnswerModel):
    """A note about an alert."""

    at: InstantField
    by: Literal["owner", "reporter"]
    state: State
    finding: Finding | None
    text: str

    @classmethod
    def of(cls, note: Note, alert: Alert) -> "NoteAnswer":
        """Show a note."""
        return cls(
            at=note.at,
            by="owner" if note.organisation == alert.owner else "reporter",
            state=note.state,
            finding=note.finding,
            text=note.text,
        )


class AlertAnswer(AnswerModel):
    """An alert, and how far looking into it is."""

    id: str
    code: str = Field(description="What kind: an alert code of the EU hub, or `guessing`.")
    reason: str | None = Field(description="Finer than the code, such as `NMVS_NC_PCK_20`.")
    gtin: GtinField | None
    serial: str | None
    lot: str | None = Field(description="As it was read from the pack.")
    expiry: DateField | None = Field(description="As it was read from the pack.")
    raised_at: InstantField
    reporter: str | None = Field(
        description="Client whose request gave cause; told to its own organisation alone."
    )
    detail: str
    state: State
    finding: Finding | None
    notes: tuple[NoteAnswer, ...]

    @classmethod
    def of(cls, alert: Alert, organisation: str) -> "AlertAnswer":
        """Show an alert to an organisation; the two sides need not know each other."""
        return cls(
            id=alert.id,
            code=alert.code,
            reason=alert.reason or None,
            gtin=alert.gtin,
            serial=alert.serial or None,
            lot=alert.lot or None,
            expiry=alert.expiry,
            raised_at=alert.raised,
            reporter=alert.client if organisation == alert.reporter else None,
            detail=alert.detail,
            state=alert.state,
            finding=alert.finding,
            notes=tuple(NoteAnswer.of(note, alert) for note in alert.notes),
        )


class AlertsAnswer(AnswerModel):
    """Alerts that are the organisation's business, newest first."""

    alerts: tuple[AlertAnswer, ...]
    next: str | None = None
