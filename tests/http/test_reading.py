import json

import pytest

from tests.http.private import GTIN, ask_form, ask_unit, pack


@pytest.mark.parametrize("serial", ["a/b", "100%", "%2F", "a+b", "(1)", 'x"y', "é"[:0] + "A1"])
def test_path_parameters_are_decoded_exactly_once(door, serial):
    encoded = "".join(f"%{octet:02x}" for octet in serial.encode())
    answered = door.ask("GET", "/v1/units/{gtin}/{serial}", path={"gtin": GTIN, "serial": encoded})

    assert answered.json["serial"] == serial


def test_a_path_has_one_spelling_whatever_way_it_was_encoded(door):
    def path(serial: str) -> str:
        route = "/v1/units/{gtin}/{serial}"
        answered = door.ask("GET", route, path={"gtin": GTIN, "serial": serial})
        return str(answered.json["path"])

    assert path("a%2fb") == path("%61%2Fb") == f"/v1/units/{GTIN}/a%2Fb"


def test_path_parameters_at_fault_are_all_named(door):
    answered = door.ask("GET", "/v1/units/{gtin}/{serial}", path={"gtin": "123", "serial": "x%20y"})

    assert answered.status == 400
    assert answered.faults == {"#/path/gtin": "length", "#/path/serial": "character"}


@pytest.mark.parametrize(("text", "code"), [("%ff", "encoding"), ("%00", "character")])
def test_a_path_that_is_no_text_is_refused(door, text, code):
    answered = door.ask("GET", "/v1/names/{name}", path={"name": text})

    assert answered.faults == {"#/path/name": code}


def test_a_query_is_read_as_its_model(door):
    assert ask_unit(door, {"pageSize": ["20"]}).json["size"] == 20


def test_a_repeated_parameter_is_refused_and_not_chosen_from(door):
    assert ask_unit(door, {"pageSize": ["20", "30"]}).faults == {"#/query/pageSize": "duplicate"}


def test_an_unknown_parameter_is_refused(door):
    assert ask_unit(door, {"limit": ["20"]}).faults == {"#/query/limit": "unknown_field"}


def test_a_route_without_a_query_takes_none(door):
    answered = door.ask("GET", "/v1/names/{name}", path={"name": "x"}, query={"a/b": ["1"]})

    assert answered.faults == {"#/query/a~1b": "unknown_field"}


def test_a_query_has_no_control_characters(door):
    assert ask_unit(door, {"pageSize": ["1\x00"]}).faults == {"#/query/pageSize": "character"}


def test_a_body_in_base64_is_the_same_body(door):
    sent = json.dumps({"gtin": GTIN}).encode()

    assert door.ask("POST", "/v1/packing", encoded=sent).json == pack(door).json


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"raw": ""}, {"": "missing"}),
        ({"raw": None}, {"": "missing"}),
        ({"raw": "{"}, {"": "json"}),
        ({"raw": "[]"}, {"": "model_type"}),
        ({"raw": '{"gtin": "\ud800"}'}, {"": "encoding"}),
        ({"encoded": b'{"gtin": "\xff"}'}, {"": "encoding"}),
        ({"raw": '{"gtin": 1, "gtin": 2}'}, {"/gtin": "duplicate_key"}),
        ({"raw": '{"gtin": NaN}'}, {"/gtin": "number"}),
        ({"raw": "[" * 100_000}, {"": "too_deep"}),
        ({"body": {"gtin": GTIN, "children": ["x", "x"]}}, {"/children/0": "unknown_ai", "/children/1": "unknown_ai"}),  # noqa: E501
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_a_400_that_names_the_field(door, sent, expected):
    answered = door.ask("POST", "/v1/packing", **sent)

    assert (answered.status, answered.json["code"]) == (400, "malformed")
    assert answered.faults == expected


def test_a_body_in_damaged_base64_is_refused(door):
    event_body = "a"
    answer = door.app(
        {
            "requestContext": {"httpMethod": "POST", "resourcePath": "/v1/packing"},
            "headers": {"authorization": "Bearer acme.line", "idempotency-key": "1"},
            "pathParameters": None,
            "multiValueQueryStringParameters": None,
            "stageVariables": None,
            "body": event_body,
            "isBase64Encoded": True,
        },
        None,
    )

    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["errors"][0]["code"] == "encoding"


def test_a_body_larger_than_lambda_takes_is_a_413(door):
    answered = door.ask("POST", "/v1/packing", raw=" " * (6 * 1024 * 1024 + 1))

    assert (answered.status, answered.json["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/json; charset=latin-1", "*/*"]
)
def test_another_media_type_is_a_problem_document_too(door, media_type):
    answered = pack(door, content_type=media_type)

    assert (answered.status, answered.json["code"]) == (415, "unsupported_media_type")
    assert answered.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "media_type", [None, "APPLICATION/JSON", 'application/json;charset="UTF-8"']
)
def test_json_is_json_however_it_is_announced(door, media_type):
    assert pack(door, content_type=media_type).status == 201


def test_a_form_is_read_where_it_is_accepted(door):
    assert ask_form(door, f"gtin={GTIN}").json == {"gtin": GTIN}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", {"/gtin": "missing"}),
        ("gtin=1&gtin=2", {"": "duplicate_key"}),
        ("gtin", {"": "form"}),
        ("gtin=%ff", {"": "form"}),
        ("gtin=%00", {"/gtin": "character"}),
        ("a=1&" * 200, {"": "form"}),
        (f"gtin={GTIN}&x=1", {"/x": "unknown_field"}),
    ],
)
def test_a_form_is_read_as_strictly_as_json(door, raw, expected):
    assert ask_form(door, raw).faults == expected


def test_no_body_is_taken_where_none_is_declared(door):
    path = {"name": "x"}

    assert door.ask("DELETE", "/v1/things/{name}", path=path, raw="{}").status == 204
    answered = door.ask("DELETE", "/v1/things/{name}", path=path, raw='{"a": 1}')
    assert answered.faults == {"": "unknown_field"}
