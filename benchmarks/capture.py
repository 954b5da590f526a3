"""A seller's EPCIS 1.2 document taken in: commissioned, packed in cases and pallets, shipped.

50 units to a case, 100 cases to a pallet, one shipment: as it comes by AS2 in the US pharma trade.
Numbers of ours stand on pages, numbers from elsewhere each in an item of its own. From the document
as sent to the job done, read models not counted.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.measure import own_cpu, watch_emulator
from benchmarks.report import Row, at_least
from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from tests.harness.costs import counted
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


def run() -> Iterator[Row]:
    """Yield units per CPU second, and requests and capacity units per 1,000 units."""
    watch_emulator()
    for size in SIZES:
        for whose, least in (("of ours", 18_000), ("from elsewhere", 4_500)):
            yield from _captured(size, whose, least)


def _captured(size: int, whose: str, least: int) -> Iterator[Row]:
    name = f"{size:,} units {whose}"
    with opened() as network:
        job, raw = _document(network, size, whose)
        with own_cpu() as used:
            _run(job, raw)
    yield Row(
        f"{name}: units per CPU second of ours", size / used.seconds, "units/s", at_least(least)
    )
    if size > min(SIZES):
        return
    with opened() as network:
        job, raw = _document(network, size, whose)
        with counted(network.aws) as spent:
            _run(job, raw)
    yield Row(f"{name}: requests per 1,000", spent.round_trips / size * 1000, "")
    yield Row(f"{name}: write units per 1,000", spent.write_units / size * 1000, "WRU")
    yield Row(f"{name}: read units per 1,000", spent.read_units / size * 1000, "RRU")


def _run(job: Any, raw: bytes) -> None:
    from chalicelib.capture import usecases  # noqa: PLC0415 - AWS is needed from here on
    from chalicelib.capture.store import JobStore  # noqa: PLC0415

    usecases.accept(job, raw)
    usecases.run(job.id)
    done = JobStore().of(job.actor.organisation, job.id)
    if not done.success:
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
