"""The outer door of every route: from a request to a call, from a result or an error to an answer.

The order is fixed: authenticate, authorise, path, query, key, body, view. Nothing of a request is
read before its sender is known, and this is the one place where every exception ends.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chalice.app import Response

from chalicelib import clock
from chalicelib.access.model import Actor
from chalicelib.errors import PacktrailError
from chalicelib.http import problem
from chalicelib.http.answer import render
from chalicelib.http.authentication import actor_of, authorise
from chalicelib.http.call import Call
from chalicelib.http.identity import fingerprint_of, key_of, operation_of
from chalicelib.http.observe import Trail, current
from chalicelib.http.reading import (
    read_body,
    read_parameters,
    read_path,
    read_query,
    validated_query,
)
from chalicelib.http.spec import RouteSpec


def serve(spec: RouteSpec, raw_path: Mapping[str, str]) -> Response:
    """Answer the request under way with the route's view.

    Args:
        spec: the route.
        raw_path: its parameters, percent-encoded as they came.
    """
    trail = current()
    try:
        response = _served(spec, raw_path, trail)
    except PacktrailError as error:
        trail.code = error.code
        return problem.refusal(
            error, instance=trail.path, request_id=trail.request_id, public=spec.scope is None
        )
    except Exception as error:  # the outermost door: a bug is told, not shown
        trail.code, trail.fault = problem.BUG, error
        return problem.bug(instance=trail.path, request_id=trail.request_id)
    if trail.request.method == "HEAD":
        response.body = ""
    return response


def _served(spec: RouteSpec, raw_path: Mapping[str, str], trail: Trail) -> Response:
    call, parameters = _call(spec, raw_path, trail)
    result = spec.view(call, **parameters)
    return render(result, status=spec.status, answer=spec.answer)


def _call(
    spec: RouteSpec, raw_path: Mapping[str, str], trail: Trail
) -> tuple[Call[Any, Any], dict[str, Any]]:
    """Read the request into what the view takes."""
    at = clock.now()
    request = trail.request
    caller = None
    if spec.scope is not None:
        caller = trail.actor = actor_of(request.headers, at)
        authorise(caller, spec.scope)
    path = read_path(raw_path)
    parameters = read_parameters(spec, path)
    given = read_query(request)
    query = validated_query(spec, given)
    key = key_of(request.headers, required=spec.keyed)
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
    )
    return call, parameters


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
