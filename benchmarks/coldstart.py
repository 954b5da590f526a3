"""What a cold start costs before the first request is looked at, and a warm one on top of its work."""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import median_cpu
from benchmarks.report import Row, at_most

ROOT = Path(__file__).parents[1]
IMPORTS = 7
REQUESTS = 200
_PROGRAM = (
    "import time; start = time.perf_counter(); import app; print(time.perf_counter() - start)"
)


def run() -> Iterator[Row]:
    """Yield the time to import the API function, and the overhead of one request."""
    yield Row("import of the API function, fresh interpreter", _imported(), "ms", at_most(400))
    yield Row("handler overhead, warm", _overhead(), "ms CPU", at_most(2))


def _imported() -> float:
    """Return milliseconds: the median of several fresh interpreters, after one that compiles."""
    command = [sys.executable, "-c", _PROGRAM]
    found = [
        float(subprocess.run(command, cwd=ROOT, env={}, capture_output=True, check=True).stdout)
        for _ in range(IMPORTS + 1)
    ]
    return statistics.median(found[1:]) * 1000


def _overhead() -> float:
    """Return milliseconds of CPU for a request that does next to nothing, token and all."""
    from tests.harness.network import opened  # noqa: PLC0415 - AWS is needed from here on

    with opened() as network:

        def requests() -> None:
            for _ in range(REQUESTS):
                network.get("acme-line", "/v1/me")

        return median_cpu(requests) / REQUESTS * 1000
