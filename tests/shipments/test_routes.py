"""The inbox: what is on its way to me, what came of it, and nothing of what goes to others."""

import uuid
from typing import Any

import pytest

from chalicelib.ledger.store import RecordItem
from chalicelib.shipments.projection import project
from chalicelib.table.read import scan
from tests.harness.network import EXPIRY, GTIN, LOT, Network, gln


def told() -> None:
    """Bring the rows up to all records."""
    for item in scan(RecordItem, alone=True):
        project(item)


@pytest.fixture
def sent(network: Network) -> dict[str, Any]:
    """Acme sent meddist a pallet with two cases of 5 units, and 2 loose units."""
    units = network.commissioned(12)
    cases = [network.packed(units[:5]), network.packed(units[5:10])]
    pallet = network.packed(cases)
    body = {
        "epcs": [pallet, *units[10:]],
        "to": gln("meddist"),
        "documents": [{"type": "po", "id": "P-1"}],
    }
    network.post("acme-warehouse", "/v1/shipping", body)
    told()
    return {"units": units, "cases": cases, "pallet": pallet}


def only(network: Network, who: str = "meddist-warehouse") -> Any:
    told()
    (shipment,) = network.get(who, "/v1/inbox")["shipments"]
    return shipment


def things(network: Network, query: str = "") -> Any:
    path = f"/v1/inbox/{only(network)['id']}/things{query}"
    return network.get("meddist-warehouse", path)


@pytest.mark.usefixtures("sent")
def test_a_receiver_sees_what_is_on_its_way(network: Network) -> None:
    found = only(network)

    assert found["eventId"] == f"urn:uuid:{found['id']}"
    assert (found["from"], found["fromName"], found["to"]) == (
        gln("acme"), "Acme Pharma", gln("meddist"),
    )  # fmt: skip
    assert (found["containers"], found["looseUnits"], found["units"]) == (1, 2, 12)
    assert found["documents"] == [{"type": "po", "id": "P-1"}]
    assert (found["received"], found["calledBack"], found["statement"]) == ("none", False, None)
    assert found["lots"] == [
        {
            "gtin": GTIN, "lot": LOT, "expiry": EXPIRY, "shipped": 12, "received": 0,
            "calledBack": 0, "short": 12, "over": 0,
        }
    ]  # fmt: skip
    assert found["shippedAt"] == found["recordedAt"] == "2026-11-23T09:30:00.000Z"


def test_receiving_shows_in_it_step_by_step(network: Network, sent: dict[str, Any]) -> None:
    network.received([sent["units"][0], sent["units"][10]], "meddist")
    partly = only(network)
    network.received([sent["pallet"], sent["units"][11]], "meddist")
    whole = only(network)

    assert (partly["received"], partly["lots"][0]["received"], partly["lots"][0]["short"]) == (
        "partly", 2, 10,
    )  # fmt: skip
    assert (whole["received"], whole["lots"][0]["received"], whole["lots"][0]["short"]) == (
        "all", 12, 0,
    )  # fmt: skip


def test_what_is_called_back_is_no_longer_expected(network: Network) -> None:
    (unit,) = network.commissioned(1)
    network.shipped([unit], "acme", "meddist")
    void = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-23T09:30:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "void_shipping",
        "epcList": [unit],
    }
    network.post("acme-warehouse", "/events", void)

    found = only(network)

    assert (found["received"], found["calledBack"]) == ("all", True)
    assert (found["lots"][0]["calledBack"], found["lots"][0]["short"]) == (1, 0)


def test_one_shipment_is_told_as_in_the_list(network: Network, sent: dict[str, Any]) -> None:
    found = only(network)

    reply = network.get("meddist-auditor", f"/v1/inbox/{found['id']}")

    assert reply.body == found


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("who", ["acme", "citypharm"])
@pytest.mark.parametrize("more", ["", "/things"])
def test_what_is_not_for_me_is_as_if_it_were_not(network: Network, who: str, more: str) -> None:
    shipment = only(network)["id"]

    reply = network.ask(f"{who}-warehouse", "GET", f"/v1/inbox/{shipment}{more}")
    nothing = network.ask(f"{who}-warehouse", "GET", f"/v1/inbox/{uuid.uuid4()}{more}")

    assert reply.status == nothing.status == 404
    assert reply["detail"] == nothing["detail"] == "There is no such shipment here."
    assert network.get(f"{who}-warehouse", "/v1/inbox")["shipments"] == []


def test_events_that_are_no_shipments_are_none(network: Network, sent: dict[str, Any]) -> None:
    done = network.received([sent["pallet"]], "meddist")
    other = str(uuid.UUID(int=uuid.UUID(done["eventId"]).int + 1))

    for event in (done["eventId"].removeprefix("urn:uuid:"), other):
        assert network.ask("meddist-warehouse", "GET", f"/v1/inbox/{event}").status == 404


def test_its_things_are_told_level_by_level(network: Network, sent: dict[str, Any]) -> None:
    network.received([sent["cases"][1]], "meddist")
    network.post("meddist-warehouse", "/v1/unpacking", {"parent": sent["cases"][1]})

    top = things(network)["things"]
    cases = things(network, f"?inside={sent['pallet']}")["things"]
    units = things(network, f"?inside={sent['cases'][1]}")["things"]

    assert [each["epc"] for each in top] == [*sent["units"][10:], sent["pallet"]]
    assert [each["lot"] for each in top] == [LOT, LOT, None]
    assert [(each["epc"], each["received"]) for each in cases] == [
        (sent["cases"][0], False),
        (sent["cases"][1], True),
    ]
    assert units == [
        {"epc": unit, "lot": LOT, "expiry": EXPIRY, "received": True}
        for unit in sent["units"][5:10]
    ]


def test_its_things_come_page_by_page(network: Network, sent: dict[str, Any]) -> None:
    first = things(network, "?limit=2")
    rest = things(network, f"?limit=2&cursor={first['next']}")

    found = [each["epc"] for each in (*first["things"], *rest["things"])]
    assert found == [*sent["units"][10:], sent["pallet"]]
    assert rest["next"] is None
    assert 'rel="next"' in first.headers["Link"]


def test_what_was_not_in_it_is_not_in_it(network: Network, sent: dict[str, Any]) -> None:
    strangers = [network.sscc(), network.packed(network.commissioned(1))]

    for container in strangers:
        shipment = only(network)["id"]
        path = f"/v1/inbox/{shipment}/things?inside={container}"
        assert network.ask("meddist-warehouse", "GET", path).status == 404


def test_the_newest_comes_first_and_pages_hold_each_once(network: Network) -> None:
    units = network.commissioned(5)
    events = [network.shipped([unit], "acme", "meddist")["eventId"] for unit in units]
    told()
    found: list[str] = []
    path, more = "/v1/inbox?limit=2", ""
    while True:
        page = network.get("meddist-warehouse", path + more)
        found += [each["eventId"] for each in page["shipments"]]
        if not page["next"]:
            break
        more = f"&cursor={page['next']}"

    assert sorted(found) == sorted(events)
    assert len(found) == 5


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "received=x"])
def test_a_query_that_cannot_be_is_refused(network: Network, query: str) -> None:
    reply = network.ask("meddist-warehouse", "GET", f"/v1/inbox?{query}")

    assert reply.status == 400
    assert [each["pointer"] for each in reply["errors"]] == [f"#/query/{query.partition('=')[0]}"]


@pytest.mark.parametrize(
    ("received", "wanted"),
    [("open", {0, 1, 3}), ("none", {0, 3}), ("partly", {1}), ("all", {2}), (None, {0, 1, 2, 3})],
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_shipments_are_asked_for_by_what_has_arrived(
    network: Network, received: str | None, wanted: set[int], limit: int
) -> None:
    units = network.commissioned(5)
    parts = [[units[0]], units[1:3], [units[3]], [units[4]]]
    ids = [network.shipped(part, "acme", "meddist")["eventId"][9:] for part in parts]
    network.received([units[1]], "meddist")
    network.received([units[3]], "meddist")
    told()
    path = f"/v1/inbox?limit={limit}" + (f"&received={received}" if received else "")
    page = network.get("meddist-warehouse", path)
    found = [each["id"] for each in page["shipments"]]
    while page["next"]:
        page = network.get("meddist-warehouse", f"{path}&cursor={page['next']}")
        found += [each["id"] for each in page["shipments"]]

    assert sorted(found) == sorted(ids[number] for number in wanted)


def test_a_page_looks_at_so_many_shipments_and_no_more(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.shipments.usecases.LOOKED_AT", 2)
    for unit in network.commissioned(5):
        network.shipped([unit], "acme", "meddist")
    told()

    page = network.get("meddist-warehouse", "/v1/inbox?limit=2&received=all")

    assert page["shipments"] == []
    assert page["next"]


def test_either_party_sees_what_came_of_a_shipment(network: Network, sent: dict[str, Any]) -> None:
    network.received([sent["pallet"]], "meddist")
    told()
    shipment = only(network)

    seller = network.get("acme-auditor", f"/v1/shipments/{shipment['id']}").body
    stranger = network.ask("citypharm-warehouse", "GET", f"/v1/shipments/{shipment['id']}")

    assert seller == shipment
    assert seller["received"] == "partly"
    assert stranger.status == 404
