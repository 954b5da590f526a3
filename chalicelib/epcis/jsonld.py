"""Events as EPCIS 2.0 JSON-LD (EPCIS 2.0, section 10; CBV 2.0, section 8)."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.epcis.model import Event, EventType
from chalicelib.gs1.keys import Gln, Sgln


def instant(at: datetime) -> str:
    """Return an instant as EPCIS writes it: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def offset(at: datetime) -> str:
    """Return the offset of the place where it happened, such as `+01:00`."""
    return at.isoformat()[-6:] if at.utcoffset() else "+00:00"


def render(event: Event, event_id: str, recorded: datetime) -> dict[str, Any]:
    """Return the event as a JSON-LD object; EPCs are Digital Link URIs.

    Args:
        event: what happened.
        event_id: its URI.
        recorded: record time.
    """
    found: dict[str, Any] = {
        "type": event.type.value,
        "eventID": event_id,
        "eventTime": instant(event.event_time),
        "eventTimeZoneOffset": offset(event.event_time),
        "recordTime": instant(recorded),
        "action": event.action.value,
        "bizStep": event.biz_step.value,
        "disposition": event.disposition,
    }
    epcs = [epc.digital_link() for epc in event.epcs]
    if event.type is EventType.AGGREGATION:
        found |= {"parentID": event.parent.digital_link() if event.parent else None}
        found |= {"childEPCs": epcs}
    else:
        found["epcList"] = epcs
    return found | _where(event) | _between(event) | _why(event)


def _where(event: Event) -> dict[str, Any]:
    places = {"readPoint": event.read_point, "bizLocation": event.biz_location}
    return {name: {"id": place.digital_link()} for name, place in places.items() if place}


def _between(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if event.source:
        found["sourceList"] = [_party("source", event.source)]
    if event.destination:
        found["destinationList"] = [_party("destination", event.destination)]
    return found


def _party(name: str, gln: Gln | Sgln) -> dict[str, str]:
    return {"type": "possessing_party", name: gln.digital_link()}


def _why(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if event.documents:
        found["bizTransactionList"] = [
            {"type": document.type, "bizTransaction": document.id} for document in event.documents
        ]
    if event.lot:
        found["ilmd"] = {"cbvmda:lotNumber": event.lot} | (
            {"cbvmda:itemExpirationDate": event.expiry.isoformat()} if event.expiry else {}
        )
    if event.reason:
        found["packtrail:reason"] = event.reason
    return found
