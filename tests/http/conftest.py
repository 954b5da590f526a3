"""Everybody whose token is `{organisation}.{role}` gets in."""

from datetime import datetime

import pytest

from chalicelib.access.model import Actor
from chalicelib.errors import Unauthenticated
from chalicelib.http import authentication
from tests.http import private
from tests.http.door import Door, actor


def _actor_of(token: str, _at: datetime) -> Actor:
    organisation, _, role = token.partition(".")
    if not role:
        raise Unauthenticated("Found another token", code="token_invalid")
    return actor(role, organisation=organisation)


@pytest.fixture(autouse=True)
def authenticated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the authentication of these tests; the app's own comes back afterwards."""
    monkeypatch.setattr(authentication, "_installed", [_actor_of])


@pytest.fixture(scope="session")
def door() -> Door:
    """The private API of these tests."""
    return Door(private.routes)
