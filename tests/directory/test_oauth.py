from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.directory.oauth import Credentials, OAuthError, parameters_of, understood

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
GRANT = {"grant_type": "client_credentials"}
BODY = {**GRANT, "client_id": "acme-line", "client_secret": "local"}


def basic(client: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (b"grant_type=client_credentials&scope=", FORM),
        (b"grant_type=client_credentials", FORM + "; charset=utf-8"),
        (b'{"grant_type": "client_credentials"}', JSON),
        (b'{"grant_type": "client_credentials"}', "Application/JSON; charset=utf-8"),
    ],
)
def test_a_request_is_a_form_or_json(raw: bytes, media_type: str) -> None:
    assert parameters_of(raw, media_type) == GRANT


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (b"grant_type=a&grant_type=b", FORM),
        (b"\xff=1", FORM),
        (b"a=%ff", FORM),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"grant_type": 1}', JSON),
        (b'{"a": "1", "a": "2"}', JSON),
        (b'{"a": "\\ud800"}', JSON),
        (b"&".join([b"%d=1" % number for number in range(101)]), FORM),
    ],
)
def test_what_cannot_be_read_is_an_invalid_request(raw: bytes, media_type: str) -> None:
    with pytest.raises(OAuthError) as refusal:
        parameters_of(raw, media_type)

    assert (refusal.value.error, refusal.value.status) == ("invalid_request", 400)


def test_a_client_presents_itself_in_the_body_or_by_basic_authentication() -> None:
    wanted = Credentials("acme-line", "local")

    assert understood(BODY, None).credentials == wanted
    assert understood(GRANT, basic("acme-line", "local")).credentials == wanted
    assert understood({**GRANT, "client_id": "acme-line"}, basic("acme-line", "local"))


@given(st.text(min_size=1), st.text())
def test_both_parts_of_basic_authentication_are_encoded(client: str, secret: str) -> None:
    header = basic(quote_plus(client), quote_plus(secret))

    assert understood(GRANT, header).credentials == Credentials(client, secret)


@pytest.mark.parametrize(
    ("parameters", "header", "error"),
    [
        ({}, None, "invalid_request"),
        ({"grant_type": "password"}, None, "unsupported_grant_type"),
        ({"grant_type": "authorization_code\x00"}, None, "unsupported_grant_type"),
        (GRANT, None, "invalid_client"),
        ({**GRANT, "client_id": "acme-line"}, None, "invalid_client"),
        ({**GRANT, "client_secret": "local"}, None, "invalid_client"),
        (BODY, basic("acme-line", "local"), "invalid_request"),
        ({**GRANT, "client_id": "other"}, basic("acme-line", "local"), "invalid_request"),
        (GRANT, "Bearer abc", "invalid_client"),
        (GRANT, "Basic", "invalid_client"),
        (GRANT, "Basic !!!", "invalid_client"),
        (GRANT, "Basic \u00e9", "invalid_client"),
        (GRANT, "Basic " + b64encode(b"\xff:\xff").decode(), "invalid_client"),
        (GRANT, "Basic " + b64encode(b"no colon").decode(), "invalid_client"),
    ],
)
def test_a_faulty_request_is_refused_in_the_words_of_the_standard(
    parameters: dict[str, str], header: str | None, error: str
) -> None:
    with pytest.raises(OAuthError) as refusal:
        understood(parameters, header)

    assert refusal.value.error == error
    assert refusal.value.status == (401 if error == "invalid_client" else 400)
    assert refusal.value.description.isascii()


def test_scopes_are_separated_by_spaces() -> None:
    grant = understood({**BODY, "scope": "pack  ship"}, None)

    assert grant.scopes == {"pack", "ship"}
