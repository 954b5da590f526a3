"""What a view hands back, and how it becomes an HTTP answer.

A view returns a model or plain data for JSON, an `Answer` when status or headers matter, or a
`Text`. Nothing is cached by anybody unless the view says so: goods change hands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalice.app import Response
from pydantic import BaseModel
from pydantic_core import to_json

JSON = "application/json"
BINARY = ("image/png", "application/pdf")
"""What API Gateway hands out as bytes, to who accepts exactly this type."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer; a view's own headers win."""

ANY_ORIGIN: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language",
    "Access-Control-Expose-Headers": "Link, Location",
}
"""On answers that pages of any origin may read (Fetch, CORS protocol)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose status or headers differ from the route's.

    Attributes:
        body: a model or plain data; None for an answer without a body.
        status: the route's own when None.
        headers: added to those of every answer.
        version: of the thing that the body shows; becomes the `ETag` (RFC 9110, 8.8.3).
        replayed: this repeats the answer to an earlier request with the same idempotency key.
    """

    body: object = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is not JSON, such as CSV, NDJSON, a page or a picture.

    Attributes:
        text: the whole body; bytes of one of the app's binary types.
        media_type: with its charset, such as `text/csv; charset=utf-8`.
        headers: added to those of every answer.
        status: the route's own when None.
    """

    text: str | bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


def render(
    result: object,
    *,
    status: int,
    answer: type[BaseModel] | None = None,
    media_type: str = JSON,
) -> Response:
    """Turn what a view returned into the answer that is sent.

    Args:
        result: model, plain data, `Answer` or `Text`.
        status: of the route, when the result names none.
        answer: the route's answer model; plain data is put through it, so that what is sent is
            what is documented.
        media_type: of what is neither a `Text` nor names its own.
    """
    if isinstance(result, Text):
        headers = {"Content-Type": result.media_type, **result.headers}
        return _response(result.text, headers, result.status or status)
    full = result if isinstance(result, Answer) else Answer(result)
    if full.body is None:
        return _response("", {**_stamps(full), **full.headers}, full.status or status)
    body = full.body
    if isinstance(body, dict) and answer is not None:
        body = answer.model_validate(body)
    headers = {"Content-Type": media_type, **_stamps(full), **full.headers}
    return _response(to_json(body, by_alias=True).decode(), headers, full.status or status)


def _stamps(answer: Answer) -> dict[str, str]:
    """Return the headers that the answer's own attributes ask for."""
    stamps = {}
    if answer.version is not None:
        stamps["ETag"] = f'"{answer.version}"'
    if answer.replayed:
        stamps["Idempotency-Replayed"] = "true"
    return stamps


def _response(body: str | bytes, headers: Mapping[str, str], status: int) -> Response:
    return Response(body, headers={**SECURITY_HEADERS, **headers}, status_code=status)
