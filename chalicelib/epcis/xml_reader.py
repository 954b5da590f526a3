"""EPCIS as XML: reading documents of 1.0 to 2.0 into events as JSON-LD objects.

The `extension` and `baseExtension` elements of 1.x only say when a field joined the standard: here
they are transparent. Words of the CBV become bare. Elements of other namespaces become prefixed
names, their attributes names that begin with `@`, the text beside attributes `#text`.

Hostile documents end early: no DTD is taken, so there are no entities; libxml2's own limits on
depth, names and text hold; nothing is fetched. Events are read one by one, so a document of any
size takes the memory of its largest event.
"""

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from lxml import etree

from chalicelib.epcis import words
from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.words import STANDARD_PREFIXES, Vocabulary
from chalicelib.errors import Malformed

DEEPEST = 64
"""Elements inside one another in an event."""

SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
MDA = "urn:epcglobal:cbv:mda"
VOC = ("https://gs1.org/voc/", "http://gs1.org/voc/", "https://ref.gs1.org/voc/", "gs1:")

_EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
           "AssociationEvent", "QuantityEvent")  # fmt: skip
_OWN = ("{urn:epcglobal:epcis:xsd:1}*", "{urn:epcglobal:epcis:xsd:2}*")
_LAYERS = frozenset({"extension", "baseExtension"})
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

Element = Any
Names = dict[str, str]
"""Prefixes that an event uses, by namespace."""


def read(source: bytes | BinaryIO) -> EpcisDocument:
    """Read a document; its header at once, its events as they are asked for.

    Raises:
        Malformed: it is no well-formed XML, has a DTD, or is no EPCIS document. Asking for events
            raises it too, where the document is broken further on.
    """
    return _Reader(io.BytesIO(source) if isinstance(source, bytes) else source).document()


class _Reader:
    """Goes through a document once."""

    def __init__(self, source: BinaryIO) -> None:
        names = ("EventList", "EPCISHeader", "VocabularyList", "queryName", "subscriptionID")
        tags = [f"{{*}}{name}" for name in (*Kind, *names, *_EVENTS)]
        self._steps = etree.iterparse(
            source, events=("start", "end"), tag=tags,
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        self._namespaces: Names = {}
        self._header: dict[str, Any] = {}
        self._vocabularies: list[dict[str, Any]] = []
        self._results: dict[str, str] = {}

    def document(self) -> EpcisDocument:
        root = self._root()
        for moment, element in self._each():
            name = _local(element)
            if moment == "start" and name == "EventList" and not _in_header(element):
                break
            if moment == "end":
                self._head(name, element)
        prefixes = {prefix: uri for uri, prefix in self._namespaces.items()}
        return EpcisDocument(
            events=self._events(),
            kind=Kind(_local(root)),
            version=str(root.get("schemaVersion", "")).strip(),
            created=str(root.get("creationDate", "")).strip(),
            header=self._header,
            vocabularies=tuple(self._vocabularies),
            namespaces=prefixes,
            results=self._results,
        )

    def _root(self) -> Element:
        for _, element in self._each():
            if element.getparent() is None and _local(element) in set(Kind):
                return element
            break
        expected = ", ".join(Kind)
        raise Malformed.field("", "type", f"Found another document; expected one of {expected}.")

    def _each(self) -> Iterator[tuple[str, Element]]:
        try:
            for moment, element in self._steps:
                if element.getroottree().docinfo.internalDTD is not None:
                    raise Malformed.field("", "dtd", "Found a DTD; expected a document without.")
                yield moment, element
        except etree.XMLSyntaxError as error:
            line, column = error.position
            message = f"Found no well-formed XML at line {line} column {column}: {error.msg}."
            raise Malformed.field("", "xml", message) from error

    def _head(self, name: str, element: Element) -> None:
        if name == "VocabularyList":
            names = self._namespaces
            self._vocabularies += [_vocabulary(each, names) for each in _children(element)]
        elif name == "EPCISHeader":
            for each in _unlayered(element):
                local = _local(each)
                if local == "StandardBusinessDocumentHeader":
                    self._header["sbdh"] = _plain(each)
                elif local != "EPCISMasterData":
                    _add(self._header, _name(each.tag, each, self._namespaces),
                         _any(each, self._namespaces, 0))  # fmt: skip
        elif name in ("queryName", "subscriptionID"):
            self._results[name] = _text(element)

    def _events(self) -> Iterator[EventObject]:
        for moment, element in self._each():
            name = _local(element)
            if moment == "start" or name not in _EVENTS or not _listed(element):
                continue
            yield _event(element, name)
            element.clear()
            _forget_before(element)


def _forget_before(element: Element) -> None:
    """Drop what stands before an element in the list, and before the layers around it."""
    while (parent := element.getparent()) is not None:
        while element.getprevious() is not None:
            del parent[0]
        if _local(parent) not in _LAYERS:
            return
        element = parent


def _listed(element: Element) -> bool:
    """Whether an event element is one of the list, not something inside another event."""
    parent = element.getparent()
    while parent is not None and _local(parent) in _LAYERS:
        parent = parent.getparent()
    return parent is not None and _local(parent) == "EventList"


def _in_header(element: Element) -> bool:
    return any(_local(each) == "EPCISHeader" for each in element.iterancestors())


def _event(element: Element, name: str) -> EventObject:
    for each in list(element.iter(*_OWN)):
        each.tag = _local(each)  # the schema has fields without namespace; some senders give one
    names: Names = {}
    event: EventObject = {"type": name}
    for field in _unlayered(element):
        tag = field.tag
        read = _FIELDS.get(tag)
        if read is not None:
            _add(event, tag, read(field, names))
        else:
            name_here = _name(tag, field, names)
            # An element `type` would hide what the event is; as an attribute's name it is refused.
            name_here = "@type" if name_here == "type" else name_here
            _add(event, name_here, _any(field, names, 0))
    for attribute, text in element.attrib.items():
        if attribute == "context":
            message = "Found an attribute context of an event; expected none."
            raise Malformed.field("", "unknown_field", message)
        _add(event, "@" + _name(attribute, element, names), text)
    if name == "QuantityEvent":
        _modernise(event)
    context = {prefix: uri for uri, prefix in names.items() if _STANDARD.get(prefix) != uri}
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


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    """Add a field; an element that stands there again makes a list of it."""
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name] += value if isinstance(value, list) else [value]
    else:
        found[name] = [found[name], *(value if isinstance(value, list) else [value])]


def _children(element: Element) -> list[Element]:
    return [each for each in element if isinstance(each.tag, str)]


def _unlayered(element: Element) -> Iterator[Element]:
    """Yield the children of an element, those inside the layers of 1.x with them."""
    for each in element:
        if each.tag in _LAYERS:
            yield from _unlayered(each)
        elif isinstance(each.tag, str):
            yield each


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    """Return the text, white space collapsed at its ends as the schema's types ask."""
    return (element.text or "").strip()


def _token(element: Element, names: Names) -> Any:
    """Return the text; all that is in the element, for the gates to refuse, where there is more."""
    return _any(element, names, 0) if len(element) or element.attrib else _text(element)


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
    return [_quantity(each, names) for each in _children(element)]


def _quantity(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in _children(element):
        value = _any(each, names, 0)
        is_number = each.tag == "quantity" and isinstance(value, str)
        _add(found, _name(each.tag, each, names), _number(value) if is_number else value)
    return found


def _number(text: str) -> Any:
    """Return a number where the text is one; the text for the gates to refuse where it is not."""
    if not _NUMBER.fullmatch(text) or len(text) > 40:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    whole = number == number.to_integral_value() and abs(number.adjusted()) < 38
    return int(number) if whole and "." not in text and "e" not in text.lower() else number


def _object(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@" + _name(name, element, names): text for name, text in element.attrib.items()
    }
    for each in _unlayered(element):
        _add(found, _name(each.tag, each, names), _any(each, names, 0))
    if text := _text(element):
        found["#text"] = text
    return found


def _typed(vocabulary: Vocabulary) -> Callable[[Element, Names], list[dict[str, Any]]]:
    def read(element: Element, names: Names) -> list[dict[str, Any]]:
        found = []
        for each in _children(element):
            kind = each.get("type")
            typed = {} if kind is None else {"type": _bare(vocabulary, kind.strip())}
            typed[_local(each)] = _text(each)
            for attribute, text in each.attrib.items():
                if attribute != "type":
                    typed["@" + _name(attribute, each, names)] = text
            for inner in _children(each):
                _add(typed, _name(inner.tag, inner, names), _any(inner, names, 0))
            found.append(typed)
        return found

    return read


def _dispositions(element: Element, _: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in _children(element):
        found.setdefault(_local(each), []).append(_bare(words.DISPOSITION, _text(each)))
    return found


def _declaration(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in _unlayered(element):
        if each.tag == "correctiveEventIDs":
            found[each.tag] = _epcs(each, names)
        elif each.tag == "reason":
            found[each.tag] = _bare(words.ERROR_REASON, _text(each))
        else:
            _add(found, _name(each.tag, each, names), _any(each, names, 0))
    return found


def _sensors(element: Element, names: Names) -> list[dict[str, Any]]:
    return [_sensor(each, names) for each in _children(element)]


def _sensor(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in _unlayered(element):
        if each.tag == "sensorMetadata":
            found[each.tag] = _attributes(each, names)
        elif each.tag == "sensorReport":
            found.setdefault(each.tag, []).append(_attributes(each, names))
        else:
            _add(found, _name(each.tag, each, names), _any(each, names, 0))
    return found


_MEASURED = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
)
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}


def _attributes(element: Element, names: Names) -> dict[str, Any]:
    """Return the attributes of sensor data as the fields that they are in JSON."""
    found: dict[str, Any] = {}
    for attribute, raw in element.attrib.items():
        name, text = _name(attribute, element, names), raw.strip()
        if name in _MEASURED:
            found[name] = _number(text)
        elif name == "booleanValue":
            found[name] = _BOOLEAN.get(text, text)
        elif name in ("type", "exception", "component"):
            found[name] = _vocabulary_word(name, text)
        else:
            found[name] = text
    for each in _children(element):
        _add(found, _name(each.tag, each, names), _any(each, names, 0))
    return found


def _vocabulary_word(name: str, text: str) -> str:
    vocabulary = {"type": words.MEASUREMENT, "exception": words.ALERT}.get(name, words.COMPONENT)
    for start in VOC:
        if text.startswith(start) and text.removeprefix(start) in vocabulary.words:
            return text.removeprefix(start)
    return _bare(vocabulary, text)


def _refuse_depth(depth: int) -> None:
    if depth > DEEPEST:
        message = f"Found elements nested deeper than {DEEPEST}; expected at most that."
        raise Malformed.field("", "too_deep", message)


def _any(element: Element, names: Names, depth: int) -> Any:
    """Return an element that the standard does not know: text, or an object of what is in it."""
    _refuse_depth(depth)
    children = _children(element)
    if not children and not element.attrib:
        return _text(element)
    found: dict[str, Any] = {
        "@" + _name(name, element, names): text for name, text in element.attrib.items()
    }
    for each in children:
        _add(found, _name(each.tag, each, names), _any(each, names, depth + 1))
    text = "".join([element.text or "", *((each.tail or "") for each in children)]).strip()
    if text:
        found["#text"] = text
    return found


_STANDARD = {
    "cbvmda": MDA,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""Prefixes that need no context."""


def _name(tag: str, element: Element, names: Names) -> str:
    """Return the name of a field: prefixed where it has a namespace."""
    if not tag.startswith("{"):
        return tag
    namespace, _, local = tag[1:].partition("}")
    prefix = names.get(namespace)
    if prefix is None:
        prefix = names[namespace] = _prefix(namespace, element, names)
    return f"{prefix}:{local}"


def _prefix(namespace: str, element: Element, names: Names) -> str:
    for prefix, uri in _STANDARD.items():
        if uri == namespace:
            return prefix
    taken = {*names.values(), *STANDARD_PREFIXES}
    bound = [prefix for prefix, uri in element.nsmap.items() if prefix and uri == namespace]
    free = [prefix for prefix in bound if prefix not in taken]
    return (
        free[0]
        if free
        else next(made for number in range(len(taken) + 1) if (made := f"ns{number}") not in taken)
    )


def _plain(element: Element, depth: int = 0) -> Any:
    """Return an element of the business document header as JSON, names without prefixes."""
    _refuse_depth(depth)
    children = _children(element)
    if not children and not element.attrib:
        return _text(element)
    found: dict[str, Any] = {
        "@" + str(name).rpartition("}")[2]: text for name, text in element.attrib.items()
    }
    for each in children:
        _add(found, _local(each), _plain(each, depth + 1))
    if text := _text(element):
        found["#text"] = text
    return found


def _vocabulary(element: Element, names: Names) -> dict[str, Any]:
    listed = element.iter("{*}VocabularyElement")
    return {
        "type": str(element.get("type", "")),
        "vocabularyElementList": [_vocabulary_element(each, names) for each in listed],
    }


def _vocabulary_element(element: Element, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {"id": str(element.get("id", "")).strip()}
    attributes = [each for each in _children(element) if _local(each) == "attribute"]
    if attributes:
        found["attributes"] = [
            {"id": str(each.get("id", "")).strip(), "attribute": _attribute(each, names)}
            for each in attributes
        ]
    for each in _children(element):
        if _local(each) == "children":
            found["children"] = [_text(child) for child in _children(each)]
    return found


def _attribute(element: Element, names: Names) -> Any:
    children = _children(element)
    if not children:
        return _text(element)
    found: dict[str, Any] = {}
    for each in children:
        _add(found, _name(each.tag, each, names), _any(each, names, 0))
    return found


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
