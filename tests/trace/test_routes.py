"""Whom one sent what, and what one has: own rows only, each once."""

from typing import Any

import pytest

from chalicelib.trace.projection import rebuild
from tests.builders import gln as nobody
from tests.harness.network import GTIN, LOT, Network, Reply, gln

DELIVERIES = f"/v1/lots/{GTIN}/{LOT}/deliveries"


@pytest.fixture
def traded(network: Network) -> Network:
    """Acme sent 6 units to meddist and 2 to citypharm; meddist sent 3 of its own on."""
    units = network.commissioned(10)
    case = network.packed(units[:6])
    body = {
        "items": [
            {"epcs": [case], "to": gln("meddist")},
            {"epcs": units[6:8], "to": gln("citypharm")},
        ],
        "documents": [{"type": "po", "id": "P-1"}],
    }
    network.post("acme-warehouse", "/v1/shipping", body)
    network.received([case], "meddist")
    network.delivered(units[:3], "meddist", "citypharm")
    rebuild()
    return network


def rows(reply: Reply) -> list[tuple[str, int]]:
    return [(row["party"], row["quantity"]) for row in reply["deliveries"]]


def held(network: Network, who: str, query: str = "") -> list[tuple[str, str, int]]:
    reply = network.get(f"{who}-auditor", f"/v1/holdings{query}")
    return [(row["gtin"], row["lot"], row["quantity"]) for row in reply["holdings"]]


def test_deliveries_are_told_with_party_quantity_event_and_documents(traded: Network) -> None:
    reply = traded.get("acme-quality", DELIVERIES)

    assert sorted(rows(reply)) == sorted([(gln("meddist"), 6), (gln("citypharm"), 2)])
    first = reply["deliveries"][0]
    assert first["documents"] == [{"type": "po", "id": "P-1"}]
    assert first["eventId"].startswith("urn:uuid:")
    assert first["eventTime"] == "2026-11-23T09:30:00.000Z"
    assert (reply["gtin"], reply["lot"], reply["next"]) == (GTIN, LOT, None)
    assert reply["asOf"] == "2026-11-23T09:30:00.000Z"


def test_everybody_sees_its_own_customers_only(traded: Network) -> None:
    assert rows(traded.get("meddist-quality", DELIVERIES)) == [(gln("citypharm"), 3)]
    assert rows(traded.get("citypharm-quality", DELIVERIES)) == []


@pytest.mark.parametrize("lot", [LOT, "unheard"])
def test_a_lot_one_never_held_is_as_if_it_were_not(traded: Network, lot: str) -> None:
    path = DELIVERIES.replace(LOT, lot)

    reply = traded.ask("ruralpharm-quality", "GET", path)

    assert (reply.status, reply["code"]) == (404, "not_found")
    assert reply["detail"] == f"There is no lot {lot!r} of {GTIN} here."


def test_an_owner_sees_a_lot_of_which_nothing_was_sent(network: Network) -> None:
    reply = network.get("acme-quality", DELIVERIES)

    assert (reply["deliveries"], reply["asOf"], reply["next"]) == ([], None, None)


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 500])
def test_pages_hold_every_row_once(network: Network, limit: int) -> None:
    wanted = many(network, 5)
    found: list[Any] = []
    path = f"{DELIVERIES}?limit={limit}"
    page = network.get("acme-quality", path)
    found += rows(page)
    while page["next"]:
        assert len(page["deliveries"]) == limit
        assert f"cursor={page['next']}" in page.headers["Link"]
        page = network.get("acme-quality", f"{path}&cursor={page['next']}")
        found += rows(page)

    assert sorted(found) == sorted(wanted)


def many(network: Network, number: int) -> list[tuple[str, int]]:
    """Send a unit to each of so many parties."""
    units = network.commissioned(number)
    items: list[dict[str, Any]] = []
    for at, unit in enumerate(units):
        party = str(nobody(at))
        network.put("acme-admin", f"/v1/parties/{party}", {"name": "x", "roles": ["pharmacy"]})
        items.append({"epcs": [unit], "to": party})
    network.post("acme-warehouse", "/v1/shipping", {"items": items})
    rebuild()
    return [(item["to"], 1) for item in items]


def test_a_cursor_is_of_one_lot_and_one_organisation(traded: Network) -> None:
    cursor = traded.get("acme-quality", f"{DELIVERIES}?limit=1")["next"]

    for who, path in (("meddist", DELIVERIES), ("acme", DELIVERIES.replace(LOT, "L2"))):
        reply = traded.ask(f"{who}-quality", "GET", f"{path}?limit=1&cursor={cursor}")
        assert (reply.status, reply["errors"][0]["pointer"]) == (400, "#/query/cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=ten", "cursor=x", "lot=x"])
def test_a_query_that_cannot_be_is_refused(network: Network, query: str) -> None:
    reply = network.ask("acme-quality", "GET", f"{DELIVERIES}?{query}")

    assert reply.status == 400
    assert [each["pointer"] for each in reply["errors"]] == [f"#/query/{query.partition('=')[0]}"]


def test_holdings_are_what_came_less_what_went(traded: Network) -> None:
    assert held(traded, "acme") == [(GTIN, LOT, 2)]
    assert held(traded, "meddist") == [(GTIN, LOT, 3)]
    assert held(traded, "citypharm") == [(GTIN, LOT, 3)]
    assert held(traded, "ruralpharm") == []


def test_holdings_are_asked_for_by_product_and_lot(traded: Network) -> None:
    traded.lot(GTIN, "L10")
    traded.commissioned(4, "L10")
    rebuild()

    assert held(traded, "acme") == [(GTIN, LOT, 2), (GTIN, "L10", 4)]
    assert held(traded, "acme", f"?gtin={GTIN}") == [(GTIN, LOT, 2), (GTIN, "L10", 4)]
    assert held(traded, "acme", f"?gtin={GTIN}&lot={LOT}") == [(GTIN, LOT, 2)]
    assert held(traded, "acme", "?gtin=09521000000025") == []


def test_a_lot_alone_names_no_goods(network: Network) -> None:
    reply = network.ask("acme-auditor", "GET", f"/v1/holdings?lot={LOT}")

    assert (reply.status, reply["errors"][0]["pointer"]) == (400, "#/query/gtin")


@pytest.mark.parametrize("role", ["line", "partner"])
def test_deliveries_are_for_the_roles_of_the_scope(network: Network, role: str) -> None:
    assert network.ask(f"acme-{role}", "GET", DELIVERIES).status == 403
