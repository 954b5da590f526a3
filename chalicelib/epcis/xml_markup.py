"""Elements and attributes under the names that a `@context` gives them, put together as text.

Strings are joined, no tree is built: an event of a hundred thousand EPCs is a single long string.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from chalicelib.epcis.faults import step
from chalicelib.epcis.hashvalues import STANDARD
from chalicelib.epcis.xml_text import attribute, text
from chalicelib.errors import FieldError, Malformed
from chalicelib.gs1.refusal import shown

NAMESPACES = STANDARD | {
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""Of prefixes that nobody need declare."""

# Names in XML (Namespaces in XML 1.0, NCName).
_FIRST = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NCNAME = f"[{_FIRST}][{_FIRST}0-9.\xb7\u0300-\u036f\u203f\u2040-]*"
_NAME = re.compile(_NCNAME).fullmatch
_URI_NAME = re.compile(f"((?:[A-Za-z][A-Za-z0-9+.-]*://|urn:).*[/#:])({_NCNAME})").fullmatch
# Bound to `xml` and to nothing else, so that nobody declares it (Namespaces in XML 1.0, 3).
# RFC 3986: what is bound to anything else is no namespace to an XML parser, which then gives up.
_REST = r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
_NAMESPACE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    r"(?://[A-Za-z0-9._~\-]+(?::[0-9]{1,5})?(?=[/?#]|$)|(?!//))" + _REST + f"(?:#{_REST})?"
).fullmatch
_XML = "http://www.w3.org/XML/1998/namespace"
_XMLNS = "http://www.w3.org/2000/xmlns/"
# JSON-LD has the namespace of GS1's master data attributes with a colon, XML has it without.
_WITH_COLON = NAMESPACES["cbvmda"] + ":"
_DEEPEST = 100


class Markup:
    """Elements under names whose prefixes one `@context` binds.

    Attributes:
        lost: what found no place, each by its pointer and with the code `no_xml`.
    """

    def __init__(self, context: Any, outer: Mapping[str, str] | None = None) -> None:
        """Begin.

        Args:
            context: a dict of prefix to namespace, or a list of such dicts and of URLs.
            outer: the prefixes bound around it.
        """
        own: dict[str, str] = {}
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, Mapping):
                own |= {name: uri for name, uri in part.items() if _binds(name, uri)}
        self._bound: dict[str, str] = {**(outer or NAMESPACES), **own, "xml": _XML}
        self._used: dict[str, str] = own
        self.lost: list[FieldError] = []

    def lose(self, pointer: str, why: str) -> None:
        """Note that something is left out."""
        self.lost.append(FieldError(pointer, "no_xml", why))

    def use(self, prefix: str) -> None:
        """Have a bound prefix declared that occurs in a name or a value."""
        self._used[prefix] = self._bound[prefix]

    def free(self, prefix: str) -> str:
        """Return a prefix that was not used so far: this one, or one like it."""
        while prefix in self._used:
            prefix += "_"
        return prefix

    def declarations(self) -> str:
        """Return xmlns attributes of all prefixes that were used so far."""
        return "".join(
            f' xmlns:{prefix}="{attribute(_namespace(uri), "/@context")}"'
            for prefix, uri in sorted(self._used.items())
            if uri != _XML
        )

    def name(self, key: str, pointer: str) -> str:
        """Return the qualified name for a key of JSON.

        Raises:
            Malformed: XML allows no such name, or nobody has bound its prefix.
        """
        prefix, colon, local = key.partition(":")
        if not colon:
            prefix, local = "", key
        elif prefix not in self._bound:
            prefix, local = self._prefix_for(key, pointer)
        if not _NAME(local) or local == "xmlns":
            message = f"found {shown(key)}, expected a name that XML allows"
            raise Malformed.field(pointer, "xml_name", message)
        if not prefix:
            return local
        if self._bound[prefix] == _XML:
            return f"xml:{local}"
        self.use(prefix)
        return f"{prefix}:{local}"

    def _prefix_for(self, key: str, pointer: str) -> tuple[str, str]:
        """Return a prefix of our own for a whole URI as key, which JSON-LD allows."""
        parts = _URI_NAME(key)
        if parts is None:
            message = f"found {shown(key)}, expected a prefix that @context binds to a namespace"
            raise Malformed.field(pointer, "unbound_prefix", message)
        namespace, local = parts[1], parts[2]
        for prefix, bound in self._bound.items():
            if bound == namespace:
                return prefix, local
        number = 1
        while f"ns{number}" in self._bound:
            number += 1
        self._bound[f"ns{number}"] = namespace
        return f"ns{number}", local

    def attributes(self, values: Iterable[tuple[str, Any]], pointer: str) -> str:
        """Return attributes; what is no single value, or nothing, has no place among them."""
        found: dict[tuple[str, str], str] = {}
        for key, value in values:
            at = pointer + step(key)
            if isinstance(value, Mapping | list):
                self.lose(at, "an attribute holds a single value")
            elif value is not None:
                name = self.name(key.removeprefix("@"), at)
                prefix, _, local = name.rpartition(":")
                meant = (self._bound.get(prefix, ""), local)
                if meant in found:
                    message = f"found {shown(key)} twice, expected an attribute once"
                    raise Malformed.field(at, "duplicate", message)
                found[meant] = f' {name}="{attribute(value, at)}"'
        return "".join(found.values())

    def extensions(self, owner: Mapping[str, Any], known: Collection[str], pointer: str) -> str:
        """Return what an object has of other namespaces, and lose what else is not known."""
        found = []
        for key, value in owner.items():
            if key in known:
                continue
            at = pointer + step(key)
            if ":" in key and not key.startswith("@"):
                found.append(self.element(key, value, at))
            else:
                self.lose(at, "XML has no place for it here")
        return "".join(found)

    def nothing_but(self, owner: Mapping[str, Any], known: Collection[str], pointer: str) -> None:
        """Lose all of an object that is not known: it has no place for extensions."""
        for key in owner:
            if key not in known:
                self.lose(pointer + step(key), "XML has no place for it here")

    def element(self, key: str, value: Any, pointer: str, depth: int = 0) -> str:
        """Return an element for any value: one per item of a list, none for null.

        Raises:
            Malformed: names, characters or a depth that no XML of ours may have.
        """
        if depth > _DEEPEST:
            message = f"found more than {_DEEPEST} levels, expected fewer"
            raise Malformed.field(pointer, "depth", message)
        if value is None:
            return ""
        if isinstance(value, Mapping):
            return self._object(key, value, pointer, depth)
        if isinstance(value, list):
            return self._list(key, value, pointer, depth)
        name = self.name(key, pointer)
        return f"<{name}>{text(value, pointer)}</{name}>"

    def _list(self, key: str, values: list[Any], pointer: str, depth: int) -> str:
        if not values:
            self.lose(pointer, "XML has no empty list")
        found = []
        for at, each in enumerate(values):
            if isinstance(each, list):
                self.lose(f"{pointer}/{at}", "XML has no list in a list")
            else:
                found.append(self.element(key, each, f"{pointer}/{at}", depth + 1))
        return "".join(found)

    def _object(self, key: str, value: Mapping[str, Any], pointer: str, depth: int) -> str:
        inner = Markup(value["@context"], self._bound) if "@context" in value else self
        name = inner.name(key, pointer)
        marked = [(k, v) for k, v in value.items() if k.startswith("@") and k != "@context"]
        content = [inner.attributes(marked, pointer), ">"]
        for field, each in value.items():
            at = pointer + step(field)
            if field == "#text":
                content.append("" if each is None else text(each, at))
            elif not field.startswith("@"):
                content.append(inner.element(field, each, at, depth + 1))
        if inner is not self:
            self.lost += inner.lost
            content.insert(0, inner.declarations())
        return f"<{name}{''.join(content)}</{name}>"


def _binds(name: Any, uri: Any) -> bool:
    """Whether an entry of a context binds a prefix that XML may bind."""
    named = isinstance(name, str) and _NAME(name) is not None and not name.startswith("xml")
    return named and isinstance(uri, str) and uri != _XMLNS and _NAMESPACE(uri) is not None


def _namespace(uri: str) -> str:
    return NAMESPACES["cbvmda"] if uri == _WITH_COLON else uri
