"""Is this pack genuine? One round trip, whatever state it is in."""

from collections.abc import Iterator

from benchmarks.measure import median_cpu, watch_emulator
from benchmarks.report import Row, at_most
from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, Network, opened, serial_of

REQUESTS, AT_ONCE = 100, 1_000


def run() -> Iterator[Row]:
    """Yield the cost of verifying packs in different states, and of many at once."""
    watch_emulator()
    with opened() as network:
        units = network.commissioned(AT_ONCE)
        case = network.packed(units[:50])
        network.delivered([case], "acme", "citypharm")
        network.post("citypharm-warehouse", "/v1/dispensing", {"epcs": [units[0]]})
        yield from _cost(network, "a pack on its page", units[900], expected=True)
        yield from _cost(network, "a pack in a delivered case", units[1], expected=True)
        yield from _cost(network, "a dispensed pack", units[0], expected=False)
        made_up = units[2][:-1] + "_"
        yield from _cost(
            network, "a pack that does not exist", made_up, expected=False, known=False
        )
        yield from _times(network, units)


def _scan(epc: str) -> dict[str, str]:
    return {"scan": f"(01){GTIN}(17)281231(10){LOT}(21){serial_of(epc)}"}


def _cost(
    network: Network, what: str, epc: str, *, expected: bool, known: bool = True
) -> Iterator[Row]:
    body = _scan(epc)
    network.post("citypharm-warehouse", "/v1/verifications", body)
    with counted(network.aws) as spent:
        reply = network.post("citypharm-warehouse", "/v1/verifications", body)
    assert reply["verified"] is expected, reply  # noqa: S101 - a fast wrong answer is worth nothing
    # What does not exist is counted before it is answered: see `goods.guessing`.
    yield Row(f"{what}: round trips", spent.round_trips, "", at_most(1 if known else 2))
    yield Row(f"{what}: read units", spent.read_units, "RRU", at_most(3))


def _times(network: Network, units: list[str]) -> Iterator[Row]:
    body = _scan(units[1])

    def one_by_one() -> None:
        for _ in range(REQUESTS):
            network.post("citypharm-warehouse", "/v1/verifications", body)

    seconds = median_cpu(one_by_one) / REQUESTS
    yield Row("CPU of ours for one request", seconds * 1000, "ms", at_most(3))
    many = {"items": [_scan(unit) for unit in units]}

    def at_once() -> None:
        network.post("citypharm-warehouse", "/v1/verifications", many)

    yield Row(f"CPU of ours for {AT_ONCE:,} packs in one request", median_cpu(at_once) * 1000, "ms")
