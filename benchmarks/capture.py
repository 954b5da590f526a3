"""A seller's EPCIS 1.2 document taken in: commissioned, packed in cases and pallets, shipped.

50 units to a case, 100 cases to a pallet, one shipment: as it comes by AS2 in the US pharma trade.
Numbers of ours stand on pages, numbers from elsewhere each in an item of its own. From the message
of the job to the job done, by a process that knows its clients already, as a warm function does;
read models not counted. Memory is what the job makes the process grow by, its document in S3.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

from benchmarks.costs import Till
from benchmarks.emulator import beside
from benchmarks.measure import own_cpu, peak_memory
from benchmarks.report import Row, at_least, at_most
from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from tests.harness.costs import underneath
from tests.harness.network import AT, EXPIRY, GTIN, LOT, Network, gln, opened

CASE, PALLET = 50, 100
SIZES = (10_000, 100_000)
OUTSIDE = "05400000000010"
HEAD = (
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" '
    'xmlns:cbvmda="urn:epcglobal:cbv:mda" schemaVersion="1.2" '
    'creationDate="2026-11-23T08:00:00Z"><EPCISBody><EventList>'
)
TAIL = "</EventList></EPCISBody></epcis:EPCISDocument>"
MEGABYTE = 2**20
MOST_MEMORY = 64
"""Megabytes: what one window of events takes, however many come after it."""


def run() -> Iterator[Row]:
    """Yield units per CPU second, costs per 1,000 units, and memory."""
    # A process for each: what one has let go of would be room for the next.
    fresh = ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1)
    with fresh as processes:
        for size in SIZES:
            for whose, least in (("of ours", 18_000), ("from elsewhere", 4_500)):
                yield from processes.submit(_captured, size, whose, least).result()


def _captured(size: int, whose: str, least: int) -> list[Row]:
    name = f"{size:,} units {whose}"
    with opened() as network:
        looking = underneath(network.aws)
        with beside(lambda: _accepted(network, size, whose), looking) as emulator:
            clients = _warm()
            till = Till(emulator.peek)
            with till.attached(*clients) as spent, peak_memory() as memory, own_cpu() as used:
                _run(emulator.prepared)
    speed, mark = size / used.seconds, at_least(least)
    return [
        Row(f"{name}: per CPU second of ours", speed, "units/s", mark),
        Row(f"{name}: requests per 1,000", spent.round_trips / size * 1000, ""),
        Row(f"{name}: write units per 1,000", spent.write_units / size * 1000, "WRU"),
        Row(f"{name}: read units per 1,000", spent.read_units / size * 1000, "RRU"),
        Row(f"{name}: memory", memory.grown / MEGABYTE, "MB", at_most(MOST_MEMORY)),
    ]


def _warm() -> tuple[Any, ...]:
    """Return the clients of the process."""
    from chalicelib.capture import documents  # noqa: PLC0415 - AWS is needed from here on
    from chalicelib.table.client import client  # noqa: PLC0415

    return client(), documents.client()


def _accepted(network: Network, size: int, whose: str) -> tuple[str, str]:
    """Have a document taken in; return organisation and id of its job."""
    from chalicelib.capture import usecases  # noqa: PLC0415

    job, raw = _document(network, size, whose)
    usecases.accept(job, raw)
    return job.actor.organisation, job.id


def _run(prepared: tuple[str, str]) -> None:
    from chalicelib.capture import usecases  # noqa: PLC0415
    from chalicelib.capture.store import JobStore  # noqa: PLC0415

    organisation, job_id = prepared
    usecases.run(job_id)
    done = JobStore().of(organisation, job_id)
    if not done.success or done.running:
        raise RuntimeError(f"the document was refused: {done.faults[:3]}")


def _document(network: Network, size: int, whose: str) -> tuple[Any, bytes]:
    from chalicelib.access.model import Actor, Role  # noqa: PLC0415
    from chalicelib.capture.model import Job  # noqa: PLC0415
    from chalicelib.gs1.keys import Gln  # noqa: PLC0415
    from chalicelib.http.epcis import CaptureErrorBehaviour  # noqa: PLC0415

    ours = whose == "of ours"
    texts = network.serials(size) if ours else [f"X{n * 7919 % 10**9:09}" for n in range(size)]
    who, product = ("acme", GTIN) if ours else ("meddist", OUTSIDE)
    sender = Gln(gln("acme")) if ours else Gln("5400000000003")
    raw = "".join(_pieces(product, texts, sender.urn(7), Gln(gln("meddist")).urn(7))).encode()
    actor = Actor(who, Gln(gln(who)), f"{who}-all", frozenset(Role))
    job = Job("0" * 32, actor, "application/xml", CaptureErrorBehaviour.ROLLBACK, AT)
    return job, raw


def _pieces(product: str, texts: list[str], sender: str, buyer: str) -> Iterator[str]:
    gtin = Gtin(product)
    units = [Sgtin.of(gtin, text).urn(7) for text in texts]
    cases = [_sscc(n) for n in range(len(units) // CASE)]
    pallets = [_sscc(10**6 + n) for n in range(-(-len(cases) // PALLET))]
    yield HEAD
    ilmd = (
        f"<extension><ilmd><cbvmda:lotNumber>{LOT}</cbvmda:lotNumber>"
        f"<cbvmda:itemExpirationDate>{EXPIRY}</cbvmda:itemExpirationDate></ilmd></extension>"
    )
    for start in range(0, len(units), 1000):
        yield _object("ADD", "commissioning", units[start : start + 1000], ilmd, 0)
    for n, case in enumerate(cases):
        yield _aggregation(case, units[n * CASE : (n + 1) * CASE], 1)
    for n, pallet in enumerate(pallets):
        yield _aggregation(pallet, cases[n * PALLET : (n + 1) * PALLET], 2)
    between = (
        '<extension><sourceList><source type="urn:epcglobal:cbv:sdt:owning_party">'
        f"{sender}</source></sourceList><destinationList>"
        f'<destination type="urn:epcglobal:cbv:sdt:owning_party">{buyer}</destination>'
        "</destinationList></extension>"
    )
    yield _object("OBSERVE", "shipping", pallets, between, 3)
    yield TAIL


def _sscc(number: int) -> str:
    from chalicelib.gs1.checkdigit import check_digit  # noqa: PLC0415

    digits = f"0540000{number:010}"
    return Sscc(digits + check_digit(digits)).urn(7)


def _when(hour: int) -> str:
    at = (AT - timedelta(hours=10 - hour)).isoformat()
    return f"<eventTime>{at}</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>"


def _epcs(name: str, epcs: list[str]) -> str:
    return f"<{name}>" + "".join([f"<epc>{epc}</epc>" for epc in epcs]) + f"</{name}>"


def _object(action: str, step: str, epcs: list[str], more: str, hour: int) -> str:
    left = "active" if action == "ADD" else "in_transit"
    return (
        f"<ObjectEvent>{_when(hour)}{_epcs('epcList', epcs)}<action>{action}</action>"
        f"<bizStep>urn:epcglobal:cbv:bizstep:{step}</bizStep>"
        f"<disposition>urn:epcglobal:cbv:disp:{left}</disposition>{more}</ObjectEvent>"
    )


def _aggregation(parent: str, children: list[str], hour: int) -> str:
    return (
        f"<AggregationEvent>{_when(hour)}<parentID>{parent}</parentID>"
        f"{_epcs('childEPCs', children)}<action>ADD</action>"
        "<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep></AggregationEvent>"
    )
