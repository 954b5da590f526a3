"""Documents taken in: once, all or nothing, or event by event, whatever breaks on the way."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.capture import judging, usecases
from chalicelib.capture.model import Job
from chalicelib.capture.store import JobStore
from chalicelib.directory.book import PartyStore
from chalicelib.directory.model import Party
from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.json_format import write
from chalicelib.errors import Busy
from chalicelib.goods.model import Status
from chalicelib.gs1.keys import Sgtin
from chalicelib.http.epcis import CaptureErrorBehaviour
from tests.builders import Stage, actor, gln, minute, sscc, unit
from tests.capture.test_model import JOB
from tests.goods.captures import OUTSIDE, commissioning, packing, shipping
from tests.harness.aws import Aws
from tests.harness.faults import PAIRS, Killed, Kind, injected

FRESH = replace(JOB, media_type="application/json", created=minute(60 * 24))


@pytest.fixture
def stage(aws: Aws) -> Stage:
    """A product of acme with a lot, and meddist in acme's address book."""
    PartyStore("acme").put(Party(gln("meddist"), "MedDist", ()))
    return Stage()


def document(*events: dict[str, Any]) -> bytes:
    return b"".join(write(EpcisDocument(events, created="2026-11-01T08:00:00Z")))


def captured(raw: bytes, job: Job = FRESH) -> Job:
    usecases.accept(job, raw)
    usecases.run(job.id)
    return JobStore().of(job.actor.organisation, job.id)


def test_a_document_becomes_events_and_the_job_says_so(stage: Stage) -> None:
    units = stage.issue(3)

    job = captured(
        document(
            commissioning(units), packing(sscc(1), units),
            shipping([sscc(1)], gln("acme"), gln("meddist")),
        )
    )  # fmt: skip

    assert (job.running, job.success, job.events, job.recorded, job.faults) == (
        False, True, 3, 3, (),
    )  # fmt: skip
    assert stage.where(units[0]).to == gln("meddist").digits


def test_every_fault_of_a_document_is_told_at_once_and_nothing_is_recorded(stage: Stage) -> None:
    units = stage.issue(3)
    wrong = {"bizStep": "teleporting", "disposition": "lost"}

    job = captured(document(commissioning(units), commissioning(units) | wrong, {"type": "X"}))

    assert (job.success, job.recorded, job.refused) == (False, 0, 2)
    assert [fault.index for fault in job.faults] == [1, 2]
    pointers = {each["pointer"] for each in job.faults[0].errors}
    assert pointers == {"/bizStep", "/disposition"}
    assert str(units[0]) not in stage.see(units[0]).things


def test_proceeding_takes_what_it_can(stage: Stage) -> None:
    units = stage.issue(3)
    job = replace(FRESH, on_error=CaptureErrorBehaviour.PROCEED)

    job = captured(
        document({"type": "X"}, commissioning(units), packing(sscc(1), [unit(5)]),
                 packing(sscc(2), units)), job,
    )  # fmt: skip

    assert (job.running, job.success, job.done) == (False, False, 4)
    assert (job.recorded, job.refused) == (2, 2)
    assert stage.where(units[0]).chain == (str(sscc(2)),)


def in_1_2(units: list[str]) -> bytes:
    """Return a document as some systems write it: words in capitals, blanks around them."""
    epcs = "".join(f"<epc> {each} </epc>" for each in units)
    return f"""<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"
    xmlns:cbvmda="urn:epcglobal:cbv:mda" creationDate="2026-11-01T08:00:00Z"><EPCISBody><EventList>
    <ObjectEvent><eventTime>2026-11-01T08:00:00Z</eventTime>
    <eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList>{epcs}</epcList>
    <action>Add</action><bizStep>urn:epcglobal:cbv:bizstep:Commissioning</bizStep>
    <extension><ilmd><cbvmda:lotNumber>L1</cbvmda:lotNumber>
    <cbvmda:itemExpirationDate>2028-06-30</cbvmda:itemExpirationDate></ilmd></extension>
    </ObjectEvent></EventList></EPCISBody></e:EPCISDocument>""".encode()


def test_what_only_one_thing_can_be_meant_by_is_put_right_where_that_is_asked(
    stage: Stage,
) -> None:
    units = stage.issue(2)
    raw = in_1_2([each.urn(7) for each in units])
    xml = replace(FRESH, media_type="application/xml")

    strict = captured(raw, replace(xml, id="strict"))
    lenient = captured(raw, replace(xml, tolerant=True))

    assert (strict.success, strict.repairs) == (False, ())
    assert (lenient.success, lenient.recorded) == (True, 1)
    assert {each.pointer for each in lenient.repairs} == {"/action", "/bizStep"}
    assert stage.where(units[1]).status is Status.ACTIVE


@pytest.mark.parametrize("raw", [b"", b"{}", b"<a/>", b'{"type": "EPCISDocument"}'])
def test_a_document_that_cannot_be_read_fails_its_job(raw: bytes, stage: Stage) -> None:
    job = captured(raw)

    assert (job.running, job.success) == (False, False)
    assert job.faults[0].index is None


def test_a_job_whose_document_comes_again_is_the_job_there_is(stage: Stage) -> None:
    raw = document(commissioning(stage.issue(1)))
    job = captured(raw)

    assert usecases.accept(FRESH, b"other") == job
    assert captured(raw, replace(FRESH, id="j2")).repeated == 1


def test_messages_of_jobs_that_are_done_or_gone_do_nothing(aws: Aws, stage: Stage) -> None:
    captured(document(commissioning(stage.issue(1))))
    before = aws.snapshot()

    usecases.run(FRESH.id)
    usecases.run("never heard of")

    assert aws.snapshot() == before


@pytest.mark.parametrize("on_error", CaptureErrorBehaviour)
def test_a_job_that_breaks_anywhere_is_done_once_when_it_goes_on(
    aws: Aws, stage: Stage, on_error: CaptureErrorBehaviour
) -> None:
    units = stage.issue(3)
    usecases.accept(
        replace(FRESH, on_error=on_error),
        document(commissioning(units), packing(sscc(1), units)),
    )
    start = aws.save()
    with injected() as calls:
        usecases.run(FRESH.id)
    wanted = stage.where(units[0])
    for call in range(1, len(calls.made) + 1):
        for kind in (kind for pair in PAIRS for kind in pair):
            aws.restore(start)
            with injected({call: kind}), suppress(Killed, Busy):
                usecases.run(FRESH.id)
            usecases.run(FRESH.id)
            job = JobStore().of("acme", FRESH.id)
            assert (job.running, job.success, job.recorded + job.repeated) == (False, True, 2)
            assert stage.where(units[0]) == wanted
            assert wanted.status is Status.ACTIVE


def test_a_job_has_the_rights_that_its_sender_had(stage: Stage) -> None:
    job = captured(document(commissioning(stage.issue(1))), replace(FRESH, actor=actor("meddist")))

    assert job.faults[0].status == 404


def test_faults_behind_the_first_window_undo_what_was_staged_and_are_told_with_all_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.goods.capturing.WINDOW", 4)
    units = stage.issue(6)
    sound = [commissioning([each]) for each in units]

    job = captured(document(*sound, {"type": "X"}, sound[0], {"type": "Y"}))

    assert (job.running, job.success, job.events, job.done) == (False, False, 9, 9)
    assert (job.recorded, job.refused) == (0, 2)
    assert [fault.index for fault in job.faults] == [6, 8]
    assert all(str(each) not in stage.see(each).things for each in units)


def test_faults_of_form_are_told_before_what_goods_forbid(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.goods.capturing.WINDOW", 2)
    units = stage.issue(3)

    job = captured(document(packing(sscc(1), units), commissioning(units), {"type": "X"}))

    assert [(fault.index, fault.code) for fault in job.faults] == [(2, "malformed")]


def test_a_long_document_tells_how_many_events_were_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "PROGRESS", 2)
    told = []
    put = JobStore.put
    monkeypatch.setattr(
        JobStore, "put", lambda self, job: told.append(job.events) or put(self, job)
    )

    job = captured(document(*(commissioning([each]) for each in stage.issue(5))))

    assert (job.success, told) == (True, [2, 4, 5])


def test_the_goods_of_a_job_that_nobody_got_to_the_end_of_are_free_again(
    stage: Stage, aws: Aws
) -> None:
    units = [Sgtin.of(OUTSIDE, f"s{n}") for n in range(200)]
    usecases.accept(FRESH, document(commissioning(units, lot="O-1")))
    before = aws.save()
    with injected() as calls:
        usecases.run(FRESH.id)
    writes = [n for n, call in enumerate(calls.made, 1) if call == "dynamodb.TransactWriteItems"]
    aws.restore(before)
    with injected({writes[2]: Kind.KILLED_AFTER}), suppress(Killed):
        usecases.run(FRESH.id)
    assert any("i" in item for item in aws.items("units"))

    usecases.let_go(FRESH.id)
    usecases.let_go("never heard of")

    assert not any("i" in item for item in aws.items("units"))
    usecases.run(FRESH.id)
    assert JobStore().of("acme", FRESH.id).success
