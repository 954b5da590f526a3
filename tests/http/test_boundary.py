from chalicelib.errors import NotFound
from chalicelib.http import boundary
from chalicelib.http.routing import Routes
from tests.http.door import Door
from tests.http.private import GTIN, ask_refusal, pack, raised, routes


def test_a_good_request_is_answered_with_the_routes_status(door):
    answered = pack(door)

    assert answered.status == 201
    assert answered.json["gtin"] == GTIN
    assert answered.headers["Content-Type"] == "application/json"


def test_every_answer_says_that_nobody_keeps_it_and_nobody_guesses_its_type(door):
    for answered in (pack(door), pack(door, token=None), door.ask("PATCH", "/v1/packing")):
        assert answered.headers["Cache-Control"] == "no-store"
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answered.headers["Content-Security-Policy"]


def test_a_bug_is_told_to_the_log_and_not_to_the_caller(door):
    answered = ask_refusal(door, RuntimeError("the secret is 42"))

    assert (answered.status, answered.json["code"]) == (500, "internal_error")
    assert "42" not in answered.text
    assert "request-1" in answered.json["detail"]


def test_a_method_that_the_path_does_not_have_is_a_problem_document_too(door):
    answered = door.ask("PATCH", "/v1/packing")

    assert (answered.status, answered.json["code"]) == (405, "method_not_allowed")
    assert (answered.headers["Allow"], answered.json["detail"]) == (
        "POST",
        "Found PATCH, expected one of: POST",
    )


def test_a_path_that_no_route_has_is_a_problem_document_too(door):
    answered = door.ask("GET", "/v1/nowhere")

    assert (answered.status, answered.json["code"]) == (404, "no_such_path")


def test_what_fails_before_the_view_is_a_problem_document_too(door):
    answered = door.ask("GET", "/v1/names/{name}", path={})

    assert (answered.status, answered.json["code"]) == (500, "internal_error")


def test_head_has_no_body_even_when_it_is_refused(door):
    raised.append(NotFound("There is nothing"))

    answered = door.ask("HEAD", "/v1/refusals")

    assert (answered.status, answered.text) == (404, "")


def test_the_door_is_hung_once_however_many_blueprints_there_are():
    app = Door(routes, Routes("chalicelib.more.routes")).app

    (handler,) = app._get_middleware_handlers("http")
    assert (handler.func, handler.args) == (boundary._door, (app,))
