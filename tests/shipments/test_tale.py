"""The events of a shipment: those of exactly its goods, as they were recorded, in EPC URNs."""

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest

from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.dscsa import step_of
from chalicelib.epcis.dscsa_reading import read_transaction
from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.model import Epc
from chalicelib.epcis.xml_event import losses
from chalicelib.errors import Conflict
from chalicelib.gs1.keys import Sgtin, Sscc
from chalicelib.serial.store import Numbers
from chalicelib.shipments import usecases
from chalicelib.shipments.tale import Tale
from tests.builders import EXPIRY, Stage, actor, gln, gtin, lot, sscc
from tests.goods.captures import (
    OUTSIDE,
    STRANGER,
    capture,
    commissioning,
    packing,
    shipping,
    urns,
)
from tests.goods.captures import found as happened
from tests.harness.network import Network
from tests.shipments.sellers import pallet
from tests.shipments.test_particulars import actor_of

FOREIGN = [Sgtin.of(OUTSIDE, f"F{number}") for number in range(6)]
CASE = Sscc("054000000000000010")


def told(event: str, who: Any) -> list[EventObject]:
    return Tale(usecases.shipment(who, UUID(event)), Numbers()).events()


def named(events: list[EventObject], step: str) -> list[list[str]]:
    """Return what the events of a step name, as canonical links."""
    return [
        [canonical_uri(each) for each in event.get("epcList") or event["childEPCs"]]
        for event in events
        if step_of(event) == step
    ]


def test_events_are_those_of_the_goods_that_were_shipped(network: Network) -> None:
    shipment = pallet(network)

    events = told(shipment["id"], actor_of("acme"))

    assert sorted(*named(events, "commissioning")) == sorted(shipment["units"])
    inner, other, outer = sorted(named(events, "packing"), key=len, reverse=True)
    assert (len(inner), len(other)) == (5, 4)
    assert outer == shipment["cases"]
    assert [event["parentID"] for event in events if step_of(event) == "packing"][-1] == (
        Sscc(shipment["pallet"][-18:]).urn(7)
    )
    assert sorted([shipment["pallet"], *shipment["units"][9:]]) == sorted(
        *named(events, "shipping")
    )


def test_lot_and_expiry_are_told_even_where_the_request_said_no_expiry(network: Network) -> None:
    events = told(pallet(network)["id"], actor_of("acme"))

    assert [each["ilmd"] for each in events if step_of(each) == "commissioning"] == [
        {"cbvmda:lotNumber": "L1", "cbvmda:itemExpirationDate": "2028-12-31"}
    ]


def test_seller_and_buyer_are_named_as_owners_and_documents_with_the_shipping_alone(
    network: Network,
) -> None:
    *others, last = told(pallet(network)["id"], actor_of("acme"))

    assert last["sourceList"] == [
        {"type": "owning_party", "source": "urn:epc:id:sgln:9521000.00001.0"}
    ]
    assert [each["type"] for each in last["destinationList"]] == ["owning_party"]
    assert len(last["bizTransactionList"]) == 1
    assert "eventID" in last
    assert all(not {"bizTransactionList", "eventID", "recordTime"} & each.keys() for each in others)


def test_everything_told_can_be_said_in_epcis_1_2(network: Network) -> None:
    for event in told(pallet(network)["id"], actor_of("acme")):
        assert losses(event, version="1.2") == []


@pytest.fixture
def resold(aws: object) -> str:
    """Goods of a stranger that meddist captured, of which it ships two units to citypharm."""
    stage = Stage()
    told_by = [
        commissioning(FOREIGN) | {"vendor:line": "7", "@context": {"vendor": "urn:v"}},
        packing(CASE, FOREIGN[:4]),
        shipping([CASE, *FOREIGN[4:]], STRANGER, gln("meddist")),
    ]
    assert not capture("meddist", *told_by).errors
    stage.clock = 60 * 24 + 1
    stage.receive("meddist", CASE, *FOREIGN[4:])
    done = stage.ship("meddist", "citypharm", FOREIGN[0], FOREIGN[5])
    return done.record.event_ids()[-1][9:]


def test_goods_from_outside_are_told_of_as_their_seller_told(resold: str) -> None:
    first, *others = told(resold, actor("meddist"))

    assert step_of(first) == "commissioning"
    assert first["vendor:line"] == "7"
    assert first["epcList"] == [each.urn(7) for each in (FOREIGN[0], FOREIGN[5])]
    assert [step_of(each) for each in others] == ["shipping"]


def test_an_identifier_without_urn_is_named(resold: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.shipments.tale.to_urn", lambda uri: uri)

    with pytest.raises(Conflict) as refused:
        told(resold, actor("meddist"))

    assert refused.value.code == "company_prefix"
    assert f"https://id.gs1.org/414/{gln('citypharm')}" in [
        each.pointer for each in refused.value.errors
    ]


def test_many_packings_are_told_in_the_order_in_which_they_can_be_repeated(aws: object) -> None:
    stage = Stage()
    made = list(stage.made(12))
    cases = [sscc(number) for number in range(1, 5)]
    for number, case in enumerate(cases):
        stage.pack("acme", case, *made[3 * number : 3 * number + 3])
    stage.pack("acme", sscc(9), *cases[:2])
    stage.pack("acme", sscc(9), *cases[2:])
    event = stage.ship("acme", "meddist", sscc(9)).record.event_ids()[-1][9:]

    events = told(event, actor("acme"))

    seen: set[str] = set()
    for each in (event for event in events if step_of(event) == "packing"):
        inner = {child for child in each["childEPCs"] if "sscc" in child}
        assert inner <= seen
        seen.add(each["parentID"])
    assert [len(each) for each in named(events, "packing")] == [3, 3, 3, 3, 2, 2]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_was_packed_and_unpacked_the_events_tell_what_was_inside(
    aws: object, seed: int
) -> None:
    random, stage = Random(seed), Stage()
    units = list(stage.made(10))
    cases, outer = [sscc(number) for number in range(1, 4)], sscc(9)
    inside: dict[Epc, Epc] = {}

    def loose(things: Sequence[Epc]) -> list[Epc]:
        return [each for each in things if each not in inside]

    for _ in range(14):
        case = random.choice(cases)
        held = [each for each, parent in inside.items() if parent == case]
        free = loose(units)
        if random.random() < 0.5 and free:
            some = random.sample(free, random.randint(1, len(free)))
            stage.pack("acme", case, *some)
            inside |= dict.fromkeys(some, case)
        elif held:
            some = random.choice([held, random.sample(held, random.randint(1, len(held)))])
            stage.unpack("acme", case, *(() if some is held else some))
            for each in some:
                del inside[each]
        if held and case not in inside and random.random() < 0.3:
            stage.pack("acme", outer, case)
            inside[case] = outer
    named = [each for each in (*units, *cases, outer) if each not in inside]
    named = [each for each in named if isinstance(each, Sgtin) or each in inside.values()]
    event = stage.ship("acme", "meddist", *named).record.event_ids()[-1][9:]

    found = read_transaction(EpcisDocument(told(event, actor("acme"))))

    assert named
    assert set(found.shipped) == {each.digital_link() for each in named}
    assert {child: parent for parent, children in found.contents.items() for child in children} == {
        child.digital_link(): parent.digital_link() for child, parent in inside.items()
    }
    assert set(found.units) == {unit.digital_link() for unit in units}
    assert {unit.expiry for unit in found.units.values()} == {EXPIRY.isoformat()}


def test_what_a_transformation_made_is_commissioned_and_what_of_is_not_told(aws: object) -> None:
    stage = Stage()
    stage.register(gtin(2))
    stage.keep(lot("M1", gtin(2)))
    used, made = stage.made(3), stage.issue(2, of=gtin(2))
    ilmd = {"cbvmda:lotNumber": "M1", "cbvmda:itemExpirationDate": EXPIRY.isoformat()}
    outcome = capture(
        "acme",
        happened(
            "TransformationEvent", "creating_class_instance", 60,
            inputEPCList=urns(used), outputEPCList=urns(made), ilmd=ilmd,
        ),
    )  # fmt: skip
    assert not outcome.errors
    stage.clock = 60 * 24 + 1
    event = stage.ship("acme", "meddist", made[0]).record.event_ids()[-1][9:]

    first, last = told(event, actor("acme"))

    assert (first["type"], step_of(first), first["ilmd"]) == ("ObjectEvent", "commissioning", ilmd)
    assert first["epcList"] == last["epcList"] == [made[0].urn(7)]
    assert "inputEPCList" not in first


def test_what_was_called_back_meanwhile_is_not_told(network: Network) -> None:
    units = network.commissioned(6)
    cases = [network.packed(units[:2]), network.packed(units[2:4])]
    event = network.shipped([*cases, *units[4:]], "acme", "meddist")["eventId"][9:]
    whole = told(event, actor_of("acme"))
    void = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-23T09:30:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "void_shipping",
        "epcList": [cases[0], units[4]],
    }
    network.post("acme-warehouse", "/events", void)

    left = told(event, actor_of("acme"))

    assert sorted(*named(left, "shipping")) == sorted([cases[1], units[5]])
    assert sorted(*named(left, "commissioning")) == sorted([*units[2:4], units[5]])
    assert named(left, "packing") == [units[2:4]]
    assert ["eventID" in events[-1] for events in (whole, left)] == [True, False]
    network.post("acme-warehouse", "/events", void | {"epcList": [cases[1], units[5]]})
    with pytest.raises(Conflict) as refused:
        told(event, actor_of("acme"))
    assert refused.value.code == "called_back"
