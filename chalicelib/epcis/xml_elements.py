"""Elements of XML as JSON: names with prefixes, attributes as fields that begin with `@`.

How much may stand in one place is bounded, as JSON objects of it are bounded.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from chalicelib.epcis.words import STANDARD_PREFIXES, URI_SCHEMES
from chalicelib.errors import Malformed

DEEPEST = 64
"""Elements inside one another in an event."""

MOST = 1_000
"""Fields of one object, attributes of one element, namespaces of one event."""

MOST_PREFIXES = 200
"""Prefixes bound around a name, where they must be looked through for its own."""

MDA = "urn:epcglobal:cbv:mda"
LAYERS = frozenset({"extension", "baseExtension"})

Element = Any
Names = dict[str, str]
"""Prefixes that an event uses, by namespace."""


def add(found: dict[str, Any], name: str, value: Any) -> None:
    """Add a field; an element that stands there again makes a list of it."""
    if name not in found:
        refuse_number(len(found))
        found[name] = value
    elif isinstance(found[name], list):
        found[name] += value if isinstance(value, list) else [value]
    else:
        found[name] = [found[name], *(value if isinstance(value, list) else [value])]


def children_of(element: Element) -> list[Element]:
    """Return the elements in an element."""
    return [each for each in element if isinstance(each.tag, str)]


def unlayered(element: Element) -> Iterator[Element]:
    """Yield the children of an element, those inside the layers of 1.x with them."""
    for each in element:
        if each.tag in LAYERS:
            yield from unlayered(each)
        elif isinstance(each.tag, str):
            yield each


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element) -> str:
    """Return the text, white space collapsed at its ends as the schema's types ask."""
    return (element.text or "").strip()


def refuse_depth(depth: int) -> None:
    """Refuse what nests too deep.

    Raises:
        Malformed: `too_deep`.
    """
    if depth > DEEPEST:
        message = f"Found elements nested deeper than {DEEPEST}; expected at most that."
        raise Malformed.field("", "too_deep", message)


def anything(element: Element, names: Names, depth: int) -> Any:
    """Return an element that the standard does not know: text, or an object of what is in it."""
    refuse_depth(depth)
    children = children_of(element)
    if not children and not element.attrib:
        return text_of(element)
    found = attributes_of(element, names)
    for each in children:
        add(found, name_of(each.tag, each, names), anything(each, names, depth + 1))
    text = "".join([element.text or "", *((each.tail or "") for each in children)]).strip()
    if text:
        found["#text"] = text
    return found


def attributes_of(element: Element, names: Names) -> dict[str, Any]:
    """Return the attributes of an element as fields whose names begin with `@`."""
    refuse_number(len(element.attrib) - 1)
    return {"@" + name_of(name, element, names): text for name, text in element.attrib.items()}


def refuse_number(already: int) -> None:
    """Refuse one more than there may be: what grows with the square of it would take long.

    Args:
        already: how many there are before.

    Raises:
        Malformed: `too_many_fields`.
    """
    if already >= MOST:
        message = f"Found more than {MOST} different fields or attributes in one place."
        raise Malformed.field("", "too_many_fields", message)


STANDARD = {
    "cbvmda": MDA,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""Prefixes that need no context."""


def name_of(tag: str, element: Element, names: Names) -> str:
    """Return the name of a field: prefixed where it has a namespace."""
    if not tag.startswith("{"):
        return tag
    namespace, _, local = tag[1:].partition("}")
    prefix = names.get(namespace)
    if prefix is None:
        prefix = names[namespace] = _prefix(namespace, element, names)
    return f"{prefix}:{local}"


def _prefix(namespace: str, element: Element, names: Names) -> str:
    for prefix, uri in STANDARD.items():
        if uri == namespace:
            return prefix
    refuse_number(len(names))
    taken = {*names.values(), *STANDARD_PREFIXES, *URI_SCHEMES}
    bound = [prefix for prefix, uri in _bound(element, namespace) if prefix and uri == namespace]
    free = [prefix for prefix in bound if prefix not in taken]
    return (
        free[0]
        if free
        else next(made for number in range(len(taken) + 1) if (made := f"ns{number}") not in taken)
    )


def _bound(element: Element, namespace: str) -> Iterable[tuple[str | None, str]]:
    """Return prefixes of an element; of all around it only where its own is not the one."""
    if element.prefix and etree.QName(element).namespace == namespace:
        return [(element.prefix, namespace)]
    found: dict[str | None, str] = element.nsmap
    if len(found) > MOST_PREFIXES:
        message = f"Found {len(found)} namespaces in one place; expected at most {MOST_PREFIXES}."
        raise Malformed.field("", "too_many_fields", message)
    return found.items()
