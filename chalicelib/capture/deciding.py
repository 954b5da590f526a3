"""What people decide about held events: each decided once, by one person, for a reason."""

from dataclasses import dataclass

from chalicelib.capture.held import Decision, Held, Standing
from chalicelib.capture.judging import judge
from chalicelib.capture.quarantine import Quarantine
from chalicelib.capture.queue import enqueue
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.gates import check_event
from chalicelib.errors import Busy, FieldError, KeyReused, Raced
from chalicelib.http.gate import malformed

LATER = 30
"""Seconds after which a worker looks at the job in any case; longer than a request may take."""

_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Deciding:
    """One person's request to decide about a held event.

    Attributes:
        organisation: whose event it is.
        held: id of the event.
        decision: as it shall be kept.
        event: the event as it shall be; None as it was read. Only of a release.
    """

    organisation: str
    held: str
    decision: Decision
    event: EventObject | None = None

    def decide(self) -> tuple[Decision, bool]:
        """Keep the decision, and have the job go on.

        The message that makes it go on is sent twice: held back, before the decision is written,
        for when we die in between; and at once, after it.

        Returns:
            The decision, and whether this repeats an earlier request.

        Raises:
            NotFound: there is no such event.
            Conflict: somebody decided about it before.
            KeyReused: the operation decided otherwise.
            Malformed: the event does not pass the gates.
        """
        for _ in range(_ATTEMPTS):
            held = Quarantine().of(self.organisation, self.held)
            if (made := held.decision(self.decision.operation)) is not None:
                return self._repeated(held, made), True
            try:
                self._keep(held)
            except Raced:
                continue
            enqueue(held.job)
            return self.decision, False
        raise Busy("Too many decide about this event; try again.", code="contended")

    def _repeated(self, held: Held, made: Decision) -> Decision:
        if made.fingerprint != self.decision.fingerprint:
            raise KeyReused("The idempotency key was used for another decision.")
        if held.standing is not Standing.RECORDED:
            enqueue(held.job)  # it may have been lost with the answer
        return made

    def _keep(self, held: Held) -> None:
        decided = held.decide(self.decision)
        if self.decision.standing is Standing.RELEASED:
            self._check(held)
        if self.event is not None:
            Quarantine().correct(held, self.decision.operation, self.event)
        enqueue(held.job, LATER)
        Quarantine().put(decided)

    def _check(self, held: Held) -> None:
        """Refuse to release what the gates would not let through."""
        if self.event is not None:
            faults = check_event(self.event)
        else:
            made = Quarantine().corrected(held)
            sent = Quarantine().original(held)
            faults = check_event(made) if made else judge(sent, held.format, tolerant=True).faults
        if faults:
            raise malformed(
                [FieldError(f"/event{each.pointer}", each.code, each.message) for each in faults]
            )
