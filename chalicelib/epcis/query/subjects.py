"""What a query may look at in an event: where its values lie (EPCIS 2.0, section 8.2.7.1).

A reader yields the values as they stand in the event, whatever is there; an event without the field
yields none, and so does one whose field has another shape than the standard's.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.query import spelling
from chalicelib.epcis.words import BIZ_TRANSACTION, SOURCE_DESTINATION, Vocabulary

Reader = Callable[[EventObject, str], Iterator[Any]]
"""Yields the values of a subject, as far as they are of the qualifier."""

SCOPES = (
    "ILMD",
    "ERROR_DECLARATION",
    "SENSORELEMENT",
    "SENSORMETADATA",
    "SENSORREPORT",
    "readPoint",
    "bizLocation",
)
"""Where extensions may stand besides the event itself."""

CLASS_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
"""The fields that tell quantities of classes."""


def _items(holder: Any, name: str) -> list[Any]:
    held = holder.get(name) if isinstance(holder, Mapping) else None
    return held if isinstance(held, list) else [] if held is None else [held]


def _objects(holder: Any, name: str) -> list[Mapping[str, Any]]:
    return [each for each in _items(holder, name) if isinstance(each, Mapping)]


def _fields(*names: str) -> Reader:
    def read(event: EventObject, _: str) -> Iterator[Any]:
        for name in names:
            yield from _items(event, name)

    return read


def _of(outer: str, *names: str) -> Reader:
    """Read fields of the objects in a field."""

    def read(event: EventObject, _: str) -> Iterator[Any]:
        for held in _objects(event, outer):
            for name in names:
                yield from _items(held, name)

    return read


def _place(name: str) -> Reader:
    def read(event: EventObject, _: str) -> Iterator[Any]:
        for held in _items(event, name):
            yield held.get("id") if isinstance(held, Mapping) else held

    return read


def _classes(*lists: str) -> Reader:
    def read(event: EventObject, _: str) -> Iterator[Any]:
        for name in lists:
            for held in _objects(event, name):
                yield from _items(held, "epcClass")

    return read


def _quantities(event: EventObject, unit: str) -> Iterator[Any]:
    for name in CLASS_LISTS:
        for held in _objects(event, name):
            if not unit or held.get("uom") == unit:
                yield from _items(held, "quantity")


def _typed(outer: str, name: str, vocabulary: Vocabulary) -> Reader:
    def read(event: EventObject, kind: str) -> Iterator[Any]:
        for held in _objects(event, outer):
            found = held.get("type")
            if not kind or (isinstance(found, str) and spelling.word(vocabulary, found) == kind):
                yield from _items(held, name)

    return read


def _reports(event: EventObject) -> Iterator[Mapping[str, Any]]:
    for element in _objects(event, "sensorElementList"):
        yield from _objects(element, "sensorReport")


def _metadata(event: EventObject) -> Iterator[Mapping[str, Any]]:
    for element in _objects(event, "sensorElementList"):
        yield from _objects(element, "sensorMetadata")


def _sensed(name: str) -> Reader:
    """Read what may stand in the metadata of a sensor element and in each of its reports."""

    def read(event: EventObject, _: str) -> Iterator[Any]:
        for held in (*_metadata(event), *_reports(event)):
            yield from _items(held, name)

    return read


def _reported(name: str) -> Reader:
    def read(event: EventObject, unit: str) -> Iterator[Any]:
        for held in _reports(event):
            if not unit or held.get("uom") == unit:
                yield from _items(held, name)

    return read


def _whole(event: EventObject) -> Iterator[Mapping[str, Any]]:
    yield event


_HOLDERS: dict[str, Callable[[EventObject], Iterator[Mapping[str, Any]]]] = {
    "": _whole,
    "ILMD": lambda event: iter(_objects(event, "ilmd")),
    "ERROR_DECLARATION": lambda event: iter(_objects(event, "errorDeclaration")),
    "SENSORELEMENT": lambda event: iter(_objects(event, "sensorElementList")),
    "SENSORMETADATA": _metadata,
    "SENSORREPORT": _reports,
    "readPoint": lambda event: iter(_objects(event, "readPoint")),
    "bizLocation": lambda event: iter(_objects(event, "bizLocation")),
}


def extension(event: EventObject, scope: str, name: str, *, inner: bool) -> Iterator[Any]:
    """Yield the values of an extension field.

    Args:
        event: where it is sought.
        scope: one of `SCOPES`; empty for the event itself.
        name: qualified.
        inner: at any depth inside of other extensions of that place, instead of beside its fields.
    """
    namespaces = spelling.prefixes(event.get("@context"))

    def named(holder: Mapping[str, Any]) -> Iterator[Any]:
        for key in holder:
            if isinstance(key, str) and name in (key, spelling.qualified(key, namespaces)):
                yield from _items(holder, key)

    for holder in _HOLDERS[scope](event):
        if not inner:
            yield from named(holder)
            continue
        for key in holder:
            if isinstance(key, str) and ":" in key:
                for nested in _nested(holder[key]):
                    yield from named(nested)


def _nested(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object in a value; with a stack of our own, for depth is the sender's choice."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


READERS: dict[str, Reader] = {
    "eventType": _fields("type"),
    "eventTime": _fields("eventTime"),
    "recordTime": _fields("recordTime"),
    "eventID": _fields("eventID"),
    "action": _fields("action"),
    "bizStep": _fields("bizStep"),
    "disposition": _fields("disposition"),
    "set": _of("persistentDisposition", "set"),
    "unset": _of("persistentDisposition", "unset"),
    "readPoint": _place("readPoint"),
    "bizLocation": _place("bizLocation"),
    "transformationID": _fields("transformationID"),
    "bizTransaction": _typed("bizTransactionList", "bizTransaction", BIZ_TRANSACTION),
    "source": _typed("sourceList", "source", SOURCE_DESTINATION),
    "destination": _typed("destinationList", "destination", SOURCE_DESTINATION),
    "epc": _fields("epcList", "childEPCs"),
    "parentID": _fields("parentID"),
    "inputEPC": _fields("inputEPCList"),
    "outputEPC": _fields("outputEPCList"),
    "anyEPC": _fields("parentID", "epcList", "childEPCs", "inputEPCList", "outputEPCList"),
    "epcClass": _classes("quantityList", "childQuantityList"),
    "inputEPCClass": _classes("inputQuantityList"),
    "outputEPCClass": _classes("outputQuantityList"),
    "anyEPCClass": _classes(*CLASS_LISTS),
    "quantity": _quantities,
    "errorDeclaration": _fields("errorDeclaration"),
    "errorDeclarationTime": _of("errorDeclaration", "declarationTime"),
    "errorReason": _of("errorDeclaration", "reason"),
    "correctiveEventID": _of("errorDeclaration", "correctiveEventIDs"),
    "sensorElementList": _fields("sensorElementList"),
    "sensorType": _reported("type"),
    **{
        name: _sensed(name)
        for name in (
            "time",
            "startTime",
            "endTime",
            "deviceID",
            "dataProcessingMethod",
            "microorganism",
            "chemicalSubstance",
            "bizRules",
        )
    },
    **{
        name: _reported(name)
        for name in (
            "stringValue",
            "hexBinaryValue",
            "uriValue",
            "booleanValue",
            "value",
            "minValue",
            "maxValue",
            "meanValue",
            "sDev",
            "percRank",
            "percValue",
        )
    },
}
"""The subjects that have fields of the standard."""
