"""Events of published documents, read without the readers that they are to prove.

It takes EPCIS 2.0 documents for right and knows no more of them than the hash vectors need.
"""

import json
from typing import Any

from lxml import etree

from chalicelib.epcis.document import EventObject
from tests.shared_data import path

_EPCS = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_TYPED = {"bizTransactionList", "sourceList", "destinationList"}
_IGNORED = "repository-x:ignoreFields"


def events_of(name: str) -> list[EventObject]:
    """Return the events of a shared document, JSON-LD or XML, each with the prefixes it uses."""
    source = path(name)
    if source.suffix == ".xml":
        # Documents of the publishers alone are read here, none that anybody sends.
        root = etree.fromstring(source.read_bytes(), etree.XMLParser(resolve_entities=False))
        return [_event(each) for events in root.iter("EventList") for each in _elements(events)]
    document = json.loads(source.read_text("utf-8"))
    context = [each for each in _listed(document["@context"]) if isinstance(each, dict)]
    return [
        event | {"@context": [*context, *_listed(event.get("@context", []))]}
        for event in _body(document)["eventList"]
    ]


def ignored_by(name: str) -> list[str]:
    """Return the extensions that a JSON document asks to leave out of hashes."""
    document = json.loads(path(name).read_text("utf-8"))
    results = document["epcisBody"].get("queryResults", {})
    found: list[str] = document.get(_IGNORED) or results.get(_IGNORED, [])
    return found


def _body(document: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = document["epcisBody"]
    found: dict[str, Any] = body.get("queryResults", {}).get("resultsBody", body)
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _elements(parent: Any) -> list[Any]:
    return [each for each in parent if isinstance(each.tag, str)]


def _event(element: Any) -> EventObject:
    context: dict[str, str] = {}
    event: EventObject = {"type": element.tag, "@context": context}
    for field in _elements(element):
        event[_name(field.tag, context)] = _field(field, context)
    return event


def _field(field: Any, context: dict[str, str]) -> Any:
    children = _elements(field)
    if field.tag in _EPCS:
        return [child.text for child in children]
    if field.tag in _QUANTITIES:
        return [_value(child, context) for child in children]
    if field.tag in _TYPED:
        return [{"type": child.get("type"), child.tag: child.text} for child in children]
    if field.tag == "sensorElementList":
        return [_value(child, context) for child in children]
    return _value(field, context)


def _value(element: Any, context: dict[str, str]) -> Any:
    children = _elements(element)
    if not children and not element.attrib:
        return (element.text or "").strip()
    found: dict[str, Any] = {_name(tag, context): text for tag, text in element.attrib.items()}
    for child in children:
        name, value = _name(child.tag, context), _value(child, context)
        found[name] = [*_listed(found[name]), value] if name in found else value
    return found


def _name(tag: str, context: dict[str, str]) -> str:
    if not tag.startswith("{"):
        return tag
    namespace, local = tag[1:].split("}")
    prefix = next((each for each, uri in context.items() if uri == namespace), f"x{len(context)}")
    context[prefix] = namespace
    return f"{prefix}:{local}"
