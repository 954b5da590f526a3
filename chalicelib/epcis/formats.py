"""One door for documents of events in any format that is read here: JSON-LD, and XML 1.0 to 2.0."""

from typing import BinaryIO

from chalicelib.epcis import json_format
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.errors import Malformed

_BLANK = b" \t\r\n\xef\xbb\xbf"


def read(source: bytes | BinaryIO, media_type: str = "") -> EpcisDocument:
    """Read a document.

    Args:
        source: the document, or a file of it that can be read from its beginning.
        media_type: what it was sent as; empty to look at how it begins.

    Raises:
        Malformed: it cannot be read; for XML perhaps only while its events are read.
    """
    if _is_xml(source, media_type):
        from chalicelib.epcis import xml_reader  # noqa: PLC0415  most requests need no XML

        return xml_reader.read(source)
    return json_format.read(source)


def read_event(raw: bytes, media_type: str = "") -> EventObject:
    """Read one event: a JSON object or an XML element, or a document with that event alone.

    Raises:
        Malformed: it cannot be read, or is not one event.
    """
    if _is_xml(raw, media_type):
        from chalicelib.epcis import xml_reader  # noqa: PLC0415  most requests need no XML

        bare = xml_reader.read_bare(raw)
    else:
        bare = json_format.read_event(raw)
        bare = None if str(bare.get("type", "")).endswith("Document") else bare
    if bare is not None:
        return bare
    events = list(read(raw, media_type).events)
    if len(events) != 1:
        message = f"Found {len(events)} events; expected one."
        raise Malformed.field("", "one_event", message)
    return events[0]


def _is_xml(source: bytes | BinaryIO, media_type: str) -> bool:
    if media_type:
        return media_type.partition(";")[0].strip().lower().endswith("xml")
    if isinstance(source, bytes):
        return source[:64].lstrip(_BLANK).startswith(b"<")
    start = source.read(64)
    source.seek(0)
    return start.lstrip(_BLANK).startswith(b"<")
