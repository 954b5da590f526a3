"""EPCIS as JSON-LD (EPCIS 2.0, section 10): reading and writing documents and bare events.

Contexts are read, never fetched: prefixes that a document binds go to each event that uses them,
addresses of other contexts stay with the event as they are.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, BinaryIO

from chalicelib.epcis import sbdh
from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.json_stream import Path, items, outline
from chalicelib.epcis.json_text import dumps, load
from chalicelib.epcis.words import STANDARD_PREFIXES
from chalicelib.errors import Malformed

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The standard's own context, which every document names."""

USUAL_QUERY = "SimpleEventQuery"
"""What gave the results of a query that names no other."""

_STANDARD = re.compile(
    r"https?://(?:ref\.)?gs1\.(?:org|github\.io)/.*epcis-context(?:-root|-simple)?\.jsonld", re.I
)
_PREFIX = re.compile(r"([A-Za-z_][\w.\-]*):(?!//)")
_EPC_LISTS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
_HEADER = ("id", "sender", "receiver", "instanceIdentifier")
_DOCUMENT = frozenset(
    {*_HEADER, "@context", "type", "schemaVersion", "creationDate", "epcisHeader", "epcisBody",
     "@type", "@id", "isA"}
)  # fmt: skip


SHORT = 4 * 2**20
"""Bytes up to which a document is decoded as a whole: that takes half of the work."""

_LISTS: Mapping[str, Path] = {
    "/epcisBody/eventList": ("epcisBody", "eventList"),
    "/epcisBody/queryResults/resultsBody/eventList": (
        "epcisBody", "queryResults", "resultsBody", "eventList",
    ),
}  # fmt: skip
"""Where events stand, by pointer."""


def read(source: bytes | BinaryIO) -> EpcisDocument:
    """Read a document; of a long one its events only as they are asked for.

    Raises:
        Malformed: it is no JSON, or no object with a body of events. Asking for events raises it
            too, where one of them is none.
    """
    long = None if isinstance(source, bytes) or _fits(source) else source
    found = load(source) if long is None else outline(long, _LISTS.values())
    if not isinstance(found, dict):
        raise Malformed.field("", "type", "Found no JSON object; expected an EPCIS document.")
    terms, addresses = contexts(found.get("@context"))
    body = found.get("epcisBody")
    results = body.get("queryResults") if isinstance(body, dict) else None
    kind = _kind(found, body)
    results = results if isinstance(results, dict) else {}
    listed, at = _listed(found, body, results)
    if long is not None and at in _LISTS:
        listed = items(long, _LISTS[at])
    namespaces = {
        name: uri for name, uri in terms.items() if isinstance(uri, str) and name[:1] != "@"
    }
    header, vocabularies = _header(found, namespaces)
    return EpcisDocument(
        events=(_alone(event, terms, addresses) for event in _objects(listed, at)),
        kind=kind,
        version=str(found.get("schemaVersion", "")),
        created=str(found.get("creationDate", "")),
        header=header,
        vocabularies=vocabularies,
        namespaces=namespaces,
        results={
            name: str(results[name]) for name in ("queryName", "subscriptionID") if name in results
        },
    )


def _fits(source: BinaryIO) -> bool:
    """Whether a file is short; it stands at its beginning before and after."""
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    return size <= SHORT


def _objects(listed: Iterable[Any], at: str) -> Iterator[EventObject]:
    for number, event in enumerate(listed):
        if not isinstance(event, dict):
            pointer = f"{at}/{number}"
            raise Malformed.field(pointer, "type", "Found no JSON object; expected an event.")
        yield event


def read_event(source: bytes | BinaryIO) -> EventObject:
    """Read one event that stands alone.

    Raises:
        Malformed: it is no JSON object.
    """
    found = load(source)
    if not isinstance(found, dict):
        raise Malformed.field("", "type", "Found no JSON object; expected an event.")
    return _alone(found, {}, [])


def _header(
    found: Mapping[str, Any], namespaces: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Return the header of a document, and its master data."""
    header = {name: found[name] for name in _HEADER if name in found}
    more = found.get("epcisHeader")
    vocabularies: Any = None
    if isinstance(more, dict):
        data = more.get("epcisMasterData")
        vocabularies = data.get("vocabularyList") if isinstance(data, dict) else data
        header |= {name: each for name, each in more.items() if name != "epcisMasterData"}
    header |= {name: each for name, each in found.items() if name not in _DOCUMENT}
    # What others put into the body belongs to the document as much.
    for part in _bodies(found):
        header |= {name: each for name, each in part.items() if ":" in name}
        vocabularies = vocabularies or part.get("vocabularyList")
    for name in list(header):
        if sbdh.is_named(name, namespaces) and isinstance(header[name], dict):
            header["sbdh"] = sbdh.bare(header.pop(name))
    one = () if vocabularies is None else (vocabularies,)
    return header, tuple(vocabularies) if isinstance(vocabularies, list) else one


def _bodies(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the body, the results in it, and their body."""
    part: Any = found
    for name in ("epcisBody", "queryResults", "resultsBody"):
        part = part.get(name)
        if not isinstance(part, dict):
            return
        yield part


def _kind(found: Mapping[str, Any], body: Any) -> Kind:
    named = found.get("type", found.get("@type", found.get("isA")))
    try:
        return Kind(str(named).rpartition(":")[2])
    except ValueError as error:
        expected = ", ".join(Kind)
        message = f"Found the type {str(named)[:50]!r}; expected one of {expected}."
        raise Malformed.field("/type", "type", message) from error


def _listed(
    found: Mapping[str, Any], body: Any, results: Mapping[str, Any]
) -> tuple[Iterable[Any], str]:
    """Return the events, and the pointer where they stand."""
    if found.get("type") == Kind.MASTER_DATA:
        return [], ""
    if not isinstance(body, dict):
        message = "Found no object epcisBody; expected one with the events."
        raise Malformed.field("/epcisBody", "missing", message)
    at, place = "/epcisBody/eventList", body.get("eventList")
    if results:
        inner = results.get("resultsBody")
        place = inner.get("eventList") if isinstance(inner, dict) else None
        at = "/epcisBody/queryResults/resultsBody/eventList"
    elif place is None and "event" in body:
        return [body["event"]], "/epcisBody/event"
    if not isinstance(place, list):
        raise Malformed.field(at, "type", "Found no list; expected the list of events.")
    return place, at


def contexts(context: Any) -> tuple[dict[str, Any], list[str]]:
    """Return what a context says of prefixes, terms and keywords, and further addresses."""
    terms: dict[str, Any] = {}
    addresses: list[str] = []
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, str) and not _STANDARD.fullmatch(part):
            addresses.append(part)
        elif isinstance(part, dict):
            terms |= {name: _meaning(each) for name, each in part.items()}
    return _keywords_first(terms), addresses


def _keywords_first(terms: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(terms.items(), key=lambda term: not term[0].startswith("@")))


def _meaning(term: Any) -> Any:
    """Return the namespace where a term is an object that only says that it is a prefix."""
    only = isinstance(term, dict) and term.keys() == {"@id", "@prefix"} and term["@prefix"] is True
    return term["@id"] if only else term


def _alone(event: EventObject, terms: Mapping[str, Any], addresses: list[str]) -> EventObject:
    """Return an event with what it uses of its document's contexts; keywords concern them all."""
    own, more = contexts(event.get("@context"))
    known = _keywords_first({**terms, **own}) if own else terms
    # A context may be long and its events many: it is not gone through for each of them.
    keywords = takewhile(lambda name: name.startswith("@"), known)
    said = sorted(name for name in _used(event) if name in known)
    names = [name for name in (*keywords, *said) if name not in STANDARD_PREFIXES or name in own]
    used = {name: known[name] for name in names}
    others = list(dict.fromkeys([*addresses, *more]))
    made = {name: value for name, value in event.items() if name != "@context"}
    if others:
        return {"@context": [*others, *([used] if used else [])], **made}
    return {"@context": used, **made} if used else made


def _used(event: EventObject) -> set[str]:
    """Return the names in an event, and the prefixes that names and values may use."""
    used: set[str] = set()
    todo: list[Any] = [event]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if match := _PREFIX.match(value):
                used.add(match[1])
        elif isinstance(value, dict):
            used |= value.keys()
            for name, each in value.items():
                if match := _PREFIX.match(name):
                    used.add(match[1])
                if name not in _EPC_LISTS and name != "@context":
                    todo.append(each)
        elif isinstance(value, list):
            todo += value
    return used


# --- writing


def write(
    document: EpcisDocument, *, epc: Callable[[EventObject], EventObject] | None = None
) -> Iterator[bytes]:
    """Yield a document as JSON-LD, event by event.

    Prefixes that the header uses stand in the document's context; each event has its own.

    Args:
        document: to be written.
        epc: what is done with each event before: how its EPCs are spelled.
    """
    yield dumps(_head(document))[:-1]
    if document.kind is Kind.RESULTS:
        results = dumps({"queryName": USUAL_QUERY, **document.results})[:-1]
        yield b',"epcisBody":{"queryResults":' + results + b',"resultsBody":{'
        if document.vocabularies:
            yield b'"vocabularyList":' + dumps(list(document.vocabularies)) + b","
        yield b'"eventList":['
    else:
        yield b',"epcisBody":{"eventList":['
    for number, event in enumerate(document.events):
        yield (b"," if number else b"") + dumps(epc(event) if epc else event)
    yield b"]}}}}" if document.kind is Kind.RESULTS else b"]}}"


def _head(document: EpcisDocument) -> dict[str, Any]:
    """Return all of a document but its body.

    Of a StandardBusinessDocumentHeader, EPCIS 2.0 in JSON has the parties and the identifier; the
    whole of it stands beside them as an extension.
    """
    header, namespaces = dict(document.header), dict(document.namespaces)
    business = header.pop("sbdh", None)
    if isinstance(business, Mapping):
        prefix = sbdh.prefix(namespaces)
        namespaces[prefix] = sbdh.NAMESPACE
        header = sbdh.told(business) | header
        header[f"{prefix}:{sbdh.NAME}"] = sbdh.prefixed(business, prefix)
    head: dict[str, Any] = {"@context": _context(namespaces), "type": document.kind.value}
    head["schemaVersion"] = "2.0"
    if document.created:
        head["creationDate"] = document.created
    head |= {name: header[name] for name in _HEADER if name in header}
    rest = {name: each for name, each in header.items() if name not in _HEADER}
    if document.kind is Kind.RESULTS:  # which have no header: extensions stand by themselves
        return head | rest
    if document.vocabularies:
        rest["epcisMasterData"] = {"vocabularyList": list(document.vocabularies)}
    if rest:
        head["epcisHeader"] = rest
    return head


def write_event(event: EventObject) -> bytes:
    """Return one event as a JSON-LD object that names the standard's context."""
    own = event.get("@context")
    parts = [CONTEXT, *(own if isinstance(own, list) else [own] if own else [])]
    rest = {name: value for name, value in event.items() if name != "@context"}
    return dumps({"@context": parts, **rest})


def _context(prefixes: Mapping[str, str]) -> list[Any]:
    return [CONTEXT, dict(prefixes)] if prefixes else [CONTEXT]
