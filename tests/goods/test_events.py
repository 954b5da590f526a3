"""A few fields in, EPCIS events out."""

from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel

from chalicelib.epcis.model import BizStep, Document, Event
from chalicelib.goods import events, wire
from chalicelib.gs1.keys import Sgln
from tests.builders import EXPIRY, START, actor, gln, gtin, sscc, unit

LINE = actor("acme")
HERE = Sgln(gln("acme"))
DOCK = Sgln.of(gln("acme"), "DOCK/1")
EARLIER = datetime(2026, 10, 1, 7, 30, tzinfo=timezone(timedelta(hours=2)))
WHEN = {"eventTime": "2026-10-01T07:30:00+02:00", "readPoint": DOCK.digital_link()}

B = TypeVar("B", bound=BaseModel)


def read(model: type[B], **fields: Any) -> B:
    return model.model_validate(fields)


def only(asked: events.Asked) -> Event:
    ((event, pointer),) = asked
    assert pointer == ""
    return event


def test_commissioning_is_of_units_in_a_lot() -> None:
    body = read(
        wire.Commissioning, gtin=str(gtin()), lot="L1", serials=["a", "b"], expiry="2028-06-30"
    )

    found = only(events.commissioning(body, LINE, START))

    assert found.biz_step is BizStep.COMMISSIONING
    assert [epc.serial for epc in found.epcs] == ["a", "b"]  # type: ignore[union-attr]
    assert (found.lot, found.expiry) == ("L1", EXPIRY)
    assert (found.by, found.read_point, found.event_time) == (gln("acme"), HERE, START)


def test_when_and_where_may_be_said() -> None:
    body = read(wire.Commissioning, gtin=str(gtin()), lot="L1", serials=["a"], **WHEN)

    found = only(events.commissioning(body, LINE, START))

    assert found.event_time == EARLIER
    assert found.event_time.utcoffset() == timedelta(hours=2)
    assert found.read_point == DOCK


def test_packing_is_one_event_for_each_container() -> None:
    body = read(
        wire.Packings,
        items=[
            {"parent": sscc(1).digital_link(), "children": [unit(0).digital_link()]},
            {"parent": sscc(2).digital_link(), "children": [sscc(1).element_string()]},
        ],
        **WHEN,
    )

    asked = events.packing(body, LINE, START)

    assert [pointer for _, pointer in asked] == ["/items/0", "/items/1"]
    assert [(each.parent, each.epcs) for each, _ in asked] == [
        (sscc(1), (unit(0),)),
        (sscc(2), (sscc(1),)),
    ]
    assert {(each.event_time, each.read_point) for each, _ in asked} == {(EARLIER, DOCK)}


def test_packing_one_container_is_one_event() -> None:
    body = read(wire.Packings, parent=sscc(1).digital_link(), children=[unit(0).digital_link()])

    found = only(events.packing(body, LINE, START))

    assert (found.biz_step, found.parent, found.epcs) == (BizStep.PACKING, sscc(1), (unit(0),))


@pytest.mark.parametrize("children", [None, [unit(0).digital_link()]])
def test_unpacking_is_of_some_or_of_all(children: Any) -> None:
    body = read(wire.Unpacking, parent=sscc(1).digital_link(), children=children)

    found = only(events.unpacking(body, LINE, START))

    assert found.parent == sscc(1)
    assert found.epcs == ((unit(0),) if children else ())


def test_shipping_is_from_the_sender_to_a_party() -> None:
    body = read(
        wire.Shipping,
        epcs=[sscc(1).digital_link()],
        to=str(gln("meddist")),
        documents=[{"type": kind, "id": "7"} for kind in ("po", "po", "inv")],
    )

    found = only(events.shipping(body, LINE, START))

    assert (found.source, found.destination) == (gln("acme"), gln("meddist"))
    assert (found.read_point, found.biz_location) == (HERE, None)
    assert found.documents == (Document("po", "7"), Document("inv", "7"))


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, HERE),
        ({"readPoint": DOCK.digital_link()}, DOCK),
        ({"from": DOCK.digital_link()}, DOCK),
        ({"from": DOCK.digital_link(), "readPoint": HERE.digital_link()}, DOCK),
    ],
)
def test_goods_leave_from_where_it_is_said(fields: dict[str, str], place: Sgln) -> None:
    body = read(wire.Shipping, epcs=[sscc(1).digital_link()], to=str(gln("meddist")), **fields)

    assert only(events.shipping(body, LINE, START)).read_point == place


def test_consignments_have_the_documents_of_all_and_their_own() -> None:
    body = read(
        wire.Shipping,
        documents=[{"type": "po", "id": "all"}],
        items=[
            {"epcs": [sscc(1).digital_link()], "to": str(gln("meddist")), "documents": []},
            {
                "epcs": [sscc(2).digital_link()],
                "to": str(gln("citypharm")),
                "documents": [{"type": "desadv", "id": "own"}],
            },
        ],
    )

    (first, _), (second, pointer) = events.shipping(body, LINE, START)

    assert first.documents == (Document("po", "all"),)
    assert second.documents == (Document("po", "all"), Document("desadv", "own"))
    assert (second.destination, pointer) == (gln("citypharm"), "/items/1")


@pytest.mark.parametrize(
    ("fields", "read_point", "location"),
    [
        ({}, HERE, HERE),
        ({"at": DOCK.digital_link()}, DOCK, DOCK),
        ({"readPoint": DOCK.digital_link()}, DOCK, DOCK),
        ({"at": HERE.digital_link(), "readPoint": DOCK.digital_link()}, DOCK, HERE),
    ],
)
def test_received_goods_are_where_it_is_said(
    fields: dict[str, str], read_point: Sgln, location: Sgln
) -> None:
    body = read(wire.Receiving, epcs=[sscc(1).digital_link()], **fields)

    found = only(events.receiving(body, LINE, START))

    assert (found.read_point, found.biz_location) == (read_point, location)
    assert (found.source, found.destination) == (None, gln("acme"))


def test_a_receiver_may_say_from_whom() -> None:
    body = read(wire.Receiving, **{"epcs": [sscc(1).digital_link()], "from": str(gln("meddist"))})

    assert only(events.receiving(body, LINE, START)).source == gln("meddist")


@pytest.mark.parametrize(
    "step", [BizStep.DISPENSING, BizStep.DESTROYING, BizStep.REACTIVATING, BizStep.SAMPLING]
)
def test_an_end_has_a_reason(step: BizStep) -> None:
    body = read(wire.Ending, epcs=[unit(0).digital_link()], reason="because")

    found = only(events.ending(step, body, LINE, START))

    assert (found.biz_step, found.epcs, found.reason) == (step, (unit(0),), "because")


def test_numbers_are_returned_of_one_product() -> None:
    body = read(wire.Returning, serials=["a", "b"], reason="misprint")

    found = only(events.returning(gtin(), body, LINE, START))

    assert found.biz_step is BizStep.RETURNING_NUMBERS
    assert [str(epc) for epc in found.epcs] == [f"{gtin()}#a", f"{gtin()}#b"]
    assert (found.reason, found.event_time) == ("misprint", START)
