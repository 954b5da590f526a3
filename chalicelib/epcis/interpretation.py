"""What a captured event means here: which step it takes, with which goods, between whom.

The JSON-LD object has passed both gates. What we act upon becomes an `Event`, so that a captured
event takes the same way as one of the friendly endpoints; everything else stays with it untouched.

What decides the step is type and action first, the business step second (EPCIS 2.0, 7.3.3 and
7.4; CBV 2.0, 7.1): whatever is added to an aggregation was packed, whatever the sender called it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.model import BizStep, Captured, Document, Epc, Event
from chalicelib.errors import Malformed
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.digitallink import looks_like_link, parse_link
from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin, Sscc
from chalicelib.gs1.refusal import shown
from chalicelib.gs1.urn import parse_urn

MDA = "urn:epcglobal:cbv:mda#"
"""Namespace of CBV's master data attributes, with and without its last character in use."""

_LISTS = {
    "ObjectEvent": "epcList",
    "AggregationEvent": "childEPCs",
    "TransactionEvent": "epcList",
    "TransformationEvent": "outputEPCList",
}
"""Where the things stand that an event happened to; what a transformation consumed stays apart."""

_URN_SGTIN = re.compile(r"urn:epc:id:sgtin:([0-9]{6,12})\.([0-9]+)\.([!'()*+,\-.0-9:;=A-Z_a-z]+)")
_URN_SSCC = re.compile(r"urn:epc:id:sscc:([0-9]{6,12})\.([0-9]+)")
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")

_OBSERVED = {
    "shipping": BizStep.SHIPPING,
    "void_shipping": BizStep.VOIDING,
    "receiving": BizStep.RECEIVING,
    "dispensing": BizStep.DISPENSING,
    "retail_selling": BizStep.DISPENSING,
    **{
        step.value: step
        for step in (
            BizStep.REACTIVATING,
            BizStep.LOCKING,
            BizStep.REPORTING_STOLEN,
            BizStep.SUSPECTING,
            BizStep.CONDEMNING,
            BizStep.CLEARING,
        )
    },
}
"""Steps of an object event with action OBSERVE that change state."""

_DELETED = {
    "dispensing": BizStep.DISPENSING,
    "retail_selling": BizStep.DISPENSING,
    "sampling": BizStep.SAMPLING,
    "destroying": BizStep.DESTROYING,
    **{
        step.value: step
        for step in (
            BizStep.RETURNING_NUMBERS,
            BizStep.EXPORTING,
            BizStep.FREE_SAMPLING,
            BizStep.CHECKING_OUT,
        )
    },
}
"""Steps of an object event with action DELETE; every other one takes the identity away."""

_PARTIAL = "partially_dispensed"


def interpret(found: EventObject, event_id: str, by: Gln) -> Event:
    """Return what a captured event means.

    Args:
        found: the event, as it passed the gates.
        event_id: its URI: the sender's, else its hash.
        by: the party whose system recorded it.

    Raises:
        Malformed: the expiry of its instance data is no date.
    """
    name = _LISTS.get(found["type"], "")
    epcs, others, spelled = _things(found.get(name) or ())
    parent = thing_of(found["parentID"]) if name and found.get("parentID") else None
    if parent is not None:
        spelled.append((parent, found["parentID"]))
    rest = dict(found)
    if epcs:
        rest[name] = others
    if parent is not None:
        del rest["parentID"]
    ilmd, context = found.get("ilmd") or {}, found.get("@context")
    lot, expiry = (_instance(ilmd, context, each) for each in ("lotNumber", "itemExpirationDate"))
    return Event(
        biz_step=effect(found, parent=parent, epcs=epcs),
        event_time=_time(found),
        by=by,
        epcs=tuple(epcs),
        parent=parent,
        read_point=_place(found.get("readPoint")),
        biz_location=_place(found.get("bizLocation")),
        source=_party(found.get("sourceList"), "source"),
        destination=_party(found.get("destinationList"), "destination"),
        documents=tuple(
            dict.fromkeys(
                Document(each.get("type", ""), each["bizTransaction"])
                for each in found.get("bizTransactionList") or ()
            )
        ),
        lot=lot,
        expiry=_day(expiry) if expiry else None,
        captured=_captured(rest, event_id, spelled),
    )


def inputs_of(event: Event) -> tuple[Epc, ...]:
    """Return the things that a transformation consumed; nothing of any other event."""
    found = event.captured.object if event.captured else {}
    return tuple(_things(found.get("inputEPCList") or ())[0])


def restored(event: Event) -> EventObject:
    """Return the JSON-LD object of a captured event, with its EPCs, as its sender spelled them.

    Raises:
        ValueError: the event was not captured.
    """
    if event.captured is None:
        raise ValueError("the event was not captured")
    found = dict(event.captured.object)
    name = _LISTS.get(found["type"], "")
    if event.epcs:
        found[name] = [*map(event.captured.spell, event.epcs), *found.get(name, ())]
    if event.parent is not None:
        found["parentID"] = event.captured.spell(event.parent)
    return found


def effect(found: EventObject, *, parent: Epc | None, epcs: Iterable[Epc]) -> BizStep:
    """Return the step whose effect an event has on goods with serials."""
    things = any(True for _ in epcs)
    if found["type"] == "TransformationEvent":
        used = any(map(thing_of, found.get("inputEPCList") or ()))
        return BizStep.TRANSFORMING if things or used else BizStep.OBSERVING
    return _by_action(found, parent, things=things)


def _by_action(found: EventObject, parent: Epc | None, *, things: bool) -> BizStep:
    step, action = str(found.get("bizStep", "")), found.get("action")
    match found["type"], action:
        case "AggregationEvent", "ADD" if parent is not None and things:
            return BizStep.PACKING
        case "AggregationEvent", "DELETE" if parent is not None:
            whole = not (found.get("childEPCs") or found.get("childQuantityList"))
            return BizStep.UNPACKING if things or whole else BizStep.OBSERVING
        case "ObjectEvent", "ADD" if things and step in ("commissioning", ""):
            return BizStep.COMMISSIONING
        case "ObjectEvent", "DELETE" if things:
            return _DELETED.get(step, BizStep.DECOMMISSIONING)
        case "ObjectEvent", "OBSERVE" if things and found.get("disposition") != _PARTIAL:
            return _OBSERVED.get(step, BizStep.OBSERVING)
    return BizStep.OBSERVING


def thing_of(uri: str) -> Epc | None:
    """Return the item or logistic unit that a URI names, in any spelling; None for all others."""
    if match := _URN_SGTIN.fullmatch(uri):
        gtin = _gtin(match[1], match[2])
        return None if gtin is None else Sgtin(gtin, match[3])
    if match := _URN_SSCC.fullmatch(uri):
        digits = match[2][:1] + match[1] + match[2][1:]
        return Sscc(digits + check_digit(digits)) if len(digits) == 17 else None
    try:
        if looks_like_link(uri):
            return _in_link(dict(parse_link(uri)[0]))
        key = parse_urn(uri)
    except Malformed:
        return None  # a URI of another kind, which is as good here: it names nothing that moves
    return key if isinstance(key, Sgtin | Sscc) else None


def _in_link(values: Mapping[str, str]) -> Epc | None:
    if "00" in values:
        return Sscc(values["00"])
    if "01" in values and "21" in values:
        return Sgtin(_gtin_of(values["01"]), values["21"])
    return None


@lru_cache(maxsize=256)
def _gtin(prefix: str, item: str) -> Gtin | None:
    payload = item[:1] + prefix + item[1:]
    return Gtin(payload + check_digit(payload)) if len(payload) == 13 else None


_gtin_of = lru_cache(maxsize=256)(Gtin)


def _things(uris: Iterable[str]) -> tuple[list[Epc], list[str], list[tuple[Epc, str]]]:
    """Return the things that move, the URIs of all others, and how the things were spelled."""
    things: dict[Epc, str] = {}
    others: list[str] = []
    for uri in uris:
        thing = thing_of(uri)
        if thing is None:
            others.append(uri)
        else:
            things.setdefault(thing, uri)
    return list(things), others, list(things.items())


def _captured(rest: Mapping[str, Any], event_id: str, spelled: list[tuple[Epc, str]]) -> Captured:
    """Return what is kept of the object: spellings only where no rule makes them again."""
    # Most EPCs of an event differ in their serials alone.
    prefixes = {_prefix(front) for front in {uri.rpartition(".")[0] for _, uri in spelled}} - {""}
    usual = Captured(rest, event_id, tuple(sorted(prefixes)))
    odd = {str(epc): uri for epc, uri in spelled if usual.spell(epc) != uri}
    return Captured(rest, event_id, usual.prefixes, odd)


def _prefix(uri: str) -> str:
    return uri.split(":", 4)[4].partition(".")[0] if uri.startswith("urn:epc:id:") else ""


def _time(found: EventObject) -> datetime:
    """Return when it happened, in the offset of the place (EPCIS 2.0, 7.4.1)."""
    at = datetime.fromisoformat(found["eventTime"])
    match = _OFFSET.fullmatch(found["eventTimeZoneOffset"])
    if match is None:
        return at.astimezone(UTC)
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return at.astimezone(timezone(-ahead if match[1] == "-" else ahead))


def _place(found: Mapping[str, Any] | None) -> Sgln | None:
    key = _location(found["id"]) if found else None
    return Sgln(key) if isinstance(key, Gln) else key


def _party(listed: Iterable[Mapping[str, Any]] | None, name: str) -> Gln | None:
    """Return who has the goods, by hand, else by right, else by place (CBV 2.0, 7.4)."""
    found: dict[str, Gln] = {}
    for each in listed or ():
        key = _location(each[name])
        if key is not None:
            found.setdefault(str(each.get("type")), key.gln if isinstance(key, Sgln) else key)
    order = ("possessing_party", "owning_party", "location")
    return next((found[kind] for kind in order if kind in found), None)


def _location(uri: str) -> Gln | Sgln | None:
    """Return the party or place that a URI names; None for a URI of another kind."""
    try:
        if looks_like_link(uri):
            values = dict(parse_link(uri)[0])
            if "417" in values:
                return Gln(values["417"])
            return Sgln(Gln(values["414"]), values.get("254")) if "414" in values else None
        key = parse_urn(uri)
    except Malformed:
        return None
    return key if isinstance(key, Gln | Sgln) else None


def _instance(ilmd: Mapping[str, Any], context: Any, name: str) -> str | None:
    """Return an attribute of CBV's master data vocabulary (CBV 2.0, 9.1), under any prefix."""
    for prefix in ("cbvmda", *_prefixes(context)):
        value = ilmd.get(f"{prefix}:{name}")
        if isinstance(value, str):
            return value
    return None


def _day(text: str) -> date:
    """Read a date, or the date of an instant."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        message = f"found the expiry {shown(text)}, expected a day as YYYY-MM-DD"
        raise Malformed.field("/ilmd", "date", message) from error


def _prefixes(context: Any) -> list[str]:
    parts = context if isinstance(context, list) else [context]
    spaces = [each for each in parts if isinstance(each, dict)]
    own = (MDA, MDA.removesuffix("#"), MDA.replace("#", ":"))
    return [prefix for each in spaces for prefix, space in each.items() if space in own]
