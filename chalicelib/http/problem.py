"""Refusals as problem documents (RFC 9457): one shape for everything that goes wrong.

Machines branch on `code`, people read `detail`, a field at fault is named by `errors[].pointer`:
a JSON pointer (RFC 6901) into the body, or `#/query/…`, `#/path/…`, `#/header/…`.
"""

import json
from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.errors import Forbidden, PacktrailError, Unauthenticated
from chalicelib.http.answer import SECURITY_HEADERS

MEDIA_TYPE = "application/problem+json"
BUG = "internal_error"
INTERNAL_TITLE = "Something went wrong here"


def refusal(
    error: PacktrailError, *, instance: str, request_id: str, public: bool, epcis: bool = False
) -> Response:
    """Return the answer that refuses a request.

    Args:
        error: what was raised.
        instance: the path that was asked for.
        request_id: by which the log line is found.
        public: whether the route takes no access token; a 401 then asks for client credentials.
        epcis: whether the route is one of EPCIS, whose problems have types of their own.
    """
    document = _document(error.code, error.title, error.status, error.detail)
    if epcis and error.exception:
        document["type"] = exception_type(error.exception)
    document |= {"instance": instance, "requestId": request_id}
    if error.errors:
        document["errors"] = [
            {"pointer": field.pointer, "code": field.code, "message": field.message}
            for field in error.errors
        ]
    if error.facts:
        document["facts"] = error.facts
    return _response(document, _headers(error, public=public))


def told(error: PacktrailError, *, instance: str) -> str:
    """Return what is told of a refusal where nobody waits for an answer: an EPCIS problem."""
    document = _document(error.code, error.title, error.status, error.detail)
    kind = exception_type(error.exception) if error.exception else document["type"]
    return json.dumps({**document, "type": kind, "instance": instance})


def bug(*, instance: str, request_id: str, epcis: bool = False) -> Response:
    """Return the answer to a request on which our own code failed: nothing is disclosed."""
    detail = f"This is our fault. Quote the request id {request_id} when you ask about it."
    document = _document(BUG, INTERNAL_TITLE, 500, detail)
    if epcis:
        document["type"] = exception_type("ImplementationException")
    return _response({**document, "instance": instance, "requestId": request_id}, {})


def no_method(method: str, allowed: str, *, instance: str, request_id: str) -> Response:
    """Return the answer to a method that the path does not have (RFC 9110, 15.5.6)."""
    detail = f"Found {method}, expected one of: {allowed}"
    document = _document("method_not_allowed", "The path has no such method", 405, detail)
    document |= {"instance": instance, "requestId": request_id}
    return _response(document, {"Allow": allowed})


def no_path(method: str, *, instance: str, request_id: str, epcis: bool = False) -> Response:
    """Return the answer to a path that no route has."""
    detail = f"Found {method} {instance}, expected a path of the API: see /docs"
    document = _document("no_such_path", "There is no such path", 404, detail)
    if epcis:
        document["type"] = exception_type("NoSuchResourceException")
    return _response({**document, "instance": instance, "requestId": request_id}, {})


def type_of(code: str) -> str:
    """Return the problem's type: a name that needs no host of ours."""
    return f"urn:packtrail:problem:{code}"


def exception_type(name: str) -> str:
    """Return the problem's type on an EPCIS route: the exception's name (EPCIS 2.0, 12.3)."""
    return f"epcisException:{name}"


def _document(code: str, title: str, status: int, detail: str) -> dict[str, Any]:
    """Return the members that every problem document begins with, in reading order."""
    return {
        "type": type_of(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }


def _headers(error: PacktrailError, *, public: bool) -> dict[str, str]:
    """Return the headers that belong to a refusal."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = _challenge(error, public=public)
    elif isinstance(error, Forbidden) and "scope" in error.facts:
        scope = error.facts["scope"]
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    return headers


def _challenge(error: Unauthenticated, *, public: bool) -> str:
    """Return how to authenticate (RFC 6750, 3; RFC 6749, 5.2)."""
    if public:
        return 'Basic realm="packtrail"'
    if error.code == "token_missing":
        return 'Bearer realm="packtrail"'
    return 'Bearer realm="packtrail", error="invalid_token"'


def _response(document: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    # ASCII only: a refusal quotes what it found, and that may be half a surrogate pair.
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=True, default=str)
    return Response(
        body,
        headers={**SECURITY_HEADERS, "Content-Type": MEDIA_TYPE, **headers},
        status_code=document["status"],
    )
