from datetime import UTC, datetime

import pytest

from chalicelib.access import authenticator as module
from chalicelib.access.authenticator import authenticator, verify
from chalicelib.access.jwks import Jwks
from chalicelib.access.model import Actor, Role
from chalicelib.errors import Unauthenticated
from chalicelib.gs1.keys import Gln
from tests.access.issuer import AUDIENCE, ISSUER, Keys, claims_at, jwk_of, jwks, private_key, signed

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ACTOR = Actor("acme", Gln("9521000000018"), "acme-line", frozenset({Role.LINE}))


@pytest.fixture(autouse=True)
def _issuer(environment):
    environment(PACKTRAIL_ISSUER=ISSUER, PACKTRAIL_AUDIENCE=AUDIENCE)
    module._published.cache_clear()
    yield
    module._published.cache_clear()


def test_a_token_that_says_all_is_enough():
    assert authenticator(keys=Keys())(signed(claims_at(AT)), AT) == ACTOR


@pytest.mark.parametrize("missing", ["organisation", "gln"])
def test_a_token_that_does_not_say_all_is_not(missing):
    with pytest.raises(Unauthenticated):
        authenticator(keys=Keys())(signed(claims_at(AT, **{missing: None})), AT)


def test_a_token_with_a_wrong_gln_names_nobody():
    with pytest.raises(Unauthenticated):
        authenticator(keys=Keys())(signed(claims_at(AT, gln="9521000000019")), AT)


def test_where_clients_are_registered_the_registration_says_who_it_is():
    registered = {"acme-line": ACTOR}
    authenticate = authenticator(keys=Keys(), resolve=registered.get)

    assert authenticate(signed(claims_at(AT, organisation="evil", roles=["admin"])), AT) == ACTOR
    with pytest.raises(Unauthenticated, match="not registered"):
        authenticate(signed(claims_at(AT, client_id="nobody")), AT)


def test_without_an_issuers_keys_nobody_gets_in(environment):
    environment(PACKTRAIL_JWKS_URL="")

    with pytest.raises(Unauthenticated):
        verify(signed(claims_at(AT)), at=AT)


def test_the_published_keys_are_those_of_the_settings(environment, monkeypatch):
    environment(PACKTRAIL_JWKS_URL="https://issuer.example/jwks")
    document = jwks(jwk_of(private_key()))
    monkeypatch.setattr(module, "Jwks", lambda url: Jwks(url, lambda _: document))

    assert verify(signed(claims_at(AT)), at=AT).client_id == "acme-line"
