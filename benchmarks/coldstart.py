"""What a cold start costs before the first request is seen, and a warm one beside its work."""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import median_cpu, watch_emulator
from benchmarks.report import Row, at_most
from tests.harness.network import opened

ROOT = Path(__file__).parents[1]
IMPORTS = 7
REQUESTS = 200
_PROGRAM = (
    "import time; start = time.process_time(); import app{more}; print(time.process_time() - start)"
)
_VERIFYING = "; from chalicelib import api; api.load('chalicelib.goods.routes')"


def run() -> Iterator[Row]:
    """Yield the time to import the API function, and the overhead of one request."""
    start, verifying = _imported(""), _imported(_VERIFYING)
    yield Row("import of the API function, fresh interpreter", start, "ms CPU", at_most(400))
    yield Row("the same, and all that a verification needs", verifying, "ms CPU", at_most(400))
    yield Row("handler overhead, warm", _overhead(), "ms CPU", at_most(2))


def _imported(more: str) -> float:
    """Return milliseconds: the median of several fresh interpreters, after one that compiles.

    CPU time, which is what an idle machine takes; a busy one would only make it look longer.
    """
    command = [sys.executable, "-c", _PROGRAM.format(more=more)]
    found = [
        float(subprocess.check_output(command, cwd=ROOT, env={}))  # noqa: S603 - ourselves
        for _ in range(IMPORTS + 1)
    ]
    return statistics.median(found[1:]) * 1000


def _overhead() -> float:
    """Return milliseconds of CPU for a request that does next to nothing, token and all."""
    watch_emulator()
    with opened() as network:

        def requests() -> None:
            for _ in range(REQUESTS):
                network.get("acme-line", "/v1/me")

        return median_cpu(requests) / REQUESTS * 1000
