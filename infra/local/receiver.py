"""A partner's webhook receiver, as small as one can be: it believes only what is signed."""

import http.server
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """A message whose signature was right.

    Attributes:
        to: the organisation it was for.
        data: of the message.
    """

    to: str
    data: Mapping[str, Any]


class _Doorstep(http.server.BaseHTTPRequestHandler):
    """One message on its way in; `server` is ours."""

    protocol_version = "HTTP/1.1"
    server: "_Listener"

    def do_POST(self) -> None:
        """Take a message for the organisation that the path names."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, _LARGEST))
        taken = self.server.receiver.take(self.path.strip("/"), body, dict(self.headers.items()))
        self.send_response(204 if taken else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the story tells what arrived."""


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # Up to 25 calls arrive at once; one that finds the queue full waits a second.
    request_queue_size = 128
    receiver: "Receiver"


class Receiver:
    """Receives messages for several organisations, each at its own path.

    Attributes:
        refused: messages whose signature was wrong, or that nobody asked for.
    """

    def __init__(self) -> None:
        self._listener = _Listener(("127.0.0.1", 0), _Doorstep)
        self._listener.receiver = self
        self._secrets: dict[str, Webhook] = {}
        self._received: list[Received] = []
        self._arrival = Condition()
        self.refused = 0

    def url(self, organisation: str) -> str:
        """Return where an organisation's messages are to be sent."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}/{organisation}"

    def expect(self, organisation: str, secret: str) -> None:
        """Believe what is signed with this secret from now on."""
        self._secrets[organisation] = Webhook(secret)

    def take(self, organisation: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Check a message and keep it; a repeat of one is taken and not kept twice."""
        signed = self._signed(organisation, body, headers)
        with self._arrival:
            if not signed:
                self.refused += 1
                return False
            received = Received(organisation, json.loads(body)["data"])
            if received not in self._received:
                self._received.append(received)
            self._arrival.notify_all()
        return True

    def _signed(self, organisation: str, body: bytes, headers: Mapping[str, str]) -> bool:
        webhook = self._secrets.get(organisation)
        try:
            if webhook:
                webhook.verify(body, {name.lower(): value for name, value in headers.items()})
        except WebhookVerificationError:
            return False
        return webhook is not None

    def wait_for(self, organisation: str, *, recall: str, seconds: float) -> Received | None:
        """Return the message about a recall for an organisation; None if it does not come."""
        deadline = time.monotonic() + seconds
        with self._arrival:
            while True:
                for received in self._received:
                    if received.to == organisation and received.data.get("recall") == recall:
                        return received
                if not self._arrival.wait(max(0.0, deadline - time.monotonic())):
                    return None

    def __enter__(self) -> Self:
        Thread(
            target=self._listener.serve_forever, args=(0.05,), name="webhooks", daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()
