"""What tests of serial numbers share."""

import pytest

from chalicelib.serial.blocks import BlockStore
from tests.harness.aws import Aws


@pytest.fixture
def blocks(aws: Aws) -> BlockStore:
    """The block store, on empty tables."""
    return BlockStore()
