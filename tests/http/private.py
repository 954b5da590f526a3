"""A private API with a route of each kind, for the tests of the boundary."""

from uuid import UUID

from chalicelib.access.model import Scope
from chalicelib.http.fields import AnswerModel, Body, EpcList, GtinField, Query, SerialField
from chalicelib.http.routing import Answer, Call, Routes, Text
from tests.http.door import Answered, Door

GTIN = "09506000134352"


class Packing(Body):
    gtin: GtinField
    children: EpcList | None = None


class Which(Query):
    page_size: int = 10


class Identity(AnswerModel):
    operation: UUID
    fingerprint: str
    gtin: GtinField


routes = Routes("chalicelib.private.routes")
raised: list[Exception] = []


@routes.post("/v1/packing", scope=Scope.PACK, body=Packing, answer=Identity, status=201)
def packing(call: Call[Packing]) -> Identity:
    return Identity(operation=call.operation, fingerprint=call.fingerprint, gtin=call.body.gtin)


@routes.get("/v1/units/{gtin}/{serial}", scope=Scope.READ_GOODS, query=Which)
def unit(call: Call[None, Which], gtin: GtinField, serial: SerialField) -> dict[str, object]:
    return {"gtin": str(gtin), "serial": serial, "path": call.path, "size": call.query.page_size}


@routes.get("/v1/names/{name}", scope=Scope.READ_GOODS)
def name(call: Call, name: str) -> dict[str, str]:
    return {"name": name}


@routes.put("/v1/things/{name}", scope=Scope.WRITE_LOTS, body=Packing)
def thing(call: Call[Packing], name: str) -> Answer:
    return Answer({"expected": call.expected_version}, version=3, replayed=True)


@routes.delete("/v1/things/{name}", scope=Scope.WRITE_LOTS)
def no_thing(call: Call, name: str) -> None: ...


@routes.post("/v1/documents", scope=Scope.PACK, accepts=("application/xml",))
def document(call: Call) -> Text:
    return Text(call.fingerprint, "text/plain; charset=utf-8")


@routes.post("/v1/forms", scope=None, body=Packing, accepts=("application/json", "application/x-www-form-urlencoded"))  # fmt: skip  # noqa: E501
def form(call: Call[Packing]) -> dict[str, str]:
    return {"gtin": str(call.body.gtin)}


@routes.get("/v1/refusals", scope=Scope.VERIFY)
def refusal(call: Call) -> None:
    raise raised[-1]


@routes.get("/v1/documented", scope=Scope.VERIFY, answer=Identity)
def documented(call: Call) -> dict[str, object]:
    return {"operation": call.operation, "fingerprint": "", "gtin": GTIN, "secret": "x"}


def pack(door: Door, body: object = None, **kwargs: object) -> Answered:
    """Ask for the keyed POST."""
    body = {"gtin": GTIN} if body is None else body
    return door.ask("POST", "/v1/packing", body, **kwargs)  # type: ignore[arg-type]


def ask_unit(door: Door, query: dict[str, list[str]]) -> Answered:
    """Ask for the GET with a query."""
    path = {"gtin": GTIN, "serial": "1"}
    return door.ask("GET", "/v1/units/{gtin}/{serial}", path=path, query=query)


def ask_form(door: Door, raw: str) -> Answered:
    """Ask for the public POST with a form."""
    media_type = "application/x-www-form-urlencoded"
    return door.ask("POST", "/v1/forms", raw=raw, content_type=media_type, token=None)


def ask_refusal(door: Door, error: Exception) -> Answered:
    """Ask for the route that raises this."""
    raised.append(error)
    return door.ask("GET", "/v1/refusals")
