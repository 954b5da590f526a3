"""Fixtures of the tests about telling partners."""

from collections.abc import Iterator

import pytest

from tests.notify.receiver import Receiver, receiving


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    """A partner's server on this machine."""
    with receiving() as there:
        yield there
