"""One log line for every request, and the request itself, kept apart for each thread.

Nothing of a body, a token or a key is ever logged. A refusal is told once, at INFO; only bugs are
ERROR, with their traceback. Every field is passed with its line, so nothing of one request can
stay behind for the next.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import TextIO
from uuid import uuid4

from aws_lambda_powertools.logging import Logger
from chalice.app import Chalice, Request

from chalicelib.access.model import Actor
from chalicelib.http.epcis import Epcis


@dataclass(slots=True)
class Trail:
    """What is known so far about the request under way.

    Attributes:
        app: that was asked.
        request: as Chalice made it.
        request_id: of API Gateway or Lambda; a new one where there is neither.
        path: as asked for, without the query.
        actor: as soon as the caller is authenticated.
        code: why it was refused.
        fault: the bug that it met.
        epcis: what the headers of EPCIS ask for, as soon as they are read.
        started: on a stopwatch, in seconds.
    """

    app: Chalice
    request: Request
    request_id: str
    path: str
    actor: Actor | None = None
    code: str | None = None
    fault: Exception | None = None
    epcis: Epcis | None = None
    started: float = field(default_factory=perf_counter)


# Chalice keeps its `current_request` in an attribute of the app, which threads would share.
_current: ContextVar[Trail] = ContextVar("packtrail_request")


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to what is standard output at the time of writing, not at the time of import."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stdout

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Accept what Powertools sets; standard output stays."""


log = Logger(service="packtrail", logger_handler=_Stdout(), use_rfc3339=True, utc=True)


def current() -> Trail:
    """Return the trail of the request under way in this thread."""
    return _current.get()


@contextmanager
def entered(app: Chalice, request: Request) -> Iterator[Trail]:
    """Make the trail of a request the current one while it is answered."""
    path = str(request.context.get("path") or request.path)
    trail = Trail(app, request, _request_id(request), path)
    token = _current.set(trail)
    try:
        yield trail
    finally:
        _current.reset(token)


def _request_id(request: Request) -> str:
    ours = request.context.get("requestId") or getattr(request.lambda_context, "aws_request_id", "")
    return str(ours or uuid4())


def write_line(trail: Trail, status: int) -> None:
    """Write the one line of a request that was answered with this status."""
    fields = {
        "method": trail.request.method,
        "route": trail.request.path,
        "status": status,
        "code": trail.code,
        "client": trail.actor and trail.actor.client_id,
        "organisation": trail.actor and trail.actor.organisation,
        "request_id": trail.request_id,
        "duration_ms": round((perf_counter() - trail.started) * 1000, 2),
    }
    if trail.fault is not None:
        log.error("request failed", extra=fields, exc_info=trail.fault)
    else:
        log.info("request", extra=fields)
