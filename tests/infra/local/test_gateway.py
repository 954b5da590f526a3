import base64
import json

import pytest

from infra.local.gateway import MAX_BODY, Gateway, Request
from tests.infra.local.standin import echo


@pytest.fixture
def gateway():
    return Gateway(echo())


def event(gateway, *arguments, **more):
    """The event that a request becomes."""
    return json.loads(gateway.answer(Request(*arguments, **more)).body)


def header(reply, name):
    return [value for known, value in reply.headers if known.lower() == name.lower()]


def test_path_parameters_stay_percent_encoded(gateway):
    seen = event(gateway, "GET", "/things/a%2Fb%25")

    assert seen["pathParameters"] == {"name": "a%2Fb%25"}
    assert seen["resource"] == "/things/{name}"
    assert seen["path"] == "/things/a%2Fb%25"


def test_a_query_is_decoded_and_keeps_every_value(gateway):
    seen = event(gateway, "GET", "/things/a?x=1&x=2&y=%C3%BC&empty=")

    assert seen["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["ü"], "empty": [""]}
    assert seen["queryStringParameters"] == {"x": "2", "y": "ü", "empty": ""}


def test_without_a_query_there_are_no_parameters(gateway):
    seen = event(gateway, "GET", "/things/a")

    assert seen["multiValueQueryStringParameters"] is None
    assert seen["queryStringParameters"] is None


def test_headers_keep_every_value(gateway):
    seen = event(gateway, "GET", "/things/a", [("Accept", "a"), ("accept", "b")])

    assert seen["multiValueHeaders"]["accept"] == ["a", "b"]
    assert seen["headers"]["accept"] == "b"


def test_a_text_body_is_text(gateway):
    seen = event(gateway, "POST", "/things/a", [("Content-Type", "application/json")], b'{"a":1}')

    assert (seen["body"], seen["isBase64Encoded"]) == ('{"a":1}', False)


def test_a_binary_body_is_base64(gateway):
    kind = [("Content-Type", "application/octet-stream")]
    seen = event(gateway, "POST", "/things/a", kind, b"\x00\xff")

    assert (seen["body"], seen["isBase64Encoded"]) == (base64.b64encode(b"\x00\xff").decode(), True)


def test_no_body_is_none(gateway):
    assert event(gateway, "POST", "/things/a")["body"] is None


def test_every_request_has_an_id_that_comes_back(gateway):
    reply = gateway.answer(Request("GET", "/things/a"))

    told = json.loads(reply.body)["requestContext"]["requestId"]
    assert header(reply, "x-amzn-RequestId") == [told]


def test_the_caller_is_known_by_address_and_agent(gateway):
    seen = event(gateway, "GET", "/things/a", [("User-Agent", "scanner")], source_ip="127.0.0.9")

    assert seen["requestContext"]["identity"] == {
        "sourceIp": "127.0.0.9",
        "userAgent": "scanner",
    }


def test_a_literal_step_goes_before_a_parameter(gateway):
    assert gateway.answer(Request("GET", "/things/special")).body == b"special"


def test_several_values_of_one_header_are_several_headers(gateway):
    assert header(gateway.answer(Request("GET", "/things/special")), "link") == ["<a>", "<b>"]


def test_a_slash_at_the_end_is_not_seen(gateway):
    assert gateway.answer(Request("GET", "/things/special/")).body == b"special"


def test_a_parameter_is_never_empty(gateway):
    assert gateway.answer(Request("GET", "/things//")).status == 404


def test_a_path_that_does_not_exist_is_a_problem_document(gateway):
    reply = gateway.answer(Request("GET", "/nowhere?x=1"))

    document = json.loads(reply.body)
    assert (reply.status, document["status"]) == (404, 404)
    assert document["instance"] == "/nowhere"
    assert header(reply, "content-type") == ["application/problem+json"]
    assert header(reply, "x-amzn-RequestId") == [document["requestId"]]


def test_a_method_that_the_path_does_not_have_is_405(gateway):
    reply = gateway.answer(Request("PUT", "/things/special"))

    assert reply.status == 405
    assert header(reply, "allow") == ["GET"]


def test_a_body_larger_than_the_gateway_takes_is_413(gateway):
    reply = gateway.answer(Request("POST", "/things/a", body=b"x" * (MAX_BODY + 1)))

    assert reply.status == 413
    assert json.loads(reply.body)["code"] == "too_large"


def test_an_answer_larger_than_lambda_gives_is_502(gateway):
    assert gateway.answer(Request("GET", "/large")).status == 502


def test_a_binary_answer_is_bytes(gateway):
    reply = gateway.answer(Request("GET", "/bytes", [("Accept", "application/octet-stream")]))

    assert reply.body == b"\x00\xff"


def test_an_answer_without_a_body_is_empty(gateway):
    reply = gateway.answer(Request("DELETE", "/gone"))

    assert (reply.status, reply.body) == (204, b"")
