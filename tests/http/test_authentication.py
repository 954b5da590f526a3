import pytest

from chalicelib.http import authentication
from tests.http.door import actor
from tests.http.private import pack


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


@pytest.mark.parametrize(
    "header", ["acme.line", "Basic acme.line", "Bearer", "Bearer ", "Bearer a b", "Bearer é"]
)
def test_a_header_that_is_no_bearer_token_is_refused(door, header):
    answered = pack(door, authorization=header)

    assert (answered.status, answered.json["code"]) == (401, "token_invalid")


def test_a_token_longer_than_any_is_not_looked_at(door):
    assert pack(door, token="x" * 8192).json["code"] == "token_invalid"


def test_the_scheme_is_bearer_in_any_case(door):
    assert pack(door, authorization="bEARER  acme.line").status == 201


def test_without_anything_installed_nobody_gets_in(door, monkeypatch):
    monkeypatch.setattr(authentication, "_installed", [])

    assert (pack(door).status, pack(door).json["code"]) == (401, "token_invalid")


def test_what_is_installed_last_counts(door):
    authentication.install(lambda _token, _at: actor("auditor"))
    authentication.install(lambda _token, _at: actor("warehouse"))

    assert pack(door).status == 201
