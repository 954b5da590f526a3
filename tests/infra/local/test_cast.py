import json

import httpx
import pytest

from infra.local.cast import Cast, StoryFailed


class Api:
    """Remembers requests, and answers as told."""

    def __init__(self):
        self.seen, self.answers = [], []

    def __call__(self, request):
        self.seen.append(request)
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "a-token"})
        return self.answers.pop(0) if self.answers else httpx.Response(201, json={"id": 1})


@pytest.fixture
def api(monkeypatch):
    api = Api()
    made = httpx.Client
    monkeypatch.setattr(
        httpx, "Client", lambda **options: made(transport=httpx.MockTransport(api), **options)
    )
    return api


@pytest.fixture
def cast(api):
    cast = Cast("http://packtrail", fresh="0000001")
    yield cast
    cast.close()


def test_a_client_asks_for_a_token_once(api, cast):
    cast.post("acme-line", "/v1/packing", {})
    cast.post("acme-line", "/v1/packing", {})

    assert [request.url.path for request in api.seen] == [
        "/oauth/token",
        "/v1/packing",
        "/v1/packing",
    ]
    assert api.seen[0].headers["Authorization"].startswith("Basic ")
    assert api.seen[1].headers["Authorization"] == "Bearer a-token"


def test_tokens_may_come_from_elsewhere(api):
    cast = Cast("http://packtrail", fresh="1", tokens=lambda who: f"token of {who}")
    cast.post("acme-line", "/v1/packing", {})
    cast.close()

    assert [request.headers["Authorization"] for request in api.seen] == [
        "Bearer token of acme-line"
    ]


def test_every_post_has_a_key_of_its_own_that_is_fresh_in_each_story(api, cast):
    cast.post("acme-line", "/v1/packing", {})
    cast.post("acme-line", "/v1/packing", {})

    keys = [request.headers.get("Idempotency-Key") for request in api.seen[1:]]
    assert keys == ["story-0000001-1", "story-0000001-2"]


def test_another_answer_than_expected_breaks_the_story_off(api, cast):
    api.answers = [httpx.Response(409, json={"detail": "recalled"})]

    with pytest.raises(StoryFailed, match=r"gave 409, expected 201: .*recalled"):
        cast.post("meddist-warehouse", "/v1/shipping", {})


def test_a_refusal_may_be_what_is_expected(api, cast):
    api.answers = [httpx.Response(409, content=json.dumps({"code": "recalled"}))]

    assert cast.post("m", "/v1/shipping", {}, expect=409) == {"code": "recalled"}


def test_nothing_may_come_back(api, cast):
    api.answers = [httpx.Response(204)]

    assert cast.delete("m", "/v1/webhooks/1") is None
