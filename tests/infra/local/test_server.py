"""The server over a real socket."""

import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.local.gateway import Gateway, Reply
from infra.local.server import PortTaken, Server
from tests.infra.local.standin import echo

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def serve():
    """Serve the echo app."""
    running = []

    def serve(**options):
        server = Server(port=0)
        server.start(Gateway(options.pop("app", None) or echo()), **options)
        running.append(server)
        return server

    yield serve
    for server in running:
        server.stop()


@pytest.fixture
def connect():
    """Open a connection, closed at the end."""
    opened = []

    def connect(server):
        host, port = server.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer, answer.read()


def raw(server, data):
    """Send bytes; return all that comes back until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_one_connection_carries_many_requests(serve, connect):
    connection = connect(serve())

    _, first = ask(connection, "GET", "/things/a")
    held = connection.sock
    _, second = ask(connection, "GET", "/things/b")

    assert connection.sock is held
    assert json.loads(first)["pathParameters"] == {"name": "a"}
    assert json.loads(second)["pathParameters"] == {"name": "b"}


def test_a_request_does_not_wait_for_a_delayed_acknowledgement(serve, connect):
    connection = connect(serve())
    ask(connection, "GET", "/things/a")

    before = time.perf_counter()
    for _ in range(20):
        ask(connection, "GET", "/things/a")

    assert (time.perf_counter() - before) / 20 < 0.02  # Nagle with delayed ACK: 0.044


def test_requests_are_answered_at_the_same_time(serve, connect):
    meeting = threading.Barrier(4, timeout=10)
    app = echo()

    @app.route("/meet", methods=["GET"])
    def meet():
        meeting.wait()
        return "met"

    server = serve(app=app)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(connect(server), "GET", "/meet")[0].status, range(4)))

    assert answers == [200] * 4


def test_a_body_arrives_whole(serve, connect):
    body = json.dumps({"text": "ü" * 100_000}, ensure_ascii=False).encode()

    _, told = ask(connect(serve()), "POST", "/things/a", body, {"Content-Type": "application/json"})

    assert json.loads(told)["body"].encode() == body


def test_a_chunked_body_arrives_whole(serve, connect):
    parts = [b"one ", b"two ", b"three"]

    _, told = ask(connect(serve()), "POST", "/things/a", iter(parts), {"Content-Type": "text/csv"})

    assert json.loads(told)["body"] == "one two three"


def test_head_has_no_body_and_the_connection_goes_on(serve, connect):
    connection = connect(serve())

    answer, body = ask(connection, "HEAD", "/things/a")
    after, _ = ask(connection, "GET", "/things/a")

    assert (answer.status, body, after.status) == (200, b"", 200)


def test_any_method_may_be_asked(serve, connect):
    answer, body = ask(connect(serve()), "TRACE", "/things/a")

    assert answer.status == 405
    assert answer.getheader("Allow") == "GET, HEAD, POST"
    assert body


def test_an_unknown_path_is_a_problem_document(serve, connect):
    answer, body = ask(connect(serve()), "GET", "/nowhere")

    assert answer.status == 404
    assert answer.getheader("Content-Type") == "application/problem+json"
    assert json.loads(body)["instance"] == "/nowhere"


def test_no_content_has_no_length(serve, connect):
    answer, _ = ask(connect(serve()), "DELETE", "/gone")

    assert answer.status == 204
    assert answer.getheader("Content-Length") is None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /things/a HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /things/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /things/a HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nshort", 400),
        (b"POST /things/a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /things/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (
            b"POST /things/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
            413,
        ),
        (b"NOT HTTP AT ALL\r\n\r\n", 400),
    ],
)
def test_what_is_not_proper_http_is_refused_as_a_problem_and_cut_off(serve, request_, status):
    received = raw(serve(), request_)

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in head
    assert json.loads(body)["status"] == status


def test_pages_of_the_server_are_its_own(serve, connect):
    page = Reply(200, [("Content-Type", "text/html")], b"<p>here")
    connection = connect(serve(pages={"/": lambda: page}))

    _, body = ask(connection, "GET", "/")
    head, empty = ask(connection, "HEAD", "/")
    refused, _ = ask(connection, "POST", "/")

    assert (body, head.status, empty, refused.status) == (b"<p>here", 200, b"", 404)


def test_it_tells_of_requests_that_may_have_changed_something(serve, connect):
    told = []
    connection = connect(serve(changed=lambda: told.append(1)))

    ask(connection, "GET", "/things/a")
    ask(connection, "POST", "/things/a")

    assert told == [1]


def test_a_port_in_use_is_named(serve):
    port = int(serve().url.rpartition(":")[2])

    with pytest.raises(PortTaken, match=f"Port {port} of 127.0.0.1 is in use"):
        Server(port=port)


def test_stopping_lets_requests_under_way_finish(serve, connect):
    entered, leave = threading.Event(), threading.Event()
    app = echo()

    @app.route("/slow", methods=["GET"])
    def slow():
        entered.set()
        leave.wait(10)
        return "done"

    server = serve(app=app)
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(ask, connect(server), "GET", "/slow")
        assert entered.wait(10)
        stopping = pool.submit(server.stop, patience=10)
        leave.set()

        assert answer.result()[0].status == 200
        stopping.result()


def test_a_connection_that_is_still_open_is_told_that_it_is_over(serve, connect):
    server = serve()
    connection = connect(server)
    ask(connection, "GET", "/things/a")
    server.stop()

    answer, _ = ask(connection, "GET", "/things/a")

    assert answer.status == 503
    assert answer.getheader("Connection") == "close"
