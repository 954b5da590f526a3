from concurrent.futures import ThreadPoolExecutor

import pytest
from chalice.app import Chalice

from chalicelib.access.model import Scope
from chalicelib.http.answer import JSON
from chalicelib.http.fields import Body, GtinField
from chalicelib.http.routing import Call, Routes, Text, specs_of
from tests.http.door import Door


class Thing(Body):
    name: str


def test_a_route_without_a_scope_does_not_register():
    routes = Routes(__name__)

    for declare in (routes.get, routes.post, routes.put, routes.delete):
        with pytest.raises(TypeError, match="scope"):
            declare("/v1/things")
    assert routes.specs == []


def test_a_view_takes_the_call_and_the_parameters_of_its_path():
    routes = Routes(__name__)

    with pytest.raises(TypeError, match=r"GET /v1/a/\{b\}: thing must take \(call, b\)"):

        @routes.get("/v1/a/{b}", scope=None)
        def thing(call: Call, c: str) -> None: ...

    with pytest.raises(TypeError, match=r"must take \(call\)"):

        @routes.get("/v1/a", scope=None)
        def nothing() -> None: ...


def test_a_declaration_is_kept_as_it_was_made():
    routes = Routes(__name__)

    @routes.post("/v1/things", scope=Scope.PACK, body=Thing, status=201)
    def make(call: Call[Thing]) -> None: ...

    @routes.post("/v1/checks", scope=Scope.VERIFY, body=Thing, idempotent=False)
    def check(call: Call[Thing]) -> None: ...

    @routes.post("/v1/documents", scope=Scope.PACK, accepts=("application/xml",))
    def take(call: Call) -> None: ...

    @routes.delete("/v1/things/{name}", scope=Scope.PACK)
    def remove(call: Call, name: str) -> None: ...

    made, checked, taken, removed = routes.specs
    assert (made.method, made.status, made.keyed, made.accepts) == ("POST", 201, True, (JSON,))
    assert not checked.keyed
    assert (taken.accepts, taken.keyed) == (("application/xml",), True)
    assert (removed.status, removed.keyed, removed.accepts) == (204, False, ())
    assert removed.name == "remove"


def test_a_public_post_needs_no_idempotency_key():
    routes = Routes(__name__)

    @routes.post("/oauth/token", scope=None, body=Thing)
    def token(call: Call[Thing]) -> dict[str, str]:
        return {"name": call.body.name}

    answered = Door(routes).ask("POST", "/oauth/token", {"name": "x"}, token=None, key=None)

    assert (answered.status, answered.json) == (200, {"name": "x"})


def test_the_view_itself_stays_a_plain_function():
    routes = Routes(__name__)

    @routes.get("/v1/units/{gtin}", scope=Scope.READ_GOODS)
    def unit(call: Call, gtin: GtinField) -> str:
        return f"{gtin}"

    assert unit.__name__ == "unit"


def test_head_is_answered_like_get_without_the_body():
    routes = Routes(__name__)

    @routes.get("/v1/things", scope=None)
    def things(call: Call) -> Text:
        return Text("a,b", "text/csv")

    answered = Door(routes).ask("HEAD", "/v1/things")

    assert (answered.status, answered.text) == (200, "")
    assert answered.headers["Content-Type"] == "text/csv"


def test_the_routes_of_an_app_are_found_whatever_blueprint_they_are_in():
    first, second = Routes("first"), Routes("second")

    @first.get("/v1/a", scope=None)
    def one(call: Call) -> None: ...

    @second.put("/v1/a", scope=Scope.PACK)
    def two(call: Call) -> None: ...

    app = Door(first, second).app

    assert [(spec.method, spec.path) for spec in specs_of(app)] == [
        ("GET", "/v1/a"),
        ("PUT", "/v1/a"),
    ]


def test_a_route_past_our_door_is_found_out():
    app = Chalice("private", configure_logs=False)

    @app.route("/back-door")
    def open_to_all() -> str:
        return "come in"

    with pytest.raises(TypeError, match="GET /back-door was not registered through Routes"):
        specs_of(app)


def test_threads_do_not_see_each_other():
    routes = Routes(__name__)

    @routes.post("/v1/echo", scope=Scope.VERIFY, body=Thing, idempotent=False)
    def echo(call: Call[Thing]) -> dict[str, str]:
        return {"name": call.body.name, "organisation": call.actor.organisation}

    door = Door(routes)

    def ask(number: int) -> bool:
        name = str(number)
        answered = door.ask("POST", "/v1/echo", {"name": name}, token=f"{name}.line")
        return bool(answered.json == {"name": name, "organisation": name})

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(500)))
