"""Returns over HTTP: what is taken back, set apart and refused, and where the goods are then."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.gs1.keys import Gln, Sgtin
from chalicelib.stream import rebuild
from tests.builders import EXPIRY
from tests.goods.captures import OUTSIDE, STRANGER, capture, commissioning, shipping
from tests.harness.network import GTIN, LOT, Network, gln, serial_of
from tests.returns.builders import (
    OUTSIDER,
    bring_back,
    outcomes,
    pack,
    sold_inside,
    sold_outside,
)
from tests.vrs.responder import Service, answering

ACCEPTED: tuple[str, list[str]] = ("accepted", [])


def where(network: Network, epc: str) -> tuple[str, str]:
    unit = network.get("acme-warehouse", f"/v1/units/{GTIN}/{serial_of(epc)}")
    return unit["state"], unit["holder"]


def test_what_a_customer_outside_the_network_brings_back_is_in_our_hands_again(
    network: Network,
) -> None:
    units = sold_outside(network, 3)

    answer = bring_back(network, OUTSIDER, *units[:2])

    assert outcomes(answer) == [ACCEPTED, ACCEPTED]
    asked = answer["results"][0]["verification"]
    assert (asked["verified"], asked["responderGLN"]) == (True, gln("acme"))
    assert where(network, units[0]) == ("active", gln("acme"))
    # Sold once more, to somebody else: the first customer cannot bring it back again.
    network.delivered([units[0]], "acme", "citypharm")
    assert outcomes(bring_back(network, OUTSIDER, units[0])) == [("refused", ["not_addressed"])]


def test_what_was_brought_back_counts_as_held_and_the_shipment_stays(network: Network) -> None:
    units = sold_outside(network, 3)
    bring_back(network, OUTSIDER, *units[:2])
    rebuild()

    (holding,) = network.get("acme-warehouse", f"/v1/holdings?gtin={GTIN}")["holdings"]
    (delivery,) = network.get("acme-warehouse", f"/v1/lots/{GTIN}/{LOT}/deliveries")["deliveries"]

    assert (holding["quantity"], delivery["quantity"]) == (2, 3)


def test_what_a_member_ships_back_is_received(network: Network) -> None:
    units = sold_inside(network, 3)
    network.shipped(units[:1], "meddist", "acme")

    answer = bring_back(network, "meddist", *units[:2])

    assert outcomes(answer) == [ACCEPTED, ("refused", ["not_addressed"])]
    assert where(network, units[0]) == ("active", gln("acme"))
    assert (answer["accepted"], answer["refused"]) == (1, 1)


def test_what_is_not_as_it_says_is_taken_in_and_locked_at_once(network: Network) -> None:
    units = sold_outside(network, 4)

    answer = bring_back(
        network, OUTSIDER, pack(units[0], lot="X"), pack(units[1], expiry="2027-01-31"), units[2]
    )

    assert outcomes(answer) == [
        ("quarantined", ["lot_mismatch", "not_verified"]),
        ("quarantined", ["expiry_mismatch", "not_verified"]),
        ACCEPTED,
    ]
    assert answer["results"][0]["verification"]["verificationFailureReason"] == (
        "No_match_GTIN_Serial_Lot"
    )
    assert where(network, units[0]) == ("locked", gln("acme"))
    refused = network.ask(
        "acme-warehouse", "POST", "/v1/shipping", {"epcs": [units[0]], "to": gln("meddist")}
    )
    assert (refused.status, refused["code"]) == (409, "locked")


def test_what_was_set_apart_is_released_again(network: Network) -> None:
    (unit,) = sold_outside(network, 1)
    bring_back(network, OUTSIDER, pack(unit, lot="X"))

    done = network.post("acme-warehouse", "/v1/packs", {"operation": "undo", "packs": [pack(unit)]})

    assert done["done"] == 1
    assert where(network, unit) == ("active", gln("acme"))
    network.shipped([unit], "acme", "meddist")


def test_recalled_goods_come_back_and_are_set_apart(network: Network) -> None:
    (unit,) = sold_outside(network, 1)
    network.post("acme-quality", "/v1/recalls", {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]}, "reason": "glass", "classification": "I",
    })  # fmt: skip

    answer = bring_back(network, OUTSIDER, unit)

    assert outcomes(answer) == [("quarantined", ["recalled"])]
    assert answer["results"][0]["verification"]["additionalInfo"] == "Recalled"
    assert where(network, unit) == ("locked", gln("acme"))


def test_what_we_never_sold_to_the_customer_is_refused_in_the_words_of_what_there_is_not(
    network: Network,
) -> None:
    kept, sold = network.commissioned(2), sold_inside(network, 1)
    network.delivered(sold, "meddist", "citypharm")
    stranger = pack(kept[0], serial="00000000000000")

    answer = bring_back(network, "citypharm", kept[0], sold[0], stranger)

    assert outcomes(answer) == [("refused", ["not_sold"])] * 3
    assert len({each["detail"] for each in answer["results"]}) == 1
    assert answer["results"][2]["verification"]["verified"] is False


def test_each_unit_is_for_itself_and_says_all_that_is_verified(network: Network) -> None:
    units = sold_outside(network, 2)
    scan = {"scan": f"]d201{GTIN}21{serial_of(units[0])}\x1d17281231" + f"10{LOT}"}
    nameless = pack(units[1])
    del nameless["lot"]

    answer = bring_back(network, OUTSIDER, scan, {"scan": "garbage"}, nameless, units[0])

    assert outcomes(answer) == [
        ACCEPTED, ("refused", ["malformed"]), ("refused", ["incomplete"]),
        ("refused", ["named_twice"]),
    ]  # fmt: skip
    assert where(network, units[0]) == ("active", gln("acme"))


def test_goods_of_a_maker_outside_are_set_apart_while_nobody_answers_for_them(
    network: Network,
) -> None:
    """A wholesaler takes goods in from outside, sells them, and gets them back."""
    unit = imported(network)
    answer = bring_back_to_meddist(network, unit)
    assert outcomes(answer) == [("quarantined", ["unanswered"])]
    assert answer["results"][0]["verification"]["verified"] is None


@pytest.mark.usefixtures("loopback")
def test_goods_of_a_maker_outside_are_verified_where_the_directory_leads(network: Network) -> None:
    unit = imported(network)
    with answering() as service:
        lead_to(network, service)
        answer = bring_back_to_meddist(network, unit)

    assert outcomes(answer) == [ACCEPTED]
    ((_, query, _),) = service.asked
    assert (query["context"], query["reqGLN"]) == ("dscsaSaleableReturn", gln("meddist"))
    assert query["corrUUID"] == answer["results"][0]["verification"]["corrUUID"]


def imported(network: Network) -> str:
    """Let meddist take a unit in that a maker outside made and sent, and sell it to a hospital."""
    units = [Sgtin.of(OUTSIDE, "S1")]
    to = Gln(gln("meddist"))
    capture("meddist", commissioning(units), shipping(units, STRANGER, to))
    epc = units[0].digital_link()
    network.received([epc], "meddist")
    hospital = {"name": "Seaside Hospital", "roles": ["hospital"]}
    network.put("meddist-admin", f"/v1/parties/{OUTSIDER}", hospital)
    network.post("meddist-warehouse", "/v1/shipping", {"epcs": [epc], "to": OUTSIDER})
    return epc


def lead_to(network: Network, service: Service) -> None:
    body = {"responders": [{"url": service.url, "gln": str(STRANGER)}]}
    network.put("acme-admin", f"/v1/responders/{OUTSIDE}", body)


def bring_back_to_meddist(network: Network, unit: str) -> Any:
    item = {
        "gtin": str(OUTSIDE),
        "serial": serial_of(unit),
        "lot": "L1",
        "expiry": EXPIRY.isoformat(),
    }
    body = {"from": OUTSIDER, "items": [item]}
    return network.post("meddist-warehouse", "/v1/returns", body)


def test_a_return_is_kept_with_what_came_of_each_unit_in_pages(network: Network) -> None:
    units = sold_outside(network, 65)
    kept = network.commissioned(1)
    made = bring_back(network, OUTSIDER, *units[:40], *kept, pack(units[40], lot="X"), *units[41:])

    assert (made["accepted"], made["quarantined"], made["refused"]) == (64, 1, 1)
    for who in ("acme-warehouse", "acme-auditor"):
        page = network.get(who, f"/v1/returns/{made['id']}?limit=50")
        rest = network.get(who, f"/v1/returns/{made['id']}?limit=50&cursor={page['next']}")
        assert page["results"] + rest["results"] == made["results"]
        assert (len(page["results"]), rest["next"]) == (50, None)


def test_returns_are_listed_newest_first_and_are_nobody_elses_business(network: Network) -> None:
    units = sold_outside(network, 3)
    network.pace = timedelta(seconds=1)
    ids = [bring_back(network, OUTSIDER, unit)["id"] for unit in units]

    first = network.get("acme-warehouse", "/v1/returns?limit=2")
    second = network.get("acme-warehouse", f"/v1/returns?limit=2&cursor={first['next']}")

    assert [each["id"] for each in first["returns"] + second["returns"]] == ids[::-1]
    assert network.get("meddist-warehouse", "/v1/returns")["returns"] == []
    reply = network.ask("meddist-warehouse", "GET", f"/v1/returns/{ids[0]}")
    absent = network.ask("meddist-warehouse", "GET", f"/v1/returns/{'0' * 32}")
    assert (reply.status, reply["detail"]) == (404, absent["detail"])


def test_a_repeat_is_answered_as_the_first_time_whatever_happened_since(network: Network) -> None:
    units = sold_outside(network, 2)
    first = bring_back(network, OUTSIDER, *units, key="k")
    network.delivered(units, "acme", "citypharm")
    network.now += timedelta(days=1)

    again = bring_back(network, OUTSIDER, *units, key="k")
    other = network.ask(
        "acme-warehouse", "POST", "/v1/returns", {"from": OUTSIDER, "items": [pack(units[0])]},
        key="k",
    )  # fmt: skip

    assert again.body == first.body
    assert (other.status, other["code"]) == (422, "key_reused")


def test_nobody_returns_to_itself_or_with_a_role_that_receives_nothing(network: Network) -> None:
    body = {"from": gln("acme"), "items": [pack(each) for each in network.commissioned(1)]}

    reply = network.ask("acme-warehouse", "POST", "/v1/returns", body)

    assert (reply.status, reply["errors"][0]["pointer"]) == (400, "/from")
    assert "expected" in reply["errors"][0]["message"]
    assert network.ask("acme-line", "POST", "/v1/returns", body).status == 403
