"""What is true of every route there is, whoever wrote it."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from app import app
from chalicelib.access.model import Actor, Role
from chalicelib.gs1.keys import Gln
from chalicelib.http import authentication
from chalicelib.http.openapi import document
from chalicelib.http.routing import specs_of
from chalicelib.http.spec import RouteSpec
from scripts.generate_openapi import TARGET, generated
from tests.http.door import Answered, Door
from tests.http.examples import examples_of

SPECS = specs_of(app)
TOLD = document(app)

# Bodies that no route takes, whatever it is about.
HOSTILE_BODIES = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    "[" * 100_000,
    '{"a":' * 70 + "1" + "}" * 70,
    '{"gtin": "1", "gtin": "2"}',
    '{"count": NaN}',
    '{"count": 1e999}',
    '{"count": ' + "9" * 5000 + "}",
    '{"reason": "\\ud800"}',
    '{"reason": "a\\u0000b"}',
    '{"noSuchField": 1}',
    '{"\\u0000": 1}',
    '{"no_such_field": 1}',
    "\ufeff{}",
]
# Values that may or may not do for a field; none of them may be our fault.
HOSTILE_VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "x" * 10_000, "\u2028é😀", "'; --", [], [None], {},
    [[]], "9999-12-31T23:59:59+14:00", "0000-00-00", "https://id.gs1.org/01/", "]C1", "%00", "..",
]  # fmt: skip


class Whole(Door):
    """The way into the whole API, for somebody who may everything."""

    def __init__(self) -> None:
        self.app = app


@pytest.fixture
def door(aws: object, monkeypatch: pytest.MonkeyPatch) -> Whole:
    actor = Actor("acme", Gln("9521000000018"), "acme-all", frozenset(Role), operator=True)
    monkeypatch.setattr(authentication, "_installed", [lambda _token, _at: actor])
    return Whole()


def named(spec: RouteSpec) -> str:
    return f"{spec.method} {spec.path}"


def path_of(spec: RouteSpec) -> dict[str, str] | None:
    """Path parameters that can be read, made of their examples."""
    operation = TOLD["paths"][spec.path][spec.method.lower()]
    return {
        each["name"]: examples_of(each["schema"], TOLD)
        for each in operation.get("parameters", ())
        if each.get("in") == "path"
    } or None


def body_of(spec: RouteSpec) -> dict[str, Any]:
    """A body that can be read, made of its examples."""
    operation = TOLD["paths"][spec.path][spec.method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    body = examples_of(schema, TOLD)
    assert isinstance(body, dict)
    return body


def assert_refused_well(answered: Answered, spec: RouteSpec | None = None) -> None:
    assert 400 <= answered.status < 500, answered.text
    if spec and spec.bare:
        assert (answered.text, "Content-Type" in answered.headers) == ("", False)
        return
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert answered.json["status"] == answered.status


WITH_BODY = [spec for spec in SPECS if spec.body is not None]


@pytest.mark.parametrize("spec", WITH_BODY, ids=named)
def test_a_body_that_cannot_be_read_is_refused_by_name(door, spec):
    for raw in HOSTILE_BODIES:
        answered = door.ask(spec.method, spec.path, raw=raw, path=path_of(spec))

        assert_refused_well(answered)
        assert answered.faults, raw


def hostile(body: Any) -> Iterator[Any]:
    """The body again and again, one field of it replaced or left out, at any depth."""
    if isinstance(body, dict):
        for name, value in body.items():
            rest = {other: body[other] for other in body if other != name}
            yield rest
            yield from ({**rest, name: worse} for worse in HOSTILE_VALUES)
            yield from ({**rest, name: worse} for worse in hostile(value))
    elif isinstance(body, list) and body:
        yield from ([worse] for worse in hostile(body[0]))


@pytest.mark.parametrize("spec", WITH_BODY, ids=named)
def test_no_value_of_any_field_is_our_fault(door, spec):
    for number, body in enumerate(hostile(body_of(spec))):
        path = path_of(spec)
        answered = door.ask(spec.method, spec.path, body, path=path, key=f"key-{number}")

        assert answered.status < 500, (body, answered.text)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.parameters], ids=named)
def test_no_path_is_our_fault(door, spec):
    good = path_of(spec) or {}
    for name in spec.parameters:
        for text in ("%00", "%ff", "%ED%A0%80", "x" * 3000, "%20", "%2F..%2F", "%F0%9F%98%80", "-"):
            body = body_of(spec) if spec.body else None
            answered = door.ask(spec.method, spec.path, body, path={**good, name: text})

            assert answered.status < 500, (text, answered.text)


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_no_query_is_our_fault(door, spec):
    known = spec.query.model_json_schema()["properties"] if spec.query else {}
    for name in (*known, "noSuchParameter"):
        for text in ("", "-1", "x" * 3000, "\x00", "\ud800", "99999999999999999999", "é", "true"):
            body = body_of(spec) if spec.body else None
            path, query = path_of(spec), {name: [text]}
            answered = door.ask(spec.method, spec.path, body, path=path, query=query)

            assert answered.status < 500, (name, text, answered.text)
            if name not in known:
                assert_refused_well(answered, spec)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.scope], ids=named)
def test_without_a_token_nothing_is_answered(door, spec):
    answered = door.ask(spec.method, spec.path, raw="no json", path=path_of(spec), token=None)

    assert answered.status == 401
    assert spec.bare or answered.json["code"] == "token_missing"


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.scope], ids=named)
def test_every_role_without_the_scope_is_refused(door, spec, monkeypatch):
    for role in (*Role, None):
        roles = frozenset({role} if role else ())
        actor = Actor("acme", Gln("9521000000018"), "acme-x", roles, operator=False)
        if actor.may(spec.scope):
            continue
        monkeypatch.setattr(authentication, "_installed", [lambda _t, _at, actor=actor: actor])
        answered = door.ask(spec.method, spec.path, raw="no json", path=path_of(spec))

        assert answered.status == 403
        assert spec.bare or answered.json["code"] == "scope"


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.keyed], ids=named)
def test_without_an_idempotency_key_nothing_is_changed(door, spec):
    body = body_of(spec) if spec.body else None
    answered = door.ask(spec.method, spec.path, body, path=path_of(spec), key=None)

    assert answered.faults == {"#/header/Idempotency-Key": "missing"}


@pytest.mark.parametrize("spec", WITH_BODY, ids=named)
def test_every_media_type_that_is_not_accepted_is_refused(door, spec):
    path = path_of(spec)
    answered = door.ask(spec.method, spec.path, raw="{}", path=path, content_type="text/plain")

    assert (answered.status, answered.json["code"]) == (415, "unsupported_media_type")


def test_the_whole_api_is_openapi_3_1():
    validate(TOLD)


def test_every_route_is_in_the_document_and_nothing_else():
    served = {
        (path, method.lower())
        for path, methods in app.routes.items()
        for method in methods
        if method != "HEAD"
    }
    told = {(path, method) for path, item in TOLD["paths"].items() for method in item}

    assert told == served


def test_every_view_has_a_docstring_and_every_answer_a_model():
    for spec in SPECS:
        assert spec.view.__doc__, f"{spec.method} {spec.path} has no docstring"


def test_every_capability_has_its_words_in_the_document():
    told = TOLD
    used = {
        tag for item in told["paths"].values() for each in item.values() for tag in each["tags"]
    }

    assert used == {tag["name"] for tag in TOLD["tags"]}


def test_no_two_models_have_one_name():
    assert not [name for name in TOLD["components"]["schemas"] if "__" in name]


def test_what_is_public_is_public_on_purpose():
    public = {spec.path for spec in SPECS if spec.scope is None}

    assert public == {
        "/.well-known/gs1resolver",
        "/.well-known/jwks.json",
        "/00/{rest}",
        "/01/{rest}",
        "/414/{rest}",
        "/417/{rest}",
        "/8006/{rest}",
        "/docs",
        "/docs/{file}",
        "/healthz",
        "/oauth/token",
        "/openapi.json",
    }


def test_the_committed_document_is_what_the_routes_say():
    assert TARGET.read_text(encoding="utf-8") == generated(), "run `make docs`"
