"""Fixtures of the tests about the directory."""

from datetime import datetime

import pytest

from chalicelib import clock
from tests.directory.web import Web, seed_members
from tests.harness.aws import Aws


@pytest.fixture
def web(aws: Aws, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The directory's routes, with the example organisations in it."""
    seed_members(at)
    asked = Web(at)
    monkeypatch.setattr(clock, "now", lambda: asked.now)
    return asked
