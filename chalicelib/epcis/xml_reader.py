"""EPCIS as XML: reading documents of 1.0 to 2.0 into events as JSON-LD objects.

Hostile documents end early: no DTD is taken, so there are no entities; libxml2's own limits on
depth, names and text hold; nothing is fetched. Events are read one by one, so a document of any
size takes the memory of its largest event.
"""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from chalicelib.epcis import sbdh
from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.xml_elements import (
    LAYERS,
    Element,
    Names,
    add,
    anything,
    children_of,
    local_name,
    name_of,
    refuse_depth,
    text_of,
    unlayered,
)
from chalicelib.epcis.xml_fields import event_of
from chalicelib.errors import Malformed

_EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
           "AssociationEvent", "QuantityEvent")  # fmt: skip


def read(source: bytes | BinaryIO) -> EpcisDocument:
    """Read a document; its header at once, its events as they are asked for.

    Raises:
        Malformed: it is no well-formed XML, has a DTD, or is no EPCIS document. Asking for events
            raises it too, where the document is broken further on.
    """
    return _Reader(io.BytesIO(source) if isinstance(source, bytes) else source).document()


def read_bare(source: bytes) -> EventObject | None:
    """Read an event that is a document of its own; None where the document is another one.

    Raises:
        Malformed: it is no well-formed XML, or has a DTD.
    """
    return _Reader(io.BytesIO(source)).bare()


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
            name = local_name(element)
            if moment == "start" and name == "EventList" and not _in_header(element):
                break
            if moment == "end":
                self._head(name, element)
        prefixes = {prefix: uri for uri, prefix in self._namespaces.items()}
        return EpcisDocument(
            events=self._events(),
            kind=Kind(local_name(root)),
            version=str(root.get("schemaVersion", "")).strip(),
            created=str(root.get("creationDate", "")).strip(),
            header=self._header,
            vocabularies=tuple(self._vocabularies),
            namespaces=prefixes,
            results=self._results,
        )

    def bare(self) -> EventObject | None:
        found: EventObject | None = None
        for moment, element in self._each():
            if element.getparent() is None:
                name = local_name(element)
                if name not in _EVENTS:
                    return None
                if moment == "end":
                    for attribute in ("creationDate", "schemaVersion"):  # of the document
                        element.attrib.pop(attribute, None)
                    found = event_of(element, name)
        return found

    def _root(self) -> Element:
        for _, element in self._each():
            if element.getparent() is None and local_name(element) in set(Kind):
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
            self._vocabularies += [_vocabulary(each, names) for each in children_of(element)]
        elif name == "EPCISHeader":
            for each in unlayered(element):
                local = local_name(each)
                if local == sbdh.NAME:
                    self._header["sbdh"] = _plain(each)
                elif local != "EPCISMasterData":
                    add(self._header, name_of(each.tag, each, self._namespaces),
                         anything(each, self._namespaces, 0))  # fmt: skip
        elif name in ("queryName", "subscriptionID"):
            self._results[name] = text_of(element)

    def _events(self) -> Iterator[EventObject]:
        for moment, element in self._each():
            name = local_name(element)
            if moment == "start" or name not in _EVENTS or not _listed(element):
                continue
            yield event_of(element, name)
            element.clear()
            _forget_before(element)


def _forget_before(element: Element) -> None:
    """Drop what stands before an element in the list, and before the layers around it."""
    while (parent := element.getparent()) is not None:
        while element.getprevious() is not None:
            del parent[0]
        if local_name(parent) not in LAYERS:
            return
        element = parent


def _listed(element: Element) -> bool:
    """Whether an event element is one of the list, not something inside another event."""
    parent = element.getparent()
    while parent is not None and local_name(parent) in LAYERS:
        parent = parent.getparent()
    return parent is not None and local_name(parent) == "EventList"


def _in_header(element: Element) -> bool:
    return any(local_name(each) == "EPCISHeader" for each in element.iterancestors())


def _plain(element: Element, depth: int = 0) -> Any:
    """Return an element of the business document header as JSON, names without prefixes."""
    refuse_depth(depth)
    children = children_of(element)
    if not children and not element.attrib:
        return text_of(element)
    found: dict[str, Any] = {
        "@" + str(name).rpartition("}")[2]: text for name, text in element.attrib.items()
    }
    for each in children:
        add(found, local_name(each), _plain(each, depth + 1))
    if text := text_of(element):
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
    attributes = [each for each in children_of(element) if local_name(each) == "attribute"]
    if attributes:
        found["attributes"] = [
            {"id": str(each.get("id", "")).strip(), "attribute": _attribute(each, names)}
            for each in attributes
        ]
    for each in children_of(element):
        if local_name(each) == "children":
            found["children"] = [text_of(child) for child in children_of(each)]
    return found


def _attribute(element: Element, names: Names) -> Any:
    children = children_of(element)
    if not children:
        return text_of(element)
    found: dict[str, Any] = {}
    for each in children:
        add(found, name_of(each.tag, each, names), anything(each, names, 0))
    return found
