"""Routes whose module is imported when the first request needs it.

A cold start pays for the one capability that is asked for, and not for all of them. Which module
answers what stands in a table that is generated from the modules themselves (`route_table`).
"""

from collections.abc import Callable
from functools import cached_property
from types import ModuleType

from chalice.app import Chalice, Response

from chalicelib.http.boundary import discover, serve, watch
from chalicelib.http.spec import RouteSpec

Load = Callable[[str], ModuleType]
"""Imports a module, and gives it what it needs of others."""

DISCOVERY = "OPTIONS"


class LateView:
    """What Chalice calls for one method of one path.

    Attributes:
        spec: what its module declares about it; asking for it imports the module.
    """

    def __init__(self, load: Load, module: str, method: str, path: str) -> None:
        self._load, self._module, self._method, self._path = load, module, method, path
        self.__name__ = f"{method} {path}"

    @cached_property
    def spec(self) -> RouteSpec:
        """Return the route, or for `OPTIONS` one of its path."""
        specs: list[RouteSpec] = self._load(self._module).routes.specs
        return next(
            spec
            for spec in specs
            if spec.path == self._path and self._method in (spec.method, DISCOVERY)
        )

    def __call__(self, **raw_path: str) -> Response:
        """Answer the request under way."""
        if self._method == DISCOVERY:
            return discover(self._path)
        return serve(self.spec, raw_path)


def register(app: Chalice, load: Load, module: str, rows: tuple[tuple[str, str], ...]) -> None:
    """Let an app answer the routes of a module.

    Args:
        app: that answers.
        load: imports the module.
        module: its name; it has `routes`.
        rows: method and path of each route.
    """
    watch(app)
    for method, path in rows:
        if method == DISCOVERY and method in app.routes[path]:
            continue  # two modules share the path, and either finds the other's routes
        methods = ["GET", "HEAD"] if method == "GET" else [method]
        view = LateView(load, module, method, path)
        # Chalice shall check no content type: we do, in our own words.
        app.route(path, methods=methods, content_types=["*/*"], name=view.__name__)(view)


def rows_of(specs: list[RouteSpec]) -> tuple[tuple[str, str], ...]:
    """Return the rows of a module's routes, as `register` takes them."""
    rows = [(spec.method, spec.path) for spec in specs]
    rows += [(DISCOVERY, spec.path) for spec in specs if spec.discoverable]
    return tuple(dict.fromkeys(rows))
