"""What every test gets: no network, a known environment, and AWS on request.

Fixtures: `aws` (the emulated account, empty), `network` (the organisations of the story on it, and
requests of their clients), `at` (the instant at which tests happen), `loopback` (sockets to this
machine), `environment` (other settings for one test).
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

# moto hooks into botocore when it is imported, and only clients made later pass through it. So it
# comes before anything of ours that could make one.
import moto.core.models  # noqa: F401
import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tests.harness.aws import Aws, Saved, emulated, forget
from tests.harness.aws import environment as test_environment
from tests.harness.network import AT, Network

_scratch = tempfile.TemporaryDirectory(prefix="packtrail-tests-")
for _name in [name for name in os.environ if name.startswith(("AWS_", "PACKTRAIL_"))]:
    del os.environ[_name]
os.environ.update(test_environment(Path(_scratch.name)))


def pytest_unconfigure() -> None:
    """Take the scratch directory away."""
    _scratch.cleanup()


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No sockets, except to this machine where a test asks with the `loopback` fixture."""
    if "loopback" in getattr(item, "fixturenames", ()):
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


@pytest.fixture
def loopback() -> None:
    """Let this test open sockets to this machine."""


@pytest.fixture
def at() -> datetime:
    """The instant at which tests happen."""
    return AT


@pytest.fixture(scope="session")
def _emulated() -> Iterator[Aws]:
    with emulated() as aws:
        yield aws


@pytest.fixture
def aws(_emulated: Aws) -> Aws:
    """The emulated AWS account with Packtrail's tables and queues, all empty."""
    _emulated.empty()
    forget()
    return _emulated


@pytest.fixture(scope="session")
def _founded(_emulated: Aws) -> tuple[Network, Saved]:
    _emulated.empty()
    forget()
    network = Network(_emulated)
    with network.open():
        network.found()
    return network, _emulated.save()


@pytest.fixture
def network(aws: Aws, _founded: tuple[Network, Saved]) -> Iterator[Network]:
    """The four organisations of the story, a product and a lot, and requests of every client."""
    network, saved = _founded
    aws.restore(saved)
    network.now, network.pace = AT, timedelta()
    with network.open():
        yield network


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Change the environment for one test: `environment(PACKTRAIL_LOCAL="0")`."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget()

    yield change
    monkeypatch.undo()
    forget()
