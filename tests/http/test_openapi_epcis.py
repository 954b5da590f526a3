from chalicelib.http.openapi_epcis import header_parameters, query_parameters, response_headers
from tests.http import epcis_api


def named(name):
    return next(spec for spec in epcis_api.routes.specs if spec.name == name)


def headers_of(name):
    return {each["$ref"].rpartition("/")[2] for each in header_parameters(named(name))}


def test_a_route_tells_the_headers_that_it_reads():
    assert "GS1-Capture-Error-Behaviour" in headers_of("capture")
    assert "GS1-CBV-XML-Format" not in headers_of("capture")
    assert "GS1-CBV-XML-Format" in headers_of("events")
    assert "GS1-Capture-Error-Behaviour" not in headers_of("events")


def test_a_route_tells_the_headers_of_its_answers():
    assert "GS1-EPCIS-Capture-Limit" in response_headers(named("capture"))
    assert "Location" in response_headers(named("capture"))
    assert "GS1-EPCIS-Capture-Limit" not in response_headers(named("events"))
    assert "Link" in response_headers(named("events"))


def test_a_route_with_patterned_parameters_takes_any():
    (any_name,) = query_parameters(named("events"))

    assert any_name["schema"]["additionalProperties"] == {"type": "string"}
    assert list(query_parameters(named("event"))) == []
