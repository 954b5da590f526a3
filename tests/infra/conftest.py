"""The package, made once for all tests that look at it, and again only when its inputs changed."""

from pathlib import Path

import pytest

from infra.package import ROOT, package


@pytest.fixture(scope="session")
def packaged() -> Path:
    """The folder that `make package` fills."""
    package(ROOT / "build")
    return ROOT / "build"
