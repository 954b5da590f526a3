"""What a block of serial numbers costs, and whether sixteen lines at once ever share a number."""

import itertools
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

from benchmarks.measure import own_cpu, watch_emulator
from benchmarks.report import Row, at_most
from tests.harness.costs import counted
from tests.harness.network import GTIN, Network, opened

SIZES = (1, 1_000, 1_000_000)
WRITERS, BLOCKS, REPLAYED = 16, 12, 0.3
TIMED = 30


def run() -> Iterator[Row]:
    """Yield cost, time, and what a race of many writers leaves."""
    watch_emulator()
    with opened() as network:
        _block(network, 1, "line-0")  # the first block of a product opens its epoch
        for size in SIZES:
            yield from _cost(network, size)
        yield _time(network)
        yield from _race(network)


def _block(network: Network, count: int, line: str, key: str | None = None) -> str:
    body = {"gtin": GTIN, "count": count, "line": line}
    identity: str = network.post("acme-line", "/v1/serials/blocks", body, key=key)["id"]
    return identity


def _cost(network: Network, size: int) -> Iterator[Row]:
    with counted(network.aws) as spent:
        _block(network, size, f"line-of-{size}")
    what = f"a block of {size:,}"
    yield Row(f"{what}: write units", spent.write_units, "WRU", at_most(2))
    yield Row(f"{what}: requests", spent.round_trips, "")


def _time(network: Network) -> Row:
    found = []
    for _ in range(TIMED):
        with own_cpu() as cpu:
            _block(network, 1_000, "line-timed")
        found.append(cpu.seconds * 1000)
    return Row("a block of 1,000: our CPU", statistics.median(found), "ms")


def _race(network: Network) -> Iterator[Row]:
    """Let many writers allocate and repeat, and look for overlaps and gaps."""
    blocks: dict[str, tuple[str, ...]] = {}

    def writer(me: int) -> None:
        random = Random(me)  # noqa: S311 - which requests are repeated
        for n in range(BLOCKS):
            key, count = f"writer-{me}-{n}", random.choice((1, 10, 700))
            identity = _block(network, count, f"line-{me}", key)
            if random.random() < REPLAYED:
                assert _block(network, count, f"line-{me}", key) == identity  # noqa: S101
            path = f"/v1/serials/blocks/{identity}/numbers?limit=1000"
            blocks[identity] = tuple(network.get("acme-line", path)["numbers"])

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(writer, range(WRITERS)))
    numbers = list(itertools.chain(*blocks.values()))
    shared = len(numbers) - len(set(numbers))
    what = f"{WRITERS} writers, {REPLAYED:.0%} replayed"
    yield Row(f"{what}: blocks", len(blocks), "")
    yield Row(f"{what}: numbers issued twice", shared, "", at_most(0))
