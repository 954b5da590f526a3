"""A partial recall concerns whoever got recalled items, and only of these."""

from collections.abc import Sequence
from typing import Any

import app
from chalicelib.gs1.keys import Gln, Gtin, Lgtin
from chalicelib.recall.units import sent_units
from tests.harness.network import GTIN, LOT, Network, gln, serial_of
from tests.harness.streams import Streams

LGTIN = Lgtin.of(Gtin(GTIN), LOT)


def recalled(network: Network, units: Sequence[str], lot: str = LOT) -> str:
    """Recall some items of a lot."""
    body = {
        "scope": {"lots": [{"gtin": GTIN, "lot": lot}], "serials": list(units)},
        "reason": "label torn",
        "classification": "III",
    }
    return str(network.post("acme-quality", "/v1/recalls", body)["id"])


def sent(recall: str, shipper: str, lgtin: Lgtin = LGTIN) -> dict[str, list[set[str]]]:
    """Return by party the recalled serials of each shipment."""
    found: dict[str, list[set[str]]] = {}
    for delivery, serials in sent_units(recall, lgtin, Gln(gln(shipper))):
        assert delivery.quantity == len(serials)
        found.setdefault(str(delivery.party), []).append(set(serials))
    return found


def serials(units: Sequence[str]) -> set[str]:
    return {serial_of(unit) for unit in units}


def test_items_are_followed_through_their_containers(network: Network) -> None:
    units = network.commissioned(30)
    first, second = network.packed(units[:10]), network.packed(units[10:20])
    pallet = network.packed([first, second])
    network.delivered([pallet], "acme", "meddist")
    network.post("meddist-warehouse", "/v1/unpacking", {"parent": pallet})
    network.delivered([first], "meddist", "citypharm")
    network.delivered([second], "meddist", "ruralpharm")

    recall = recalled(network, [units[3], units[12], units[13], units[25]])

    assert sent(recall, "acme") == {gln("meddist"): [serials([units[3], units[12], units[13]])]}
    assert sent(recall, "meddist") == {
        gln("citypharm"): [serials([units[3]])],
        gln("ruralpharm"): [serials([units[12], units[13]])],
    }
    assert sent(recall, "citypharm") == {}


def test_what_was_packed_after_the_shipment_is_not_in_it(network: Network) -> None:
    units = network.commissioned(4)
    case = network.packed(units[:2])
    network.delivered([case], "acme", "meddist")
    network.delivered([units[2]], "acme", "meddist")
    network.post("meddist-warehouse", "/v1/packing", {"parent": case, "children": [units[2]]})

    recall = recalled(network, [units[0], units[2]])

    assert sorted(sent(recall, "acme")[gln("meddist")], key=sorted) == sorted(
        [serials([units[0]]), serials([units[2]])], key=sorted
    )


def test_an_item_of_another_lot_or_of_none_is_not_meant(network: Network) -> None:
    network.lot(GTIN, "L2")
    mine, others = network.commissioned(2), network.commissioned(2, lot="L2")
    network.delivered(mine + others, "acme", "meddist")

    recall = recalled(network, [mine[0], others[0], f"https://id.gs1.org/01/{GTIN}/21/NOSUCH"])

    assert sent(recall, "acme") == {gln("meddist"): [serials([mine[0]])]}


def test_shipments_carry_their_documents(network: Network) -> None:
    units = network.commissioned(1)
    body = {
        "epcs": units,
        "to": gln("meddist"),
        "documents": [{"type": "desadv", "id": "DA-1"}],
    }
    network.post("acme-warehouse", "/v1/shipping", body)

    recall = recalled(network, units)

    ((delivery, _),) = sent_units(recall, LGTIN, Gln(gln("acme")))
    assert [(document.type, document.id) for document in delivery.documents] == [("desadv", "DA-1")]
    assert delivery.event_time == network.now


def test_a_partial_recall_tells_only_whom_it_concerns(network: Network) -> None:
    units = network.commissioned(20)
    case, other = network.packed(units[:10]), network.packed(units[10:])
    network.delivered([case, other], "acme", "meddist")
    network.delivered([case], "meddist", "citypharm")
    network.delivered([other], "meddist", "ruralpharm")
    streams = Streams(network.aws, app.app)
    streams.settle()

    recall = recalled(network, [units[1], units[2]])
    streams.settle()

    path = f"/v1/recalls/{recall}"
    assert network.ask("ruralpharm-quality", "GET", path).status == 404
    shown = network.get("citypharm-quality", path)
    assert shown["scope"]["lots"][0]["serials"] == 2
    (notice,) = shown["received"]
    (lot,) = notice["lots"]
    assert (lot["quantity"], set(lot["serials"])) == (2, serials(units[1:3]))
    progress: Any = network.get("acme-quality", path)["progress"]
    assert [(tier["tier"], tier["quantity"]) for tier in progress["tiers"]] == [
        (1, 2),
        (2, 2),
        (3, 0),
    ]


def test_a_shipment_that_was_declared_an_error_concerns_nobody(network: Network) -> None:
    units = network.commissioned(4)
    case = network.packed(units[:2])
    body = {"epcs": [case, units[2], units[3]], "to": gln("meddist")}
    done = network.post("acme-warehouse", "/v1/shipping", body)
    recall = recalled(network, [units[0], units[2]])
    assert sent(recall, "acme") == {gln("meddist"): [serials([units[0], units[2]])]}

    wrong = {"event": done["eventId"], "reason": "did_not_occur"}
    network.post("acme-warehouse", "/v1/corrections", wrong)

    assert sent(recall, "acme") == {gln("meddist"): [set()]}
    ((delivery, _),) = sent_units(recall, LGTIN, Gln(gln("acme")))
    assert (delivery.quantity, delivery.changes) == (0, 2)


def test_a_party_is_found_from_which_nothing_leads_any_more(network: Network) -> None:
    """It may have been told before: the shipment was an error, and so was the packing."""
    units = network.commissioned(2)
    case = network.sscc()
    body = {"parent": case, "children": units}
    packed = network.post("acme-line", "/v1/packing", body)
    shipped = network.shipped([case], "acme", "meddist")
    recall = recalled(network, units[:1])

    for who, done in (("acme-warehouse", shipped), ("acme-line", packed)):
        wrong = {"event": done["eventId"], "reason": "did_not_occur"}
        network.post(who, "/v1/corrections", wrong)

    assert sent(recall, "acme") == {gln("meddist"): [set()]}
