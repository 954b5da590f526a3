"""Declaring a recorded event an error, by its id and the reason alone.

The declaration repeats the event; here it is made from what was recorded, and captured as if its
sender had sent it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.access.model import Actor
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.interpretation import interpret
from chalicelib.epcis.jsonld import instant, render
from chalicelib.errors import Conflict, PacktrailError, TooLarge
from chalicelib.goods.capturing import Capturer, Taken
from chalicelib.goods.originals import own_place, unknown
from chalicelib.ledger.model import Record, record_of
from chalicelib.ledger.store import read_record
from chalicelib.serial.store import Numbers


def correct(
    event_id: str,
    reason: str,
    actor: Actor,
    at: datetime,
    *,
    corrective: Sequence[str] = (),
    numbers: Numbers,
) -> tuple[Record, bool]:
    """Declare an event an error.

    Args:
        event_id: its URI; or ours, if its sender gave it another one: refusals name events so.
        reason: `did_not_occur`, `incorrect_data`, or a URI (CBV 2.0, 7.6).
        actor: whose event it is.
        at: record time.
        corrective: URIs of the events that say it right.
        numbers: knows which serial numbers we issued.

    Returns:
        The record of the declaration; and whether it stood before.

    Raises:
        NotFound: it is no event of this organisation.
        Conflict: something has happened to its goods since, or it was declared an error before.
        Forbidden: the scope of the event's step is missing.
        TooLarge: it changes more than one transaction holds.
    """
    said = {"declarationTime": instant(at), "reason": reason}
    if corrective:
        said |= {"correctiveEventIDs": list(corrective)}  # type: ignore[dict-item]
    found = _recorded(event_id, actor.organisation, numbers)
    taken = Taken(
        0,
        interpret(found | {"errorDeclaration": said}, found["eventID"], actor.gln),
        event_hash(found),
        declares=True,
    )
    outcome = Capturer("", actor, at, numbers).at_once([taken])
    if outcome is None:
        raise TooLarge("The event changed more goods than one request may; declare it by /capture.")
    for refusal in outcome.errors.values():
        raise _of_the_event(refusal, taken)
    record = read_record(taken.record(actor.organisation), numbers)
    if record is None:
        raise unknown()
    if _why(record) != (reason, list(corrective)):
        raise Conflict("The event was declared an error already.", code="already_withdrawn")
    return record, outcome.repeated > 0


def _recorded(event_id: str, organisation: str, numbers: Numbers) -> EventObject:
    """Return an event of an organisation as its sender would send it again."""
    record = read_record(record_of(organisation, event_id), numbers)
    number = len(record.events) - 1 if record else 0
    if record is None and (place := own_place(event_id)):
        record, number = read_record(place[0], numbers), place[1]
    if record is None or record.organisation != organisation or number >= len(record.events):
        raise unknown()
    found = render(record.events[number], event_id, record.recorded)
    del found["recordTime"]
    return found


def _why(record: Record) -> tuple[str, list[str]]:
    """Return the reason that a declaration gives, and what is right instead."""
    captured = record.events[0].captured
    said = captured.object["errorDeclaration"] if captured else {}
    return said.get("reason", ""), list(said.get("correctiveEventIDs", ()))


def _of_the_event(refusal: PacktrailError, taken: Taken) -> PacktrailError:
    """Return a refusal that points at what the request names: the event."""
    epcs = taken.event.epcs
    errors = []
    for each in refusal.errors:
        number = each.pointer.rpartition("/")[2]
        about = f"{epcs[int(number)].digital_link()}: " if number.isdigit() else ""
        errors.append(replace(each, pointer="/event", message=about + each.message))
    refusal.errors = tuple(errors)
    return refusal
