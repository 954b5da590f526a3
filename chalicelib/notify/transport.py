"""One request to an address that was checked, and no more: no redirect, no proxy, no other host.

Promises: returns or raises within `SECONDS` of beginning (resolving a name is the system's time and
comes before); reads at most 64 KiB; connects only to an address that `address` admits.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from ipaddress import ip_address
from typing import cast

from chalicelib.notify.address import Target

SECONDS = 15.0
"""For connecting, sending and the answer together (Standard Webhooks 1.0 asks for 15 to 30)."""
CONNECT_SECONDS = 5.0
LINGER_SECONDS = 1.0
"""Time for the rest of an answer whose status is known: nobody reads it, closing early is rude."""
READ_BYTES = 64 * 1024

Resolve = Callable[[str, int], Sequence[str]]


class NotSent(Exception):
    """The receiver gave no answer, or must not be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the receiver answered.

    Attributes:
        status: HTTP status.
        retry_after: that header, or empty.
        body: of the answer to a GET; nobody reads that to a POST.
    """

    status: int
    retry_after: str
    body: bytes = b""


def resolved(host: str, port: int) -> Sequence[str]:
    """Return every address of a host, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    *,
    resolve: Resolve = resolved,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Reply:
    """Send a body and return the answer's head.

    Args:
        target: where; its name is resolved here, once.
        headers: without Host, Content-Length and Connection.
        body: at most some 100 KiB.
        resolve: host and port to addresses.
        context: TLS settings; the system's trust store when None.
        seconds: cap on everything after resolving.

    Raises:
        NotSent: not resolved, not admitted, not connected, or no complete answer in time.
    """
    lines = {**headers, "Content-Length": str(len(body))}
    request = _head("POST", target, lines) + body
    return _asked(target, request, resolve, context, seconds, read=False)


def get(
    target: Target,
    headers: Mapping[str, str],
    *,
    resolve: Resolve = resolved,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Reply:
    """Fetch an answer with its body; see `post` for the arguments.

    Raises:
        NotSent: as for `post`; or the body is longer than `READ_BYTES`.
    """
    return _asked(target, _head("GET", target, headers), resolve, context, seconds, read=True)


def _asked(
    target: Target,
    request: bytes,
    resolve: Resolve,
    context: ssl.SSLContext | None,
    seconds: float,
    *,
    read: bool,
) -> Reply:
    addresses = _admitted(target, resolve)
    deadline = time.monotonic() + seconds
    try:
        with _connected(target, addresses, deadline, context) as channel:
            channel.settimeout(_left(deadline))
            channel.sendall(request)
            return _answer(channel, deadline, read=read)
    except TimeoutError as error:
        raise NotSent(f"no answer within {seconds:g} s") from error
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"its certificate is not valid: {error.verify_message}") from error
    except OSError as error:
        raise NotSent(f"the connection failed: {error.strerror or type(error).__name__}") from error
    except HTTPException as error:
        raise NotSent("it answered something that is not HTTP") from error


def _admitted(target: Target, resolve: Resolve) -> Sequence[str]:
    """Resolve the host; one address that is not public condemns all of them."""
    try:
        addresses = resolve(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise NotSent("the host name cannot be resolved") from error
    if not addresses:
        raise NotSent("the host name has no address")
    if not all(target.admits(ip_address(address)) for address in addresses):
        raise NotSent("the host name leads to an address that is not public")
    return addresses


def _connected(
    target: Target, addresses: Sequence[str], deadline: float, context: ssl.SSLContext | None
) -> socket.socket:
    """Connect to the first address that answers; TLS speaks to the name."""
    failure: OSError = TimeoutError()
    for address in addresses:
        try:
            timeout = min(CONNECT_SECONDS, _left(deadline))
            channel = socket.create_connection((address, target.port), timeout=timeout)
        except OSError as error:
            failure = error
            continue
        if not target.secure:
            return channel
        channel.settimeout(_left(deadline))
        return (context or _trust()).wrap_socket(channel, server_hostname=target.host)
    raise failure


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Return the system's trust store, read once: it takes 20 ms."""
    return ssl.create_default_context()


def _head(method: str, target: Target, headers: Mapping[str, str]) -> bytes:
    lines = {"Host": target.authority, **headers, "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii")


def _answer(channel: socket.socket, deadline: float, *, read: bool) -> Reply:
    """Read the head of the answer; then its body, or wait briefly for that and forget it."""
    heard = b""
    while b"\r\n\r\n" not in heard and len(heard) < READ_BYTES:
        channel.settimeout(_left(deadline))
        part = channel.recv(8192)
        if not part:
            break
        heard += part
    if b"\r\n\r\n" not in heard:
        raise NotSent("it answered without a complete head of HTTP")
    if read:
        return _whole(channel, heard, deadline)
    response = HTTPResponse(cast("socket.socket", _Heard(heard)))
    response.begin()
    rest = len(heard) - heard.find(b"\r\n\r\n") - 4
    _hear_out(channel, (response.length or 0) - rest, deadline)
    return Reply(response.status, response.getheader("Retry-After", ""))


def _whole(channel: socket.socket, heard: bytes, deadline: float) -> Reply:
    """Read everything until the other side closes, as it was asked to."""
    while len(heard) <= 2 * READ_BYTES:
        channel.settimeout(_left(deadline))
        part = channel.recv(8192)
        if not part:
            break
        heard += part
    response = HTTPResponse(cast("socket.socket", _Heard(heard)))
    response.begin()
    body = response.read(READ_BYTES + 1)
    if len(body) > READ_BYTES:
        raise NotSent(f"it answered more than {READ_BYTES} bytes")
    return Reply(response.status, response.getheader("Retry-After", ""), body)


def _hear_out(channel: socket.socket, expected: int, deadline: float) -> None:
    end = min(deadline, time.monotonic() + LINGER_SECONDS)
    left = min(expected, READ_BYTES)
    try:
        while left > 0:
            channel.settimeout(_left(end))
            part = channel.recv(8192)
            if not part:
                return
            left -= len(part)
    except OSError:
        return  # the status is known, which is all that counts


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Heard:
    """Bytes in the place of the socket that `HTTPResponse` reads from."""

    def __init__(self, heard: bytes) -> None:
        self._heard = heard

    def makefile(self, _mode: str) -> BytesIO:
        """Return them as a file."""
        return BytesIO(self._heard)
