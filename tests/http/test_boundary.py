"""The whole way through the door, as API Gateway goes it."""

import json
from uuid import UUID

import pytest

from chalicelib.access.model import Scope
from chalicelib.errors import Busy, NotFound, PacktrailError
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


@pytest.fixture(scope="module")
def door() -> Door:
    return Door(routes)


def pack(door: Door, body: object = None, **kwargs: object) -> Answered:
    body = {"gtin": GTIN} if body is None else body
    return door.ask("POST", "/v1/packing", body, **kwargs)  # type: ignore[arg-type]


def test_a_good_request_is_answered_with_the_routes_status(door):
    answered = pack(door)

    assert answered.status == 201
    assert answered.json["gtin"] == GTIN
    assert answered.headers["Content-Type"] == "application/json"


def test_every_answer_says_that_nobody_keeps_it_and_nobody_guesses_its_type(door):
    for answered in (pack(door), pack(door, token=None), door.ask("PATCH", "/v1/packing")):
        assert answered.headers["Cache-Control"] == "no-store"
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answered.headers["Content-Security-Policy"]


# Identity of requests


def test_a_repeat_has_the_same_operation_and_the_same_fingerprint(door):
    first = pack(door, {"gtin": GTIN, "children": None})
    again = pack(door, raw=f'{{ "children":null, "gtin" : "{GTIN}" }}', body=None)

    assert again.json["operation"] == first.json["operation"]
    again = door.ask("POST", "/v1/packing", raw=f'{{"children":null,\n"gtin":"{GTIN}"}}')
    assert again.json == first.json


def test_another_key_another_client_or_another_path_is_another_operation(door):
    operations = {
        pack(door).json["operation"],
        pack(door, key="key-2").json["operation"],
        pack(door, token="meddist.line").json["operation"],
    }

    assert len(operations) == 3


def test_another_body_under_the_same_key_has_another_fingerprint(door):
    first, other = pack(door), pack(door, {"gtin": "4006381333931"})

    assert first.json["operation"] == other.json["operation"]
    assert first.json["fingerprint"] != other.json["fingerprint"]


def test_an_operation_is_a_uuid_8_that_leaves_a_byte_for_numbering(door):
    operation = UUID(pack(door).json["operation"])

    assert (operation.version, operation.bytes[15]) == (8, 0)


def test_a_post_that_changes_something_needs_a_key(door):
    answered = pack(door, key=None)

    assert answered.status == 400
    assert answered.faults == {"#/header/Idempotency-Key": "missing"}


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\x00"])
def test_a_key_is_printable_ascii(door, key):
    assert pack(door, key=key).faults == {"#/header/Idempotency-Key": "idempotency_key"}


def test_the_fingerprint_of_a_body_that_is_no_json_is_of_its_bytes(door):
    def ask(raw: str) -> str:
        return door.ask("POST", "/v1/documents", raw=raw, content_type="application/xml").text

    assert ask("<a/>") == ask("<a/>") != ask("<a />")


# Who asks


def test_without_a_token_the_answer_says_how_to_get_in(door):
    answered = pack(door, token=None)

    assert (answered.status, answered.json["code"]) == (401, "token_missing")
    assert answered.headers["WWW-Authenticate"] == 'Bearer realm="packtrail"'


def test_a_refused_token_is_named_as_such(door):
    answered = pack(door, token="nobody")

    assert (answered.status, answered.json["code"]) == (401, "token_invalid")
    assert 'error="invalid_token"' in answered.headers["WWW-Authenticate"]


def test_a_role_without_the_scope_is_told_which_it_needs(door):
    answered = pack(door, token="acme.auditor")

    assert (answered.status, answered.json["code"]) == (403, "scope")
    assert answered.json["facts"] == {"scope": "pack"}
    assert 'scope="pack"' in answered.headers["WWW-Authenticate"]


def test_nothing_of_a_request_is_read_before_its_sender_is_known(door):
    answered = door.ask("POST", "/v1/packing", raw="no json", token=None, content_type="a/b")

    assert answered.status == 401


# Paths and queries


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


def ask_unit(door: Door, query: dict[str, list[str]]) -> Answered:
    path = {"gtin": GTIN, "serial": "1"}
    return door.ask("GET", "/v1/units/{gtin}/{serial}", path=path, query=query)


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


# Bodies


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


def ask_form(door: Door, raw: str) -> Answered:
    media_type = "application/x-www-form-urlencoded"
    return door.ask("POST", "/v1/forms", raw=raw, content_type=media_type, token=None)


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


# Answers


def test_an_answer_carries_its_version_and_that_it_is_a_repeat(door):
    answered = door.ask(
        "PUT", "/v1/things/{name}", {"gtin": GTIN}, path={"name": "x"}, if_match='"7"'
    )

    assert answered.json == {"expected": 7}
    assert answered.headers["ETag"] == '"3"'
    assert answered.headers["Idempotency-Replayed"] == "true"


def test_no_body_no_content(door):
    answered = door.ask("DELETE", "/v1/things/{name}", path={"name": "x"})

    assert (answered.status, answered.text) == (204, "")
    assert "Content-Type" not in answered.headers


# Refusals


def ask_refusal(door: Door, error: Exception) -> Answered:
    raised.append(error)
    return door.ask("GET", "/v1/refusals")


def test_a_refusal_is_a_problem_document(door):
    answered = ask_refusal(door, NotFound("There is no lot L1", facts={"lot": "L1"}))

    assert (answered.status, answered.headers["Content-Type"]) == (404, "application/problem+json")
    assert answered.json == {
        "type": "urn:packtrail:problem:not_found",
        "title": "There is no such resource",
        "status": 404,
        "detail": "There is no lot L1",
        "code": "not_found",
        "instance": "/v1/refusals",
        "requestId": "request-1",
        "facts": {"lot": "L1"},
    }


def test_busy_says_when_to_come_back(door):
    answered = ask_refusal(door, Busy("Throttled", retry_after=7))

    assert (answered.status, answered.headers["Retry-After"]) == (503, "7")


def kinds(of: type[PacktrailError] = PacktrailError) -> list[type[PacktrailError]]:
    return [kind for each in of.__subclasses__() for kind in (each, *kinds(each))]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_refusal_there_is_has_a_status_a_title_and_a_code(door, kind):
    answered = ask_refusal(door, kind("No"))

    assert answered.status == kind.status == answered.json["status"]
    assert 400 <= kind.status < 600
    assert answered.json["title"]
    assert answered.json["code"] == kind.code


def test_a_bug_is_told_to_the_log_and_not_to_the_caller(door):
    answered = ask_refusal(door, RuntimeError("the secret is 42"))

    assert (answered.status, answered.json["code"]) == (500, "internal_error")
    assert "42" not in answered.text
    assert "request-1" in answered.json["detail"]


def test_an_answer_that_is_not_what_is_documented_is_a_bug(door):
    assert door.ask("GET", "/v1/documented").status == 500


def test_half_a_surrogate_pair_in_a_refusal_is_no_bug(door):
    answered = ask_refusal(door, NotFound("There is no \ud800"))

    assert (answered.status, answered.json["detail"]) == (404, "There is no \ud800")


def test_a_method_that_the_path_does_not_have_is_a_problem_document_too(door):
    answered = door.ask("PATCH", "/v1/packing")

    assert (answered.status, answered.json["code"]) == (405, "method_not_allowed")
    assert (answered.headers["Allow"], answered.json["detail"]) == (
        "POST",
        "Found PATCH, expected one of: POST",
    )


def test_a_path_that_no_route_has_is_a_problem_document_too(door):
    answered = door.ask("GET", "/v1/nowhere")

    assert (answered.status, answered.json["code"]) == (404, "no_such_path")


def test_what_fails_before_the_view_is_a_problem_document_too(door):
    answered = door.ask("GET", "/v1/names/{name}", path={})

    assert (answered.status, answered.json["code"]) == (500, "internal_error")
