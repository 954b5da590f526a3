"""Recorded events that are declared errors: where they stand, and what they say.

An event that was captured is known by its sender's id; one of the friendly endpoints by ours, and
what it says is what we say of it when we are asked.
"""

from uuid import UUID

from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import BizStep
from chalicelib.errors import NotFound
from chalicelib.goods.rules.since import Original
from chalicelib.ledger.model import Record, event_uri, place_of


def unknown() -> NotFound:
    """Return the refusal of an id that no event of the organisation has."""
    return NotFound("There is no event of this id that could be declared an error.")


def own_place(event_id: str) -> tuple[UUID, int] | None:
    """Return record and number of an event by an id of ours; None when it is no such id."""
    if not event_id.startswith("urn:uuid:"):
        return None
    try:
        return place_of(event_id)
    except ValueError:
        return None


def original(record: Record, number: int) -> tuple[Original, str]:
    """Return an event of a friendly endpoint, with what it implied, and its event hash.

    Raises:
        NotFound: the record holds no such event, or its sender gave it another id.
    """
    if number >= len(record.events) or record.events[number].captured:
        raise unknown()
    event, first = record.events[number], number
    while event.biz_step is not BizStep.UNPACKING and first and _unpacks(record, first - 1):
        first -= 1
    said = render(event, event_uri(record.id, number), record.recorded)
    return Original(record.id, first, number, event.fulfils), event_hash(said)


def _unpacks(record: Record, number: int) -> bool:
    return record.events[number].biz_step is BizStep.UNPACKING
