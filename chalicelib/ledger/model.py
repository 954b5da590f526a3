"""Records: what one request wrote, one event or several, for ever.

A record's id is a UUID whose last byte is zero; its events are numbered in that byte. Knowing an
event's id is knowing where its record stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chalicelib.epcis.model import Event
from chalicelib.errors import FieldError
from chalicelib.gs1.keys import Sgtin
from chalicelib.http.identity import operation_of
from chalicelib.ledger.epcset import EpcSet
from chalicelib.serial.model import Place

MOST_EVENTS = 255
"""Events in one record: they are numbered in one byte."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one request wrote.

    Attributes:
        id: UUID with a last byte of zero, derived from client and idempotency key.
        organisation: who recorded it.
        client: the organisation's client.
        fingerprint: of the request, to tell a repeat from another request under the same key.
        recorded: record time.
        events: in the order in which they took effect.
        outcome: what else the answer said, so that a repeat answers the same.
        places: of the serial numbers in `events` that we issued; for storing, not for showing.
    """

    id: UUID
    organisation: str
    client: str
    fingerprint: str
    recorded: datetime
    events: tuple[Event, ...]
    outcome: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[Sgtin, Place] = field(default_factory=dict, repr=False, compare=False)

    def event_ids(self) -> tuple[str, ...]:
        """Return the URI of each event."""
        return tuple(event_uri(self.id, n) for n in range(len(self.events)))

    def epcset(self, event: Event) -> EpcSet:
        """Return the EPCs of one of the events as a compact set."""
        return EpcSet.of(event.epcs, self.places)


@dataclass(frozen=True, slots=True)
class Statement:
    """The transaction statement of one shipment.

    Attributes:
        affirmed: whether the seller affirms it; None when a document came without one.
        at: when it was made or came.
        by: who brought it: the client that made it, or the job of the document that it came in.
        legal_notice: its words.
        direct_purchase: whether the seller says that it bought from the manufacturer; None when it
            says nothing of it.
        faults: what the document lacks of what the US profile wants; pointers are into it.
    """

    affirmed: bool | None
    at: datetime
    by: str
    legal_notice: str = ""
    direct_purchase: bool | None = None
    faults: tuple[FieldError, ...] = ()


def record_of(organisation: str, event_id: str, *, declaration: bool = False) -> UUID:
    """Return the id of the record of a captured event: the same event, the same record.

    Args:
        organisation: that captures it; what others capture under the same id is none of its.
        event_id: URI of the event.
        declaration: it declares the event of that id an error: it repeats the id and is another
            event all the same (EPCIS 2.0, 7.4.1.2).
    """
    return operation_of("captured", organisation, event_id, "error" if declaration else "")


def event_uri(record: UUID, number: int) -> str:
    """Return the id of an event of a record, counted from 0.

    >>> event_uri(UUID("00000000-0000-8000-8000-000000000100"), 2)
    'urn:uuid:00000000-0000-8000-8000-000000000102'
    """
    return UUID(int=record.int | number).urn


def place_of(event_id: str) -> tuple[UUID, int]:
    """Return the record of an event, and its number there.

    Args:
        event_id: `urn:uuid:…` or the bare UUID.
    """
    uuid = UUID(event_id.removeprefix("urn:uuid:"))
    number = uuid.int & 0xFF
    return UUID(int=uuid.int - number), number


def is_event_uri(text: str) -> bool:
    """Return whether a URI can be that of an event in a record, as `event_uri` makes it."""
    try:
        return text == UUID(text.removeprefix("urn:uuid:")).urn
    except ValueError:
        return False
