"""The first gate: whether an event has the shape of the standard, field by field.

What GS1's JSON Schema demands of an event, and what it means to demand but cannot: real calendar
dates, words that exist, extensions whose prefix is known. What fields say together is `meaning`'s.

Where GS1's XML Schema allows what its JSON Schema does not, it is allowed, as an event may come in
either: a persistentDisposition in every event type, a sensor report of an exception without type.

Source: EPCIS 2.0, sections 7 and 10; GS1's JSON Schema and XML Schema for EPCIS 2.0.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.epcis import words
from chalicelib.epcis.faults import Faults, described
from chalicelib.epcis.fields import (
    Check,
    boolean,
    either,
    hexadecimal,
    instant,
    is_uri,
    listed,
    number,
    offset,
    one_of,
    prefixes,
    record,
    text,
    uom,
    uri,
    uris,
    word,
)
from chalicelib.errors import FieldError


def _context(value: Any, pointer: str, faults: Faults) -> None:
    """A context binds prefixes, or is a list of such and of addresses, which nobody fetches."""
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, Mapping | str):
            faults.add(pointer, "type", described(each), "an object that binds prefixes")
            return
        if isinstance(each, Mapping):
            prefixes(each, pointer, faults)


_QUANTITIES = listed(
    record({"epcClass": uri, "quantity": number, "uom": uom}, required=("epcClass",))
)
_DISPOSITIONS = listed(word(words.DISPOSITION), least=1, unique=True)
_PLACE = record({"id": uri}, required=("id",), extensible=True)
_DEVICE: dict[str, Check] = {
    "time": instant,
    "deviceID": uri,
    "deviceMetadata": uri,
    "rawData": uri,
    "dataProcessingMethod": uri,
    "bizRules": uri,
}
_METADATA = record({**_DEVICE, "startTime": instant, "endTime": instant}, extensible=True)
_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_REPORT = record(
    {
        **_DEVICE,
        **dict.fromkeys(_NUMBERS, number),
        "type": word(words.MEASUREMENT),
        "exception": word(words.ALERT),
        "microorganism": uri,
        "chemicalSubstance": uri,
        "coordinateReferenceSystem": uri,
        "component": word(words.COMPONENT),
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": hexadecimal,
        "uriValue": uri,
        "uom": text,
    },
    extensible=True,
)


def _report(value: Any, pointer: str, faults: Faults) -> None:
    """A report says what was measured, or what went wrong as in GS1's own example of an alarm."""
    _REPORT(value, pointer, faults)
    if isinstance(value, Mapping) and not {"type", "exception"} & value.keys():
        faults.add(f"{pointer}/type", "missing", "nothing", "a type, or an exception")


_SENSORS = listed(
    record(
        {"sensorMetadata": _METADATA, "sensorReport": listed(_report, least=1)},
        required=("sensorReport",),
        extensible=True,
    )
)


def _party(name: str) -> Check:
    one = {"type": word(words.SOURCE_DESTINATION), name: uri}
    return listed(record(one, required=("type", name)))


def _transactions(least: int) -> Check:
    one = {"type": word(words.BIZ_TRANSACTION), "bizTransaction": uri}
    return listed(record(one, required=("bizTransaction",)), least=least)


def _persistent(value: Any, pointer: str, faults: Faults) -> None:
    record({"set": _DISPOSITIONS, "unset": _DISPOSITIONS})(value, pointer, faults)
    if isinstance(value, Mapping) and not {"set", "unset"} & value.keys():
        faults.add(pointer, "missing", "neither set nor unset", "at least one of them")


_ALWAYS: dict[str, Check] = {
    "@context": _context,
    "type": text,
    "eventTime": instant,
    "recordTime": instant,
    "eventTimeZoneOffset": offset,
    "eventID": uri,
    "certificationInfo": either(uri, uris),
    "errorDeclaration": record(
        {
            "declarationTime": instant,
            "reason": word(words.ERROR_REASON),
            "correctiveEventIDs": uris,
        },
        required=("declarationTime",),
        extensible=True,
    ),
}
_USUAL: dict[str, Check] = {
    **_ALWAYS,
    "bizStep": word(words.BIZ_STEP),
    "disposition": word(words.DISPOSITION),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _transactions(0),
    "sourceList": _party("source"),
    "destinationList": _party("destination"),
    "sensorElementList": _SENSORS,
    "persistentDisposition": _persistent,
}
_ACTION: dict[str, Check] = {"action": one_of(words.ACTIONS)}
_GOODS: dict[str, Check] = {"epcList": uris, "quantityList": _QUANTITIES}
_CHILDREN: dict[str, Check] = {
    "parentID": uri,
    "childEPCs": uris,
    "childQuantityList": _QUANTITIES,
}
_MADE: dict[str, Check] = {"ilmd": record({}, extensible=True)}

FIELDS: dict[str, dict[str, Check]] = {
    "ObjectEvent": {**_USUAL, **_ACTION, **_GOODS, **_MADE},
    "AggregationEvent": {**_USUAL, **_ACTION, **_CHILDREN},
    "AssociationEvent": {**_USUAL, **_ACTION, **_CHILDREN},
    "TransactionEvent": {
        **_USUAL,
        **_ACTION,
        **_GOODS,
        "parentID": uri,
        "bizTransactionList": _transactions(1),
    },
    "TransformationEvent": {
        **_USUAL,
        **_MADE,
        "inputEPCList": uris,
        "inputQuantityList": _QUANTITIES,
        "outputEPCList": uris,
        "outputQuantityList": _QUANTITIES,
        "transformationID": uri,
    },
}
"""The fields of each event type (EPCIS 2.0, 7.4) with what they may hold."""

_TIMED = ("eventTime", "eventTimeZoneOffset")
_REQUIRED: dict[str, tuple[str, ...]] = {
    "ObjectEvent": (*_TIMED, "action"),
    "AggregationEvent": (*_TIMED, "action"),
    "AssociationEvent": (*_TIMED, "action", "parentID"),
    "TransactionEvent": (*_TIMED, "action", "bizTransactionList"),
    "TransformationEvent": _TIMED,
}
_EVENTS: dict[str, Check] = {
    name: record(fields, required=_REQUIRED[name], extensible=True)
    for name, fields in FIELDS.items()
}
# An event type of somebody's own keeps the fields that every event has, and may use any other.
_EXTENSION = record(
    {name: check for fields in FIELDS.values() for name, check in fields.items()},
    required=_TIMED,
    extensible=True,
)


def check(event: Any) -> list[FieldError]:
    """Return what is wrong with the shape of an event: all of it, at most `MOST_FAULTS` faults.

    Args:
        event: an event as a JSON-LD object that stands alone; anything else is a fault, no error.

    Returns:
        Faults with pointers relative to the event; empty when the shape is right.
    """
    if not isinstance(event, Mapping):
        return [FieldError("", "type", f"found {described(event)}, expected an event object")]
    faults = Faults(prefixes=_prefixes(event.get("@context")))
    named = event.get("type")
    if "type" not in event:
        faults.add("/type", "missing", "nothing", "the type of the event")
    elif isinstance(named, str) and named in _EVENTS:
        _EVENTS[named](event, "", faults)
        _what(named, event, faults)
    elif isinstance(named, str) and is_uri(named):
        _EXTENSION(event, "", faults)
    else:
        expected = ", ".join(sorted(words.EVENT_TYPES)) + ", or the URI of an extension"
        faults.add("/type", "unknown_word", described(named), f"one of {expected}")
    return faults.found


def _prefixes(context: Any) -> set[str]:
    parts = context if isinstance(context, list) else [context]
    return {name for part in parts if isinstance(part, Mapping) for name in part}


def _what(named: str, event: Mapping[str, Any], faults: Faults) -> None:
    """Judge whether the event names anything that it happened to."""
    if named == "TransformationEvent":
        _transformed(event, faults)
    elif named in ("AggregationEvent", "AssociationEvent"):
        if event.get("action") != "DELETE" and not _any(event, "childEPCs", "childQuantityList"):
            faults.add("/childEPCs", "missing", "no children", "some, unless action is DELETE")
    elif not ("epcList" in event or _any(event, "quantityList") or _pardoned(named, event)):
        expected = "an epcList, which may be empty, or a quantityList"
        faults.add("/epcList", "missing", "nothing that it happened to", expected)
    if named == "ObjectEvent" and "ilmd" in event and event.get("action") != "ADD":
        found = f"instance data with action {described(event.get('action'))}"
        faults.add("/ilmd", "unknown_field", found, "action ADD, or no ilmd")


def _pardoned(named: str, event: Mapping[str, Any]) -> bool:
    if named == "TransactionEvent":
        return event.get("action") == "DELETE"
    return _any(event, "sensorElementList") and "readPoint" in event


def _transformed(event: Mapping[str, Any], faults: Faults) -> None:
    sides = {
        side: _any(event, f"{side}EPCList", f"{side}QuantityList") for side in ("input", "output")
    }
    if "transformationID" in event and any(sides.values()):
        return
    for side, present in sides.items():
        if not present:
            expected = "some, or a transformationID and the other side"
            faults.add(f"/{side}EPCList", "missing", f"no {side}s", expected)


def _any(event: Mapping[str, Any], *names: str) -> bool:
    return any(event.get(name) for name in names)


def at_fault(faults: list[FieldError]) -> frozenset[str]:
    """Return the fields of an event that faults point into, by the first step of the pointer."""
    return frozenset(fault.pointer.split("/")[1] for fault in faults if fault.pointer)
