"""What API Gateway does around the API function: from a request to an event, and back.

Chalice's own local server is not used: it drops repeated headers, knows no request ids, hands
bodies over that never were text, writes a body to HEAD, answers unknown paths in another shape
than the deployed gateway, and costs 44 ms per request.

Faithful on purpose: path parameters stay percent-encoded, query parameters are decoded, a body is
text unless its media type is binary, an answer of Lambda is at most 6 MB.
"""

import base64
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalice.app import Chalice, Response

from chalicelib.errors import PacktrailError, TooLarge
from chalicelib.http import problem
from chalicelib.http.greedy import PROXY, greedy, greedy_resources
from infra.local.invocation import Context

MAX_BODY = 10 * 1024 * 1024  # API Gateway's quota for a request
MAX_ANSWER = 6 * 1024 * 1024  # Lambda's quota for an answer
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes over the wire, without the headers that every server adds."""

    status: int
    headers: Headers
    body: bytes


class Gateway:
    """Routes requests to an app's functions, from as many threads as like.

    The app must not read `app.current_request` or `app.lambda_context`, which Chalice shares
    between threads; `chalicelib.http` does not.
    """

    def __init__(self, app: Chalice, *, timeout: float = 29.0) -> None:
        self._app, self._timeout = app, timeout
        behind = greedy_resources(app)
        routes = [route for route in app.routes if greedy(route) not in behind]
        self._routes = [(route, _steps(route)) for route in routes]
        self._greedy = sorted(behind, key=len, reverse=True)
        # A literal step goes before a parameter, wherever both fit (API Gateway's rule).
        self._routes.sort(key=lambda each: [_is_parameter(step) for step in each[1]])

    def answer(self, request: Request) -> Reply:
        """Answer one request; never raises."""
        request_id = str(uuid.uuid4())
        path = urlsplit(request.target).path
        found = self._match(path)
        if found is None:
            missing = problem.no_path(request.method, instance=path, request_id=request_id)
            return _reply(missing.to_dict(), request_id)
        if len(request.body) > MAX_BODY:
            error = TooLarge(f"Found a body of {len(request.body)} bytes, expected <= {MAX_BODY}")
            return refuse(error, path, request_id)
        route, parameters = found
        event = self._event(request, path, route, parameters, request_id)
        context = Context("api_handler", self._timeout, aws_request_id=request_id)
        reply = _reply(self._app(event, context), request_id)
        if len(reply.body) <= MAX_ANSWER:
            return reply
        return _reply(_bad_gateway(path, request_id), request_id)

    def _match(self, path: str) -> tuple[str, dict[str, str]] | None:
        steps = _steps(path)
        for route, wanted in self._routes:
            if len(steps) == len(wanted) and all(map(_fits, steps, wanted)):
                named = zip(wanted, steps, strict=True)
                return route, {name[1:-1]: step for name, step in named if _is_parameter(name)}
        for resource in self._greedy:
            root = resource.partition("{")[0]
            if path.startswith(root) and path != root:
                return resource, {PROXY: "/".join(steps).removeprefix(root)}
        return None

    def _event(
        self,
        request: Request,
        path: str,
        route: str,
        parameters: Mapping[str, str],
        request_id: str,
    ) -> dict[str, Any]:
        query = _gathered(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
        headers = _gathered([(name.lower(), value) for name, value in request.headers])
        body, encoded = self._body(request, headers)
        return {
            "resource": route,
            "path": path,
            "httpMethod": request.method,
            "headers": _last(headers),
            "multiValueHeaders": headers,
            "queryStringParameters": _last(query) or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": dict(parameters) or None,
            "stageVariables": None,
            "requestContext": _request_context(request, path, route, headers, request_id),
            "body": body,
            "isBase64Encoded": encoded,
        }

    def _body(
        self, request: Request, headers: Mapping[str, Sequence[str]]
    ) -> tuple[str | None, bool]:
        if not request.body:
            return None, False
        media_type = headers.get("content-type", [""])[-1].partition(";")[0].strip().lower()
        if media_type in self._app.api.binary_types:
            return base64.b64encode(request.body).decode(), True
        return request.body.decode("utf-8", errors="replace"), False


def refuse(error: PacktrailError, path: str, request_id: str) -> Reply:
    """Return the answer to a request that never reaches the app."""
    refusal = problem.refusal(error, instance=path, request_id=request_id, public=False)
    return _reply(refusal.to_dict(), request_id)


def _bad_gateway(path: str, request_id: str) -> dict[str, Any]:
    response: Response = problem.bug(instance=path, request_id=request_id)
    response.status_code = 502
    return response.to_dict()


def _reply(answer: Mapping[str, Any], request_id: str) -> Reply:
    headers = [(name, str(value)) for name, value in answer["headers"].items()]
    for name, values in answer["multiValueHeaders"].items():
        headers += [(name, str(value)) for value in values]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers.append(("x-amzn-RequestId", request_id))
    text = answer["body"] or ""
    encoded = answer.get("isBase64Encoded", False)
    body = base64.b64decode(text) if encoded else _bytes(text)
    return Reply(int(answer["statusCode"]), headers, body)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _request_context(
    request: Request, path: str, route: str, headers: Mapping[str, Sequence[str]], request_id: str
) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": headers.get("host", ["localhost"])[-1],
        "extendedRequestId": request_id,
        "httpMethod": request.method,
        "identity": {
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", [""])[-1],
        },
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourcePath": route,
        "stage": "local",
    }


def _steps(path: str) -> list[str]:
    """Split a path; API Gateway does not see a slash at its end."""
    return (path[:-1] if path != "/" and path.endswith("/") else path).split("/")


def _is_parameter(step: str) -> bool:
    return step.startswith("{")


def _fits(step: str, wanted: str) -> bool:
    return bool(step) if _is_parameter(wanted) else step == wanted


def _gathered(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _last(gathered: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in gathered.items()}
