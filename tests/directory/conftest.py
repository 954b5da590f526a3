"""Fixtures of the tests about the directory."""

from datetime import datetime

import pytest

from chalicelib import clock
from tests.directory.web import Web, seed_members
from tests.harness.aws import Aws, Saved

_seeded: list[Saved] = []


@pytest.fixture
def members(aws: Aws, at: datetime) -> None:
    """The example organisations, each with a client for every role; made once, then restored."""
    if not _seeded:
        seed_members(at)
        _seeded.append(aws.save())
    aws.restore(_seeded[0])


@pytest.fixture
def web(members: None, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The directory's routes, with the example organisations in it."""
    asked = Web(at)
    monkeypatch.setattr(clock, "now", lambda: asked.now)
    return asked
