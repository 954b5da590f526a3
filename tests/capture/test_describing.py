"""Master data of captured documents: after the events, never over them, once."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.capture import usecases
from chalicelib.capture.model import Job
from chalicelib.capture.store import JobStore
from chalicelib.directory.store import ProductStore
from chalicelib.directory.told import Filled
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.formats import read
from chalicelib.epcis.json_format import write
from chalicelib.epcis.masterdata import MDA, read_master_data
from chalicelib.errors import Busy, PacktrailError
from chalicelib.gs1.keys import Sgln
from chalicelib.http.epcis import CaptureErrorBehaviour
from tests import shared_data
from tests.builders import Stage, actor, gln, gtin, minute
from tests.capture.test_model import JOB
from tests.goods.captures import commissioning
from tests.harness.aws import Aws
from tests.harness.faults import PAIRS, Killed, injected

FRESH = replace(JOB, media_type="application/json", created=minute(60 * 24))
NAMED = {"id": MDA + "name", "attribute": "North"}
SITE = Sgln(gln("stranger"))
HEADER = (
    {
        "type": "urn:epcglobal:epcis:vtype:Location",
        "vocabularyElementList": [{"id": SITE.digital_link(), "attributes": [NAMED]}],
    },
    {
        "type": "urn:epcglobal:epcis:vtype:EPCClass",
        "vocabularyElementList": [{"id": gtin().digital_link()}, {"id": "urn:example:1"}],
    },
)
SAMPLES = (
    "dscsa-epcis-samples/epcis-parser-ISC/cardinal_health.1.2.xml",
    "fastnt/fastnt-2022/Masterdata.xml",
    "fastnt/v2_0/Requests/Request_ObjectEvent_WithMultipleMasterdata.json",
    "gdst-opentraceability/tests/EPCISQueryDocument_with_masterdata.jsonld",
    "gdst-opentraceability/tests/cap_tool_events.jsonld",
    "gdst-opentraceability/tests/gdst_data_withmasterdata.jsonld",
    "gdst-opentraceability/tests/gdst_extensions_01.xml",
    "gdst-opentraceability/tests/gdst_extensions_02.xml",
    "gdst-opentraceability/tests/gdst_extensions_03.xml",
    "gdst-opentraceability/tests/querydoc_example01.xml",
    "gs1-epcis-examples/xml/Example-masterData.xml",
)
"""Published documents of which we can read a product, party or place."""


def document(*events: EventObject, header: Any = HEADER) -> bytes:
    found = EpcisDocument(events, created="2026-11-01T08:00:00Z", vocabularies=header)
    return b"".join(write(found))


def captured(raw: bytes, job: Job = FRESH) -> Job:
    usecases.accept(job, raw)
    usecases.run(job.id)
    return JobStore().of(job.actor.organisation, job.id)


def test_a_document_fills_the_directory_of_its_sender_and_the_job_says_so(aws: Aws) -> None:
    stage = Stage()

    job = captured(document(commissioning(stage.issue(1))))

    assert (job.success, job.recorded) == (True, 1)
    assert job.master_data
    assert (job.master_data.taken, job.master_data.refused) == (2, 1)
    assert [each.code for each in job.master_data.faults] == ["syntax"]
    found = ToldStore("acme").one(SITE)
    assert found
    assert (found.name, found.source.capture) == ("North", job.id)
    assert ToldStore("meddist").one(SITE) is None


def test_a_document_makes_nobody_the_owner_of_a_product(aws: Aws) -> None:
    stage = Stage()
    before = ProductStore().get(gtin())

    captured(document(header=HEADER), replace(FRESH, actor=actor("meddist")))

    assert ProductStore().get(gtin()) == before
    assert ProductStore().get(gtin(9)) is None
    assert stage.issue(1)


def test_faulty_master_data_take_no_event_along(aws: Aws) -> None:
    faulty = ({"type": "Location", "vocabularyElementList": {"id": 5}}, 7)
    raw = document(commissioning(Stage().issue(1)), header=faulty)
    usecases.check_document(raw, "application/json", most=10)

    job = captured(raw)

    assert (job.success, job.recorded) == (True, 1)
    assert job.master_data
    assert {each.pointer[-2:] for each in job.master_data.faults} == {
        "st",
        "/1",
    }


def test_of_a_document_that_is_taken_back_no_master_data_is_taken(aws: Aws) -> None:
    job = captured(document({"type": "X"}))
    other = replace(FRESH, id="j2", on_error=CaptureErrorBehaviour.PROCEED)

    assert (job.success, job.master_data and job.master_data.taken) == (False, 0)
    assert ToldStore("acme").one(SITE) is None
    proceeding = captured(document({"type": "X"}), other)
    assert (proceeding.success, proceeding.master_data and proceeding.master_data.taken) == (
        False, 2,
    )  # fmt: skip


def test_a_document_without_master_data_says_nothing_of_it(aws: Aws) -> None:
    assert captured(document(header=())).master_data is None


def test_master_data_are_taken_once_whatever_breaks(aws: Aws) -> None:
    usecases.accept(FRESH, document())
    start = aws.save()
    with injected() as calls:
        usecases.run(FRESH.id)
    wanted = JobStore().of("acme", FRESH.id).master_data
    told = ToldStore("acme").of([SITE, SITE.gln, gtin()])
    for call in range(1, len(calls.made) + 1):
        for kind in (kind for pair in PAIRS for kind in pair):
            aws.restore(start)
            with injected({call: kind}), suppress(Killed, Busy):
                usecases.run(FRESH.id)
            usecases.run(FRESH.id)
            job = JobStore().of("acme", FRESH.id)
            assert (job.running, job.success, job.master_data) == (False, True, wanted)
            assert ToldStore("acme").of([SITE, SITE.gln, gtin()]) == told


@pytest.mark.parametrize("name", SAMPLES)
def test_published_documents_fill_the_directory(name: str, aws: Aws) -> None:
    raw = shared_data.path(name).read_bytes()
    master = read_master_data(read(raw))
    job = replace(FRESH, media_type="", on_error=CaptureErrorBehaviour.PROCEED, tolerant=True)

    done = captured(raw, job).master_data

    entries = [*master.products, *master.parties, *master.places]
    assert done
    assert entries
    assert done == Filled(len(entries), 0, master.refused, master.others, tuple(master.faults))
    found = ToldStore("acme").of(each.key for each in entries)
    assert {thing: each.attributes for thing, each in found.items()} == {
        each.key: each.attributes for each in entries
    }


def test_every_published_document_is_read_without_losing_an_element() -> None:
    looked = 0
    for path in sorted(shared_data.path("gdst-opentraceability").rglob("*.*ml*")):
        looked += _accounted(path.read_bytes())
    assert looked > 5


def _accounted(raw: bytes) -> int:
    try:
        found = read(raw)
    except PacktrailError:
        return 0
    master = read_master_data(found)
    elements = {
        str(each.get("id")) + str(vocabulary["type"])
        for vocabulary in found.vocabularies
        for each in vocabulary["vocabularyElementList"]
    }
    told = len(master.products) + len(master.parties) + len(master.places)
    assert told + master.refused + master.others >= len(elements)
    return 1
