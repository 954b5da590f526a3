"""EPCIS as JSON-LD (EPCIS 2.0, section 10): reading and writing documents and bare events.

Contexts are read, never fetched: prefixes that a document binds go to each event that uses them,
addresses of other contexts stay with the event as they are.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.words import STANDARD_PREFIXES
from chalicelib.errors import Malformed

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The standard's own context, which every document names."""

DEEPEST = 64
"""Objects and lists inside one another."""

_STANDARD = re.compile(
    r"https?://(?:ref\.)?gs1\.(?:org|github\.io)/.*epcis-context(?:-root|-simple)?\.jsonld", re.I
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_PREFIX = re.compile(r"([A-Za-z_][\w.\-]*):(?!//)")
_EPC_LISTS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
# Where a decimal shall stand: no text contains the character, `load` and XML refuse it.
_MARK = "\x02"
_MARKED = re.compile(r'"\\u0002([0-9]+)\\u0002"')
_HEADER = ("id", "sender", "receiver", "instanceIdentifier")
_DOCUMENT = frozenset(
    {*_HEADER, "@context", "type", "schemaVersion", "creationDate", "epcisHeader", "epcisBody",
     "@type", "@id", "isA"}
)  # fmt: skip


def read(source: bytes | BinaryIO) -> EpcisDocument:
    """Read a document.

    Raises:
        Malformed: it is no JSON, or no object with a body of events.
    """
    found = load(source)
    if not isinstance(found, dict):
        raise Malformed.field("", "type", "Found no JSON object; expected an EPCIS document.")
    prefixes, addresses = contexts(found.get("@context"))
    body = found.get("epcisBody")
    results = body.get("queryResults") if isinstance(body, dict) else None
    kind = _kind(found, body)
    results = results if isinstance(results, dict) else {}
    listed, at = _listed(found, body, results)
    header = {name: found[name] for name in _HEADER if name in found}
    more = found.get("epcisHeader")
    vocabularies: Any = ()
    if isinstance(more, dict):
        data = more.get("epcisMasterData")
        vocabularies = data.get("vocabularyList") or () if isinstance(data, dict) else ()
        header |= {name: each for name, each in more.items() if name != "epcisMasterData"}
    header |= {name: each for name, each in found.items() if name not in _DOCUMENT}
    for number, event in enumerate(listed):
        if not isinstance(event, dict):
            pointer = f"{at}/{number}"
            raise Malformed.field(pointer, "type", "Found no JSON object; expected an event.")
    return EpcisDocument(
        events=(_alone(event, prefixes, addresses) for event in listed),
        kind=kind,
        version=str(found.get("schemaVersion", "")),
        created=str(found.get("creationDate", "")),
        header=header,
        vocabularies=tuple(vocabularies) if isinstance(vocabularies, list | tuple) else (),
        namespaces=prefixes,
        results={
            name: str(results[name]) for name in ("queryName", "subscriptionID") if name in results
        },
    )


def read_event(source: bytes | BinaryIO) -> EventObject:
    """Read one event that stands alone.

    Raises:
        Malformed: it is no JSON object.
    """
    found = load(source)
    if not isinstance(found, dict):
        raise Malformed.field("", "type", "Found no JSON object; expected an event.")
    return _alone(found, {}, [])


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
) -> tuple[list[Any], str]:
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


def contexts(context: Any) -> tuple[dict[str, str], list[str]]:
    """Return the prefixes that a context binds, and the addresses of further contexts."""
    prefixes: dict[str, str] = {}
    addresses: list[str] = []
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, str) and not _STANDARD.fullmatch(part):
            addresses.append(part)
        elif isinstance(part, dict):
            prefixes |= {name: uri for name, uri in part.items() if isinstance(uri, str)}
    return prefixes, addresses


def _alone(event: EventObject, prefixes: Mapping[str, str], addresses: list[str]) -> EventObject:
    """Return an event with what it uses of its document's contexts."""
    own, more = contexts(event.get("@context"))
    known = {**prefixes, **own}
    used = {name: known[name] for name in _used(event) if name in known}
    used = {name: uri for name, uri in used.items() if name not in STANDARD_PREFIXES or name in own}
    others = list(dict.fromkeys([*addresses, *more]))
    made = {name: value for name, value in event.items() if name != "@context"}
    if others:
        return {"@context": [*others, *([used] if used else [])], **made}
    return {"@context": used, **made} if used else made


def _used(event: EventObject) -> set[str]:
    """Return the prefixes that names and values of an event may use."""
    used: set[str] = set()
    todo: list[Any] = [event]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if match := _PREFIX.match(value):
                used.add(match[1])
        elif isinstance(value, dict):
            for name, each in value.items():
                if match := _PREFIX.match(name):
                    used.add(match[1])
                if name not in _EPC_LISTS and name != "@context":
                    todo.append(each)
        elif isinstance(value, list):
            todo += value
    return used


def load(source: bytes | BinaryIO) -> Any:
    """Decode JSON strictly: no name twice, no NaN, no half surrogate pair, bounded depth.

    Raises:
        Malformed: with the place.
    """
    raw = source if isinstance(source, bytes) else source.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"Found the byte 0x{raw[error.start]:02X} at {error.start}; expected UTF-8."
        raise Malformed.field("", "encoding", message) from error
    try:
        found = json.loads(
            text, parse_float=_decimal, parse_int=_whole, parse_constant=_constant,
            object_pairs_hook=_object,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise Malformed.field("", "json", f"Found no JSON at {place}: {error.msg}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    _check(found)
    return found


def _check(found: Any) -> None:
    todo: list[tuple[Any, int]] = [(found, 1)]
    while todo:
        value, depth = todo.pop()
        if isinstance(value, str):
            if match := _FORBIDDEN.search(value):
                message = f"Found the character U+{ord(match[0]):04X}; no text may contain it."
                raise Malformed.field("", "character", message)
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                raise _too_deep()
            if isinstance(value, dict):
                todo += ((each, depth + 1) for each in value)
                value = value.values()
            todo += ((each, depth + 1) for each in value)


def _too_deep() -> Malformed:
    message = f"Found a document that nests deeper than {DEEPEST}; expected at most that."
    return Malformed.field("", "too_deep", message)


def _decimal(digits: str) -> Decimal:
    refusal = Malformed.field("", "number", f"Found the number {digits[:50]}; it is too long.")
    try:
        number = Decimal(digits)
    except InvalidOperation as error:
        raise refusal from error  # an exponent beyond what Decimal holds
    if len(digits) > 50 or abs(number.adjusted()) > 300:
        raise refusal
    return number


def _whole(digits: str) -> int:
    if len(digits) > 39:
        raise Malformed.field("", "number", f"Found a number of {len(digits)} digits; at most 38.")
    return int(digits)


def _constant(word: str) -> Any:
    raise Malformed.field("", "number", f"Found {word}; expected a finite number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Malformed.field("", "duplicate_key", f"Found the name {twice[:50]!r} twice.")
    return found


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
    head: dict[str, Any] = {"@context": _context(document.namespaces), "type": document.kind.value}
    head["schemaVersion"] = "2.0"
    if document.created:
        head["creationDate"] = document.created
    head |= {name: document.header[name] for name in _HEADER if name in document.header}
    rest = {name: each for name, each in document.header.items() if name not in _HEADER}
    rest.pop("sbdh", None)
    if document.vocabularies:
        rest["epcisMasterData"] = {"vocabularyList": list(document.vocabularies)}
    if rest:
        head["epcisHeader"] = rest
    yield dumps(head)[:-1]
    if document.kind is Kind.RESULTS:
        results = dumps({**document.results})[:-1] + (b"," if document.results else b"")
        yield b',"epcisBody":{"queryResults":' + results + b'"resultsBody":{"eventList":['
    else:
        yield b',"epcisBody":{"eventList":['
    for number, event in enumerate(document.events):
        yield (b"," if number else b"") + dumps(epc(event) if epc else event)
    yield b"]}}}}" if document.kind is Kind.RESULTS else b"]}}"


def write_event(event: EventObject) -> bytes:
    """Return one event as a JSON-LD object that names the standard's context."""
    own = event.get("@context")
    parts = [CONTEXT, *(own if isinstance(own, list) else [own] if own else [])]
    rest = {name: value for name, value in event.items() if name != "@context"}
    return dumps({"@context": parts, **rest})


def _context(prefixes: Mapping[str, str]) -> list[Any]:
    return [CONTEXT, dict(prefixes)] if prefixes else [CONTEXT]


def dumps(value: Any) -> bytes:
    """Return JSON in UTF-8, decimals with all their digits."""
    exact: list[str] = []

    def place(number: Any) -> str:
        if not isinstance(number, Decimal):
            raise TypeError(f"{type(number)} has no place in JSON")
        exact.append(str(number))
        return f"{_MARK}{len(exact) - 1}{_MARK}"

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=place)
    if exact:
        text = _MARKED.sub(lambda match: exact[int(match[1])], text)
    return text.encode()
