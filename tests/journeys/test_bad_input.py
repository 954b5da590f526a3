"""Every route that changes anything, given everything that it should not be given.

Each field missing, of the wrong kind, too long, with signs nobody can print; unknown fields; JSON
that is none. Whatever it is: a refusal that says which field, what was found and what was expected,
and nothing written. Never a 500.
"""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.http.routing import specs_of
from tests.goods.test_faults import EVERY as GOODS
from tests.harness.network import GTIN, Network, Reply
from tests.journeys import test_faults as others

WITHOUT_BODY = (
    others.client_revoked,
    others.webhook_removed,
    others.recall_cascaded,
    others.upload_captured,
    others.named_query_forgotten,
    others.subscription_ended,
)
WITH_BODY = [each for each in [*GOODS, *others.EVERY] if each not in WITHOUT_BODY]

JUNK = [
    None,
    True,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "\x00",
    "a\nb",
    "\u202e",
    "x" * 10_000,
    "👾",
    "'; DROP TABLE units; --",
    [],
    {},
    [[]],
    {"a": {"b": "c"}},
]
"""Put in the place of every value of a body, at every depth."""

RAW = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "a number": "42",
    "null": "null",
    "more behind it": "{} {}",
    "not a number": '{"gtin": NaN}',
    "infinite": '{"count": 1e999}',
    "a name twice": '{"epcs": [], "epcs": []}',
    "half a character": '{"reason": "\\ud800"}',
    "very deep": "[" * 100_000,
    "deep and closed": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "many digits": '{"count": ' + "9" * 10_000 + "}",
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where every value of a body stands, the body itself left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        yield (*path, key)
        if isinstance(each, dict | list) and each:
            yield from list(paths(each, (*path, key)))[:12]


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(body)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return made


def without(body: Any, path: tuple[Any, ...]) -> Any:
    made = copy.deepcopy(body)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return made


def damaged(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what was done to a body, and the body."""
    yield "unknown field", body | {"unknown": 1}
    yield "dangerous field", body | {"__proto__": {"a": 1}}
    yield "somebody else's field", body | {"organisation": "meddist"}
    for path in paths(body):
        yield f"without {path}", without(body, path)
        for junk in JUNK:
            yield f"{path} = {junk!r:.40}", replaced(body, path, junk)


def request(network: Network, arranged: Callable[[Network], Any]) -> tuple[str, str, str, Any]:
    if arranged in GOODS:
        who, path, body = arranged(network)
        return who, "POST", path, body
    who, method, path, body = arranged(network)
    return who, method, path, body


BARE = ("/verify/", "/checkConnectivity")
"""Paths of a standard by which only 200 carries JSON (GS1 US Lightweight Messaging)."""


def judge(reply: Reply, about: str) -> None:
    """A refusal is a problem document that names what is wrong; or it was no refusal."""
    assert reply.status < 500, f"{about}: {reply}"
    if reply.status < 400 or about.startswith(BARE):
        return
    assert reply.headers["Content-Type"] == "application/problem+json", about
    assert {"type", "title", "status", "detail", "code", "requestId"} <= reply.body.keys(), about
    if reply.status != 400:
        return
    assert reply["errors"], f"{about}: names no field: {reply.body}"
    for error in reply["errors"]:
        assert error["pointer"] == "" or error["pointer"][0] in "/#", f"{about}: {error}"
        assert error["code"], about
        assert "expected" in error["message"].lower(), f"{about}: {error}"


@pytest.mark.parametrize("arranged", WITH_BODY, ids=lambda each: each.__name__)
def test_no_field_can_be_wrong_unnoticed(
    network: Network, arranged: Callable[[Network], Any]
) -> None:
    who, method, path, body = request(network, arranged)
    body = {name: value[:2] if isinstance(value, list) else value for name, value in body.items()}
    saved, before = network.aws.save(), network.aws.snapshot()

    for about, bad in damaged(body):
        reply = network.ask(who, method, path, bad)
        judge(reply, about)
        if reply.status < 400:
            network.aws.restore(saved)
        else:
            assert network.aws.snapshot() == before, f"{about}: something was written"


@pytest.mark.parametrize("arranged", WITH_BODY, ids=lambda each: each.__name__)
def test_what_is_no_json_is_refused(network: Network, arranged: Callable[[Network], Any]) -> None:
    who, method, path, body = request(network, arranged)
    before = network.aws.snapshot()

    for about, raw in RAW.items():
        if about == "nothing" and body == {}:
            continue  # where nothing need be said, nothing may be sent
        reply = network.ask(who, method, path, raw)
        assert reply.status in {400, 413}, f"{about}: {reply}"
        judge(reply, about)

    assert network.aws.snapshot() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonp", "a/b/c"])
def test_another_media_type_is_refused(network: Network, kind: str) -> None:
    headers = {"Content-Type": kind}

    reply = network.ask("acme-line", "POST", "/v1/commissioning", {}, headers=headers)

    assert reply.status == 415
    assert reply["code"] == "unsupported_media_type"


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\x00b", "\x7f"])
def test_an_idempotency_key_is_printable_and_not_too_long(network: Network, key: str) -> None:
    before = network.aws.snapshot()

    headers = {"Idempotency-Key": key}
    reply = network.ask("acme-line", "POST", "/v1/commissioning", {}, headers=headers)

    assert reply.status == 400
    assert reply["errors"][0]["pointer"] == "#/header/Idempotency-Key"
    assert network.aws.snapshot() == before


ODD = [
    "%00",
    "%ED%A0%80",
    "%FF",
    "..%2F..",
    "%20",
    "%0A",
    "x" * 3_000,
    "%F0%9F%91%BE",
    "-1",
    "%7Ba%7D",
]
"""In the place of a path parameter or of a value in the query, percent-encoded."""


def readings() -> list[str]:
    import app

    return [spec.path for spec in specs_of(app.app) if spec.method == "GET" and spec.scope]


@pytest.mark.parametrize("odd", ODD)
def test_no_path_can_be_wrong_unnoticed(network: Network, odd: str) -> None:
    for route in readings():
        for name in re.findall(r"{\w+}", route):
            path = re.sub(r"{\w+}", GTIN, route.replace(name, odd))
            reply = network.ask("acme-admin", "GET", path)
            judge(reply, path)
            assert reply.status in {400, 403, 404}, f"{path}: {reply}"


@pytest.mark.parametrize("odd", ["", *ODD])
def test_no_query_can_be_wrong_unnoticed(network: Network, odd: str) -> None:
    queries = [
        *(f"{name}={odd}" for name in ("limit", "offset", "cursor", "asOf", "unknown", odd or "a")),
        f"limit=1&limit={odd}",
    ]
    for route in readings():
        for query in queries:
            path = f"{re.sub('{[^}]*}', GTIN, route)}?{query}"
            reply = network.ask("acme-admin", "GET", path)
            judge(reply, path)
            assert reply.status >= 400, f"{path}: {reply}"
