from infra.greedy import declared_resources, make_greedy


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
