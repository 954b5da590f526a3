"""A recall of a lot of a million units that went to ten thousand parties, each step by itself.

The deliveries are put into the view directly: making them would be another benchmark. Parties have
no address to be told at, so "told" is what it costs to find that out and to say so; what a webhook
takes is its receiver's time.
"""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

from benchmarks.measure import own_cpu, watch_emulator
from benchmarks.report import Row, at_least, at_most
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.recall import worker
from chalicelib.recall.identification import identify, sent_by
from chalicelib.recall.model.notice import findings
from chalicelib.recall.store.recalls import RecallStore
from chalicelib.recall.usecases import started
from chalicelib.trace.model import Delivery
from chalicelib.trace.store import DeliveryStore
from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, Network, gln, opened, serial_of

PARTIES, EACH = 10_000, 100
SAMPLE = 40
"""Messages of 25 notices that are really told; the rest would take the same."""


def run() -> Iterator[Row]:
    """Yield what each step takes."""
    watch_emulator()
    with opened() as network:
        (unit,) = network.commissioned(1)
        network.delivered([unit], "acme", "citypharm")
        _deliver(network)
        recall, rows = _open(network, unit)
        yield from rows
        yield from _identify(network, recall)
        yield from _tell(network)


def _deliver(network: Network) -> None:
    """Put one delivery for each party where the stream would put it."""
    lgtin, shipper, store = Lgtin.parse(f"{GTIN}#{LOT}"), Gln(gln("acme")), DeliveryStore()
    table = network.aws.table("views")
    with patch("chalicelib.trace.store._put", lambda item: table.put_item(item.raw())):
        for number in range(PARTIES):
            digits = f"9531{number:08}"
            party = Gln(digits + check_digit(digits))
            event = f"urn:uuid:00000000-0000-8000-8000-{number:012x}"
            store.put(Delivery(lgtin, shipper, party, EACH, event, network.now))


def _open(network: Network, unit: str) -> tuple[str, list[Row]]:
    """Open the recall, and look at a pack in the very next request."""
    scan = {"gtin": GTIN, "serial": serial_of(unit), "lot": LOT}
    body = {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]},
        "reason": "glass in the bottle",
        "classification": "I",
    }
    with counted(network.aws) as spent, own_cpu() as cpu:
        recall: str = network.post("acme-quality", "/v1/recalls", body)["id"]
    verdict = network.post("citypharm-warehouse", "/v1/verifications", scan)
    blocked = 0 if verdict["verified"] or not verdict["recalled"] else 1
    return recall, [
        Row("the next verification refuses (1: yes)", blocked, "", at_least(1)),
        Row("opening, which blocks: our CPU", cpu.seconds * 1000, "ms"),
        Row("opening, which blocks: write units", spent.write_units, "WRU"),
    ]


def _identify(network: Network, recall: str) -> Iterator[Row]:
    shipper = Gln(gln("acme"))
    started(recall, shipper)
    with counted(network.aws) as read, own_cpu() as cpu:
        found = findings(sent_by(RecallStore().get(recall), shipper), but=frozenset({shipper}))
    quantity = sum(lot.quantity for lots in found.values() for lot in lots)
    right = (len(found), quantity) == (PARTIES, PARTIES * EACH)
    yield Row("every party with its quantity (1: yes)", int(right), "", at_least(1))
    yield Row("parties and quantities: our CPU, counting included", cpu.seconds, "s", at_most(1))
    yield Row("parties and quantities: read units", read.read_units, "RRU")
    with own_cpu() as cpu:
        identify(recall, shipper, run="bench", at=network.now + timedelta(seconds=1))
    yield Row(f"{PARTIES:,} notices written and queued: our CPU", cpu.seconds, "s", at_most(10))


def _tell(network: Network) -> Iterator[Row]:
    messages = network.aws.messages("notices")
    with own_cpu() as cpu:
        for body in messages[:SAMPLE]:
            worker.notices(body)
    seconds = cpu.seconds / SAMPLE * len(messages)
    yield Row(f"{PARTIES:,} parties told: our CPU", seconds, "s", at_most(60))
