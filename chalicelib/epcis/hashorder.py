"""In which order the event hash takes the fields of an event, and what each of them is.

Source: CBV 2.0, section 8.9.2; where `eventhash` says so, the published hashes.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from chalicelib.epcis.hashvalues import VOCABULARY, cbv, instant, number, text, word

Spell = Callable[[Any, Mapping[str, str]], str]
"""How a value is spelt, given the namespaces of prefixes."""


def _of(vocabulary: str) -> Spell:
    return lambda value, namespaces: word(value, vocabulary, namespaces)


def _time(value: Any, _: Mapping[str, str]) -> str:
    return instant(value)


def _number(value: Any, _: Mapping[str, str]) -> str:
    return number(value)


class Group(Enum):
    """Fields that hold more than one value."""

    EPCS = "a list of EPCs"
    QUANTITIES = "a list of quantity elements"
    PLACE = "a place with its id"
    STATES = "dispositions that were set and unset"
    SENSORS = "a list of sensor elements"


EVENT: dict[str, Spell | Group] = {
    "eventTime": _time,
    "eventTimeZoneOffset": text,
    "certificationInfo": text,
    "parentID": text,
    "epcList": Group.EPCS,
    "inputEPCList": Group.EPCS,
    "childEPCs": Group.EPCS,
    "quantityList": Group.QUANTITIES,
    "childQuantityList": Group.QUANTITIES,
    "inputQuantityList": Group.QUANTITIES,
    "outputEPCList": Group.EPCS,
    "outputQuantityList": Group.QUANTITIES,
    "action": text,
    "transformationID": text,
    "bizStep": _of(cbv("BizStep")),
    "disposition": _of(cbv("Disp")),
    "persistentDisposition": Group.STATES,
    "readPoint": Group.PLACE,
    "bizLocation": Group.PLACE,
    "sensorElementList": Group.SENSORS,
}
"""The fields at the front, in their order."""
QUANTITY: dict[str, Spell] = {"epcClass": text, "quantity": _number, "uom": text}
PERSISTENT = {"set": _of(cbv("Disp")), "unset": _of(cbv("Disp"))}
_SOURCE_TYPE = _of(cbv("SDT"))
PAIRS: dict[str, dict[str, Spell]] = {
    "bizTransactionList": {"type": _of(cbv("BTT")), "bizTransaction": text},
    "sourceList": {"type": _SOURCE_TYPE, "source": text},
    "destinationList": {"type": _SOURCE_TYPE, "destination": text},
}
"""The lists of typed values behind them, the type first."""
_METADATA: dict[str, Spell] = {
    "time": _time,
    "startTime": _time,
    "endTime": _time,
    "deviceID": text,
    "deviceMetadata": text,
    "rawData": text,
    "dataProcessingMethod": text,
    "bizRules": text,
}
_REPORT: dict[str, Spell] = {
    "type": _of(VOCABULARY),
    "exception": _of(VOCABULARY),
    "deviceID": text,
    "deviceMetadata": text,
    "rawData": text,
    "dataProcessingMethod": text,
    "time": _time,
    "microorganism": text,
    "chemicalSubstance": text,
    "value": _number,
    "component": _of(cbv("Comp")),
    "stringValue": text,
    "booleanValue": text,
    "hexBinaryValue": text,
    "uriValue": text,
    "minValue": _number,
    "maxValue": _number,
    "meanValue": _number,
    "sDev": _number,
    "percRank": _number,
    "percValue": _number,
    "uom": text,
    "coordinateReferenceSystem": text,
}
SENSOR = {"sensorMetadata": _METADATA, "sensorReport": _REPORT}
"""What a sensor element consists of: metadata, then reports."""

UNSAID = frozenset({"type", "eventID", "recordTime", "errorDeclaration"})
"""What is no part of the sequence; the type leads it."""
