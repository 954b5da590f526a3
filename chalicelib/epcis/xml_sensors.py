"""Sensor data as XML: what JSON has as fields stands in attributes (EPCIS 2.0, section 9)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.epcis.words import ALERT, COMPONENT, MEASUREMENT
from chalicelib.epcis.xml_markup import Markup
from chalicelib.epcis.xml_text import as_list, as_object

# The prefix of each field's standard words, and what they begin with: GS1's documents have no URNs.
_SENSOR_WORDS = {
    "type": (MEASUREMENT, "gs1", "gs1:"),
    "exception": (ALERT, "gs1", "gs1:"),
    "component": (COMPONENT, "cbv", f"cbv:{COMPONENT.local}"),
}


def sensor_element(owner: Mapping[str, Any], pointer: str, markup: Markup) -> str:
    """Return a sensor element with its reports.

    Args:
        owner: the element as JSON has it.
        pointer: to it.
        markup: the names of its event.

    Raises:
        Malformed: it holds what XML cannot carry.
    """
    found = ""
    metadata = owner.get("sensorMetadata")
    if metadata is not None:
        at = pointer + "/sensorMetadata"
        attributes = markup.attributes(as_object(metadata, at).items(), at)
        found = f"<sensorMetadata{attributes}/>"
    at = pointer + "/sensorReport"
    for number, report in enumerate(as_list(owner.get("sensorReport") or [], at)):
        found += _report(as_object(report, f"{at}/{number}"), f"{at}/{number}", markup)
    found += markup.extensions(owner, ("type", "sensorMetadata", "sensorReport"), pointer)
    return f"<sensorElement>{found}</sensorElement>"


def _report(report: Mapping[str, Any], pointer: str, markup: Markup) -> str:
    spelt = [(field, _spelt(field, value, markup)) for field, value in report.items()]
    return f"<sensorReport{markup.attributes(spelt, pointer)}/>"


def _spelt(field: str, value: Any, markup: Markup) -> Any:
    """Return a standard word with its prefix, and anything else as it is."""
    if field not in _SENSOR_WORDS or not isinstance(value, str):
        return value
    vocabulary, prefix, start = _SENSOR_WORDS[field]
    if value not in vocabulary.words:
        return value
    markup.use(prefix)
    return start + value
