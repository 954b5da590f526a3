"""Routes: a blueprint on which a route states all that is true of it, on one line.

    routes = Routes(__name__)

    @routes.post("/v1/packing", scope=Scope.PACK, body=Packing, answer=Recorded, status=201)
    def packing(call: Call[Packing]) -> Recorded: ...

    @routes.get("/v1/units/{gtin}/{serial}", scope=Scope.READ_GOODS, answer=Unit)
    def unit(call: Call, gtin: GtinField, serial: SerialField) -> Unit: ...

`scope` has no default: a route that names none does not register. `scope=None` makes it public,
in writing. The same line makes the API document.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from chalice.app import Blueprint, Chalice, Response
from pydantic import BaseModel

from chalicelib.access.model import Scope
from chalicelib.http.answer import JSON, Answer, Text
from chalicelib.http.authentication import install
from chalicelib.http.boundary import discover, serve, watch
from chalicelib.http.call import Call
from chalicelib.http.epcis import ALL_TYPES, JSON_TYPES, EpcisRoute
from chalicelib.http.spec import RouteSpec

__all__ = ["Answer", "Call", "Routes", "Text", "install", "specs_of"]

View = TypeVar("View", bound=Callable[..., Any])
Model = type[BaseModel]


class Routes(Blueprint):
    """The routes of one capability.

    Attributes:
        specs: what was declared, in order.
    """

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.specs: list[RouteSpec] = []

    def register(self, app: Chalice, options: dict[str, Any]) -> None:
        """Register the routes with an app, which then passes every request through our door.

        Chalice's own way spoils a blueprint for a second app, and so for a test's.
        """
        super().register(app, options)
        watch(app)
        for spec in self.specs:
            # Chalice shall check no content type: we do, in our own words.
            methods = ["GET", "HEAD"] if spec.method == "GET" else [spec.method]
            app.route(spec.path, methods=methods, content_types=["*/*"], name=spec.name)(
                _view_of(spec)
            )
            if spec.discoverable and "OPTIONS" not in app.routes[spec.path]:
                app.route(spec.path, methods=["OPTIONS"], content_types=["*/*"], name="discover")(
                    _discovery_of(spec)
                )

    def get(
        self,
        path: str,
        *,
        scope: Scope | None,
        query: Model | None = None,
        answer: Model | None = None,
        produces: tuple[str, ...] = (JSON,),
        bare: bool = False,
    ) -> Callable[[View], View]:
        """Declare a GET, which answers HEAD too. See `RouteSpec` for the arguments."""
        return self._declare(
            "GET", path, scope=scope, query=query, answer=answer, produces=produces, bare=bare
        )

    def post(
        self,
        path: str,
        *,
        scope: Scope | None,
        body: Model | None = None,
        query: Model | None = None,
        answer: Model | None = None,
        status: int = 200,
        idempotent: bool = True,
        accepts: tuple[str, ...] | None = None,
        produces: tuple[str, ...] = (JSON,),
    ) -> Callable[[View], View]:
        """Declare a POST; it requires an `Idempotency-Key` unless it is public.

        `idempotent=False` is for what changes nothing, such as a verification, or has an identity
        of its own, such as the correction of an event. `accepts` is for bodies that are not JSON;
        the view then has `call.raw`. See `RouteSpec` for the rest.
        """
        keyed = idempotent and scope is not None
        return self._declare(
            "POST", path, scope=scope, body=body, query=query, answer=answer, status=status,
            keyed=keyed, accepts=accepts, produces=produces,
        )  # fmt: skip

    def put(
        self,
        path: str,
        *,
        scope: Scope | None,
        body: Model | None = None,
        query: Model | None = None,
        answer: Model | None = None,
        status: int = 200,
    ) -> Callable[[View], View]:
        """Declare a PUT, which is idempotent by nature. See `RouteSpec` for the arguments."""
        return self._declare(
            "PUT", path, scope=scope, body=body, query=query, answer=answer, status=status
        )

    def delete(
        self,
        path: str,
        *,
        scope: Scope | None,
        query: Model | None = None,
        answer: Model | None = None,
        status: int = 204,
    ) -> Callable[[View], View]:
        """Declare a DELETE, which is idempotent by nature. See `RouteSpec` for the arguments."""
        return self._declare("DELETE", path, scope=scope, query=query, answer=answer, status=status)

    def link(self, path: str, *, produces: tuple[str, ...]) -> Callable[[View], View]:
        """Declare what answers a GS1 Digital Link: a public GET, with any query, from any origin.

        The parameter of the path may hold slashes; the view reads `call.parameters`.
        """
        return self._declare("GET", path, scope=None, produces=produces, link=True)

    def epcis_get(
        self,
        path: str,
        *,
        scope: Scope | None,
        query: Model | None = None,
        any_query: bool = False,
        answer: Model | None = None,
        produces: tuple[str, ...] = JSON_TYPES,
    ) -> Callable[[View], View]:
        """Declare a GET of EPCIS 2.0: `call.epcis` says what its headers ask for.

        Every EPCIS path answers `OPTIONS` too. `any_query` is for parameters whose names are
        patterns; the view reads `call.parameters`. `produces` is `ALL_TYPES` where events are
        answered. A parameter of the path may be a whole URI, percent-encoded.
        """
        return self._declare(
            "GET", path, scope=scope, query=query, answer=answer, produces=produces,
            epcis=EpcisRoute(any_query=any_query),
        )  # fmt: skip

    def epcis_post(
        self,
        path: str,
        *,
        scope: Scope | None,
        body: Model | None = None,
        answer: Model | None = None,
        status: int = 201,
        accepts: tuple[str, ...] | None = None,
        produces: tuple[str, ...] = JSON_TYPES,
        capture_limit: int | None = None,
        capture_bytes: int | None = None,
    ) -> Callable[[View], View]:
        """Declare a POST of EPCIS 2.0, which takes an `Idempotency-Key` and requires none.

        Without a model the body is any JSON or XML: the view has `call.raw` and
        `call.epcis.body_type`. The limits are told in headers; the view keeps them.
        """
        if accepts is None:
            accepts = ALL_TYPES if body is None else JSON_TYPES
        epcis = EpcisRoute(capture_limit=capture_limit, capture_bytes=capture_bytes)
        return self._declare(
            "POST", path, scope=scope, body=body, answer=answer, status=status,
            accepts=accepts, produces=produces, epcis=epcis,
        )  # fmt: skip

    def epcis_delete(
        self, path: str, *, scope: Scope | None, status: int = 204
    ) -> Callable[[View], View]:
        """Declare a DELETE of EPCIS 2.0."""
        return self._declare(
            "DELETE", path, scope=scope, status=status, produces=JSON_TYPES, epcis=EpcisRoute()
        )

    def _declare(
        self,
        method: str,
        path: str,
        *,
        scope: Scope | None,
        body: Model | None = None,
        query: Model | None = None,
        answer: Model | None = None,
        status: int = 200,
        keyed: bool = False,
        accepts: tuple[str, ...] | None = None,
        produces: tuple[str, ...] = (JSON,),
        epcis: EpcisRoute | None = None,
        link: bool = False,
        bare: bool = False,
    ) -> Callable[[View], View]:
        if accepts is None:
            accepts = (JSON,) if body is not None else ()

        def register(view: View) -> View:
            spec = RouteSpec(
                method, path, scope, view, body, query, answer, status, keyed, accepts, produces,
                epcis, link, bare,
            )  # fmt: skip
            _check_parameters(spec)
            self.specs.append(spec)
            return view

        return register


def _view_of(spec: RouteSpec) -> Callable[..., Response]:
    """Return what Chalice calls for a route."""

    def view(**raw_path: str) -> Response:
        return serve(spec, raw_path)

    view.__dict__["spec"] = spec
    return view


def _discovery_of(spec: RouteSpec) -> Callable[..., Response]:
    """Return what Chalice calls for `OPTIONS` of a route's path."""

    def view(**raw_path: str) -> Response:
        return discover(spec.path)

    view.__dict__["spec"] = spec
    return view


def specs_of(app: Chalice) -> list[RouteSpec]:
    """Return what every route of an app declares, by path and method.

    Raises:
        TypeError: a route was registered past `Routes`.
    """
    specs = []
    for path in sorted(app.routes):
        for method, entry in sorted(app.routes[path].items()):
            spec = getattr(entry.view_function, "spec", None)
            if spec is None:
                raise TypeError(f"{method} {path} was not registered through Routes")
            if method not in {"HEAD", "OPTIONS"}:
                specs.append(spec)
    return specs


def _check_parameters(spec: RouteSpec) -> None:
    """Refuse, at import, a view whose arguments are not the call and the path's parameters."""
    arguments = tuple(inspect.signature(spec.view).parameters)
    if arguments[1:] != spec.parameters or not arguments:
        expected = ", ".join(("call", *spec.parameters))
        raise TypeError(f"{spec.method} {spec.path}: {spec.name} must take ({expected})")
