"""Routes whose module is imported when the first request needs it."""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

from chalice.app import Chalice

from chalicelib.http.late import register, rows_of
from chalicelib.http.routing import specs_of
from tests.http import epcis_api, private
from tests.http.door import Door

MODULES = {"private": private, "epcis": epcis_api}


def load(module: str) -> ModuleType:
    return cast("ModuleType", SimpleNamespace(routes=MODULES[module].routes))


def registered(loaded: list[str], *modules: str) -> Chalice:
    app = Chalice("test", configure_logs=False)

    def watched(module: str) -> ModuleType:
        loaded.append(module)
        return load(module)

    for module in modules:
        register(app, watched, module, rows_of(MODULES[module].routes.specs))
    return app


def test_registering_imports_nothing_and_every_route_is_there() -> None:
    loaded: list[str] = []

    app = registered(loaded, "private", "epcis")

    declared = [*private.routes.specs, *epcis_api.routes.specs]
    paths = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert {(spec.method, spec.path) for spec in declared} <= paths
    assert ("OPTIONS", "/events") in paths
    assert loaded == []
    assert specs_of(app) == sorted(declared, key=lambda spec: (spec.path, spec.method))


def test_what_no_module_declares_is_not_there() -> None:
    app = registered([], "private")

    assert all("OPTIONS" not in methods for methods in app.routes.values())


def test_a_module_is_asked_once_for_each_view() -> None:
    loaded: list[str] = []
    app = registered(loaded, "epcis")
    view: Any = app.routes["/events"]["GET"].view_function

    assert view.spec is view.spec
    assert loaded == ["epcis"]
    assert view.spec.path == "/events"


def test_a_late_view_answers_as_any_other(authenticated: None) -> None:
    door = Door()
    door.app = registered([], "epcis")

    answered = door.ask("GET", "/events/{event_id}", path={"event_id": "e1"})
    options = door.ask("OPTIONS", "/events", token=None)

    assert (answered.status, answered.json["id"]) == (200, "e1")
    assert options.status == 204
    assert "GET" in options.headers["Allow"]
