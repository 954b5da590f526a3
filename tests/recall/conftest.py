"""Fixtures of the tests about recalls."""

from collections.abc import Iterator

import pytest

from tests.harness.aws import Aws
from tests.notify.receiver import Receiver, receiving
from tests.recall.world import World


@pytest.fixture
def world(aws: Aws) -> World:
    """A network of four organisations and two lots of acme; nothing delivered yet."""
    made = World(aws)
    made.found()
    made.lots()
    return made


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    """A partner's server on this machine."""
    with receiving() as there:
        yield there
