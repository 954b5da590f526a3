"""Records in the events table: kept to the last detail, small, and found by the ids of events."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.epcis.model import BizStep, Document, Event, Fulfilment, Quantity
from chalicelib.errors import AlreadyExists
from chalicelib.gs1.keys import Sgtin
from chalicelib.ledger.model import Record
from chalicelib.ledger.store import (
    RecordItem,
    read_record,
    read_records,
    record_key,
    summary,
    to_items,
    to_record,
)
from chalicelib.serial.model import Place
from chalicelib.table.transaction import Transaction
from tests.builders import START, Stage, event, gln, gtin, lgtin, operation, sscc, unit, units
from tests.gs1.strategies import glns, lgtins, sglns, sgtins
from tests.gs1.strategies import sscc as ssccs
from tests.harness.aws import Aws
from tests.ledger.test_epcset import Spelled, place_of

text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
zones = st.integers(-14 * 60, 14 * 60).map(lambda offset: timezone(timedelta(minutes=offset)))
moments = st.builds(datetime.fromtimestamp, st.floats(0, 4e9), zones)
goods = st.lists(st.builds(Quantity, lgtins, st.integers(1, 10**6)), max_size=3).map(tuple)
events = st.builds(
    Event,
    biz_step=st.sampled_from(BizStep),
    event_time=moments,
    by=glns,
    epcs=st.lists(sgtins | ssccs, max_size=5, unique=True).map(
        lambda epcs: tuple(sorted(epcs, key=str))
    ),
    parent=st.none() | ssccs | sgtins,
    read_point=st.none() | sglns,
    biz_location=st.none() | sglns,
    source=st.none() | glns,
    destination=st.none() | glns,
    documents=st.lists(st.builds(Document, text, text), max_size=3).map(tuple),
    lot=st.none() | lgtins.map(lambda lgtin: lgtin.lot),
    expiry=st.none() | st.dates(),
    reason=st.none() | text,
    goods=goods,
    fulfils=st.lists(
        st.builds(Fulfilment, st.uuids().map(str), st.integers(-(10**5), 10**5), goods),
        max_size=2,
    ).map(tuple),
    withdraws=st.just("") | st.uuids().map(lambda each: each.urn),
)


def record(*each: Event, **more: Any) -> Record:
    return Record(operation(1), "acme", "acme-line", "abc", START, each, **more)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, min_size=1, max_size=3).map(tuple), moments)
def test_a_record_is_read_back_as_it_was_written(each: tuple[Event, ...], recorded: Any) -> None:
    written = Record(operation(1), "acme", "acme-line", "abc", recorded, each, {"count": 3})

    stored = RecordItem.from_raw_data(to_items(written)[0].raw())

    assert to_record(stored, Spelled()) == written
    assert [found.goods for found in summary(stored)] == [one.goods for one in each]
    assert all(found.epcs == () for found in summary(stored))


def test_issued_serial_numbers_are_computed_anew() -> None:
    units_, place = units(3), {epc: place_of(epc) or Place(0, 0) for epc in units(3)}
    written = record(event(BizStep.DISPENSING, "acme", epcs=units_), places=place)

    item = to_items(written)[0]

    assert to_record(item, Spelled()) == written
    assert b"S0000000" not in item.body


def test_the_record_of_a_thousand_commissioned_units_is_small() -> None:
    epcs = units(1000)
    places = {epc: place_of(epc) or Place(0, 0) for epc in epcs}
    commissioned = event(BizStep.COMMISSIONING, "acme", epcs=epcs, lot="L1")

    item = to_items(record(commissioned, places=places))[0]

    assert len(item.body) < 300


def test_a_summary_tells_everything_but_the_epcs() -> None:
    shipped = event(
        BizStep.SHIPPING,
        "acme",
        epcs=(sscc(1),),
        to="meddist",
        documents=(Document("po", "4711"),),
        expiry=date(2028, 6, 30),
        goods=(Quantity(lgtin(), 10),),
    )

    (found,) = summary(to_items(record(shipped))[0])

    assert found.documents == (Document("po", "4711"),)
    assert found.destination == gln("meddist")
    assert found.goods == (Quantity(lgtin(), 10),)
    assert found.epcs == ()


def put(written: Record) -> None:
    tx = Transaction()
    tx.create(to_items(written)[0], refused=AlreadyExists("It is there."))
    tx.commit()


def test_a_record_is_found_by_its_id(aws: Aws) -> None:
    written = record(event(BizStep.DISPENSING, "acme", epcs=(Sgtin.of(gtin(), "x"),)))
    put(written)

    assert read_record(operation(1), Spelled()) == written
    assert read_record(operation(2), Spelled()) is None
    assert read_records([operation(1), operation(2)], Spelled()) == {operation(1): written}
    assert record_key(operation(1)).pk == aws.items("events")[0]["pk"]


def test_a_record_is_written_once(aws: Aws) -> None:
    written = record(event(BizStep.DISPENSING, "acme", epcs=(unit(0),)))
    put(written)

    with pytest.raises(AlreadyExists) as refusal:
        put(written)

    assert isinstance(refusal.value.existing, RecordItem)
    assert to_record(refusal.value.existing, Spelled()) == written


def test_what_a_use_case_wrote_is_what_it_answered(aws: Aws) -> None:
    stage = Stage()
    fresh = stage.issue(20)

    done = stage.commission("acme", fresh)

    found = read_record(done.record.id, stage.numbers())
    assert found is not None
    assert set(found.events[0].epcs) == set(fresh)
    assert found.events[0].goods == done.record.events[0].goods
