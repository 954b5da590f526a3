"""Events as JSON-LD, judged by GS1's own schema."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.epcis.jsonld import instant, offset, render
from chalicelib.epcis.model import DOCUMENT_TYPES, BizStep, Document, Event, Quantity
from chalicelib.gs1.keys import Sgln, Sgtin
from tests.builders import EXPIRY, START, event, gln, gtin, lgtin, sscc, unit, units
from tests.epcis.schemas import breaches
from tests.gs1.strategies import glns, lgtins, sglns, sgtins
from tests.gs1.strategies import sscc as ssccs

ID = "urn:uuid:00000000-0000-8000-8000-000000000100"

EXAMPLES = {
    BizStep.COMMISSIONING: {"epcs": units(3), "lot": "L1", "expiry": EXPIRY},
    BizStep.PACKING: {"epcs": units(3), "parent": sscc(1)},
    BizStep.UNPACKING: {"epcs": (), "parent": sscc(1)},
    BizStep.SHIPPING: {
        "epcs": (sscc(1), unit(1)),
        "source": "acme",
        "to": "meddist",
        "documents": (Document("po", "PO 7/8"), Document("desadv", "DÄ-1")),
    },
    BizStep.RECEIVING: {
        "epcs": (sscc(1),),
        "source": "acme",
        "to": "meddist",
        "biz_location": Sgln.of(gln("meddist"), "A/1"),
    },
    BizStep.DESTROYING: {"epcs": (Sgtin.of(gtin(), "a/b?c#"[:5]),), "reason": "crushed"},
}


def rendered(of: Event) -> dict[str, Any]:
    return render(of, ID, START)


@pytest.mark.parametrize("step", BizStep)
def test_every_step_is_valid_by_the_standards_schema(step: BizStep) -> None:
    more: Any = EXAMPLES.get(step, {"epcs": units(2), "reason": "because"})

    assert breaches(rendered(event(step, "acme", read_point=Sgln(gln("acme")), **more))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"childEPCs": []},
        {"bizStep": "urn:epcglobal:cbv:bizstep:packing"},
        {"bizTransactionList": [{"type": "po", "bizTransaction": "PO 7"}]},
        {"eventTimeZoneOffset": "Z"},
        {"eventTime": "yesterday"},
        {"reason": "no prefix"},
    ],
)
def test_the_judge_finds_fault_with_what_is_wrong(wrong: dict[str, Any]) -> None:
    packed = rendered(event(BizStep.PACKING, "acme", epcs=units(2), parent=sscc(1)))

    assert breaches(packed) == []
    assert breaches(packed | wrong)


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
zones = st.integers(-13 * 60 - 59, 14 * 60).map(lambda at: timezone(timedelta(minutes=at)))
events = st.builds(
    Event,
    biz_step=st.sampled_from(BizStep),
    event_time=st.builds(datetime.fromtimestamp, st.floats(0, 4e9), zones),
    by=glns,
    epcs=st.lists(sgtins | ssccs, min_size=1, max_size=3, unique=True).map(tuple),
    parent=ssccs | sgtins,
    read_point=st.none() | sglns,
    biz_location=st.none() | sglns,
    source=st.none() | glns,
    destination=st.none() | glns,
    documents=st.lists(
        st.builds(Document, st.sampled_from(sorted(DOCUMENT_TYPES)), text), max_size=2
    ).map(tuple),
    reason=st.none() | text,
    goods=st.lists(st.builds(Quantity, lgtins, st.integers(1, 10**6)), max_size=2).map(tuple),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(events)
def test_whatever_happens_is_valid_by_the_standards_schema(some: Event) -> None:
    assert breaches(rendered(some)) == []


def test_an_object_event_says_what_when_where_and_why() -> None:
    at = START.astimezone(timezone(timedelta(hours=1)))
    shipped = event(
        BizStep.SHIPPING,
        "acme",
        at,
        epcs=(sscc(1),),
        source="acme",
        to="meddist",
        read_point=Sgln.of(gln("acme"), "D1"),
    )

    assert rendered(shipped) == {
        "type": "ObjectEvent",
        "eventID": ID,
        "eventTime": "2026-11-01T08:00:00.000Z",
        "eventTimeZoneOffset": "+01:00",
        "recordTime": "2026-11-01T08:00:00.000Z",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "epcList": [f"https://id.gs1.org/00/{sscc(1)}"],
        "readPoint": {"id": f"https://id.gs1.org/414/{gln('acme')}/254/D1"},
        "sourceList": [
            {"type": "possessing_party", "source": f"https://id.gs1.org/417/{gln('acme')}"}
        ],
        "destinationList": [
            {"type": "possessing_party", "destination": f"https://id.gs1.org/417/{gln('meddist')}"}
        ],
    }


def test_an_aggregation_names_parent_and_children() -> None:
    found = rendered(event(BizStep.PACKING, "acme", epcs=units(2), parent=sscc(1)))

    assert found["parentID"] == sscc(1).digital_link()
    assert found["childEPCs"] == [epc.digital_link() for epc in units(2)]


def test_children_that_are_not_told_are_counted() -> None:
    goods = (Quantity(lgtin(), 10),)
    found = rendered(event(BizStep.PACKING, "acme", parent=sscc(1), goods=goods))

    assert "childEPCs" not in found
    assert found["childQuantityList"] == [{"epcClass": lgtin().digital_link(), "quantity": 10}]


def test_an_unpacking_without_children_is_one_of_all() -> None:
    goods = (Quantity(lgtin(), 10),)
    found = rendered(event(BizStep.UNPACKING, "acme", parent=sscc(1), goods=goods))

    assert (found["action"], found["childEPCs"]) == ("DELETE", [])
    assert "childQuantityList" not in found


def test_instance_data_are_lot_and_expiry() -> None:
    with_both = event(BizStep.COMMISSIONING, "acme", epcs=units(1), lot="L1", expiry=EXPIRY)
    without = event(BizStep.COMMISSIONING, "acme", epcs=units(1), lot="L1")

    assert rendered(with_both)["ilmd"] == {
        "cbvmda:lotNumber": "L1",
        "cbvmda:itemExpirationDate": "2028-06-30",
    }
    assert rendered(without)["ilmd"] == {"cbvmda:lotNumber": "L1"}


def test_a_reason_is_an_extension_that_brings_its_context() -> None:
    found = rendered(event(BizStep.DESTROYING, "acme", epcs=units(1), reason="crushed"))

    assert found["@context"] == {"packtrail": "urn:packtrail:"}
    assert found["packtrail:reason"] == "crushed"
    assert "@context" not in rendered(event(BizStep.DESTROYING, "acme", epcs=units(1)))


@pytest.mark.parametrize(
    ("kind", "name", "uri"),
    [
        ("desadv", "DA-7", f"urn:epcglobal:cbv:bt:{gln('acme')}:DA-7"),
        ("inv", "7/ä ö", f"urn:epcglobal:cbv:bt:{gln('acme')}:7%2F%C3%A4%20%C3%B6"),
        ("po", "PO-7", f"urn:epcglobal:cbv:bt:{gln('meddist')}:PO-7"),
        ("recadv", "R-7", f"urn:epcglobal:cbv:bt:{gln('meddist')}:R-7"),
        (
            "po",
            "urn:epcglobal:cbv:bt:0614141073467:1152",
            "urn:epcglobal:cbv:bt:0614141073467:1152",
        ),
        ("urn:x:own", "https://example.org/d/1?x=%20y", "https://example.org/d/1?x=%20y"),
    ],
)
def test_a_document_is_named_by_a_uri_under_the_gln_of_who_issued_it(
    kind: str, name: str, uri: str
) -> None:
    shipped = event(
        BizStep.SHIPPING,
        "acme",
        epcs=units(1),
        source="acme",
        to="meddist",
        documents=(Document(kind, name),),
    )

    assert rendered(shipped)["bizTransactionList"] == [{"type": kind, "bizTransaction": uri}]


def test_a_document_of_no_trade_is_under_the_gln_of_who_acted() -> None:
    made = event(BizStep.PACKING, "acme", epcs=units(1), documents=(Document("prodorder", "7"),))

    (found,) = rendered(made)["bizTransactionList"]

    assert found["bizTransaction"] == f"urn:epcglobal:cbv:bt:{gln('acme')}:7"


@pytest.mark.parametrize(
    ("text", "utc", "zone"),
    [
        ("2026-03-01T08:30:00+00:00", "2026-03-01T08:30:00.000Z", "+00:00"),
        ("2026-03-01T08:30:00.123456+05:30", "2026-03-01T03:00:00.123Z", "+05:30"),
        ("2026-03-01T00:30:00-08:00", "2026-03-01T08:30:00.000Z", "-08:00"),
        ("2026-03-01T00:30:00-00:30", "2026-03-01T01:00:00.000Z", "-00:30"),
    ],
)
def test_times_are_utc_beside_the_offset_of_the_place(text: str, utc: str, zone: str) -> None:
    at = datetime.fromisoformat(text)

    assert (instant(at), offset(at)) == (utc, zone)
