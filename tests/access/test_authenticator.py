from datetime import UTC, datetime

import pytest

from chalicelib.access import authenticator as module
from chalicelib.access.authenticator import verify
from chalicelib.access.jwks import Jwks
from chalicelib.errors import Unauthenticated
from tests.access.issuer import AUDIENCE, ISSUER, Keys, claims_at, jwk_of, jwks, private_key, signed

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _issuer(environment):
    environment(PACKTRAIL_ISSUER=ISSUER, PACKTRAIL_AUDIENCE=AUDIENCE)
    module._published.cache_clear()
    yield
    module._published.cache_clear()


def test_a_token_is_read_by_the_keys_that_are_given():
    assert verify(signed(claims_at(AT)), at=AT, keys=Keys()).client_id == "acme-line"


def test_issuer_and_audience_are_those_of_the_settings(environment):
    for changed in ({"PACKTRAIL_ISSUER": "https://b.example"}, {"PACKTRAIL_AUDIENCE": "b"}):
        environment(PACKTRAIL_ISSUER=ISSUER, PACKTRAIL_AUDIENCE=AUDIENCE)
        environment(**changed)
        with pytest.raises(Unauthenticated):
            verify(signed(claims_at(AT)), at=AT, keys=Keys())


def test_without_an_issuers_keys_nobody_gets_in(environment):
    environment(PACKTRAIL_JWKS_URL="")

    with pytest.raises(Unauthenticated):
        verify(signed(claims_at(AT)), at=AT)


def test_the_published_keys_are_those_of_the_settings(environment, monkeypatch):
    environment(PACKTRAIL_JWKS_URL="https://issuer.example/jwks")
    document = jwks(jwk_of(private_key()))
    monkeypatch.setattr(module, "Jwks", lambda url: Jwks(url, lambda _: document))

    assert verify(signed(claims_at(AT)), at=AT).client_id == "acme-line"
