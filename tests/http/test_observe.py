import json
import logging

import pytest
from chalice.app import Chalice

from chalicelib.access.model import Scope
from chalicelib.http import observe
from chalicelib.http.fields import Body
from chalicelib.http.routing import Call, Routes
from tests.http.door import Door


class Secret(Body):
    secret: str


routes = Routes("chalicelib.private.routes")


@routes.post("/v1/secrets/{name}", scope=Scope.PACK, body=Secret)
def keep(call: Call[Secret], name: str) -> None:
    if call.body.secret == "bug":
        raise RuntimeError("broken")


@pytest.fixture(scope="module")
def door() -> Door:
    return Door(routes)


@pytest.fixture(autouse=True)
def _at_info() -> object:
    level = observe.log.log_level
    observe.log.setLevel(logging.INFO)
    yield
    observe.log.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_request_is_one_line(door, capsys):
    door.ask("POST", "/v1/secrets/{name}", {"secret": "hush"}, path={"name": "x"})

    (line,) = lines(capsys)
    assert isinstance(line.pop("duration_ms"), float)
    line.pop("timestamp")
    line.pop("location")
    assert line == {
        "level": "INFO",
        "message": "request",
        "service": "packtrail",
        "method": "POST",
        "route": "/v1/secrets/{name}",
        "status": 200,
        "client": "acme-client",
        "organisation": "acme",
        "request_id": "request-1",
    }


def test_an_expected_refusal_is_told_once_and_at_info(door, capsys):
    door.ask("POST", "/v1/secrets/{name}", {}, path={"name": "x"})

    (line,) = lines(capsys)
    assert (line["level"], line["status"], line["code"]) == ("INFO", 400, "malformed")


def test_a_bug_is_an_error_with_its_traceback(door, capsys):
    door.ask("POST", "/v1/secrets/{name}", {"secret": "bug"}, path={"name": "x"})

    (line,) = lines(capsys)
    assert (line["level"], line["status"], line["code"]) == ("ERROR", 500, "internal_error")
    assert 'raise RuntimeError("broken")' in str(line["exception"])


def test_nothing_of_a_body_a_token_or_a_key_is_logged(door, capsys):
    door.ask("POST", "/v1/secrets/{name}", {"secret": "hush"}, path={"name": "x"}, key="key-9")
    door.ask("POST", "/v1/secrets/{name}", {"secret": "bug"}, path={"name": "x"}, key="key-9")

    logged = capsys.readouterr().out
    for secret in ("hush", "Bearer", "acme.line", "key-9"):
        assert secret not in logged


def test_nothing_of_one_request_stays_for_the_next(door, capsys):
    door.ask("POST", "/v1/secrets/{name}", {"secret": "x"}, path={"name": "x"})
    door.ask("POST", "/v1/secrets/{name}", {"secret": "x"}, path={"name": "x"}, token=None)

    first, second = lines(capsys)
    assert first["client"] == "acme-client"
    assert "client" not in second


def test_a_method_that_is_not_there_is_logged_too(door, capsys):
    door.ask("GET", "/v1/secrets/{name}", path={"name": "x"})

    (line,) = lines(capsys)
    assert (line["status"], line["code"]) == (405, "method_not_allowed")


def test_a_bug_of_the_framework_is_told_as_one_of_ours(door, capsys, monkeypatch):
    monkeypatch.setattr("chalicelib.http.routing.serve", lambda *_: 1 / 0)

    assert door.ask("POST", "/v1/secrets/{name}", path={}).status == 500
    assert door.ask("POST", "/v1/secrets/{name}", path={"name": "x"}).status == 500

    told = lines(capsys)
    assert [line["code"] for line in told if line.get("service")] == ["internal_error"] * 2


def test_without_a_gateway_the_request_gets_an_id_of_lambda_or_a_new_one():
    class Context:
        aws_request_id = "lambda-1"

    app = Chalice("private", configure_logs=False)
    app.register_blueprint(routes)
    event = {
        "requestContext": {"httpMethod": "POST", "resourcePath": "/v1/secrets/{name}"},
        "headers": {},
        "pathParameters": {"name": "x"},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
    }

    assert json.loads(app(event, Context())["body"])["requestId"] == "lambda-1"
    assert len(json.loads(app(event, None)["body"])["requestId"]) == 36


def test_powertools_may_set_a_stream_and_standard_output_stays(capsys):
    handler = observe._Stdout()
    handler.stream = None

    handler.emit(logging.makeLogRecord({"msg": "told"}))

    assert capsys.readouterr().out == "told\n"
