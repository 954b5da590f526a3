"""The whole story through the API: from a serial number to a recall that everybody hears of."""

from typing import Any

from tests.harness.aws import Aws
from tests.harness.network import GTIN, LOT, Network, gln, serial_of
from tests.harness.streams import Streams


def streams(aws: Aws) -> Streams:
    import app

    return Streams(aws, app.app)


def cases_at_the_distributor(network: Network) -> tuple[list[str], list[str]]:
    """Commission 20 units, pack two cases on a pallet, and deliver it to meddist."""
    units = network.commissioned(20)
    cases = [network.packed(units[:10]), network.packed(units[10:])]
    pallet = network.packed(cases)
    network.delivered([pallet], "acme", "meddist")
    return units, cases


def recalled(network: Network, **more: Any) -> str:
    scope = {"lots": [{"gtin": GTIN, "lot": LOT}], **more}
    body = {"scope": scope, "reason": "impurity", "classification": "II"}
    return str(network.post("acme-quality", "/v1/recalls", body)["id"])


def verdict(network: Network, epc: str) -> Any:
    body = {"gtin": GTIN, "serial": serial_of(epc)}
    return network.ask("citypharm-warehouse", "POST", "/v1/verifications", body).body


def test_a_pack_is_made_shipped_dispensed_and_its_life_is_told(network: Network) -> None:
    units, cases = cases_at_the_distributor(network)
    network.delivered([cases[0]], "meddist", "citypharm")

    assert verdict(network, units[0])["verified"]
    network.post("citypharm-warehouse", "/v1/dispensing", {"epcs": [units[0]]})

    assert verdict(network, units[0])["reasons"] == ["dispensed"]
    path = f"/v1/units/{GTIN}/{serial_of(units[0])}/history"
    steps = [event["bizStep"] for event in network.get("citypharm-warehouse", path)["events"]]
    assert steps == [
        "commissioning", "packing", "packing", "unpacking", "shipping", "receiving",
        "unpacking", "dispensing",
    ]  # fmt: skip


def test_a_recall_blocks_at_once_and_reaches_every_tier(network: Network, aws: Aws) -> None:
    units, cases = cases_at_the_distributor(network)
    network.delivered([cases[0]], "meddist", "citypharm")
    network.shipped([cases[1]], "meddist", "ruralpharm")
    streams(aws).settle()

    recall = recalled(network)

    assert verdict(network, units[1])["reasons"] == ["recalled"]
    refused = network.ask("citypharm-warehouse", "POST", "/v1/dispensing", {"epcs": [units[1]]})
    assert (refused.status, refused["code"]) == (409, "recalled")
    streams(aws).settle()
    for organisation, quantity in (("meddist", 20), ("citypharm", 10), ("ruralpharm", 10)):
        notices = network.get(f"{organisation}-quality", f"/v1/recalls/{recall}/notices")
        mine = [n for n in notices["notices"] if n["party"] == gln(organisation)]
        assert [n["lots"][0]["quantity"] for n in mine] == [quantity], organisation


def test_goods_shipped_while_a_recall_is_opened_are_found_all_the_same(
    network: Network, aws: Aws
) -> None:
    _, cases = cases_at_the_distributor(network)
    streams(aws).settle()
    network.shipped([cases[0]], "meddist", "citypharm")

    recall = recalled(network)
    streams(aws).settle()

    notices = network.get("citypharm-quality", f"/v1/recalls/{recall}/notices")["notices"]
    assert [notice["party"] for notice in notices] == [gln("citypharm")]
