"""Events as EPCIS 2.0 JSON-LD (EPCIS 2.0, section 10; CBV 2.0, section 8)."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from chalicelib.epcis.interpretation import restored
from chalicelib.epcis.model import Action, Document, Event, EventType
from chalicelib.gs1.keys import Gln, Sgln

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+")
_CONTEXT = {"packtrail": "urn:packtrail:"}
_FROM_RECEIVER = frozenset({"po", "recadv"})


def instant(at: datetime) -> str:
    """Return an instant as EPCIS writes it: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def offset(at: datetime) -> str:
    """Return the offset of the place where it happened, such as `+01:00`."""
    return at.isoformat()[-6:] if at.utcoffset() else "+00:00"


def render(event: Event, event_id: str, recorded: datetime) -> dict[str, Any]:
    """Return the event as a JSON-LD object; EPCs are Digital Link URIs, or as they were captured.

    Children that are not told are given as quantities: an aggregation adds at least something.

    Args:
        event: what happened.
        event_id: its URI.
        recorded: record time.
    """
    if event.captured:
        stamps = {"eventID": event.captured.id, "recordTime": instant(recorded)}
        return restored(event) | stamps
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
    if event.type is EventType.OBJECT:
        found["epcList"] = epcs
    else:
        found |= {"parentID": event.parent.digital_link()} if event.parent else {}
        found |= _children(event, epcs)
    return found | _where(event) | _between(event) | _why(event)


def _children(event: Event, epcs: list[str]) -> dict[str, Any]:
    if epcs or event.action is Action.DELETE:
        return {"childEPCs": epcs}
    quantities = [
        {"epcClass": each.lgtin.digital_link(), "quantity": each.count} for each in event.goods
    ]
    return {"childQuantityList": quantities}


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
            {"type": document.type, "bizTransaction": _document(event, document)}
            for document in event.documents
        ]
    if event.lot:
        found["ilmd"] = {"cbvmda:lotNumber": event.lot} | (
            {"cbvmda:itemExpirationDate": event.expiry.isoformat()} if event.expiry else {}
        )
    if event.reason:
        found |= {"@context": _CONTEXT, "packtrail:reason": event.reason}
    return found


def _document(event: Event, document: Document) -> str:
    """Return the URI of a document: its own, or one under its issuer's GLN (CBV 2.0, 8.5)."""
    if _URI.fullmatch(document.id):
        return document.id
    party = event.destination if document.type in _FROM_RECEIVER else event.source
    return f"urn:epcglobal:cbv:bt:{party or event.by}:{quote(document.id, safe='')}"
