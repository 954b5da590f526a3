"""Documents as XML of EPCIS 2.0, 1.2 or 1.1, event by event (EPCIS 2.0, section 9).

The pieces are made as they are asked for, so that a document of any length needs the memory of its
longest event.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.epcis import sbdh
from chalicelib.epcis.document import EpcisDocument, Kind
from chalicelib.epcis.faults import step
from chalicelib.epcis.xml_event import (
    CbvSpelling,
    losses,
    refusal,
    unchanged,
    write_event,
)
from chalicelib.epcis.xml_markup import Markup
from chalicelib.epcis.xml_masterdata import vocabulary_list
from chalicelib.epcis.xml_order import VERSIONS, schema_of
from chalicelib.epcis.xml_text import attribute, text
from chalicelib.errors import FieldError, Malformed

__all__ = ["CbvSpelling", "losses", "unchanged", "write_event", "write_xml"]

_PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FOR_SBDH = ("sender", "receiver", "instanceIdentifier")
_KNOWN = frozenset({*_FOR_SBDH, "id", "sbdh"})
# Results must name their query; the standard has this one for events.
_USUAL_QUERY = "SimpleEventQuery"


def write_xml(
    document: EpcisDocument,
    *,
    version: str = "2.0",
    cbv: CbvSpelling = CbvSpelling.URN,
    epc: Callable[[str], str] = unchanged,
    lossy: bool = False,
) -> Iterator[bytes]:
    """Yield a document as XML in UTF-8: the header first, then event by event.

    Args:
        document: what to write; its events are read as they are written. Without a `created` it
            gets the date of now, which the schemas demand.
        version: of EPCIS: `2.0`, `1.2` or `1.1`, whatever the document was read from. Master data
            in the header of 1.x need an SBDH beside them, by its schema; they are written anyway.
        cbv: how words of the CBV are spelt; always as URNs in 1.x.
        epc: spells the identifiers of objects, places, parties and documents.
        lossy: leave out what this version has no place for instead of refusing it.

    Raises:
        Malformed: as `write_event`, with pointers into an EPCIS 2.0 JSON document; when an event
            further on is to blame, after the pieces before it. Whoever must know beforehand asks
            `losses` about every event.
    """
    if version not in VERSIONS:
        raise ValueError(f"EPCIS {version} is not written as XML, only {VERSIONS}")
    markup = Markup(dict(document.namespaces))
    start, end = _frame(document, markup, version)
    if markup.lost and not lossy:
        raise refusal(markup.lost, f"EPCIS {version} in XML")
    yield start.encode()
    for at, event in enumerate(document.events):
        if document.kind is Kind.MASTER_DATA:
            raise Malformed.field("/epcisBody", "type", "found events, expected master data alone")
        try:
            written = write_event(event, version=version, cbv=cbv, epc=epc, lossy=lossy)
        except Malformed as refused:
            raise _placed(refused, at, document.kind) from refused
        if written:
            yield written + b"\n"
    yield end.encode()


def _placed(refused: Malformed, at: int, kind: Kind) -> Malformed:
    """Return the refusal of an event as one of its document."""
    results = "/queryResults/resultsBody" if kind is Kind.RESULTS else ""
    start = f"/epcisBody{results}/eventList/{at}"
    errors = [
        FieldError(start + error.pointer, error.code, error.message) for error in refused.errors
    ]
    return Malformed(f"event {at}: {refused.detail}", code=refused.code, errors=errors)


def _frame(document: EpcisDocument, markup: Markup, version: str) -> tuple[str, str]:
    """Return what stands before and after the events."""
    vocabularies = vocabulary_list(document.vocabularies, markup)
    extensions = "".join(
        markup.element(key, value, "/epcisHeader" + step(key))
        for key, value in document.header.items()
        if ":" in key
    )
    # Beside the SBDH that it demands, a header of 1.x has room for elements of other namespaces.
    roomy = version != "2.0" and "sbdh" in document.header
    within, after = (extensions, "") if roomy else ("", extensions)
    inherited = "" if document.kind is Kind.MASTER_DATA else vocabularies
    header = _header(document, markup, inherited, within)
    usual, namespace = schema_of(document.kind, version)
    prefix = markup.free(usual)
    opened, closed = _body(document, prefix, vocabularies)
    root = f"{prefix}:{document.kind}"
    created = attribute(document.created or _now(), "/creationDate")
    start = (
        f'{_PROLOG}<{root} xmlns:{prefix}="{namespace}"{markup.declarations()}'
        f' schemaVersion="{version}" creationDate="{created}">\n'
        f"{header}<EPCISBody>{opened}\n"
    )
    return start, f"{closed}</EPCISBody>{after}</{root}>\n"


def _body(document: EpcisDocument, prefix: str, vocabularies: str) -> tuple[str, str]:
    """Return what stands around the events inside the body."""
    if document.kind is Kind.MASTER_DATA:
        return vocabularies, ""
    if document.kind is Kind.EVENTS:
        return "<EventList>", "</EventList>"
    start = "/epcisBody/queryResults/"
    told = {"queryName": _USUAL_QUERY, **document.results}
    names = "".join(
        f"<{name}>{text(told[name], start + name)}</{name}>"
        for name in ("queryName", "subscriptionID")
        if name in told
    )
    results = f"{prefix}:QueryResults"
    return f"<{results}>{names}<resultsBody><EventList>", f"</EventList></resultsBody></{results}>"


def _header(document: EpcisDocument, markup: Markup, vocabularies: str, others: str) -> str:
    """Return the EPCISHeader; empty when it would say nothing."""
    found = _sbdh(document, markup)
    local = "".join(
        markup.element(key, value, "/epcisHeader" + step(key))
        for key, value in document.header.items()
        if ":" not in key and key not in _KNOWN
    )
    data = f"<EPCISMasterData>{vocabularies}</EPCISMasterData>" if vocabularies else ""
    data += f"<extension>{local}</extension>" if local else ""
    found += f"<extension>{data}</extension>" if data else ""
    found += others
    return f"<EPCISHeader>{found}</EPCISHeader>\n" if found else ""


def _sbdh(document: EpcisDocument, markup: Markup) -> str:
    """Return the business document header, made up from JSON's three fields when there is none."""
    header = document.header
    found = header.get("sbdh")
    said = sbdh.told(found) if isinstance(found, Mapping) else {}
    told = [key for key in _FOR_SBDH if header.get(key) and header[key] != said.get(key)]
    if found is None and len(told) == len(_FOR_SBDH):
        found = _sbdh_of(document)
    else:
        for key in told:
            markup.lose(step(key), "XML has it in a complete SBDH or not at all")
    if "id" in header:
        markup.lose("/id", "a document in XML has none")
    if found is None:
        return ""
    return _sbdh_element("StandardBusinessDocumentHeader", found, "/epcisHeader/sbdh", markup)


def _sbdh_of(document: EpcisDocument) -> dict[str, Any]:
    header = document.header
    parties = {
        name: [{"Identifier": each} for each in (uris if isinstance(uris, list) else [uris])]
        for name, uris in (("Sender", header["sender"]), ("Receiver", header["receiver"]))
    }
    return {
        "HeaderVersion": "1.0",
        **parties,
        "DocumentIdentification": {
            "Standard": "EPCglobal",
            "TypeVersion": "1.0",
            "InstanceIdentifier": header["instanceIdentifier"],
            "Type": "Masterdata" if document.kind is Kind.MASTER_DATA else "Events",
            "CreationDateAndTime": document.created or _now(),
        },
    }


def _sbdh_element(name: str, value: Any, pointer: str, markup: Markup) -> str:
    """Return an element of the business document header, all of which are in its namespace.

    Raises:
        Malformed: a name or a text that XML cannot carry.
    """
    content = sbdh.prefixed(_content(value), "sbdh")
    return markup.element(
        f"sbdh:{name}", {"@context": {"sbdh": sbdh.NAMESPACE}, **content}, pointer
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _content(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"#text": value}
