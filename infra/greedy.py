"""API Gateway's resources for paths that hold whole URIs; see `chalicelib.http.greedy`.

Chalice writes each declared route into the API's definition. API Gateway refuses two variable
steps side by side, and finds no resource for a URI whose slashes it has decoded. So all routes
behind one root become one greedy resource, and the API function tells them apart.
"""

from collections.abc import Collection
from typing import Any

from chalice.app import Chalice

from chalicelib import api
from chalicelib.http.greedy import PROXY, greedy, greedy_resources

_ANY = "x-amazon-apigateway-any-method"


def declared_resources() -> set[str]:
    """Return the greedy resources that the product's routes need."""
    app = Chalice("packtrail", configure_logs=False)
    api.register(app)
    return greedy_resources(app)


def make_greedy(template: dict[str, Any], resources: Collection[str]) -> None:
    """Put greedy resources in the place of the routes behind them, in a SAM template.

    Args:
        template: changed in place.
        resources: such as `/epcs/{proxy+}`.
    """
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Api":
            definition = resource["Properties"]["DefinitionBody"]
            definition["paths"] = _collapsed(definition["paths"], resources)


def _collapsed(paths: dict[str, Any], resources: Collection[str]) -> dict[str, Any]:
    collapsed: dict[str, Any] = {}
    for path, methods in paths.items():
        resource = greedy(path)
        if resource not in resources or resource is None:
            collapsed[path] = methods
        elif resource not in collapsed:
            collapsed[resource] = {_ANY: _any_of(methods)}
    return collapsed


def _any_of(methods: dict[str, Any]) -> dict[str, Any]:
    """Return one method for all: they differ in nothing but what they say of themselves."""
    method = dict(next(iter(methods.values())))
    method["parameters"] = [{"name": PROXY, "in": "path", "required": True, "type": "string"}]
    return method
