"""Alerts: that something about goods may be wrong, and what looking into it has found.

An alert never changes what it says; what is found out is added as notes, and the newest note says
how far the investigation is.

Source: Delegated Regulation (EU) 2016/161, Art. 36 (b), 37 (d); EMVO's alert codes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.errors import Conflict, FieldError, KeyReused, Malformed
from chalicelib.gs1.keys import Gtin

MOST_NOTES = 100
"""Notes of one alert."""


class State(StrEnum):
    """How far an investigation is."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    CLOSED = "closed"


class Finding(StrEnum):
    """What an investigation came to."""

    FALSIFIED = "falsified"
    PROCEDURE = "procedural_error"
    TECHNICAL = "technical_error"
    NOT_UPLOADED = "data_not_uploaded"
    NOTHING = "nothing_found"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody found out, or decided.

    Attributes:
        at: when.
        organisation: whose client wrote it.
        client: who wrote it.
        state: how far the investigation is from then on.
        finding: what it came to; only when closed.
        text: in their words.
        operation: of the request that wrote it; tells a repeat.
        fingerprint: of that request.
    """

    at: datetime
    organisation: str
    client: str
    state: State
    finding: Finding | None
    text: str
    operation: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Alert:
    """That something may be wrong.

    Attributes:
        id: 32 hexadecimal digits, the same whenever the same cause is told again.
        code: what kind, such as `A24`, or `guessing`.
        reason: finer than the code, such as `NMVS_NC_PCK_20`; empty where there is none.
        gtin: of the goods; None when it is not about one product.
        serial: of the pack; empty when it is not about one.
        lot: as it was read from the pack; empty when it was not.
        expiry: as it was read from the pack; None when it was not.
        raised: when.
        owner: organisation that answers for the goods; empty when none of the network does.
        reporter: organisation whose request gave cause.
        client: that made the request.
        detail: one sentence.
        notes: oldest first.
        version: counts changes.
    """

    id: str
    code: str
    reason: str
    gtin: Gtin | None
    serial: str
    lot: str
    expiry: date | None
    raised: datetime
    owner: str
    reporter: str
    client: str
    detail: str
    notes: tuple[Note, ...] = ()
    version: int = 1

    @property
    def state(self) -> State:
        """How far the investigation is."""
        return self.notes[-1].state if self.notes else State.OPEN

    @property
    def finding(self) -> Finding | None:
        """What the investigation came to; None while it is under way."""
        return self.notes[-1].finding if self.notes else None

    @property
    def organisations(self) -> Iterable[str]:
        """Whose business it is: who answers for the goods, and who gave cause."""
        return dict.fromkeys(each for each in (self.owner, self.reporter) if each)

    def noted(self, note: Note) -> "Alert":
        """Return it with one more note; itself when the note is there already.

        Raises:
            Malformed: a finding is missing, or comes too early.
            KeyReused: the operation wrote another note.
            Conflict: it has as many notes as it may have.
        """
        for standing in self.notes:
            if standing.operation == note.operation:
                if standing.fingerprint != note.fingerprint:
                    raise KeyReused("The idempotency key was used to write another note.")
                return self
        if (note.finding is None) == (note.state is State.CLOSED):
            found = "no finding" if note.finding is None else f"the finding {note.finding}"
            message = f"found {found} with state {note.state}, expected one exactly when closed"
            raise Malformed(message, errors=[FieldError("/finding", "finding", message)])
        if len(self.notes) >= MOST_NOTES:
            raise Conflict(f"The alert has {MOST_NOTES} notes, the most.", code="too_many_notes")
        return replace(self, notes=(*self.notes, note), version=self.version + 1)
