import json
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from chalicelib.access.model import Scope
from chalicelib.http import openapi
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    DateField,
    EpcField,
    EpcList,
    GlnField,
    GtinField,
    InstantField,
    LotField,
    NameField,
    Query,
    ScanField,
    SerialField,
    SerialList,
    SglnField,
    SsccField,
    TextField,
)
from chalicelib.http.openapi import document
from chalicelib.http.routes import routes as service
from chalicelib.http.routing import Call, Routes
from tests.http.door import Door
from tests.http.examples import examples_of

REPOSITORY = Path(__file__).parents[2]


class Colour(StrEnum):
    RED = "red"


class Part(Body):
    gtin: GtinField


class Everything(Body):
    """All there is in a body."""

    parts: list[Part]
    party: GlnField
    place: SglnField | None = None
    unit: SsccField
    epc: EpcField
    epcs: EpcList
    lot: LotField
    serial: SerialField
    serials: SerialList
    day: DateField
    at: InstantField
    name: NameField
    text: TextField
    scan: ScanField
    colour: Colour = Colour.RED


class Found(AnswerModel):
    unit_count: int
    part: Part | None
    epcs: EpcList


class Which(Query):
    colour: Colour | None = None
    page_size: int = 10
    day: DateField


routes = Routes("chalicelib.goods.routes")


@routes.post("/v1/everything", scope=Scope.PACK, body=Everything, answer=Found, status=201)
def everything(call: Call[Everything]) -> None:
    """Take everything.

    And say so
    in two lines.

    Raises:
        NotFound: never told here.
    """


@routes.get(
    "/v1/parts/{gtin}/{name}",
    scope=Scope.READ_GOODS,
    query=Which,
    answer=Found,
    produces=("application/json", "text/csv"),
)
def part(call: Call[None, Which], gtin: GtinField, name: str) -> None:
    """Return a part."""


@routes.put("/v1/parts/{gtin}/{name}", scope=Scope.WRITE_PRODUCTS, body=Part)
def set_part(call: Call[Part], gtin: GtinField, name: str) -> None: ...


@routes.post("/v1/documents", scope=Scope.PACK, accepts=("application/xml",))
def take(call: Call) -> None: ...


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return document(Door(routes, service).app)


def test_the_document_is_openapi_3_1(told):
    validate(told)
    assert told["openapi"] == "3.1.0"


def test_an_operation_is_told_by_its_route_and_its_docstring(told):
    operation = told["paths"]["/v1/everything"]["post"]

    assert operation["operationId"] == "everything"
    assert operation["summary"] == "Take everything"
    assert operation["description"] == "And say so\nin two lines."
    assert operation["x-scopes"] == ["pack"]
    assert operation["x-roles"] == ["line", "warehouse"]
    assert operation["security"] == [{"clientCredentials": []}, {"bearer": []}]
    assert operation["parameters"] == [{"$ref": "#/components/parameters/Idempotency-Key"}]
    assert operation["requestBody"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Everything"}}
    }
    assert "Idempotency-Replayed" in operation["responses"]["201"]["headers"]


def test_every_operation_tells_the_refusals_that_it_knows(told):
    def statuses(path: str, method: str) -> set[str]:
        return set(told["paths"][path][method]["responses"])

    common = {"400", "401", "403", "429", "500", "503"}
    assert statuses("/v1/everything", "post") == common | {"201", "409", "413", "415", "422"}
    assert statuses("/v1/parts/{gtin}/{name}", "get") == common | {"200", "404"}
    assert statuses("/v1/parts/{gtin}/{name}", "put") == common | {
        "200", "404", "409", "412", "413", "415",
    }  # fmt: skip
    assert statuses("/healthz", "get") == {"200", "400", "500", "503"}


def test_parameters_are_told_as_they_are_read(told):
    operation = told["paths"]["/v1/parts/{gtin}/{name}"]["get"]

    parameters = {each["name"]: each for each in operation["parameters"]}
    assert parameters["gtin"]["schema"]["examples"] == ["09506000134352"]
    assert parameters["name"] == {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }
    assert parameters["colour"]["schema"] == {"$ref": "#/components/schemas/Colour"}
    assert parameters["pageSize"]["schema"] == {"type": "integer", "default": 10}
    assert (parameters["pageSize"]["required"], parameters["day"]["required"]) == (False, True)
    assert told["components"]["schemas"]["Colour"]["enum"] == ["red"]


def test_answers_are_told_in_every_media_type(told):
    answer = told["paths"]["/v1/parts/{gtin}/{name}"]["get"]["responses"]["200"]

    assert answer["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Found"}},
        "text/csv": {"schema": {"type": "string"}},
    }


def test_a_body_that_is_no_json_is_told_by_its_media_type(told):
    body = told["paths"]["/v1/documents"]["post"]["requestBody"]

    assert body["content"] == {"application/xml": {"schema": {}}}


def test_names_are_camel_case_and_nothing_unknown_is_taken(told):
    schemas = told["components"]["schemas"]

    assert set(schemas["Found"]["properties"]) == {"unitCount", "part", "epcs"}
    assert schemas["Everything"]["additionalProperties"] is False
    assert schemas["Everything"]["description"] == "All there is in a body."
    assert "title" not in schemas["Found"]["properties"]["unitCount"]


def test_what_a_field_type_hides_is_not_told(told):
    assert set(told["components"]["schemas"]) == {
        "Colour", "Everything", "Found", "Health", "Part", "Problem",
    }  # fmt: skip


def test_an_answers_field_is_always_there(told):
    assert set(told["components"]["schemas"]["Found"]["required"]) == {"unitCount", "part", "epcs"}


def test_every_example_is_accepted(told):
    body = examples_of({"$ref": "#/components/schemas/Everything"}, told)

    assert Everything.model_validate_json(json.dumps(body), strict=True)


def test_nothing_is_built_twice():
    app = Door(routes).app

    assert document(app) is document(app)


def test_two_views_of_one_name_are_refused():
    twice = Routes("chalicelib.twice.routes")

    @twice.get("/v1/everything-else", scope=None)
    def everything(call: Call) -> None: ...

    with pytest.raises(ValueError, match="two routes have the view name 'everything'"):
        document(Door(routes, twice).app)


def test_the_version_is_that_of_the_package():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

    assert project["version"] == openapi.VERSION
