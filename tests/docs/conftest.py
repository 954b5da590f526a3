from collections.abc import Iterator

import pytest

from tests.docs.newcomer import Packtrail


@pytest.fixture(scope="package")
def packtrail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packtrail]:
    """A Packtrail with an empty state."""
    running = Packtrail(tmp_path_factory.mktemp("packtrail"))
    yield running
    running.stop()
