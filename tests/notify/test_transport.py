"""One POST, in time, to nowhere else."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.notify.address import Target, read_url
from chalicelib.notify.transport import NotSent, Reply, post

Behaviour = Callable[[socket.socket], None]


def request_of(channel: socket.socket) -> bytes:
    """Read one request with its body."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += channel.recv(65536)
    head, _, body = heard.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += channel.recv(65536)
    return head + b"\r\n\r\n" + body


class Receiver:
    """A partner's server that behaves as told, once."""

    def __init__(self, behave: Behaviour) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self._behave = behave
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with closing(channel):
                self._behave(channel)

    def target(self, path: str = "/hook") -> Target:
        return read_url(f"http://127.0.0.1:{self.port}{path}", local=True)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join()


@pytest.fixture
def receiver(loopback: None) -> Iterator[Callable[[Behaviour], Receiver]]:
    open_ones: list[Receiver] = []

    def receive(behave: Behaviour) -> Receiver:
        open_ones.append(Receiver(behave))
        return open_ones[-1]

    yield receive
    for each in open_ones:
        each.close()


def answering(answer: bytes, heard: list[bytes] | None = None) -> Behaviour:
    def behave(channel: socket.socket) -> None:
        request = request_of(channel)
        if heard is not None:
            heard.append(request)
        channel.sendall(answer)

    return behave


def test_headers_and_body_arrive_as_they_are(receiver: Callable[..., Receiver]) -> None:
    heard: list[bytes] = []
    there = receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n", heard))

    reply = post(there.target("/hook?a=b"), {"webhook-id": "m1"}, b'{"x":1}')

    assert reply == Reply(204, "")
    assert heard == [
        b"POST /hook?a=b HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{there.port}\r\n".encode()
        + b"webhook-id: m1\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"
        + b'{"x":1}'
    ]


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Callable[..., Receiver]) -> None:
    elsewhere = receiver(answering(b"HTTP/1.1 200 OK\r\n\r\n"))
    location = f"Location: http://127.0.0.1:{elsewhere.port}/latest/meta-data/\r\n".encode()
    there = receiver(answering(b"HTTP/1.1 302 Found\r\n" + location + b"\r\n"))

    assert post(there.target(), {}, b"").status == 302
    assert elsewhere.connections == 0


def test_retry_after_is_handed_back(receiver: Callable[..., Receiver]) -> None:
    there = receiver(answering(b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n\r\n"))

    assert post(there.target(), {}, b"") == Reply(503, "120")


def test_an_endless_answer_is_not_read_to_its_end(receiver: Callable[..., Receiver]) -> None:
    sent: list[int] = []

    def endless(channel: socket.socket) -> None:
        request_of(channel)
        channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while sum(sent) < 1_000_000_000:
                sent.append(channel.send(b"x" * 65536))
        except OSError:
            return

    assert post(receiver(endless).target(), {}, b"").status == 200
    assert sum(sent) < 20_000_000  # what fits into the buffers of two sockets


@pytest.mark.parametrize("rest", [b"x" * 9000, b"x" * 10])
def test_the_rest_of_an_answer_is_heard_out_or_given_up(
    receiver: Callable[..., Receiver], rest: bytes
) -> None:
    heard_out: list[bytes] = []

    def slowly(channel: socket.socket) -> None:
        request_of(channel)
        channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        channel.sendall(rest)
        heard_out.append(rest)

    assert post(receiver(slowly).target(), {}, b"").status == 200
    assert heard_out == [rest]


def test_a_connection_that_breaks_after_the_status_has_answered(
    receiver: Callable[..., Receiver],
) -> None:
    def reset(channel: socket.socket) -> None:
        request_of(channel)
        channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert post(receiver(reset).target(), {}, b"").status == 200


def test_an_answer_that_stops_after_the_status_is_not_waited_for(
    receiver: Callable[..., Receiver],
) -> None:
    stop = threading.Event()

    def stops(channel: socket.socket) -> None:
        request_of(channel)
        channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        stop.wait(5)

    there = receiver(stops)

    assert post(there.target(), {}, b"", seconds=0.2).status == 200
    stop.set()


def test_no_time_left_is_no_answer(receiver: Callable[..., Receiver]) -> None:
    there = receiver(answering(b"HTTP/1.1 200 OK\r\n\r\n"))

    with pytest.raises(NotSent, match="no answer within 0 s"):
        post(there.target(), {}, b"", seconds=0)


def test_an_endless_head_is_refused(receiver: Callable[..., Receiver]) -> None:
    def endless(channel: socket.socket) -> None:
        request_of(channel)
        channel.sendall(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                channel.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")
        except OSError:
            return

    with pytest.raises(NotSent, match="without a complete head"):
        post(receiver(endless).target(), {}, b"")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"]
)
def test_what_is_not_http_is_no_answer(receiver: Callable[..., Receiver], answer: bytes) -> None:
    with pytest.raises(NotSent, match="HTTP"):
        post(receiver(answering(answer)).target(), {}, b"")


def test_a_receiver_that_drips_does_not_hold_us(receiver: Callable[..., Receiver]) -> None:
    stop = threading.Event()

    def drip(channel: socket.socket) -> None:
        request_of(channel)
        try:
            while not stop.wait(0.02):
                channel.sendall(b"H")
        except OSError:
            return

    there = receiver(drip)

    with pytest.raises(NotSent, match=r"no answer within 0\.2 s"):
        post(there.target(), {}, b"", seconds=0.2)
    stop.set()


def test_nobody_listening_is_not_sent(loopback: None) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]

    with pytest.raises(NotSent, match="the connection failed: Connection refused"):
        post(read_url(f"http://127.0.0.1:{port}/", local=True), {}, b"")


def test_a_name_that_leads_inside_is_not_called(receiver: Callable[..., Receiver]) -> None:
    there = receiver(answering(b"HTTP/1.1 200 OK\r\n\r\n"))
    target = Target(True, "rebind.example", there.port, "/")

    for addresses in (["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["64:ff9b::7f00:1"]):
        with pytest.raises(NotSent, match="not public"):
            post(target, {}, b"", resolve=lambda _host, _port, found=addresses: found)
    assert there.connections == 0


def test_this_machine_by_name_may_not_lead_elsewhere() -> None:
    target = read_url("http://localhost:9/", local=True)

    with pytest.raises(NotSent, match="not public"):
        post(target, {}, b"", resolve=lambda _host, _port: ["93.184.215.14"])


def test_a_name_is_resolved_once(receiver: Callable[..., Receiver]) -> None:
    there = receiver(answering(b"HTTP/1.1 200 OK\r\n\r\n"))
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    post(there.target(), {}, b"", resolve=lambda _host, _port: next(answers))

    assert next(answers) == ["169.254.169.254"]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_a_name_without_address_is_not_sent(error: Exception) -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(NotSent, match="cannot be resolved"):
        post(Target(True, "a.example", 443, "/"), {}, b"", resolve=fails)

    with pytest.raises(NotSent, match="no address"):
        post(Target(True, "a.example", 443, "/"), {}, b"", resolve=lambda _host, _port: [])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of hook.example that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hook.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hook.example")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hook.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def over_tls(certificate: Path, names: list[str | None]) -> Behaviour:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _channel, name, _context: names.append(name)

    def behave(channel: socket.socket) -> None:
        try:
            with context.wrap_socket(channel, server_side=True) as secured:
                request_of(secured)
                secured.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        except (ssl.SSLError, ConnectionError):
            return

    return behave


def test_tls_speaks_to_the_name_at_the_checked_address(
    receiver: Callable[..., Receiver], certificate: Path
) -> None:
    names: list[str | None] = []
    there = receiver(over_tls(certificate, names))
    trust = ssl.create_default_context(cafile=certificate)
    target = Target(True, "hook.example", there.port, "/", here=True)

    reply = post(target, {}, b"", resolve=lambda _host, _port: ["127.0.0.1"], context=trust)

    assert reply.status == 200
    assert names == ["hook.example"]


@pytest.mark.parametrize(("host", "trusted"), [("hook.example", False), ("other.example", True)])
def test_a_certificate_must_be_trusted_and_of_that_name(
    receiver: Callable[..., Receiver], certificate: Path, host: str, trusted: bool
) -> None:
    there = receiver(over_tls(certificate, []))
    context = ssl.create_default_context(cafile=certificate) if trusted else None
    target = Target(True, host, there.port, "/", here=True)

    with pytest.raises(NotSent, match="its certificate is not valid"):
        post(target, {}, b"", resolve=lambda _host, _port: ["127.0.0.1"], context=context)
