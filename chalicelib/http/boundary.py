"""The outer door: every request comes in here, and every exception ends here.

Chalice has no error handler, answers some refusals in a shape of its own, and knows one current
request for all threads. So one middleware lets every request in and every answer out.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from chalice.app import Chalice, Request, Response

from chalicelib.errors import PacktrailError
from chalicelib.http import problem
from chalicelib.http.answer import ANY_ORIGIN, JSON, SECURITY_HEADERS, render
from chalicelib.http.epcis import JSON_TYPES, answer_headers, capability_headers
from chalicelib.http.greedy import PROXY, resolved
from chalicelib.http.intake import call_of
from chalicelib.http.observe import Trail, current, entered, write_line
from chalicelib.http.spec import RouteSpec

Next = Callable[[Request], Response]


def watch(app: Chalice) -> None:
    """Hang the door into an app; once, however many blueprints it has."""
    handlers = app._get_middleware_handlers("http")
    if not any(getattr(handler, "func", None) is _door for handler in handlers):
        app.register_middleware(partial(_door, app), "http")


def _door(app: Chalice, request: Request, get_response: Next) -> Response:
    """Let a request in, let its answer out, and write its line."""
    with entered(app, request) as trail:
        try:
            found = get_response if request.path in app.routes else partial(_behind, app)
            response = _in_our_words(found(request), trail)
        except Exception as error:  # Chalice failed before it asked a view
            response = _bug(error, trail)
    if request.method == "HEAD":
        response.body = type(response.body)()
    write_line(trail, response.status_code)
    return response


def serve(spec: RouteSpec, raw_path: Mapping[str, str]) -> Response:
    """Answer the request under way with the route's view.

    Args:
        spec: the route.
        raw_path: its parameters, percent-encoded as they came.
    """
    trail = current()
    try:
        call, parameters = call_of(spec, raw_path, trail)
        media_type = call.epcis.media_type if call.epcis.media_type in JSON_TYPES else JSON
        response = render(
            spec.view(call, **parameters),
            status=spec.status,
            answer=spec.answer,
            media_type=media_type,
        )
    except PacktrailError as error:
        trail.code = error.code
        response = problem.refusal(
            error,
            instance=trail.path,
            request_id=trail.request_id,
            public=spec.scope is None,
            epcis=spec.epcis is not None,
        )
    except Exception as error:  # a bug is told to the log, not to the caller
        response = _bug(error, trail, epcis=spec.epcis is not None)
    if spec.epcis is not None:
        response.headers = {**answer_headers(spec.epcis, trail.epcis), **response.headers}
    if spec.bare and response.status_code >= 400:
        response.body = ""
        del response.headers["Content-Type"]
    if spec.link:
        response.headers = {**ANY_ORIGIN, **response.headers}
    return response


def discover(path: str) -> Response:
    """Answer `OPTIONS` of a resource with what it can do; no token is needed.

    Args:
        path: as declared.
    """
    entries = current().app.routes[path]
    views: list[Any] = [entry.view_function for entry in entries.values()]
    specs: list[RouteSpec] = [view.spec for view in views]
    able = [(spec.epcis, spec.accepts + spec.produces) for spec in specs if spec.epcis]
    told = {"Allow": ", ".join(entries), **(capability_headers(able) if able else ANY_ORIGIN)}
    return Response("", headers={**SECURITY_HEADERS, **told}, status_code=204)


def _behind(app: Chalice, request: Request) -> Response:
    """Answer a request that API Gateway knows by a greedy resource alone; see `greedy`.

    What no route fits is answered as Chalice would, for `_in_our_words` to say.
    """
    rest = (request.uri_params or {}).get(PROXY, "")
    found = resolved(app.routes, request.path, rest)
    if found is None:
        return Response({}, status_code=405)
    path, parameters = found
    request.path = path  # what the log line names
    entry = app.routes[path].get(request.method)
    if entry is None:
        return Response({}, headers={"Allow": ", ".join(app.routes[path])}, status_code=405)
    response: Response = entry.view_function(**parameters)
    return response


def _in_our_words(response: Response, trail: Trail) -> Response:
    """Replace what Chalice itself answered: our own answers are text or bytes already."""
    if isinstance(response.body, str | bytes):
        return response
    method, place = trail.request.method, {"instance": trail.path, "request_id": trail.request_id}
    if response.status_code != 405:
        return _bug(RuntimeError(f"Chalice answered {response.body!r}"), trail)
    allowed = str(response.headers.get("Allow", ""))
    if not allowed:  # Chalice makes up a path without methods when it is asked for one
        trail.code = "no_such_path"
        return problem.no_path(method, **place, epcis=trail.request.path not in trail.app.routes)
    trail.code = "method_not_allowed"
    return problem.no_method(method, allowed, **place)


def _bug(error: Exception, trail: Trail, *, epcis: bool = False) -> Response:
    trail.code, trail.fault = problem.BUG, error
    return problem.bug(instance=trail.path, request_id=trail.request_id, epcis=epcis)
