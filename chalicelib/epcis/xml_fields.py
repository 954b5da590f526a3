"""The fields of an event in XML of 1.0 to 2.0, as those of its JSON-LD object.

The `extension` and `baseExtension` elements of 1.x only say when a field joined the standard: here
they are transparent. Words of the CBV become bare. Elements of other namespaces become prefixed
names, their attributes names that begin with `@`, the text beside attributes `#text`.
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.epcis import words
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.words import Vocabulary
from chalicelib.epcis.xml_elements import (
    STANDARD,
    Element,
    Names,
    add,
    anything,
    attributes_of,
    children_of,
    local_name,
    name_of,
    refuse_number,
    text_of,
    unlayered,
)
from chalicelib.errors import Malformed

VOC = ("https://gs1.org/voc/", "http://gs1.org/voc/", "https://ref.gs1.org/voc/", "gs1:")

WIDEST = 300
"""Powers of ten up to which a number is read; JSON has the same bound."""

_OWN = ("{urn:epcglobal:epcis:xsd:1}*", "{urn:epcglobal:epcis:xsd:2}*")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def event_of(element: Element, name: str) -> EventObject:
    """Return an event element as an event that stands alone.

    Args:
        element: the event; its tags may be changed.
        name: of the element, without namespace.

    Raises:
        Malformed: there is too much in one place, or an attribute would bind its context.
    """
    for each in list(element.iter(*_OWN)):
        # The schema has fields without namespace; some senders give them the document's.
        each.tag = local_name(each)
    names: Names = {}
    event: EventObject = {"type": name}
    for field in unlayered(element):
        tag = field.tag
        read = _FIELDS.get(tag)
        if read is not None:
            add(event, tag, read(field, names))
        else:
            name_here = name_of(tag, field, names)
            # An element `type` would hide what the event is; as an attribute's name it is refused.
            name_here = "@type" if name_here == "type" else name_here
            add(event, name_here, anything(field, names, 0))
    attributes = attributes_of(element, names)
    if "@context" in attributes:
        message = "Found an attribute context of an event; expected none."
        raise Malformed.field("", "unknown_field", message)
    for attribute, text in attributes.items():
        add(event, attribute, text)
    if name == "QuantityEvent":
        _modernise(event)
    context = {prefix: uri for uri, prefix in names.items() if STANDARD.get(prefix) != uri}
    return {"@context": context, **event} if context else event


def _modernise(event: EventObject) -> None:
    """A QuantityEvent of 1.0 is what an ObjectEvent with quantities says since 1.1."""
    event["type"] = "ObjectEvent"
    event.setdefault("action", "OBSERVE")
    if "epcClass" in event:
        listed = {"epcClass": event.pop("epcClass")}
        if "quantity" in event:
            listed["quantity"] = _number(str(event.pop("quantity")))
        event["quantityList"] = [listed]


def _token(element: Element, names: Names) -> Any:
    """Return the text; all that is in the element, for the gates to refuse, where there is more."""
    return anything(element, names, 0) if len(element) or element.attrib else text_of(element)


def _word(vocabulary: Vocabulary) -> Callable[[Element, Names], Any]:
    def read(element: Element, names: Names) -> Any:
        found = _token(element, names)
        return _bare(vocabulary, found) if isinstance(found, str) else found

    return read


def _bare(vocabulary: Vocabulary, text: str) -> str:
    """Return a standard word bare, where it is spelled exactly so; anything else as it is."""
    word = vocabulary.bare(text)
    return word if word is not None and text.endswith(word) and text != word else text


def _epcs(element: Element, _: Names) -> list[str]:
    return [(each.text or "").strip() for each in element.iterchildren("*")]


def _quantities(element: Element, names: Names) -> list[Any]:
    return [_quantity(each, names) for each in children_of(element)]


def _quantity(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in children_of(element):
        if each.tag == "quantity" and each.get(_NIL) in ("true", "1") and not text_of(each):
            continue  # said to be unknown, as its absence says
        value = anything(each, names, 0)
        is_number = each.tag == "quantity" and isinstance(value, str)
        add(found, name_of(each.tag, each, names), _number(value) if is_number else value)
    return found


def _number(text: str) -> Any:
    """Return a number where the text is one; the text for the gates to refuse where it is not."""
    if not _NUMBER.fullmatch(text) or len(text) > 40:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if abs(number.adjusted()) > WIDEST:
        return text
    whole = number == number.to_integral_value() and abs(number.adjusted()) < 38
    return int(number) if whole and "." not in text and "e" not in text.lower() else number


def _object(element: Element, names: Names) -> dict[str, Any]:
    found = attributes_of(element, names)
    for each in unlayered(element):
        add(found, name_of(each.tag, each, names), anything(each, names, 0))
    if text := text_of(element):
        found["#text"] = text
    return found


def _typed(vocabulary: Vocabulary) -> Callable[[Element, Names], list[dict[str, Any]]]:
    def read(element: Element, names: Names) -> list[dict[str, Any]]:
        found = []
        for each in children_of(element):
            kind = each.get("type")
            typed = {} if kind is None else {"type": _bare(vocabulary, kind.strip())}
            typed[local_name(each)] = text_of(each)
            others = attributes_of(each, names)
            others.pop("@type", None)
            typed |= others
            for inner in children_of(each):
                add(typed, name_of(inner.tag, inner, names), anything(inner, names, 0))
            found.append(typed)
        return found

    return read


def _dispositions(element: Element, _: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in children_of(element):
        found.setdefault(local_name(each), []).append(_bare(words.DISPOSITION, text_of(each)))
    return found


def _declaration(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in unlayered(element):
        if each.tag == "correctiveEventIDs":
            found[each.tag] = _epcs(each, names)
        elif each.tag == "reason":
            found[each.tag] = _bare(words.ERROR_REASON, text_of(each))
        else:
            add(found, name_of(each.tag, each, names), anything(each, names, 0))
    return found


def _sensors(element: Element, names: Names) -> list[dict[str, Any]]:
    return [_sensor(each, names) for each in children_of(element)]


def _sensor(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in unlayered(element):
        if each.tag == "sensorMetadata":
            found[each.tag] = _attributes(each, names)
        elif each.tag == "sensorReport":
            found.setdefault(each.tag, []).append(_attributes(each, names))
        else:
            add(found, name_of(each.tag, each, names), anything(each, names, 0))
    return found


_MEASURED = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
)
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}


def _attributes(element: Element, names: Names) -> dict[str, Any]:
    """Return the attributes of sensor data as the fields that they are in JSON."""
    refuse_number(len(element.attrib) - 1)
    found: dict[str, Any] = {}
    for attribute, raw in element.attrib.items():
        name, text = name_of(attribute, element, names), raw.strip()
        if name in _MEASURED:
            found[name] = _number(text)
        elif name == "booleanValue":
            found[name] = _BOOLEAN.get(text, text)
        elif name in ("type", "exception", "component"):
            found[name] = _vocabulary_word(name, text)
        else:
            found[name] = text
    for each in children_of(element):
        add(found, name_of(each.tag, each, names), anything(each, names, 0))
    return found


def _vocabulary_word(name: str, text: str) -> str:
    vocabulary = {"type": words.MEASUREMENT, "exception": words.ALERT}.get(name, words.COMPONENT)
    for start in VOC:
        if text.startswith(start) and text.removeprefix(start) in vocabulary.words:
            return text.removeprefix(start)
    return _bare(vocabulary, text)


_FIELDS: dict[str, Callable[[Element, Names], Any]] = {
    "eventTime": _token,
    "recordTime": _token,
    "eventTimeZoneOffset": _token,
    "eventID": _token,
    "action": _token,
    "parentID": _token,
    "transformationID": _token,
    "bizStep": _word(words.BIZ_STEP),
    "disposition": _word(words.DISPOSITION),
    "epcList": _epcs,
    "childEPCs": _epcs,
    "inputEPCList": _epcs,
    "outputEPCList": _epcs,
    "quantityList": _quantities,
    "childQuantityList": _quantities,
    "inputQuantityList": _quantities,
    "outputQuantityList": _quantities,
    "readPoint": _object,
    "bizLocation": _object,
    "bizTransactionList": _typed(words.BIZ_TRANSACTION),
    "sourceList": _typed(words.SOURCE_DESTINATION),
    "destinationList": _typed(words.SOURCE_DESTINATION),
    "persistentDisposition": _dispositions,
    "errorDeclaration": _declaration,
    "certificationInfo": _token,
    "sensorElementList": _sensors,
    "ilmd": _object,
}
