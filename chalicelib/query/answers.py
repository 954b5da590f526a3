"""Events as they are asked for: in JSON-LD or XML of a version, EPCs and words spelled so."""

from collections.abc import Callable, Iterable, Sequence

from chalicelib.epcis import json_format
from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.jsonld import instant
from chalicelib.errors import Malformed, NotAcceptable
from chalicelib.http.epcis import CbvXmlFormat, EpcFormat, Epcis
from chalicelib.http.routing import Call, Text

SIMPLE = "SimpleEventQuery"


def results(call: Call, events: Iterable[EventObject], name: str = SIMPLE) -> Text:
    """Return events as the results of a query.

    Raises:
        NotAcceptable: an event cannot be said in the version that was asked for.
    """
    document = EpcisDocument(
        events=[spelled(call.epcis)(event) for event in events],
        kind=Kind.RESULTS,
        created=instant(call.at),
        results={"queryName": name},
    )
    return Text(_written(document, call.epcis), _media_type(call.epcis))


def collection(members: Sequence[str]) -> dict[str, object]:
    """Return a list of things that can be asked about, as the standard writes it."""
    return {"@context": json_format.CONTEXT, "type": "Collection", "member": list(members)}


def spelled(asked: Epcis) -> Callable[[EventObject], EventObject]:
    """Return what spells the EPCs of an event as they are asked for."""
    # Imported here: writing EPC URNs needs a large table.
    from chalicelib.epcis import spelling  # noqa: PLC0415

    # Before 2.0 an EPC is its URN and nothing else (EPCIS 1.2, 6.4).
    old = asked.version != "2.0" and asked.epc_format is not EpcFormat.AS_SENT
    if asked.epc_format is EpcFormat.URN or old:
        return spelling.in_urns
    if asked.epc_format is EpcFormat.DIGITAL_LINK:
        return spelling.in_links
    return lambda event: event


def _written(document: EpcisDocument, asked: Epcis) -> str:
    if not asked.xml:
        return b"".join(json_format.write(document)).decode()
    from chalicelib.epcis.xml_writer import CbvSpelling, write_xml  # noqa: PLC0415  as above

    web = asked.cbv_xml_format is CbvXmlFormat.WEB_URI
    spelling = CbvSpelling.WEB_URI if web else CbvSpelling.URN
    try:
        return b"".join(write_xml(document, version=asked.version, cbv=spelling)).decode()
    except Malformed as error:
        message = f"An event found cannot be said in XML {asked.version}: {error.detail}"
        raise NotAcceptable(message, errors=error.errors) from error


def _media_type(asked: Epcis) -> str:
    return f"{asked.media_type}; charset=utf-8" if asked.xml else asked.media_type
