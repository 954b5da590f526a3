"""The EPCIS event hash: an identifier that an event has by what it says (CBV 2.0, section 8.9.2).

All spellings of one event have one hash: key order, list order, JSON or XML, prefix names, URN or
Digital Link, time zone. Each other change makes another hash. The event's own `eventID`, its
`recordTime` and an `errorDeclaration` are no part of what it says.

Where the standard leaves a choice, the hashes that the reference implementation publishes decide:

- `parentID` stands before `epcList`; `certificationInfo` is hashed;
- `sensorElementList` stands before `bizTransactionList`, `destinationList`, `ilmd`, `sourceList`
  and the extensions, which are in the order of their characters, all in one sequence;
- in a business transaction, source or destination the type stands before the value;
- extensions stand at the end of what they extend; a field of a sensor report that has no place in
  the order goes to the end of the event, in the names of all its parents;
- a CURIE in a value is expanded only where its namespace is GS1's.

Where they contradict the standard they do not: a text that looks like a number stays a text. So
one thing depends on the format: a number in an extension loses zeros that say nothing in JSON,
and in XML, where nobody can tell it from a text, keeps them.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.hashorder import (
    EVENT,
    PAIRS,
    PERSISTENT,
    QUANTITY,
    SENSOR,
    UNSAID,
    Group,
    Spell,
)
from chalicelib.epcis.hashvalues import STANDARD, identifier, text

_COMMENT = f"{{{STANDARD['rdfs']}}}comment"


def event_hash(event: EventObject, ignored: Collection[str] = ()) -> str:
    """Return the event hash, `ni:///sha-256;…?ver=CBV2.0`.

    Args:
        event: an EPCIS event as JSON-LD object; whatever is wrong with it is hashed as it is.
        ignored: names of extensions that a repository added, which are no part of the event.
    """
    digest = sha256(prehash(event, ignored).encode("utf-8", "surrogatepass")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def prehash(event: EventObject, ignored: Collection[str] = ()) -> str:
    """Return the text that is hashed: names and values in their order, without separators.

    Args:
        event: as for `event_hash`.
        ignored: as for `event_hash`.
    """
    return _Canonical(event, ignored).text()


class _Canonical:
    """One event on its way to its canonical text."""

    def __init__(self, event: EventObject, ignored: Collection[str]) -> None:
        self._event = event
        self._namespaces = STANDARD | _declared(event.get("@context"))
        self._ignored = {"@context", _COMMENT} | {self._name(each) for each in ignored}

    def text(self) -> str:
        event = self._event
        parts = [f"eventType={text(event.get('type', ''), {})}"]
        for name, spell in EVENT.items():
            if event.get(name) is not None:
                parts.append(self._field(name, spell, event[name]))
        return "".join(parts) + "".join(sorted(self._tail()))

    def _field(self, name: str, spell: Spell | Group, value: Any) -> str:
        if not isinstance(spell, Group):
            return "".join(sorted(self._values(name, spell, value)))
        if spell is Group.EPCS:
            return _named(name, self._epcs(_each(value)))
        if spell is Group.QUANTITIES:
            quantities = self._children("quantityElement", QUANTITY, value)
            return _named(name, "".join(sorted(quantities)))
        if spell is Group.SENSORS:
            return _named(name, "".join(sorted(filter(None, map(self._sensor, _each(value))))))
        fields = {"id": text} if spell is Group.PLACE else PERSISTENT
        return _named(name, self._members(value, fields))

    def _tail(self) -> Iterable[str]:
        for name, value in self._event.items():
            if name in PAIRS:
                yield _named(name, "".join(sorted(self._children("", PAIRS[name], value))))
            elif name == "sensorElementList":
                yield _named(name, "".join(sorted(filter(None, map(self._left, _each(value))))))
            elif name == "ilmd" and not value:
                continue
            elif name not in EVENT and name not in UNSAID:
                yield from self._extension(name, value)

    def _epcs(self, epcs: list[Any]) -> str:
        spelt = [
            identifier(epc.strip()) if isinstance(epc, str) else text(epc, self._namespaces)
            for epc in epcs
        ]
        spelt.sort()
        return "".join([f"epc={epc}" for epc in spelt])

    def _children(self, name: str, fields: Mapping[str, Spell], value: Any) -> list[str]:
        return [_named(name, self._members(each, fields)) for each in _each(value)]

    def _members(self, value: Any, fields: Mapping[str, Spell]) -> str:
        """Return the fields of an object in their order, then all others in that of their names."""
        if not isinstance(value, dict):
            return f"={text(value, self._namespaces)}"
        listed = self._listed(value, fields)
        rest = [name for name in value if name not in fields]
        return listed + "".join(sorted(self._extensions(value, rest)))

    def _listed(self, value: Mapping[str, Any], fields: Mapping[str, Spell]) -> str:
        parts = [
            "".join(sorted(self._values(name, spell, value[name])))
            for name, spell in fields.items()
            if value.get(name) is not None
        ]
        return "".join(parts)

    def _values(self, name: str, spell: Spell, value: Any) -> Iterable[str]:
        for each in _each(value):
            if isinstance(each, dict):
                yield from self._extension(name, each)
            elif spelt := spell(each, self._namespaces):
                yield f"{name}={spelt}"

    def _sensor(self, element: Any) -> str:
        if not isinstance(element, dict):
            return _named("sensorElement", self._members(element, {}))
        parts = []
        for name, fields in SENSOR.items():
            parts += sorted(
                filter(
                    None, (self._reading(name, fields, each) for each in _each(element.get(name)))
                )
            )
        others = [name for name in element if ":" in name]
        return _named("sensorElement", "".join(parts + sorted(self._extensions(element, others))))

    def _reading(self, name: str, fields: Mapping[str, Spell], value: Any) -> str:
        if not isinstance(value, dict):
            return _named(name, self._members(value, fields))
        others = [each for each in value if ":" in each]
        spelt = self._listed(value, fields) + "".join(sorted(self._extensions(value, others)))
        return _named(name, spelt)

    def _left(self, element: Any) -> str:
        """Return what of a sensor element has no place in the order, in its parents' names."""
        if not isinstance(element, dict):
            return ""
        parts = []
        for name, value in element.items():
            if name in SENSOR:
                readings = [each for each in _each(value) if isinstance(each, dict)]
                parts += [_named(name, self._unlisted(each, SENSOR[name])) for each in readings]
            elif ":" not in name:
                parts += self._extension(name, value)
        return _named("sensorElement", "".join(sorted(filter(None, parts))))

    def _unlisted(self, value: Mapping[str, Any], fields: Mapping[str, Spell]) -> str:
        names = [name for name in value if name not in fields and ":" not in name]
        return "".join(sorted(self._extensions(value, names)))

    def _extensions(self, value: Mapping[str, Any], names: Iterable[str]) -> Iterable[str]:
        for name in names:
            yield from self._extension(name, value[name])

    def _extension(self, name: str, value: Any) -> Iterable[str]:
        full = self._name(name)
        if full in self._ignored:
            return
        for each in _each(value):
            if isinstance(each, dict):
                yield full + "".join(sorted(self._extensions(each, each)))
            elif isinstance(each, list):
                yield from self._extension(name, each)
            else:
                spelt = text(each, self._namespaces)
                yield f"{full}={spelt}" if spelt else full

    def _name(self, name: str) -> str:
        """Return a name with its namespace; attributes of XML are fields like its elements."""
        if name.startswith("@") and ":" in name:
            name = name[1:]
        prefix, colon, local = name.partition(":")
        namespace = self._namespaces.get(prefix) if colon else None
        return name if namespace is None else f"{{{namespace}}}{local}"


def _named(name: str, content: str) -> str:
    return name + content if content else ""


def _each(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _declared(context: Any) -> dict[str, str]:
    """Return prefixes of a context; GS1's JSON-LD context ends a namespace in a colon, XML not."""
    found: dict[str, str] = {}
    for each in _each(context):
        if isinstance(each, dict):
            found |= {name: uri for name, uri in each.items() if isinstance(uri, str)}
    master_data = STANDARD["cbvmda"]
    return {name: master_data if uri == f"{master_data}:" else uri for name, uri in found.items()}
