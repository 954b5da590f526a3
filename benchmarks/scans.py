"""What a thousand scans say, as they should be and as badly as they can be."""

from collections.abc import Iterator

from benchmarks.measure import median_cpu, watch_emulator
from benchmarks.report import Row, at_most
from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, Network, opened

AT_ONCE = 1_000
_SCANS = {
    "as the standards say": f"]d201{GTIN}1728123110{LOT}\x1d21A1B2C3D4E5F6",
    "with another separator": f"01{GTIN}1728123110{LOT}|21A1B2C3D4E5F6",
    "from a German keyboard": f"+d201{GTIN}21ZßX",
    "without separators": f"01{GTIN}1728123110LOTLOTLOTLO21ABCDEFGHIJKL",
    "that read in too many ways": f"01{GTIN}{'9091929394959697' * 9}",
}


def run() -> Iterator[Row]:
    """Yield the cost of reading a thousand scans in one request."""
    watch_emulator()
    with opened() as network:
        for what, scan in _SCANS.items():
            yield from _cost(network, what, scan)


def _cost(network: Network, what: str, scan: str) -> Iterator[Row]:
    body = {"scans": [scan] * AT_ONCE}

    def once() -> None:
        network.post("citypharm-warehouse", "/v1/scans", body)

    once()
    with counted(network.aws) as spent:
        once()
    yield Row(f"{AT_ONCE:,} scans {what}: round trips", spent.round_trips, "", at_most(0))
    yield Row(f"{AT_ONCE:,} scans {what}: CPU", median_cpu(once) * 1000, "ms", at_most(1000))
