"""The API document (OpenAPI 3.1), made of the routes and the models that validate.

Nothing is built at import: the first request for the document pays for it. What a route says of
itself is on its own line and in its view's docstring; nothing is written twice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, get_type_hints

from chalice.app import Chalice
from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from chalicelib.access.model import ROLES
from chalicelib.errors import PacktrailError
from chalicelib.http import identity
from chalicelib.http.answer import JSON
from chalicelib.http.openapi_parts import (
    ANSWER_HEADERS,
    DESCRIPTION,
    PARAMETERS,
    PROBLEM_SCHEMA,
    SECURITY_SCHEMES,
    TAGS,
)
from chalicelib.http.routing import specs_of
from chalicelib.http.spec import RouteSpec

VERSION = "0.1.0"

_TEMPLATE = "#/components/schemas/{model}"
_SECTION = re.compile(r"^(?:Args|Returns|Raises|Source|Sources):", re.MULTILINE)

Modelled = tuple[type[BaseModel], JsonSchemaMode]
References = Mapping[Any, dict[str, Any]]


class _Plain(GenerateJsonSchema):
    """Schemas without a title on every field: its name says it already."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@lru_cache(maxsize=2)
def document(app: Chalice) -> dict[str, Any]:
    """Return the document of an app; callers do not change it.

    Raises:
        ValueError: two routes have one operation id.
        TypeError: a route was registered past `Routes`.
    """
    specs = specs_of(app)
    references, schemas = _schemas(specs)
    paths: dict[str, dict[str, Any]] = {}
    for spec in specs:
        paths.setdefault(spec.path, {})[spec.method.lower()] = _operation(spec, references)
    _refuse_doubles(operation for item in paths.values() for operation in item.values())
    used = {_tag(spec) for spec in specs}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Packtrail",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [tag for tag in TAGS if tag["name"] in used],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM_SCHEMA},
            "responses": dict(_problem_responses()),
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _schemas(specs: Iterable[RouteSpec]) -> tuple[References, dict[str, Any]]:
    """Return a reference for each model, and the schemas that they refer to."""
    wanted: dict[Modelled, None] = {}
    for spec in specs:
        if spec.body is not None:
            wanted[spec.body, "validation"] = None
        if spec.answer is not None:
            wanted[spec.answer, "serialization"] = None
    references, definitions = models_json_schema(
        list(wanted), ref_template=_TEMPLATE, schema_generator=_Plain
    )
    return references, dict(sorted(definitions.get("$defs", {}).items()))


def _operation(spec: RouteSpec, references: References) -> dict[str, Any]:
    summary, description = _told(spec)
    operation: dict[str, Any] = {
        "operationId": to_camel(spec.name),
        "tags": [_tag(spec)],
        "summary": summary,
        "description": description,
        "parameters": [*_path_parameters(spec), *_query_parameters(spec), *_headers(spec)],
        "responses": {str(spec.status): _success(spec, references), **_problems(spec)},
        "security": [],
    }
    if spec.accepts:
        schema = references[spec.body, "validation"] if spec.body else {}
        content = {media_type: {"schema": schema} for media_type in spec.accepts}
        operation["requestBody"] = {"required": True, "content": content}
    if spec.scope is not None:
        operation["security"] = [{"clientCredentials": []}, {"bearer": []}]
        operation["x-scopes"] = [spec.scope.value]
        operation["x-roles"] = sorted(ROLES[spec.scope])
    return {name: value for name, value in operation.items() if value or name == "security"}


def _told(spec: RouteSpec) -> tuple[str, str]:
    """Return the first line of the view's docstring and its further paragraphs."""
    told = _SECTION.split(_unindented(spec.view.__doc__ or spec.name))[0].strip()
    summary, _, description = told.partition("\n")
    return summary.rstrip("."), description.strip()


def _unindented(text: str) -> str:
    from inspect import cleandoc  # noqa: PLC0415 - only for the document

    return cleandoc(text)


def _tag(spec: RouteSpec) -> str:
    """Return the capability that the route belongs to: the package of its view."""
    return str(spec.view.__module__).split(".")[-2:][0]


def _path_parameters(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    hints = get_type_hints(spec.view, include_extras=True)
    for name in spec.parameters:
        schema = TypeAdapter(hints.get(name, str)).json_schema(schema_generator=_Plain)
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    if spec.query is None:
        return
    schema = spec.query.model_json_schema(ref_template=_TEMPLATE, schema_generator=_Plain)
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "required": name in required}
        if "description" in field:
            parameter["description"] = field.pop("description")
        yield {**parameter, "schema": field}


def _headers(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    if spec.keyed:
        yield {"$ref": f"#/components/parameters/{identity.HEADER}"}
    if spec.method == "PUT":
        yield {"$ref": "#/components/parameters/If-Match"}


def _success(spec: RouteSpec, references: References) -> dict[str, Any]:
    response: dict[str, Any] = {"description": HTTPStatus(spec.status).phrase}
    if spec.answer is not None:
        schema = references[spec.answer, "serialization"]
        response["content"] = {JSON: {"schema": schema}}
    others = [media_type for media_type in spec.produces if media_type != JSON]
    if others:
        texts = {media_type: {"schema": {"type": "string"}} for media_type in others}
        response["content"] = {**response.get("content", {}), **texts}
    if spec.keyed:
        response["headers"] = ANSWER_HEADERS
    return response


def _problems(spec: RouteSpec) -> dict[str, Any]:
    """Return the refusals that this kind of route knows."""
    statuses = {400, 500, 503}
    if spec.scope is not None:
        statuses |= {401, 403, 429}
    if spec.parameters:
        statuses |= {404}
    if spec.method != "GET":
        statuses |= {409}
    if spec.accepts:
        statuses |= {413, 415}
    if spec.keyed:
        statuses |= {422}
    if spec.method == "PUT":
        statuses |= {412}
    return {str(s): {"$ref": f"#/components/responses/{_name(s)}"} for s in sorted(statuses)}


def _problem_responses() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a response for each status of the error tree, and for a bug."""
    content = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    }
    titles = {kind.status: kind.title for kind in PacktrailError.__subclasses__()}
    for status, title in sorted({**titles, 500: "Something went wrong here"}.items()):
        yield _name(status), {"description": title, "content": content}


def _name(status: int) -> str:
    return "".join(word.capitalize() for word in re.split(r"\W+", HTTPStatus(status).phrase))


def _refuse_doubles(operations: Iterable[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for operation in operations:
        name = operation["operationId"]
        if name in seen:
            raise ValueError(f"two routes have the view name {name!r}, expected different ones")
        seen.add(name)
