from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.directory.authentication import authenticate
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.issuer import token
from chalicelib.errors import Unauthenticated
from tests.directory.web import MEDDIST, gln, seed_members
from tests.harness.aws import Aws

CLAIMED = Actor("acme", gln(1), "meddist-line", frozenset(Role), operator=True)


@pytest.fixture
def signed(aws: Aws, at: datetime) -> str:
    seed_members(at)
    return token(CLAIMED, "", at=at, identity="1")


def test_the_directory_and_not_the_token_says_what_a_client_may(signed: str, at: datetime) -> None:
    assert authenticate(signed, at) == Actor(
        "meddist", MEDDIST.gln, "meddist-line", frozenset({Role.LINE})
    )


def test_a_token_of_an_unknown_client_is_refused(aws: Aws, at: datetime) -> None:
    with pytest.raises(Unauthenticated, match="not registered"):
        authenticate(token(CLAIMED, "", at=at, identity="1"), at)


def test_a_token_of_a_revoked_client_is_refused_within_a_minute(signed: str, at: datetime) -> None:
    authenticate(signed, at)
    ClientStore().revoke("meddist-line", at)

    with pytest.raises(Unauthenticated):
        authenticate(signed, at + timedelta(minutes=1))


def test_what_the_local_issuer_signed_counts_nowhere_else(
    signed: str, at: datetime, environment: Callable[..., None]
) -> None:
    environment(PACKTRAIL_LOCAL="0")

    with pytest.raises(Unauthenticated):
        authenticate(signed, at)


def test_a_broken_token_is_refused(at: datetime) -> None:
    with pytest.raises(Unauthenticated):
        authenticate("a.b.c", at)
