"""From a request to the call that a view takes.

The order is fixed: authenticate, authorise, path, query, key, body. Nothing of a request is read
before its sender is known.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chalice.app import Request
from pydantic import BaseModel

from chalicelib import clock
from chalicelib.access.model import Actor
from chalicelib.errors import Malformed, QueryParameter, UriTooLong
from chalicelib.http.authentication import actor_of, authorise
from chalicelib.http.call import Call
from chalicelib.http.epcis import Epcis, negotiated
from chalicelib.http.identity import fingerprint_of, key_of, operation_of
from chalicelib.http.observe import Trail
from chalicelib.http.reading import (
    read_body,
    read_parameters,
    read_path,
    read_query,
    validated_query,
)
from chalicelib.http.remarks import listening
from chalicelib.http.spec import RouteSpec

MAX_URI = 8000
"""Characters of an EPCIS URI: what every HTTP implementation should read (RFC 9110, 4.1)."""


def call_of(
    spec: RouteSpec, raw_path: Mapping[str, str], trail: Trail
) -> tuple[Call[Any, Any], dict[str, Any]]:
    """Return what the view takes: the call, and the parameters of its path.

    Args:
        spec: the route.
        raw_path: its parameters, percent-encoded as they came.
        trail: of the request; it learns who asks.

    Raises:
        Unauthenticated, Forbidden: by the token.
        Malformed, Unsupported, TooLarge: by what was sent.
        NotAcceptable: by what is wanted, on an EPCIS route.
    """
    at = clock.now()
    request = trail.request
    caller = None
    if spec.scope is not None:
        caller = trail.actor = actor_of(request.headers, at)
        authorise(caller, spec.scope)
    asked = _asked(spec, request.headers, trail)
    path = read_path(raw_path)
    parameters = read_parameters(spec, path)
    given, query = _query(spec, request)
    key = key_of(request.headers, required=spec.keyed)
    with listening() as remarks:
        body = read_body(spec, request)
    concrete = spec.concrete(path)
    call = Call(
        caller=caller,
        body=body.model,
        query=query,
        raw=body.raw,
        operation=_operation(spec, caller, concrete, key, trail.request_id),
        fingerprint=_fingerprint(spec, concrete, given, body.plain),
        request_id=trail.request_id,
        at=at,
        method=spec.method,
        route=spec.path,
        path=concrete,
        parameters=given,
        headers=request.headers,
        epcis=asked,
        remarks=tuple(remarks),
    )
    return call, parameters


def _query(spec: RouteSpec, request: Request) -> tuple[dict[str, str], BaseModel | None]:
    """Return the query's parameters as text, and as the route's model."""
    try:
        given = read_query(request)
        return given, validated_query(spec, given)
    except Malformed as error:
        if spec.epcis is None:
            raise
        raise QueryParameter(error.detail, errors=error.errors) from error


def _asked(spec: RouteSpec, headers: Mapping[str, str], trail: Trail) -> Epcis:
    """Return what EPCIS's headers ask for; the answer's own headers will say the same."""
    if spec.epcis is None:
        return Epcis()
    _refuse_length(trail)
    trail.epcis = negotiated(headers, accepts=spec.accepts, produces=spec.produces)
    return trail.epcis


def _refuse_length(trail: Trail) -> None:
    """Refuse a URI that a proxy on another way to us might cut off; a named query has no limit."""
    query: Mapping[str, str] = trail.request.query_params or {}
    length = len(trail.path) + sum(len(name) + len(query[name]) + 2 for name in query)
    if length > MAX_URI:
        raise UriTooLong(f"Found a URI of {length} characters, expected <= {MAX_URI}")


def _operation(
    spec: RouteSpec, caller: Actor | None, path: str, key: str | None, request_id: str
) -> UUID:
    """Return the identity of the request: its client's key, or else that of this one attempt."""
    if caller is None or key is None:
        return operation_of("request", request_id)
    return operation_of(caller.client_id, spec.method, spec.path, path, key)


def _fingerprint(spec: RouteSpec, path: str, query: Mapping[str, str], body: Any) -> str:
    """Return what is asked; empty where nothing is changed and so nothing compares it."""
    if not (spec.keyed or spec.method in {"PUT", "DELETE"}):
        return ""
    return fingerprint_of(spec.method, path, query, body)
