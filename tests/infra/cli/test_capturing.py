"""Sending documents to a server, which here is a stand-in with a script."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.cli.command import main
from tests.infra.cli.documents import EVENT, document, saved, xml

Said = pytest.CaptureFixture[str]


class Server(ThreadingHTTPServer):
    """Takes every document, and tells the job's states one after another."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.location = "/capture/j1"
        self.states: list[dict[str, Any]] = [{"running": False, "success": True}]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, raw))
        if self.path == "/oauth/token":
            self._answer(200, {"access_token": "made"})
        elif self.path == "/v1/uploads":
            self._answer(201, {"id": "u1", "url": f"{self.server.url}/bucket?signed"})
        elif self.server.refusal:
            self._answer(*self.server.refusal)
        else:
            self._answer(202, {}, Location=self.server.location)

    def do_PUT(self) -> None:
        self.do_POST()

    def do_OPTIONS(self) -> None:
        self._answer(200, {}, **{"GS1-EPCIS-Capture-File-Size-Limit": "2000000"})

    def do_GET(self) -> None:
        states = self.server.states
        state = states.pop(0) if len(states) > 1 else states[0]
        self._answer(200, {"captureID": "j1", **state})

    def _answer(self, status: int, body: Any, **headers: str) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Stay silent."""


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def capture(server: Server, *files: str, **options: str) -> int:
    more = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    more += [] if "client" in options else ["--token=given"]
    return main(["epcis", "capture", "--url", server.url, *more, *files])


def test_a_document_is_followed_until_it_is_done(
    server: Server, tmp_path: Path, capsys: Said
) -> None:
    server.states = [{"running": True, "success": True}, {"running": False, "success": True}]
    raw = document(EVENT)
    file = saved(tmp_path, "some.json", raw)

    assert capture(server, file) == 0

    ((_, path, headers, sent),) = server.seen
    assert (path, sent) == ("/capture", raw)
    assert headers["authorization"] == "Bearer given"
    assert headers["content-type"] == "application/json"
    assert headers["gs1-capture-error-behaviour"] == "rollback"
    assert capsys.readouterr().out == f"{file}: captured, job j1\n"


@pytest.mark.parametrize("running", [True, False])
def test_what_is_held_is_told_and_not_waited_for(
    server: Server, tmp_path: Path, capsys: Said, *, running: bool
) -> None:
    behaviour = "rollback" if running else "proceed"
    fault = {"detail": "Found foo.", "eventIndex": 3}
    server.states = [
        {"running": running, "success": running, "held": 1, "errors": [fault],
         "captureErrorBehaviour": behaviour},
    ]  # fmt: skip
    file = saved(tmp_path, "old.xml", xml())

    assert capture(server, "--tolerant", file, on_error=behaviour) == 1

    ((_, _, headers, _),) = server.seen
    assert headers["packtrail-tolerant"] == "true"
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        f"{file}: not captured, job j1; 1 held for a person to decide, see /v1/quarantine"
    )
    assert second == f"{file}: Found foo."


def test_a_client_gets_its_token_itself(server: Server, tmp_path: Path) -> None:
    file = saved(tmp_path, "old.xml", xml())

    assert capture(server, file, client="maker-line:s:e", on_error="proceed") == 0

    (_, _, _, form), (_, _, headers, _) = server.seen
    assert form == b"grant_type=client_credentials&client_id=maker-line&client_secret=s%3Ae"
    assert headers["authorization"] == "Bearer made"
    assert headers["content-type"] == "application/xml"
    assert headers["gs1-capture-error-behaviour"] == "proceed"


def test_a_document_beyond_the_limit_goes_by_an_upload_and_the_token_does_not(
    server: Server, tmp_path: Path
) -> None:
    raw = document(EVENT) + b" " * 2_000_000
    file = saved(tmp_path, "large.json", raw)

    assert capture(server, file) == 0

    asked, put, captured = server.seen
    assert [each[:2] for each in server.seen] == [
        ("POST", "/v1/uploads"),
        ("PUT", "/bucket?signed"),
        ("POST", "/v1/uploads/u1/capture"),
    ]
    assert json.loads(asked[3]) == {"mediaType": "application/json"}
    assert put[3] == raw
    assert put[2]["content-type"] == "application/json"
    assert "authorization" not in put[2]
    assert asked[2]["idempotency-key"] != captured[2]["idempotency-key"]
    assert captured[2]["gs1-capture-error-behaviour"] == "rollback"


def test_a_document_below_the_limit_is_sent_directly(server: Server, tmp_path: Path) -> None:
    file = saved(tmp_path, "some.json", document(EVENT) + b" " * 1_500_000)

    assert capture(server, file) == 0
    assert [path for _, path, _, _ in server.seen] == ["/capture"]


def test_a_job_that_failed_is_told_with_its_errors(
    server: Server, tmp_path: Path, capsys: Said
) -> None:
    errors = [{"title": "ValidationException", "detail": "event 0: no such lot"}]
    server.states = [{"running": False, "success": False, "errors": errors}]
    file = saved(tmp_path, "some.json", document(EVENT))

    assert capture(server, file) == 1

    assert capsys.readouterr().out == (
        f"{file}: not captured, job j1\n{file}: event 0: no such lot\n"
    )


@pytest.mark.parametrize("status", [400, 401, 413, 500])
def test_a_refusal_is_told_in_the_servers_words(
    status: int, server: Server, tmp_path: Path, capsys: Said
) -> None:
    server.refusal = (status, {"title": "No", "detail": "Not like this."})
    file = saved(tmp_path, "some.json", document(EVENT))

    assert capture(server, file) == 1
    assert f"{status} Not like this." in capsys.readouterr().err


def test_the_token_goes_to_no_other_server(server: Server, tmp_path: Path, capsys: Said) -> None:
    server.location = "https://example.com/capture/j1"

    assert capture(server, saved(tmp_path, "some.json", document(EVENT))) == 1
    assert "another server" in capsys.readouterr().err


def test_a_job_that_never_ends_is_given_up(server: Server, tmp_path: Path, capsys: Said) -> None:
    server.states = [{"running": True, "success": True}]
    file = saved(tmp_path, "some.json", document(EVENT))

    assert capture(server, file, timeout="0.3") == 1
    assert "still runs after 0.3 s" in capsys.readouterr().err


def test_one_file_that_is_missing_does_not_stop_the_others(
    server: Server, tmp_path: Path, capsys: Said
) -> None:
    file = saved(tmp_path, "some.json", document(EVENT))

    assert capture(server, str(tmp_path / "missing"), file) == 1

    said = capsys.readouterr()
    assert "No such file" in said.err
    assert said.out == f"{file}: captured, job j1\n"


def test_a_server_that_is_not_there_is_told(loopback: None, capsys: Said) -> None:
    where = "http://127.0.0.1:1"

    assert main(["epcis", "capture", "--url", where, "--client", "a:b", "no-file"]) == 1
    assert f"{where} does not answer" in capsys.readouterr().err


def test_machines_get_the_job(server: Server, tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "some.json", document(EVENT))

    assert main(["epcis", "capture", "--url", server.url, "--token=t", "--json", file]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["success"], told["job"]["captureID"]) == (True, "j1")
