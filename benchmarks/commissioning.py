"""Units brought to life in calls of 1,000, on issued numbers, as a packaging line does it."""

import statistics
from collections.abc import Iterator

from benchmarks.measure import own_cpu, watch_emulator
from benchmarks.report import Row, at_least, at_most
from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, opened

CALLS, SIZE = 10, 1_000


def run() -> Iterator[Row]:
    """Yield units per CPU second and write units per 1,000."""
    watch_emulator()
    with opened() as network:
        serials = network.serials(2 * CALLS * SIZE)
        calls = [serials[n : n + SIZE] for n in range(0, len(serials), SIZE)]

        def commission(part: list[str]) -> None:
            body = {"gtin": GTIN, "lot": LOT, "serials": part}
            network.post("acme-line", "/v1/commissioning", body)

        commission(calls[0])
        found = []
        for part in calls[1:CALLS]:
            with own_cpu() as cpu:
                commission(part)
            found.append(cpu.seconds)
        with counted(network.aws) as spent:
            for part in calls[CALLS:]:
                commission(part)
    speed = SIZE / statistics.median(found)
    yield Row("units per CPU second of ours", speed, "units/s", at_least(20_000))
    yield Row("write units per 1,000", spent.write_units / CALLS, "WRU", at_most(12))
    yield Row("read units per 1,000", spent.read_units / CALLS, "RRU")
    yield Row("requests per 1,000", spent.round_trips / CALLS, "")
