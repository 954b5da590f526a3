"""The outer door: every request comes in here, and every exception ends here.

Chalice has no error handler, answers some refusals in a shape of its own, and knows one current
request for all threads. So one middleware lets every request in and every answer out.
"""

from collections.abc import Callable, Mapping
from functools import partial

from chalice.app import Chalice, Request, Response

from chalicelib.errors import PacktrailError
from chalicelib.http import problem
from chalicelib.http.answer import render
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
            response = _in_our_words(get_response(request), trail)
        except Exception as error:  # Chalice failed before it asked a view
            response = _bug(error, trail)
    if request.method == "HEAD":
        response.body = ""
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
        return render(spec.view(call, **parameters), status=spec.status, answer=spec.answer)
    except PacktrailError as error:
        trail.code = error.code
        return problem.refusal(
            error, instance=trail.path, request_id=trail.request_id, public=spec.scope is None
        )
    except Exception as error:  # a bug is told to the log, not to the caller
        return _bug(error, trail)


def _in_our_words(response: Response, trail: Trail) -> Response:
    """Replace what Chalice itself answered: our own answers are text already."""
    if isinstance(response.body, str):
        return response
    method, place = trail.request.method, {"instance": trail.path, "request_id": trail.request_id}
    if response.status_code != 405:
        return _bug(RuntimeError(f"Chalice answered {response.body!r}"), trail)
    allowed = str(response.headers.get("Allow", ""))
    if not allowed:  # Chalice makes up a path without methods when it is asked for one
        trail.code = "no_such_path"
        return problem.no_path(method, **place)
    trail.code = "method_not_allowed"
    return problem.no_method(method, allowed, **place)


def _bug(error: Exception, trail: Trail) -> Response:
    trail.code, trail.fault = problem.BUG, error
    return problem.bug(instance=trail.path, request_id=trail.request_id)
