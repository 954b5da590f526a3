from chalice.app import Chalice
from chalice.deploy.swagger import CFNSwaggerGenerator

from chalicelib.http.greedy import greedy_resources
from infra.greedy import declared_resources, make_greedy
from tests.http import epcis_api


def method(name):
    return {"summary": name, "x-amazon-apigateway-integration": {"type": "aws_proxy"}}


def test_the_routes_behind_a_root_become_one_resource_for_every_method():
    paths = {
        "/epcs": {"get": method("list")},
        "/epcs/{epc}": {"get": method("one"), "options": method("discover")},
        "/epcs/{epc}/events": {"get": method("events")},
        "/v1/units/{gtin}": {"get": method("unit")},
    }
    api = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": {"paths": paths}}}

    make_greedy({"Resources": {"RestAPI": api}}, {"/epcs/{proxy+}"})

    made = api["Properties"]["DefinitionBody"]["paths"]
    assert set(made) == {"/epcs", "/epcs/{proxy+}", "/v1/units/{gtin}"}
    any_method = made["/epcs/{proxy+}"]["x-amazon-apigateway-any-method"]
    assert any_method["x-amazon-apigateway-integration"] == {"type": "aws_proxy"}
    assert [each["name"] for each in any_method["parameters"]] == ["proxy"]


def test_the_resources_are_those_of_declared_routes():
    assert all(resource.endswith("/{proxy+}") for resource in declared_resources())


def test_what_chalice_writes_of_epcis_routes_has_no_two_variable_steps_side_by_side():
    app = Chalice("private", configure_logs=False)
    app.register_blueprint(epcis_api.routes)
    definition = CFNSwaggerGenerator().generate_swagger(app)
    api = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": definition}}

    make_greedy({"Resources": {"RestAPI": api}}, greedy_resources(app))

    paths = api["Properties"]["DefinitionBody"]["paths"]
    assert set(paths) == {
        "/capture",
        "/epcs/{proxy+}",
        "/events",
        "/events/{proxy+}",
        "/queries/{proxy+}",
    }
    assert paths["/capture"]["options"]["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
