"""What is tried on verifiers of tokens (RFC 8725), each attack with a good token beside it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.access.tokens import LEEWAY_SECONDS, Claims, read_token
from chalicelib.errors import Unauthenticated
from tests.access.issuer import (
    AUDIENCE,
    ISSUER,
    Keys,
    assembled,
    claims_at,
    encoded,
    jwk_of,
    private_key,
    public_pem,
    signed,
)

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def read(token: str, *, audience: str = AUDIENCE, at: datetime = AT, keys: Any = None) -> Claims:
    return read_token(token, at=at, issuer=ISSUER, audience=audience, keys=keys or Keys())


def refusal(token: str, **kwargs: Any) -> str:
    """The code with which the token is refused."""
    with pytest.raises(Unauthenticated) as refused:
        read(token, **kwargs)
    return refused.value.code


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_good_token_says_who_it_is_of(algorithm):
    claims = read(signed(claims_at(AT), algorithm=algorithm), keys=Keys(algorithm))

    assert claims == Claims(client_id="acme-line", expires=AT + timedelta(hours=1))


def test_an_audience_may_be_one_of_several():
    assert read(signed(claims_at(AT, aud=["other", AUDIENCE]))).client_id == "acme-line"


def test_an_access_token_of_cognito_has_no_audience_but_says_what_it_is():
    good = signed(claims_at(AT, aud=None, token_use="access"))
    silent = signed(claims_at(AT, aud=None))

    assert read(good, audience="").client_id == "acme-line"
    assert refusal(silent, audience="") == "token_invalid"


FORGED_CLAIMS = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "a list of issuers": {"iss": [ISSUER]},
    "another audience": {"aud": "somebody"},
    "no audience": {"aud": None},
    "an audience that contains ours": {"aud": AUDIENCE + "-test"},
    "no expiry": {"exp": None},
    "an expiry in words": {"exp": "tomorrow"},
    "an expiry as text": {"exp": str(int(AT.timestamp()) + 60)},
    "an expiry beyond all calendars": {"exp": 10**400},
    "an expiry that is true": {"exp": True},
    "no time of issue": {"iat": None},
    "issued in the future": {"iat": int(AT.timestamp()) + LEEWAY_SECONDS + 1},
    "not valid yet": {"nbf": int(AT.timestamp()) + LEEWAY_SECONDS + 1},
    "not valid from some day": {"nbf": "some day"},
    "an id token": {"token_use": "id"},
    "no client": {"client_id": None},
    "an empty client": {"client_id": ""},
    "a list of clients": {"client_id": ["acme-line"]},
}


@pytest.mark.parametrize("changes", FORGED_CLAIMS.values(), ids=FORGED_CLAIMS.keys())
def test_a_signed_token_that_says_the_wrong_thing_is_refused(changes):
    assert refusal(signed(claims_at(AT, **changes))) == "token_invalid"


def test_an_expired_token_is_refused_by_name():
    token = signed(claims_at(AT, iat=int(AT.timestamp()) - 3600, exp=int(AT.timestamp())))

    assert read(token, at=AT + timedelta(seconds=LEEWAY_SECONDS - 1)).client_id == "acme-line"
    assert refusal(token, at=AT + timedelta(seconds=LEEWAY_SECONDS)) == "token_expired"


FORGED_HEADERS: dict[str, dict[str, Any]] = {
    "no key id": {"kid": None},
    "an empty key id": {"kid": ""},
    "a very long key id": {"kid": "x" * 201},
    "an unknown key id": {"kid": "key-2"},
    "a path as key id": {"kid": "../../etc/passwd"},
    "an extension": {"crit": ["b64"]},
    "an unencoded payload": {"b64": True},
    "its own key set": {"jku": "https://evil.example/jwks.json"},
    "its own certificate": {"x5u": "https://evil.example/cert.pem"},
    "its own chain": {"x5c": ["MII"]},
    "another kind of token": {"typ": "id+jwt"},
}


@pytest.mark.parametrize("changes", FORGED_HEADERS.values(), ids=FORGED_HEADERS.keys())
def test_a_header_that_is_not_plain_is_refused(changes):
    assert refusal(signed(claims_at(AT), **changes)) == "token_invalid"


def test_a_key_in_the_token_is_not_the_issuers_key():
    own = private_key("RS256", number=1)

    forged = signed(claims_at(AT), key=own, jwk=jwk_of(own))
    assert refusal(forged) == "token_invalid"
    assert refusal(signed(claims_at(AT), key=own)) == "token_invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NoNe", "NONE", ""])
def test_an_unsigned_token_is_refused(algorithm):
    header = {"alg": algorithm, "typ": "JWT", "kid": "key-1"}

    assert refusal(assembled(header, claims_at(AT), b"")) == "token_invalid"
    assert refusal(assembled(header, claims_at(AT))) == "token_invalid"


def test_the_public_key_is_no_shared_secret():
    import hashlib
    import hmac

    header = {"alg": "HS256", "typ": "JWT", "kid": "key-1"}
    start = f"{encoded(header)}.{encoded(claims_at(AT))}"
    secret = public_pem(private_key()).encode()
    mac = hmac.new(secret, start.encode(), hashlib.sha256).digest()

    assert refusal(f"{start}.{encoded(mac)}") == "token_invalid"


def test_the_algorithm_is_the_keys_and_not_the_tokens():
    token = signed(claims_at(AT), algorithm="ES256")

    assert refusal(token) == "token_invalid"
    assert refusal(signed(claims_at(AT), algorithm="RS512", key=private_key())) == "token_invalid"


def test_a_key_of_an_algorithm_that_is_not_accepted_verifies_nothing():
    token = signed(claims_at(AT), algorithm="HS256", key="s" * 32)

    assert refusal(token, keys=Keys("HS256")) == "token_invalid"


def test_a_token_that_is_cut_or_altered_anywhere_is_refused():
    token = signed(claims_at(AT))
    header, payload, signature = token.split(".")

    for damaged in (
        token[:-10],
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{encoded(claims_at(AT, roles=['admin']))}.{signature}",
        f"{encoded({'alg': 'RS256', 'kid': 'key-1', 'x': 1})}.{payload}.{signature}",
        f"{token}.{signature}",
        f" {token}",
        f"{token}\n",
        f"{token}=",
        token.replace(".", ".\n", 1),
        "",
        "..",
        "a.b.c",
    ):
        assert refusal(damaged) == "token_invalid"


@pytest.mark.parametrize("payload", [[], "text", 1, None, b"{", b"\xff", b"[" * 100_000])
def test_a_payload_that_is_no_object_is_refused_though_it_is_signed(payload):
    assert refusal(signed(payload)) == "token_invalid"


@pytest.mark.parametrize(
    "header", [[], 1, b"{", b"\xff", b"[" * 100_000, {"alg": "RS256", "kid": 5}]
)
def test_a_header_that_is_no_object_is_refused(header):
    assert refusal(assembled(header, claims_at(AT))) == "token_invalid"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True))
def test_no_text_whatever_gets_in(text):
    assert refusal(text) == "token_invalid"


def test_without_an_issuer_nobody_gets_in():
    token = signed(claims_at(AT, iss=""))

    with pytest.raises(Unauthenticated):
        read_token(token, at=AT, issuer="", audience=AUDIENCE, keys=Keys())
