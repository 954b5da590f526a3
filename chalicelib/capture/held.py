"""Events that wait for a person: held back where a document is captured tolerantly.

    held ──release──> released ──recorded by the job──> recorded
     │ ^                  │
     │ └──refused again───┘
     └──reject──> rejected

What was read stays as it was, whatever is decided; so do all decisions.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.capture.model import EventFault
from chalicelib.errors import Conflict

MOST_HELD = 1_000
"""Events of one document that are held; one with more faults is for its sender to mend."""


class Standing(StrEnum):
    """What became of a held event."""

    HELD = "held"
    RELEASED = "released"
    RECORDED = "recorded"
    REJECTED = "rejected"

    @property
    def open(self) -> bool:
        """Whether it can still come to be recorded."""
        return self in {Standing.HELD, Standing.RELEASED}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a held event.

    Attributes:
        standing: `released` or `rejected`.
        client: who decided.
        at: when.
        reason: why.
        operation: identity of the request.
        fingerprint: what was asked, by which a repeat is told from a reused key.
        corrected: a corrected event came with it.
        refusal: why the event was refused when it was to be recorded; empty while it was not.
    """

    standing: Standing
    client: str
    at: datetime
    reason: str
    operation: str
    fingerprint: str
    corrected: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """One event of a document that waits, or waited, for a person.

    Attributes:
        job: that captures the document.
        index: of the event in the document, from 0.
        organisation: whose document it is.
        sender: client that sent it.
        format: version of EPCIS that the document was read from.
        since: when it was held.
        fault: why, at the last attempt.
        standing: what became of it.
        decisions: all of them, oldest first.
        listed: a note still says that it waits; the job's worker takes it away.
        version: goes up with every change.
    """

    job: str
    index: int
    organisation: str
    sender: str
    format: str
    since: datetime
    fault: EventFault
    standing: Standing = Standing.HELD
    decisions: tuple[Decision, ...] = ()
    listed: bool = True
    version: int = 0

    @property
    def id(self) -> str:
        """By which a person names it."""
        return f"{self.job}.{self.index}"

    @property
    def correction(self) -> str | None:
        """Identity of the request that brought the event as it shall be; None as it was sent."""
        made = [each.operation for each in self.decisions if each.corrected]
        return made[-1] if made else None

    def decision(self, operation: str) -> Decision | None:
        """Return what a request decided before."""
        return next((each for each in self.decisions if each.operation == operation), None)

    def decide(self, decision: Decision) -> "Held":
        """Return the event, decided on.

        Raises:
            Conflict: it was decided on before; the refusal says by whom, when, and how.
        """
        if self.standing is not Standing.HELD:
            made = self.decisions[-1]
            raise Conflict(
                f"Found an event that {made.client} {made.standing} on {made.at:%Y-%m-%d at %H:%M} "
                "UTC, expected one that is held.",
                code="decided",
                facts={
                    "standing": self.standing.value,
                    "decision": made.standing.value,
                    "by": made.client,
                    "at": made.at.isoformat(),
                    "reason": made.reason,
                },
            )
        return replace(self, standing=decision.standing, decisions=(*self.decisions, decision))

    def recorded(self) -> "Held":
        """Return the event, recorded."""
        return replace(self, standing=Standing.RECORDED, listed=False)

    def refused(self, fault: EventFault) -> "Held":
        """Return the event, held again because it was refused after its release."""
        *before, last = self.decisions
        told = (*before, replace(last, refusal=fault.detail))
        return replace(self, standing=Standing.HELD, fault=fault, decisions=told)
