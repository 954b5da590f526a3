"""The API document (OpenAPI 3.1), made of the routes and the models that validate.

Nothing is built at import: the first request for the document pays for it. What a route says of
itself is on its own line and in its view's docstring; nothing is written twice.
"""

import json
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
from chalicelib.http import identity, problem
from chalicelib.http.answer import JSON
from chalicelib.http.epcis import JSON_LD
from chalicelib.http.openapi_epcis import (
    EPCIS_PARAMETERS,
    header_parameters,
    options,
    query_parameters,
    response_headers,
)
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
_OF_PACKAGE = re.compile(r"^chalicelib\.([a-z0-9]+)\.(?:\w+\.)*")
_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
_SECTION = re.compile(r"^(?:Args|Returns|Raises|Source|Sources):", re.MULTILINE)

_REFUSALS = {kind.status: (kind.__name__, kind.title) for kind in PacktrailError.__subclasses__()}
_REFUSALS[500] = ("InternalError", problem.INTERNAL_TITLE)

Modelled = tuple[type[BaseModel], JsonSchemaMode]
References = Mapping[Any, dict[str, Any]]


class _Plain(GenerateJsonSchema):
    """Schemas without a title on every field: its name says it already."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def normalize_name(self, name: str) -> str:
        """Name a model; where two packages have one of a name, by package and name."""
        name = _OF_PACKAGE.sub(lambda module: module[1].capitalize(), name)
        return super().normalize_name(name)


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
    _add_discovery(paths, specs)
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
            "schemas": _referenced(paths, schemas),
            "responses": _problem_responses(),
            "parameters": PARAMETERS | (EPCIS_PARAMETERS if _any_epcis(specs) else {}),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _any_epcis(specs: Iterable[RouteSpec]) -> bool:
    return any(spec.epcis for spec in specs)


def _add_discovery(paths: dict[str, dict[str, Any]], specs: Iterable[RouteSpec]) -> None:
    """Add `OPTIONS` to the paths that answer it."""
    of_path: dict[str, list[RouteSpec]] = {}
    for spec in specs:
        if spec.discoverable:
            of_path.setdefault(spec.path, []).append(spec)
    for path, its in of_path.items():
        paths[path]["options"] = options(its, list(_path_parameters(its[0])), _tag(its[0]))


def _schemas(specs: Iterable[RouteSpec]) -> tuple[References, dict[str, Any]]:
    """Return a reference for each model, and the schemas that they refer to."""
    wanted: dict[Modelled, None] = {}
    used_in_queries: dict[str, Any] = {}
    for spec in specs:
        if spec.body is not None:
            wanted[spec.body, "validation"] = None
        if spec.answer is not None:
            wanted[spec.answer, "serialization"] = None
        used_in_queries |= _query_schema(spec).get("$defs", {})
    references, definitions = models_json_schema(
        list(wanted), ref_template=_TEMPLATE, schema_generator=_Plain
    )
    schemas = {**used_in_queries, **definitions.get("$defs", {}), "Problem": PROBLEM_SCHEMA}
    return references, dict(sorted(schemas.items()))


def _referenced(paths: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that the paths lead to; pydantic also lists what a field type hides."""
    used = {"Problem"}
    todo = [paths]
    while todo:
        found = set(_REFERENCE.findall(json.dumps(todo.pop()))) - used
        used |= found
        todo += [schemas[name] for name in found]
    return {name: schema for name, schema in schemas.items() if name in used}


def _operation(spec: RouteSpec, references: References) -> dict[str, Any]:
    summary, description = _told(spec)
    operation: dict[str, Any] = {
        "operationId": to_camel(spec.name),
        "tags": [_tag(spec)],
        "summary": summary,
        "description": description,
        "parameters": [*_path_parameters(spec), *_query_parameters(spec), *_headers(spec)],
        "requestBody": _request_body(spec, references),
        "responses": {str(spec.status): _success(spec, references), **_problems(spec)},
    }
    told = {name: value for name, value in operation.items() if value}
    if spec.scope is None:
        return {**told, "security": []}
    return {
        **told,
        "security": [{name: []} for name in SECURITY_SCHEMES],
        "x-scopes": [spec.scope.value],
        "x-roles": sorted(ROLES[spec.scope]),
    }


def _request_body(spec: RouteSpec, references: References) -> dict[str, Any] | None:
    if not spec.accepts:
        return None
    schema = references[spec.body, "validation"] if spec.body else {}
    return {
        "required": True,
        "content": {media_type: {"schema": schema} for media_type in spec.accepts},
    }


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
    package = str(spec.view.__module__).split(".")[1]
    return "service" if package == "http" else package


def _path_parameters(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    hints = get_type_hints(spec.view, include_extras=True)
    for name in spec.parameters:
        schema = TypeAdapter(hints.get(name, str)).json_schema(schema_generator=_Plain)
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    schema = _query_schema(spec)
    for name, field in schema.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", ())}
        if "description" in field:
            parameter["description"] = field["description"]
        yield {**parameter, "schema": _of_text(field)}


def _query_schema(spec: RouteSpec) -> dict[str, Any]:
    if spec.query is None:
        return {}
    return spec.query.model_json_schema(ref_template=_TEMPLATE, schema_generator=_Plain)


def _of_text(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a query parameter: a query cannot say null, only leave it out."""
    told = {name: value for name, value in field.items() if name != "description"}
    if "anyOf" in told and told.get("default", 0) is None:
        told |= next(schema for schema in told.pop("anyOf") if schema != {"type": "null"})
        del told["default"]
    return told


def _headers(spec: RouteSpec) -> Iterator[dict[str, Any]]:
    if spec.keyed:
        yield {"$ref": f"#/components/parameters/{identity.HEADER}"}
    if spec.method == "PUT":
        yield {"$ref": "#/components/parameters/If-Match"}
    if spec.epcis:
        yield from query_parameters(spec)
        yield from header_parameters(spec)


def _success(spec: RouteSpec, references: References) -> dict[str, Any]:
    response: dict[str, Any] = {"description": HTTPStatus(spec.status).phrase}
    if spec.answer is not None:
        schema = references[spec.answer, "serialization"]
        told = {JSON, JSON_LD} & set(spec.produces)
        response["content"] = {media_type: {"schema": schema} for media_type in sorted(told)}
    content = response.get("content", {})
    others = [each for each in spec.produces if each != JSON and each not in content]
    if others:
        texts = {media_type: {"schema": {"type": "string"}} for media_type in others}
        response["content"] = {**response.get("content", {}), **texts}
    if spec.keyed:
        response["headers"] = ANSWER_HEADERS
    if spec.epcis:
        response["headers"] = response_headers(spec)
    return response


def _problems(spec: RouteSpec) -> dict[str, Any]:
    """Return the refusals that this kind of route knows."""
    knows = {
        400: True,
        401: spec.scope is not None,
        403: spec.scope is not None,
        404: bool(spec.parameters),
        406: spec.epcis is not None,
        409: spec.method != "GET",
        412: spec.method == "PUT",
        413: bool(spec.accepts),
        414: spec.epcis is not None,
        415: bool(spec.accepts),
        422: spec.keyed,
        429: spec.scope is not None,
        500: True,
        502: spec.bare,
        503: True,
        504: spec.bare,
    }
    return {
        str(status): {"description": _REFUSALS[status][1]}
        if spec.bare
        else {"$ref": f"#/components/responses/{_REFUSALS[status][0]}"}
        for status, known in knows.items()
        if known
    }


def _problem_responses() -> dict[str, Any]:
    """Return a response for each kind of refusal."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        name: {"description": title, "content": {problem.MEDIA_TYPE: schema}}
        for name, title in _REFUSALS.values()
    }


def _refuse_doubles(operations: Iterable[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for operation in operations:
        name = operation["operationId"]
        if name in seen:
            raise ValueError(f"two routes have the view name {name!r}, expected different ones")
        seen.add(name)
