"""HTTP/1.1 on this machine: keep-alive, threads, and no 40 ms of waiting per request.

A thread per connection, of the standard library. Head and body of an answer leave in one write,
and Nagle's algorithm is off: with two writes the second waits for the client's delayed ACK.
"""

import http.server
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from chalicelib.errors import Busy, Malformed, PacktrailError, TooLarge
from infra.local.gateway import MAX_BODY, Gateway, Reply, Request, refuse

log = logging.getLogger("packtrail.local")

Page = Callable[[], Reply]
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_IDLE_CONNECTION_SECONDS = 75
_LONGEST_CHUNK_LINE = 1024


class PortTaken(Exception):
    """Somebody else listens there."""


class _Connection(http.server.BaseHTTPRequestHandler):
    """One connection; `server` is ours."""

    protocol_version = "HTTP/1.1"
    server_version = "Packtrail"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = _IDLE_CONNECTION_SECONDS
    server: "_Listener"

    def __getattr__(self, name: str) -> Any:
        """Answer every method: which ones a path has is the app's to say."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        with self.server.busy:
            try:
                request = Request(
                    self.command,
                    self.path,
                    list(self.headers.items()),
                    self._body(),
                    self.client_address[0],
                )
            except PacktrailError as error:
                self.close_connection = True  # what follows in the stream is not known
                reply = refuse(error, urlsplit(self.path).path, str(uuid.uuid4()))
            else:
                self.close_connection |= self.server.closing
                reply = self.server.answer(request)
            self._send(reply)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Malformed(f"Found Content-Length {length!r}, expected a number")
        if int(length) > MAX_BODY:
            raise TooLarge(f"Found a body of {length} bytes, expected at most {MAX_BODY}")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        """Read a chunked body (RFC 9112, 7.1)."""
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > MAX_BODY:
                raise TooLarge(f"Found a body of more than {MAX_BODY} bytes, expected at most that")
            body += self._exactly(size)
            self._line()
        while self._line():
            pass  # trailers
        return bytes(body)

    def _chunk_size(self) -> int:
        line = self._line().partition(b";")[0]
        try:
            return int(line, 16)
        except ValueError as error:
            raise Malformed(f"Found the chunk size {line!r}, expected it in hex") from error

    def _line(self) -> bytes:
        return self.rfile.readline(_LONGEST_CHUNK_LINE).strip()

    def _exactly(self, length: int) -> bytes:
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise Malformed(f"Found {len(body)} bytes of the body, expected {length}")
        return body

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not even HTTP, in the shape of everything else."""
        self.close_connection, self.request_version = True, self.protocol_version
        error = Malformed(message or f"Found something else than HTTP ({code})")
        self.command = getattr(self, "command", None) or "GET"
        self._send(refuse(error, "", str(uuid.uuid4())))

    def log_message(self, format: str, *args: Any) -> None:
        """The app writes a line for every request."""


class _Busy:
    """How many requests are being answered."""

    def __init__(self) -> None:
        self.count, self._lock = 0, Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self.count -= 1


class _Listener(http.server.ThreadingHTTPServer):
    """The listening socket, and what its connections share."""

    daemon_threads = True
    request_queue_size = 128

    answer: Callable[[Request], Reply]

    def __init__(self, address: tuple[str, int]) -> None:
        self.busy, self.closing = _Busy(), False
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is not worth a traceback."""
        log.debug("%s went away", client_address, exc_info=True)


class Server:
    """A port, and the app that is served there.

    Attributes:
        url: where.
    """

    def __init__(self, *, port: int) -> None:
        """Take the port; nobody is answered before `start`.

        Args:
            port: of 127.0.0.1; 0 for a free one.

        Raises:
            PortTaken: the port is in use.
        """
        try:
            self._listener = _Listener(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(f"Port {port} of 127.0.0.1 is in use") from error
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        self._thread: Thread | None = None

    def start(
        self,
        gateway: Gateway,
        *,
        pages: Mapping[str, Page] | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Serve, in threads.

        Args:
            gateway: answers.
            pages: paths that this server answers itself, for GET and HEAD.
            changed: told after every request that may have changed something.
        """

        def answer(request: Request) -> Reply:
            path = urlsplit(request.target).path
            page = (pages or {}).get(path)
            if page and request.method in {"GET", "HEAD"}:
                return page()
            if self._listener.closing:
                return refuse(Busy("Packtrail is stopping"), path, str(uuid.uuid4()))
            reply = gateway.answer(request)
            if request.method in _CHANGING:
                changed()
            return reply

        self._listener.answer = answer
        self._thread = Thread(
            target=self._listener.serve_forever, args=(0.05,), name="http", daemon=True
        )
        self._thread.start()

    def stop(self, *, patience: float = 3.0) -> None:
        """Take no more requests, and give those under way `patience` seconds."""
        self._listener.closing = True
        if self._thread:
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        deadline = time.monotonic() + patience
        while self._listener.busy.count and time.monotonic() < deadline:
            time.sleep(0.01)
