"""A partner's server: keeps what it gets and answers what it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar

from standardwebhooks import Webhook


class Receiver:
    """What arrived at one address.

    Attributes:
        url: the address.
        answers: statuses, or pairs of a status and headers, for the next requests; then 204.
        requests: headers (lower case) and body of each request, in order.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hook"
        self.answers: list[int | tuple[int, dict[str, str]]] = []
        self.requests: list[tuple[dict[str, str], str]] = []
        self._lock = Lock()

    def hear(self, headers: dict[str, str], body: str) -> tuple[int, dict[str, str]]:
        """Keep a request and return what to answer."""
        with self._lock:
            self.requests.append((headers, body))
            answer = self.answers.pop(0) if self.answers else 204
        return (answer, {}) if isinstance(answer, int) else answer

    def verified(self, secret: str) -> list[Any]:
        """Return the events that carry a valid signature; anything else fails the test.

        The timestamp is taken from the message: tests live at another time than their machine.
        """
        found = []
        for headers, body in self.requests:
            webhook = Webhook(secret)
            webhook._Webhook__verify_timestamp = _as_it_says  # type: ignore[attr-defined]
            found.append(webhook.verify(body, headers))
        return found


def _as_it_says(timestamp: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(float(timestamp), tz=UTC)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive at a free port of this machine while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        receiver: ClassVar[Receiver]

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, extra = self.receiver.hear(headers, body)
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # a worker calls 25 at once; five, the default, would wait 1 s

    server = Server(("127.0.0.1", 0), Handler)
    Handler.receiver = Receiver(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Handler.receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
