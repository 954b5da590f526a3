"""The life of goods in bulk, from the line to two pharmacies, and what it writes.

50 units to a case, 100 cases to a pallet. Pallets go to the distributor, which sends cases on, two
to a consignment. Beside the requests it counts what the read models write behind them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.measure import own_cpu, watch_emulator
from benchmarks.report import Row, at_most
from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, Network, gln, opened
from tests.harness.streams import Streams

UNITS, CASE, PALLET = 10_000, 50, 100
PACKED_AT_ONCE = 20
PHARMACIES = ("citypharm", "ruralpharm")


def run() -> Iterator[Row]:
    """Yield write units per 1,000 units for each stage and for all of them."""
    watch_emulator()
    with opened() as network:
        import app  # noqa: PLC0415 - AWS is needed from here on

        streams = Streams(network.aws, app.app)
        streams.settle()
        total = cpu = 0.0
        for name, stage in _stages(network):
            with counted(network.aws) as spent, own_cpu() as used:
                stage()
            total, cpu = total + spent.write_units, cpu + used.seconds
            yield Row(f"{name}: write units per 1,000", _per_1000(spent.write_units), "WRU")
        with counted(network.aws) as spent:
            streams.settle()
    views = spent.write_units
    yield Row("read models behind it: write units per 1,000", _per_1000(views), "WRU")
    yield Row(
        "the whole life cycle: write units per 1,000",
        _per_1000(total + views),
        "WRU",
        at_most(200),
    )
    yield Row("the whole life cycle: CPU per 1,000, counting included", _per_1000(cpu), "s")


def _per_1000(value: float) -> float:
    return value / UNITS * 1000


def _stages(network: Network) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the stages in order; each takes up what the one before left."""
    serials = network.serials(UNITS)
    units: list[str] = [f"https://id.gs1.org/01/{GTIN}/21/{serial}" for serial in serials]
    cases: list[str] = []
    pallets: list[str] = []

    def commission() -> None:
        for part in _parts(serials, 1_000):
            body = {"gtin": GTIN, "lot": LOT, "serials": part}
            network.post("acme-line", "/v1/commissioning", body)

    def pack() -> None:
        cases.extend(_packed(network, _parts(units, CASE)))
        pallets.extend(_packed(network, _parts(cases, PALLET)))

    def ship() -> None:
        network.shipped(pallets, "acme", "meddist")

    def receive() -> None:
        network.received(pallets, "meddist")

    consignments = [(PHARMACIES[n % 2], n) for n in range(UNITS // CASE // 2)]

    def ship_cases() -> None:
        for to, n in consignments:
            body = {"epcs": cases[2 * n : 2 * n + 2], "to": gln(to)}
            network.post("meddist-warehouse", "/v1/shipping", body)

    def receive_cases() -> None:
        for to, n in consignments:
            network.received(cases[2 * n : 2 * n + 2], to)

    yield "commission", commission
    yield "pack units to cases to pallets", pack
    yield "ship pallets", ship
    yield "receive pallets", receive
    yield "ship cases, two to a consignment", ship_cases
    yield "receive cases", receive_cases


def _packed(network: Network, contents: Sequence[list[str]]) -> list[str]:
    """Pack each list into a new container, several in one request."""
    items: list[dict[str, Any]] = [
        {"parent": network.sscc(), "children": children} for children in contents
    ]
    for part in _parts(items, PACKED_AT_ONCE):
        network.post("acme-line", "/v1/packing", {"items": part})
    return [item["parent"] for item in items]


def _parts(things: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(things[n : n + size]) for n in range(0, len(things), size)]
