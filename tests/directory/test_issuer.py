import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import jwt
import pytest

from chalicelib.access.jwks import keys_of
from chalicelib.access.model import Actor, Role, Scope
from chalicelib.access.tokens import read_token
from chalicelib.directory import issuer
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.issuer import LIFETIME_SECONDS, LocalKeys, admitted, granted, token
from chalicelib.directory.model import Credential, Request
from chalicelib.directory.oauth import Credentials, OAuthError
from chalicelib.directory.registrar import digest_of
from chalicelib.directory.store import Directory
from chalicelib.errors import NotFound, Unauthenticated
from tests.directory.web import ACME, seed_members
from tests.harness.aws import Aws

LINE = Actor("acme", ACME.gln, "acme-line", frozenset({Role.LINE}), operator=True)


def admit(client: str, secret: str, at: datetime) -> Actor:
    return admitted(Credentials(client, secret), at, clients=ClientStore(), directory=Directory())


def test_a_token_says_who_its_client_is_for_an_hour(at: datetime) -> None:
    signed = token(LINE, "pack", at=at, identity="jti-1")

    claims = jwt.decode(signed, options={"verify_signature": False})
    assert claims == {
        "iss": "http://127.0.0.1:8000",
        "aud": "packtrail",
        "sub": "acme-line",
        "client_id": "acme-line",
        "organisation": "acme",
        "gln": str(ACME.gln),
        "roles": ["line"],
        "operator": True,
        "scope": "pack",
        "token_use": "access",
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + LIFETIME_SECONDS,
        "jti": "jti-1",
    }
    assert jwt.get_unverified_header(signed)["typ"] == "at+jwt"


def test_a_token_is_accepted_with_the_published_key(at: datetime) -> None:
    signed = token(LINE, "pack", at=at, identity="jti-1")
    published = keys_of(json.dumps(issuer.jwks()).encode())

    jwt.decode(
        signed,
        published[jwt.get_unverified_header(signed)["kid"]].key,
        algorithms=["EdDSA"],
        options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
    )


def test_a_token_passes_the_strict_reader_until_it_expires(at: datetime) -> None:
    signed = token(LINE, "pack", at=at, identity="jti-1")

    def read(when: datetime, audience: str = "packtrail") -> str:
        claims = read_token(
            signed, at=when, issuer="http://127.0.0.1:8000", audience=audience, keys=LocalKeys()
        )
        return claims.client_id

    assert read(at) == "acme-line"
    with pytest.raises(Unauthenticated):
        read(at + timedelta(seconds=LIFETIME_SECONDS + 60))
    with pytest.raises(Unauthenticated):
        read(at, audience="other")


def test_the_key_has_no_private_part_and_no_other_id(at: datetime) -> None:
    (published,) = issuer.jwks()["keys"]

    assert set(published) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert LocalKeys().key(published["kid"], at=at) is not None
    assert LocalKeys().key("other", at=at) is None


def test_anywhere_but_on_one_machine_nothing_is_signed(
    at: datetime, environment: Callable[..., None]
) -> None:
    environment(PACKTRAIL_LOCAL="0")

    with pytest.raises(NotFound):
        token(LINE, "pack", at=at, identity="jti-1")
    with pytest.raises(NotFound):
        issuer.local_only()


def test_the_right_secret_admits_a_client(aws: Aws, at: datetime) -> None:
    seed_members(at)

    assert admit("acme-line", "local", at) == LINE


@pytest.mark.parametrize(
    ("client", "secret"),
    [("acme-line", "wrong"), ("acme-line", ""), ("nobody", "local"), ("", ""), ("acme", "local")],
)
def test_anything_else_is_refused_in_the_same_words(
    client: str, secret: str, aws: Aws, at: datetime
) -> None:
    seed_members(at)

    with pytest.raises(OAuthError) as refusal:
        admit(client, secret, at)

    assert refusal.value.error == "invalid_client"
    assert refusal.value.description == "The client or its secret is not known."


def test_both_secrets_admit_while_they_overlap(aws: Aws, at: datetime) -> None:
    seed_members(at)
    client = ClientStore().get("acme-line")
    assert client is not None
    fresh = Credential("acme-line", "op-2", at, digest=digest_of("acme-line", "new"))
    rotated = client.rotated(fresh, overlap=timedelta(hours=1), at=at)
    ClientStore().rotate(rotated, Request("op-2", "f", at))

    assert admit("acme-line", "local", at + timedelta(minutes=59)) == LINE
    assert admit("acme-line", "new", at) == LINE
    with pytest.raises(OAuthError):
        admit("acme-line", "local", at + timedelta(hours=1))
    assert admit("acme-line", "new", at + timedelta(days=365)) == LINE


def test_a_revoked_client_is_admitted_no_more(aws: Aws, at: datetime) -> None:
    seed_members(at)
    ClientStore().revoke("acme-line", at)

    with pytest.raises(OAuthError):
        admit("acme-line", "local", at)


def test_a_token_grants_what_the_roles_have() -> None:
    scopes = granted(LINE, frozenset()).split()

    assert set(scopes) == {scope.value for scope in Scope if LINE.may(scope)}
    assert granted(LINE, frozenset({"pack"})).split() == scopes


def test_nobody_gets_a_scope_beyond_the_roles() -> None:
    with pytest.raises(OAuthError) as refusal:
        granted(replace(LINE, operator=False), frozenset({"pack", "recalls.write"}))

    assert refusal.value.error == "invalid_scope"
    assert "'recalls.write'" in refusal.value.description
