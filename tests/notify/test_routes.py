"""Webhooks over HTTP."""

from datetime import datetime
from typing import Any

import pytest

from chalicelib.notify import usecases
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.model.message import Message
from chalicelib.notify.routes import routes
from chalicelib.notify.signing import secret
from chalicelib.notify.store.endpoints import EndpointStore
from tests.harness.aws import Aws
from tests.notify.client import Http
from tests.notify.receiver import Receiver

HOOK = {"url": "https://hooks.meddist.example/packtrail", "types": ["recall.notice"]}


@pytest.fixture(scope="module")
def http() -> Http:
    return Http(routes)


def registered(http: Http, **changes: Any) -> dict[str, Any]:
    answer = http.ask("meddist-quality", "POST", "/v1/webhooks", HOOK | changes)
    assert answer.status == 201
    body: dict[str, Any] = answer.body
    return body


def test_a_webhook_is_registered_and_its_secret_shown_once(aws: Aws, http: Http) -> None:
    made = registered(http)

    assert made["url"] == HOOK["url"]
    assert made["types"] == ["recall.notice"]
    assert made["disabled"] is None
    assert made["secret"].startswith("whsec_")
    shown = http.ask("meddist-quality", "GET", f"/v1/webhooks/{made['id']}")
    assert shown.body == {name: value for name, value in made.items() if name != "secret"}
    listed = http.ask("meddist-partner", "GET", "/v1/webhooks")
    assert listed.body == {"webhooks": [shown.body], "next": None}


def test_a_repeat_answers_as_the_first_time(aws: Aws, http: Http) -> None:
    first = http.ask("meddist-quality", "POST", "/v1/webhooks", HOOK, key="k1")
    again = http.ask("meddist-quality", "POST", "/v1/webhooks", HOOK, key="k1")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = HOOK | {"url": "https://other.example/"}
    assert http.ask("meddist-quality", "POST", "/v1/webhooks", other, key="k1").status == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"types": ["recall.notice"]}, "/url"),
        ({"url": "https://a.example/"}, "/types"),
        ({"url": "https://a.example/", "types": []}, "/types"),
        ({"url": "https://a.example/", "types": ["unit.shipped"]}, "/types/0"),
        ({"url": "https://a.example/", "types": "recall.notice"}, "/types"),
        ({"url": "https://a.example/", "types": ["recall.notice"], "secret": "x"}, "/secret"),
        ({"url": "ftp://a.example/", "types": ["recall.notice"]}, "/url"),
        ({"url": "https://169.254.169.254/", "types": ["recall.notice"]}, "/url"),
        ({"url": "https://a.example/\u0000", "types": ["recall.notice"]}, "/url"),
        ({"url": "https://a.example/" + "x" * 3000, "types": ["recall.notice"]}, "/url"),
        ({"url": 7, "types": ["recall.notice"]}, "/url"),
    ],
)
def test_a_wrong_field_is_named(aws: Aws, http: Http, body: Any, pointer: str) -> None:
    answer = http.ask("meddist-quality", "POST", "/v1/webhooks", body)

    assert answer.status == 400
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
    assert aws.items("directory") == []


def test_what_is_anothers_is_not_there(aws: Aws, http: Http) -> None:
    made = registered(http)
    path = f"/v1/webhooks/{made['id']}"

    for method, each in [
        ("GET", path),
        ("DELETE", path),
        ("GET", f"{path}/deliveries"),
        ("POST", f"{path}/secret"),
    ]:
        foreign = http.ask("citypharm-quality", method, each)
        unknown = http.ask("citypharm-quality", method, each.replace(made["id"], "0" * 32))
        assert (foreign.status, foreign.body["detail"]) == (404, unknown.body["detail"])
    assert http.ask("citypharm-quality", "GET", "/v1/webhooks").body["webhooks"] == []


@pytest.mark.parametrize("role", ["line", "warehouse", "auditor"])
def test_roles_without_the_scope_are_refused(aws: Aws, http: Http, role: str) -> None:
    assert http.ask(f"meddist-{role}", "POST", "/v1/webhooks", HOOK).status == 403
    assert http.ask(f"meddist-{role}", "GET", "/v1/webhooks").status == 403


def test_a_deleted_webhook_is_gone(aws: Aws, http: Http) -> None:
    made = registered(http)

    assert http.ask("meddist-admin", "DELETE", f"/v1/webhooks/{made['id']}").status == 204
    assert http.ask("meddist-admin", "GET", f"/v1/webhooks/{made['id']}").status == 404
    assert http.ask("meddist-admin", "GET", "/v1/webhooks").body["webhooks"] == []


def test_a_secret_is_rotated_once_per_key(aws: Aws, http: Http) -> None:
    made = registered(http)
    path = f"/v1/webhooks/{made['id']}/secret"

    first = http.ask("meddist-quality", "POST", path, key="r1")
    second = http.ask("meddist-quality", "POST", path, key="r2")
    again = http.ask("meddist-quality", "POST", path, key="r1")

    assert first.status == 201
    assert again.body == first.body
    assert len({made["secret"], first.body["secret"], second.body["secret"]}) == 3
    seeds = EndpointStore("meddist").get(made["id"]).seeds
    assert [secret(seed.text) for seed in seeds] == [
        second.body["secret"],
        first.body["secret"],
        made["secret"],
    ]


def test_the_log_shows_every_attempt(
    aws: Aws, at: datetime, http: Http, receiver: Receiver
) -> None:
    made = registered(http, url=receiver.url)
    endpoint = EndpointStore("meddist").get(made["id"])
    receiver.answers = [503, 204, 204]
    for number in range(3):
        message = Message(f"m{number}", "meddist", "recall.notice", "/x", at, {})
        usecases.send(message, endpoint, Turn(at, "w", 0.0, local=True))
    path = f"/v1/webhooks/{made['id']}/deliveries"

    first = http.ask("meddist-quality", "GET", path + "?limit=2")
    cursor = first.body["next"]
    rest = http.ask("meddist-quality", "GET", f"{path}?limit=2&cursor={cursor}")

    found = first.body["deliveries"] + rest.body["deliveries"]
    assert [each["message"] for each in found] == ["m2", "m1", "m0"]
    assert found[0]["status"] == "delivered"
    assert found[2] | {"attempts": None} == {
        "message": "m0",
        "type": "recall.notice",
        "created": "2026-11-23T09:30:00.000Z",
        "status": "pending",
        "due": "2026-11-23T09:30:05.000Z",
        "reason": None,
        "attempts": None,
    }
    assert [attempt["status"] for attempt in found[2]["attempts"]] == [503]
    assert rest.body["next"] is None
    assert 'rel="next"' in first.headers["Link"]


@pytest.mark.parametrize("bad", ["x", "G" * 32, "a" * 3000])
def test_what_is_no_id_is_refused(aws: Aws, http: Http, bad: str) -> None:
    for method, path in [
        ("GET", f"/v1/webhooks/{bad}"),
        ("DELETE", f"/v1/webhooks/{bad}"),
        ("GET", f"/v1/webhooks/{bad}/deliveries"),
        ("POST", f"/v1/webhooks/{bad}/secret"),
    ]:
        assert http.ask("meddist-quality", method, path).status == 400
