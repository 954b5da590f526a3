"""Another service that answers questions: says what it is told to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit


class Service:
    """What it was asked, and what it answers.

    Attributes:
        url: of the service.
        status: that it answers.
        answer: members that replace those of a good answer; text is sent as it is.
        asked: path, query and headers (lower case) of each request.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/vrs"
        self.status = 200
        self.answer: dict[str, Any] | str = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []

    def hear(self, path: str, headers: dict[str, str]) -> bytes:
        """Keep a request and return the body of its answer."""
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        self.asked.append((parts.path, query, headers))
        if isinstance(self.answer, str):
            return self.answer.encode()
        good = {
            "verificationTimestamp": "2026-11-23T09:30:00.000+00:00",
            "responderGLN": "9506000134352",
            "data": {"verified": True},
            "corrUUID": query.get("corrUUID"),
        }
        return json.dumps(good | self.answer).encode()


@contextmanager
def answering() -> Iterator[Service]:
    """Answer at a free port of this machine while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        service: ClassVar[Service]

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.service.hear(self.path, headers)
            self.send_response(self.service.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.service = Service(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Handler.service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
