"""Fixtures of the tests about verification between partners."""

from collections.abc import Iterator

import pytest

from tests.vrs.responder import Service, answering


@pytest.fixture
def service(loopback: None) -> Iterator[Service]:
    """Another service on this machine."""
    with answering() as there:
        yield there
