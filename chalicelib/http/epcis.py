"""What EPCIS 2.0 adds to HTTP: versions, formats of EPCs and words, and what a resource can do.

The headers are those of the EPCIS 2.0 REST binding (section 12 of the standard). What cannot be
given as asked is refused with 406, a word that the standard does not have with 400.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from chalicelib.errors import Malformed, NotAcceptable
from chalicelib.gs1.refusal import shown
from chalicelib.http.accept import chosen

JSON, JSON_LD = "application/json", "application/ld+json"
XML, TEXT_XML = "application/xml", "text/xml"
JSON_TYPES, XML_TYPES = (JSON, JSON_LD), (XML, TEXT_XML)
ALL_TYPES = (*JSON_TYPES, *XML_TYPES)

VENDOR_VERSION = "0.1.0"
EXTENSIONS = "packtrail"

# Newest first, EPCIS and the CBV that belongs to it. JSON came with 2.0.
_VERSIONS = ("2.0", "1.2", "1.1")
_OF_JSON = ("2.0",)
# A patch release changes no document.
_SPELLINGS = {
    "2.0": "2.0", "2.0.0": "2.0", "2.0.1": "2.0", "1.2": "1.2", "1.2.0": "1.2",
    "1.1": "1.1", "1.1.0": "1.1", "1.0": "1.0", "1.0.0": "1.0",
}  # fmt: skip


class EpcFormat(StrEnum):
    """How EPCs are spelled in an answer."""

    NO_PREFERENCE = "No_Preference"
    DIGITAL_LINK = "Always_GS1_Digital_Link"
    URN = "Always_EPC_URN"
    AS_SENT = "Never_Translates"


class CbvXmlFormat(StrEnum):
    """How the words of the CBV are spelled in an XML answer."""

    NO_PREFERENCE = "No_Preference"
    WEB_URI = "Always_Web_URI"
    URN = "Always_URN"
    AS_SENT = "Never_Translates"


class CaptureErrorBehaviour(StrEnum):
    """What becomes of a document's other events when one is refused."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


@dataclass(frozen=True, slots=True)
class EpcisRoute:
    """What an EPCIS route declares beyond any other.

    Attributes:
        any_query: whether the view reads `call.parameters` itself, for names that are patterns.
        capture_limit: events that one document may have; None where nothing is captured.
        capture_bytes: octets that one document may have; None where nothing is captured.
    """

    any_query: bool = False
    capture_limit: int | None = None
    capture_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Epcis:
    """What a request asks for, in EPCIS's own headers.

    Attributes:
        media_type: of the answer; one that the route produces.
        version: of the answer: `2.0`, or for XML also `1.2` or `1.1`; the CBV's is the same.
        body_type: media type of the body; empty where none is named.
        body_version: of the body, where `GS1-EPCIS-Version` names it; None otherwise.
        epc_format: of the answer.
        cbv_xml_format: of the answer, if it is XML.
        error_behaviour: of a capture.
    """

    media_type: str = JSON
    version: str = "2.0"
    body_type: str = ""
    body_version: str | None = None
    epc_format: EpcFormat = EpcFormat.DIGITAL_LINK
    cbv_xml_format: CbvXmlFormat = CbvXmlFormat.NO_PREFERENCE
    error_behaviour: CaptureErrorBehaviour = CaptureErrorBehaviour.ROLLBACK

    @property
    def xml(self) -> bool:
        """Return whether the answer is XML."""
        return self.media_type in XML_TYPES


def negotiated(
    headers: Mapping[str, str], *, accepts: tuple[str, ...], produces: tuple[str, ...]
) -> Epcis:
    """Return what a request asks for.

    Args:
        headers: of the request, by name in any case.
        accepts: media types of the route's body; empty when it takes none.
        produces: media types of its answer, best first.

    Raises:
        NotAcceptable: no such media type or version can be answered, or read.
        Malformed: a header has a word that the standard does not know.
    """
    media_type = chosen(headers.get("accept"), produces)
    body_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    offered = _VERSIONS if media_type in XML_TYPES else _OF_JSON
    named = _version(headers, "GS1-EPCIS-Version")
    named_cbv = _version(headers, "GS1-CBV-Version")
    low, high = _bounds(headers)
    if accepts:
        _check_body(body_type, named, named_cbv)
    elif named or named_cbv:  # without a body, the version is that of the answer
        low = max(filter(None, (low, named, named_cbv)))
        high = min(filter(None, (high, named, named_cbv)))
    version = next((each for each in offered if low <= each <= high), None)
    if version is None:
        expected = ", ".join(offered)
        raise NotAcceptable(
            f"Found the versions {low} to {high} wanted, expected one of {expected} in {media_type}"
        )
    return Epcis(
        media_type=media_type,
        version=version,
        body_type=body_type if accepts else "",
        body_version=named if accepts else None,
        epc_format=_word(headers, "GS1-EPC-Format", EpcFormat.DIGITAL_LINK),
        cbv_xml_format=_word(headers, "GS1-CBV-XML-Format", CbvXmlFormat.NO_PREFERENCE),
        error_behaviour=_word(
            headers, "GS1-Capture-Error-Behaviour", CaptureErrorBehaviour.ROLLBACK
        ),
    )


def answer_headers(route: EpcisRoute, epcis: Epcis | None = None) -> dict[str, str]:
    """Return the headers that every answer of an EPCIS resource carries.

    Args:
        route: what it declares.
        epcis: what was asked for; None when that could not be read, and for OPTIONS.
    """
    version = epcis.version if epcis else _VERSIONS[0]
    headers = {
        "GS1-EPCIS-Version": version,
        "GS1-CBV-Version": version,
        "GS1-Vendor-Version": VENDOR_VERSION,
        "GS1-Extensions": EXTENSIONS,
    }
    if route.capture_limit is not None:
        headers["GS1-EPCIS-Capture-Limit"] = str(route.capture_limit)
    if route.capture_bytes is not None:
        headers["GS1-EPCIS-Capture-File-Size-Limit"] = str(route.capture_bytes)
    return headers


def capability_headers(routes: list[tuple[EpcisRoute, tuple[str, ...]]]) -> dict[str, str]:
    """Return what `OPTIONS` tells of a resource (EPCIS 2.0, discovery).

    Args:
        routes: of each method: what it declares, and the media types that it reads or writes.
    """
    headers: dict[str, str] = {}
    for route, _ in routes:
        headers |= answer_headers(route)
    xml = any(media_type in XML_TYPES for _, types in routes for media_type in types)
    versions = _VERSIONS if xml else _OF_JSON
    for name in ("EPCIS", "CBV"):
        headers[f"GS1-{name}-Min"] = versions[-1]
        headers[f"GS1-{name}-Max"] = versions[0]
    headers["GS1-EPC-Format"] = ", ".join(EpcFormat)
    if xml:
        headers["GS1-CBV-XML-Format"] = ", ".join(CbvXmlFormat)
    if "GS1-EPCIS-Capture-Limit" in headers:
        headers["GS1-Capture-Error-Behaviour"] = ", ".join(CaptureErrorBehaviour)
    return headers


def _check_body(body_type: str, *versions: str | None) -> None:
    """Refuse a body in a version that its media type does not have, or that is not read here."""
    readable = _VERSIONS if body_type in XML_TYPES else _OF_JSON
    for version in filter(None, versions):
        if version not in readable:
            kind = body_type or JSON
            raise NotAcceptable(f"Found version {version} of {kind}, expected {readable}")


def _bounds(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the lowest and the highest version that may be answered."""
    low = [_version(headers, f"GS1-{name}-Min") or "1.0" for name in ("EPCIS", "CBV")]
    high = [_version(headers, f"GS1-{name}-Max") or "2.0" for name in ("EPCIS", "CBV")]
    return max(low), min(high)


def _version(headers: Mapping[str, str], name: str) -> str | None:
    text = headers.get(name.lower())
    if text is None:
        return None
    version = _SPELLINGS.get(text.strip())
    if version is None:
        raise NotAcceptable(f"Found {name} {shown(text)}, expected one of {', '.join(_SPELLINGS)}")
    return version


Word = TypeVar("Word", bound=StrEnum)


def _word(headers: Mapping[str, str], name: str, default: Word) -> Word:
    text = headers.get(name.lower())
    if text is None:
        return default
    kind = type(default)
    if text.strip() not in set(kind):
        message = f"found {shown(text)}, expected one of {', '.join(kind)}"
        raise Malformed.field(f"#/header/{name}", "enum", message)
    return kind(text.strip())
