"""Reasons to refuse an event: those that several steps have, and how all are told at once."""

from datetime import UTC, date, datetime

from chalicelib.epcis.model import Epc, Event
from chalicelib.errors import Conflict, FieldError, NotFound, PacktrailError
from chalicelib.goods.model import Situation, Status, released
from chalicelib.goods.rules.decision import Decision

_SHOWN = 100
"""Field errors in one answer; more of them help nobody."""

Refusal = tuple[str, str] | None
"""Code and sentence, or None where nothing forbids it."""

ABSENT = "not_found", "there is no such thing here"
"""Of what does not exist, and in the same words of what this organisation may not know."""


class Check:
    """Collects what is refused of one event, to tell it all at once."""

    def __init__(self, decision: Decision, pointer: str) -> None:
        self._decision = decision
        self._pointer = pointer
        self._index: dict[Epc, int] = {}
        self._refused: dict[Epc, tuple[str, str]] = {}

    def add(self, epc: Epc, refusal: Refusal) -> None:
        """Note the verdict on an EPC; the first call for each is in the order of the event."""
        self._index.setdefault(epc, len(self._index))
        if refusal is not None:
            self._refused[epc] = refusal

    def refuses(self, epc: Epc) -> bool:
        """Whether the verdict on an EPC stands."""
        return epc in self._refused

    def nested(self, event: Event) -> None:
        """Refuse an EPC that is named together with a container around it."""
        named = {str(epc) for epc in event.epcs}
        for epc in event.epcs:
            if not self.refuses(epc) and named & set(self._decision.chain(epc)):
                self.add(epc, ("named_twice", "its container is named in the same event"))

    def done(self) -> None:
        """Refuse if anything was refused; what is absent makes no conflict."""
        if not self._refused:
            return
        conflicts = (epc for epc, refusal in self._refused.items() if refusal != ABSENT)
        first = next(conflicts, None)
        kind: type[PacktrailError] = NotFound if first is None else Conflict
        epc = first or next(iter(self._refused))
        code, reason = self._refused[epc]
        others = len(self._refused) - 1
        raise kind(
            f"{epc}: {reason}" + (f" ({others} more are refused)." if others else "."),
            code=code,
            errors=self._errors(),
            facts=facts(self._decision.situation(epc)),
        )

    def _errors(self) -> list[FieldError]:
        ordered = sorted((self._index[epc], refusal) for epc, refusal in self._refused.items())
        return [FieldError(f"{self._pointer}/{at}", *refusal) for at, refusal in ordered[:_SHOWN]]


def not_held(decision: Decision, now: Situation) -> Refusal:
    """Refuse what the actor does not have in its hands."""
    if now.status is Status.UNASSIGNED:
        return ABSENT
    if now.to and decision.actor.gln.digits in (now.holder, now.to):
        return "in_transit", "it is in transit"
    if now.holder != decision.actor.gln.digits:
        return "not_held", "you do not hold it"
    return None


def recalled(decision: Decision, epc: Epc) -> Refusal:
    """Refuse what is under recall, or holds goods that are."""
    if lot := decision.world.recalled(epc):
        return "recalled", f"lot {lot} is recalled"
    return None


def expired(decision: Decision, epc: Epc, event: Event) -> Refusal:
    """Refuse what is past its last day of use when the event takes effect."""
    thing = decision.world.things[str(epc)]
    on = _day(decision, epc, event)
    for lgtin in thing.goods(epc):
        lot = decision.world.lots.get(lgtin)
        if lot is not None and lot.expired(on):
            return "expired", f"lot {lgtin.lot} expired on {lot.expiry.isoformat()}"
    return None


def _day(decision: Decision, epc: Epc, event: Event) -> date:
    """Return the day of the place on which the event takes effect for a thing."""
    effective = datetime.fromtimestamp(released(str(epc), decision.world.things) / 1e6, UTC)
    return max(effective, event.event_time).astimezone(event.event_time.tzinfo).date()


def refuse_one(pointer: str, refusal: tuple[str, str], epc: Epc, now: Situation) -> None:
    """Refuse an event for one thing."""
    code, reason = refusal
    kind = NotFound if refusal == ABSENT else Conflict
    raise kind(
        f"{epc}: {reason}.",
        code=code,
        errors=[FieldError(pointer, code, reason)],
        facts=facts(now),
    )


def facts(now: Situation) -> dict[str, str]:
    """Return what a refusal says of the state of a thing."""
    return {} if now.status is Status.UNASSIGNED else {"state": now.status.value}


def conflict(pointer: str, code: str, message: str) -> Conflict:
    """Return the refusal of one field."""
    return Conflict(message, code=code, errors=[FieldError(pointer, code, message)])


def not_alive(now: Situation) -> Refusal:
    """Refuse what has ended its life."""
    return None if now.status is Status.ACTIVE else (now.status.value, f"it is {now.status}")
