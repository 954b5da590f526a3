"""The life of goods in bulk, from the line to two pharmacies, and what it writes.

50 units to a case, 100 cases to a pallet: the line packs 20 cases and puts them on it in one
request. Pallets go to the distributor, which sends cases on, two to a consignment and ten
consignments to a request; each pharmacy receives its own. What the read models write behind the
requests is counted too. It is played twice, because counting takes time of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.measure import own_cpu, watch_emulator
from benchmarks.report import Row, at_most
from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, Network, gln, opened
from tests.harness.streams import Streams

UNITS, CASE, PALLET = 10_000, 50, 100
CASES_AT_ONCE, TOUR = 20, 10
PHARMACIES = ("citypharm", "ruralpharm")


def run() -> Iterator[Row]:
    """Yield write units per 1,000 units for each stage and for all of them, and the CPU."""
    watch_emulator()
    with opened() as network:
        yield from _cost(network)
    with opened() as network:
        yield Row("the whole life cycle: CPU of ours per 1,000", _per_1000(_cpu(network)), "s")


def _cost(network: Network) -> Iterator[Row]:
    import app  # noqa: PLC0415 - AWS is needed from here on

    streams, total = Streams(network.aws, app.app), 0.0
    streams.settle()
    for name, stage in _stages(network):
        with counted(network.aws) as spent:
            stage()
        total += spent.write_units
        yield Row(f"{name}: write units per 1,000", _per_1000(spent.write_units), "WRU")
    with counted(network.aws) as views:
        streams.settle()
    total = _per_1000(total + views.write_units)
    behind = _per_1000(views.write_units)
    yield Row("read models behind it: write units per 1,000", behind, "WRU")
    yield Row("the whole life cycle: write units per 1,000", total, "WRU", at_most(200))


def _cpu(network: Network) -> float:
    seconds = 0.0
    for _, stage in _stages(network):
        with own_cpu() as used:
            stage()
        seconds += used.seconds
    return seconds


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
        for contents in _parts(_parts(units, CASE), PALLET):
            pallets.append(network.sscc())
            for several in _parts(contents, CASES_AT_ONCE):
                cases.extend(_packed(network, several, pallets[-1]))

    def ship() -> None:
        network.shipped(pallets, "acme", "meddist")

    def receive() -> None:
        network.received(pallets, "meddist")

    consignments = [(PHARMACIES[n % 2], n) for n in range(UNITS // CASE // 2)]

    def ship_cases() -> None:
        for tour in _parts(consignments, TOUR):
            items = [{"epcs": cases[2 * n : 2 * n + 2], "to": gln(to)} for to, n in tour]
            network.post("meddist-warehouse", "/v1/shipping", {"items": items})

    def receive_cases() -> None:
        for to, n in consignments:
            network.received(cases[2 * n : 2 * n + 2], to)

    yield "commission", commission
    yield "pack units to cases to pallets", pack
    yield "ship pallets", ship
    yield "receive pallets", receive
    yield "ship cases, two to a consignment", ship_cases
    yield "receive cases", receive_cases


def _packed(network: Network, contents: Sequence[list[str]], pallet: str) -> list[str]:
    """Pack each list into a new case, and the cases onto the pallet, in one request."""
    items: list[dict[str, Any]] = [
        {"parent": network.sscc(), "children": children} for children in contents
    ]
    cases = [item["parent"] for item in items]
    onto = {"parent": pallet, "children": cases}
    network.post("acme-line", "/v1/packing", {"items": [*items, onto]})
    return cases


def _parts(things: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(things[n : n + size]) for n in range(0, len(things), size)]
