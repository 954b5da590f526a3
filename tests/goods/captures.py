"""Events as partners send them, to be captured in tests."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.access.model import Role
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.interpretation import interpret
from chalicelib.epcis.model import Epc
from chalicelib.goods.capturing import Capturer, Outcome, Taken
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.serial.store import Numbers
from tests.builders import EXPIRY, actor, gln, minute

OUTSIDE = Gtin("05400000000010")
"""A product of nobody in the network."""

STRANGER = Gln("5400000000003")
"""A seller outside the network."""


def urns(epcs: Iterable[Epc]) -> list[str]:
    return [epc.urn(7) for epc in epcs]


def found(kind: str, step: str, at: float = 0, **more: Any) -> EventObject:
    """Return an event of a story, as JSON-LD."""
    return {
        "type": kind,
        "eventTime": minute(at).isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+00:00",
        "bizStep": step,
        **more,
    }


def commissioning(
    epcs: Sequence[Epc], at: float = 0, lot: str = "L1", expiry: str = EXPIRY.isoformat()
) -> EventObject:
    ilmd = {"cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": expiry}
    return found("ObjectEvent", "commissioning", at, action="ADD", epcList=urns(epcs), ilmd=ilmd)


def packing(parent: Epc, children: Sequence[Epc], at: float = 1) -> EventObject:
    links = {"parentID": parent.urn(7), "childEPCs": urns(children)}
    return found("AggregationEvent", "packing", at, action="ADD", **links)


def shipping(epcs: Sequence[Epc], source: Gln, to: Gln, at: float = 2) -> EventObject:
    return found(
        "ObjectEvent", "shipping", at, action="OBSERVE", epcList=urns(epcs),
        sourceList=[{"type": "owning_party", "source": source.digital_link()}],
        destinationList=[{"type": "owning_party", "destination": to.digital_link()}],
    )  # fmt: skip


def take(objects: Iterable[EventObject], by: str) -> list[Taken]:
    """Return events as they are after the gates."""
    taken = []
    for index, each in enumerate(objects):
        fingerprint = event_hash(each)
        event = interpret(each, each.get("eventID") or fingerprint, gln(by))
        taken.append(Taken(index, event, fingerprint, declares="errorDeclaration" in each))
    return taken


def capture(
    who: str,
    *objects: EventObject,
    batch: str = "b",
    roles: Sequence[Role] = (),
    at: datetime | None = None,
) -> Outcome:
    """Capture a document of events."""
    moment = at or minute(0) + timedelta(days=1)
    return Capturer(batch, actor(who, *roles), moment, Numbers()).capture(take(objects, who))
