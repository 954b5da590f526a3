"""What the API document says of EPCIS routes: their headers, and `OPTIONS`."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic.alias_generators import to_camel

from chalicelib.http.answer import ANY_ORIGIN
from chalicelib.http.epcis import (
    XML_TYPES,
    CaptureErrorBehaviour,
    CbvXmlFormat,
    EpcFormat,
    answer_headers,
    capability_headers,
)
from chalicelib.http.epcis_paging import DEFAULT_PER_PAGE, PER_PAGE, TOKEN
from chalicelib.http.spec import RouteSpec


def _header(name: str, description: str, words: type[StrEnum] | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    schema |= {"enum": [word.value for word in words]} if words else {"examples": ["2.0"]}
    told = {"name": name, "in": "header", "required": False}
    return {**told, "description": description, "schema": schema}


_ALL = (
    _header("GS1-EPCIS-Version", "Of the body; without a body, of the answer."),
    _header("GS1-CBV-Version", "Of the body; without a body, of the answer."),
    _header("GS1-EPCIS-Min", "The oldest version that may be answered."),
    _header("GS1-EPCIS-Max", "The newest version that may be answered."),
    _header("GS1-CBV-Min", "The oldest version of the CBV that may be answered."),
    _header("GS1-CBV-Max", "The newest version of the CBV that may be answered."),
    _header("GS1-EPC-Format", "How EPCs are spelled in the answer.", EpcFormat),
    _header("GS1-CBV-XML-Format", "How the CBV's words are spelled in XML.", CbvXmlFormat),
    _header(
        "GS1-Capture-Error-Behaviour",
        "What becomes of the other events when one is refused.",
        CaptureErrorBehaviour,
    ),
)

EPCIS_PARAMETERS: dict[str, Any] = {header["name"]: header for header in _ALL}


def header_parameters(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    """Yield references to the headers that a route reads."""
    for name in EPCIS_PARAMETERS:
        if name == "GS1-CBV-XML-Format" and not set(XML_TYPES) & set(spec.produces):
            continue
        if name == "GS1-Capture-Error-Behaviour" and not (spec.epcis and spec.epcis.capture_limit):
            continue
        yield {"$ref": f"#/components/parameters/{name}"}


def query_parameters(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    """Yield the query of a route whose parameters have names that are patterns."""
    if spec.epcis and spec.epcis.any_query:
        named = {
            PER_PAGE: {"type": "string", "pattern": "^[0-9]+$", "default": str(DEFAULT_PER_PAGE)},
            TOKEN: {"type": "string"},
        }
        yield {
            "name": "parameters",
            "in": "query",
            "required": False,
            "description": "Parameters of EPCIS 2.0 by their names, such as `EQ_bizStep` or "
            "`GE_eventTime`; several values of one are parted by `|`. Pages follow by the `Link` "
            "header, which has the next `nextPageToken`.",
            "style": "form",
            "explode": True,
            "schema": {
                "type": "object",
                "properties": named,
                "additionalProperties": {"type": "string"},
            },
        }


def response_headers(spec: RouteSpec) -> dict[str, Any]:
    """Return the headers of every answer of a route."""
    told = list(answer_headers(spec.epcis)) if spec.epcis else []
    if spec.status in {201, 202}:
        told.append("Location")
    if spec.epcis and spec.epcis.any_query:
        told += ["Link", "GS1-Next-Page-Token-Expires"]
    return {name: {"schema": {"type": "string"}} for name in told}


def options(specs: list[RouteSpec], parameters: list[dict[str, Any]], tag: str) -> dict[str, Any]:
    """Return the operation `OPTIONS` of a path.

    Args:
        specs: the routes of the path.
        parameters: of the path.
        tag: the capability that it belongs to.
    """
    able = [(spec.epcis, spec.accepts + spec.produces) for spec in specs if spec.epcis]
    names = capability_headers(able) if able else ANY_ORIGIN
    headers = {name: {"schema": {"type": "string"}} for name in names}
    told = {"headers": {"Allow": {"schema": {"type": "string"}}, **headers}}
    operation = {
        "operationId": to_camel(f"discover_{specs[0].name}"),
        "tags": [tag],
        "summary": "Tell what the resource can do",
        "responses": {"204": {"description": "No Content", **told}},
        "security": [],
    }
    return {**operation, "parameters": parameters} if parameters else operation
