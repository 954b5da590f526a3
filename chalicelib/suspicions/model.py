"""Cases of suspect product: how far they are, what is held for them, whom they concern.

Source: FD&C Act s582(b)(4), (c)(4), (d)(4): quarantine and investigation of suspect product;
notification of FDA and of immediate trading partners within 24 hours of the determination that a
product is illegitimate, or, by a manufacturer, at high risk of it; termination in consultation
with FDA. Form FDA 3911.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.epcis.model import Epc, Quantity
from chalicelib.errors import Conflict, FieldError, KeyReused
from chalicelib.gs1.keys import Gln

FEW = 30
"""Units in one transaction: each may leave a case and a pallet of its own."""

MOST_NOTES = 100
"""Notes of one case."""

TO_NOTIFY = timedelta(hours=24)
"""Within which FDA and the immediate trading partners are told."""


class State(StrEnum):
    """How far a case is."""

    SUSPECT = "suspect"
    INVESTIGATING = "investigating"
    HIGH_RISK = "high_risk"
    ILLEGITIMATE = "illegitimate"
    CLEARED = "cleared"
    TERMINATED = "terminated"


NEXT = {
    State.SUSPECT: frozenset(State) - {State.TERMINATED},
    State.INVESTIGATING: frozenset(State) - {State.SUSPECT, State.TERMINATED},
    State.HIGH_RISK: frozenset({State.HIGH_RISK, State.ILLEGITIMATE, State.CLEARED}),
    State.ILLEGITIMATE: frozenset({State.ILLEGITIMATE, State.TERMINATED}),
    State.CLEARED: frozenset({State.CLEARED}),
    State.TERMINATED: frozenset({State.TERMINATED}),
}
"""What may follow a state; the same again is a note only. What is illegitimate stays so."""

DETERMINED = frozenset({State.HIGH_RISK, State.ILLEGITIMATE})
"""States that FDA and trading partners are to be told of."""

ENDED = frozenset({State.CLEARED, State.TERMINATED})


class Hold(StrEnum):
    """What a case does with the goods."""

    SUSPECT = "suspect"
    CONDEMNED = "condemned"
    RELEASED = "released"


HOLDS = {
    State.SUSPECT: Hold.SUSPECT,
    State.INVESTIGATING: Hold.SUSPECT,
    State.HIGH_RISK: Hold.SUSPECT,
    State.ILLEGITIMATE: Hold.CONDEMNED,
    State.TERMINATED: Hold.CONDEMNED,
    State.CLEARED: Hold.RELEASED,
}


class Classification(StrEnum):
    """What is thought to be wrong (Form FDA 3911, item 5)."""

    COUNTERFEIT = "counterfeit"
    DIVERTED = "diverted"
    STOLEN = "stolen"
    ADULTERATED = "intentional_adulteration"
    UNFIT = "unfit_for_distribution"
    FRAUDULENT = "fraudulent_transaction"


class Role(StrEnum):
    """What a trading partner is to goods."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom FDA and partners may ask."""

    name: str = ""
    telephone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody found out, decided or did.

    Attributes:
        at: when it was written.
        client: who wrote it.
        state: how far the case is from then on.
        text: in their words.
        operation: of the request that wrote it; tells a repeat.
        fingerprint: of that request.
        classification: what is thought to be wrong from then on; None where that is not said.
        notified: when FDA was notified; None where that is not said.
        incident: number that FDA gave to the incident; empty where that is not said.
    """

    at: datetime
    client: str
    state: State
    text: str
    operation: str
    fingerprint: str
    classification: Classification | None = None
    notified: datetime | None = None
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A case.

    Attributes:
        id: 32 hexadecimal digits.
        organisation: whose case it is.
        gln: of the organisation.
        contact: whom others may ask.
        things: units and containers that it is about.
        pages: over which they are spread.
        notes: oldest first; the first one opened it.
        version: counts changes.
    """

    id: str
    organisation: str
    gln: Gln
    contact: Contact
    things: int
    pages: int
    notes: tuple[Note, ...]
    version: int = 1

    @property
    def opening(self) -> Note:
        """The note that opened it."""
        return self.notes[0]

    @property
    def state(self) -> State:
        """How far it is."""
        return self.notes[-1].state

    @property
    def hold(self) -> Hold:
        """What is to be done with the goods."""
        return HOLDS[self.state]

    @property
    def classification(self) -> Classification | None:
        """What is thought to be wrong."""
        said = (n.classification for n in reversed(self.notes) if n.classification)
        return next(said, None)

    @property
    def determined(self) -> datetime | None:
        """When it was determined that the goods are illegitimate, or at high risk of it."""
        return next((note.at for note in self.notes if note.state in DETERMINED), None)

    @property
    def due(self) -> datetime | None:
        """Until when FDA and the trading partners are to be told."""
        return self.determined and self.determined + TO_NOTIFY

    @property
    def notified(self) -> datetime | None:
        """When FDA was notified first."""
        return next((note.notified for note in self.notes if note.notified), None)

    @property
    def incident(self) -> str:
        """Number that FDA gave to the incident."""
        return next((note.incident for note in reversed(self.notes) if note.incident), "")

    def overdue(self, now: datetime) -> bool:
        """Whether FDA should have been notified by now."""
        return self.due is not None and self.notified is None and now > self.due

    @property
    def telling(self) -> Note | None:
        """The note of which partners are to be told last; None while they are not to be told."""
        if self.determined is None:
            return None
        return next(note for note in self.notes if note.state is self.state)

    def noted(self, note: Note) -> "Suspicion":
        """Return it with one more note; itself when the note is there already.

        Raises:
            KeyReused: the operation wrote another note.
            Conflict: the state cannot follow, or it has as many notes as it may have.
        """
        for standing in self.notes:
            if standing.operation == note.operation:
                if standing.fingerprint != note.fingerprint:
                    raise KeyReused("The idempotency key was used to write another note.")
                return self
        if note.state not in NEXT[self.state]:
            wanted = ", ".join(sorted(NEXT[self.state]))
            message = f"found {note.state} after {self.state}, expected one of {wanted}"
            raise Conflict(message, code="state", errors=[FieldError("/state", "state", message)])
        if len(self.notes) >= MOST_NOTES:
            raise Conflict(f"The case has {MOST_NOTES} notes, the most.", code="too_many_notes")
        return replace(self, notes=(*self.notes, note), version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Held:
    """One thing of a case.

    Attributes:
        epc: the unit or container.
        hold: what was done with it; None while it is not held for this case.
        code: why not; empty when it is.
        detail: of that, one sentence.
        locked: whether it was locked before, and is to be again when it is cleared.
        goods: units of which lots, itself or inside.
        partners: from whom it came, and to whom it was sent.
    """

    epc: Epc
    hold: Hold | None = None
    code: str = ""
    detail: str = ""
    locked: bool = False
    goods: tuple[Quantity, ...] = ()
    partners: tuple[tuple[Gln, Role], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A few things of a case, which go on together.

    Attributes:
        number: from 0.
        things: of it.
        hold: what has been done with them last; None for nothing yet.
        version: counts changes.
    """

    number: int
    things: tuple[Held, ...]
    hold: Hold | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Partner:
    """An immediate trading partner that a case concerns.

    Attributes:
        gln: who.
        roles: what it is to the goods.
        things: that it sent, or was sent.
    """

    gln: Gln
    roles: frozenset[Role]
    things: tuple[Epc, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a trading partner is told.

    Attributes:
        id: 32 hexadecimal digits; the same whenever it is made.
        case: id of the case.
        teller: GLN of whose case it is.
        contact: whom to ask.
        partner: who is told.
        organisation: of the partner; empty when it is no member, and is to be told otherwise.
        state: that it is told of.
        classification: what is thought to be wrong.
        at: when that was decided.
    """

    id: str
    case: str
    teller: Gln
    contact: Contact
    partner: Partner
    organisation: str
    state: State
    classification: Classification | None
    at: datetime


def concerned(pages: list[Page], own: Gln) -> list[Partner]:
    """Return the trading partners of all things of a case, each with its own."""
    found: dict[Gln, _Dealings] = {}
    for page in pages:
        for held in page.things:
            for gln, role in held.partners:
                if gln != own:
                    dealings = found.setdefault(gln, _Dealings())
                    dealings.roles.add(role)
                    dealings.things[held.epc] = None
    return [
        Partner(gln, frozenset(each.roles), tuple(each.things))
        for gln, each in sorted(found.items())
    ]


@dataclass(slots=True)
class _Dealings:
    roles: set[Role] = field(default_factory=set)
    things: dict[Epc, None] = field(default_factory=dict)
