"""Packs over HTTP."""

from typing import Any

from tests.harness.costs import counted
from tests.harness.network import GTIN, LOT, Network, Reply, serial_of

PATH = "/v1/packs"


def body(operation: str, *packs: Any, **more: Any) -> dict[str, Any]:
    named = [
        pack if isinstance(pack, dict) else {"gtin": GTIN, "serial": serial_of(pack), "lot": LOT}
        for pack in packs
    ]
    return {"operation": operation, "packs": named, **more}


def at_the_pharmacy(network: Network, count: int) -> list[str]:
    units = network.commissioned(count)
    cases = [network.packed(units[n : n + 500]) for n in range(0, count, 500)]
    network.delivered(cases, "acme", "citypharm")
    return units


def ask(network: Network, *args: Any, key: str | None = None, **more: Any) -> Reply:
    return network.post("citypharm-warehouse", PATH, body(*args, **more), key=key)


def test_packs_are_supplied_by_scan_and_a_bad_scan_does_not_keep_the_others(
    network: Network,
) -> None:
    first, second = at_the_pharmacy(network, 2)
    scan = {"scan": f"]d201{GTIN}21{serial_of(first)}\x1d10{LOT}"}

    answer = ask(network, "supply", scan, {"scan": "garbage"}, second)

    assert answer["done"] == 2
    assert [each["returnCode"] for each in answer["results"]] == [
        "NMVS_SUCCESS", None, "NMVS_SUCCESS",
    ]  # fmt: skip
    assert answer["results"][0]["state"] == "SUPPLIED"
    assert "expected" in answer["results"][1]["detail"]


def test_a_repeated_request_is_answered_as_the_first_time(network: Network) -> None:
    units = at_the_pharmacy(network, 3)
    ask(network, "export", units[0])

    first = ask(network, "supply", *units, key="k")
    again = ask(network, "supply", *units, key="k")

    assert first.body == again.body
    assert [each["done"] for each in first["results"]] == [False, True, True]
    assert first["results"][0]["alert"] == "A24"
    (alert,) = network.get("acme-quality", "/v1/alerts")["alerts"]
    assert (alert["id"], alert["reporter"]) == (first["results"][0]["alertId"], None)


def test_what_is_done_with_packs_stands_in_their_history(network: Network) -> None:
    (unit,) = at_the_pharmacy(network, 1)
    for operation in ("lock", "undo", "export", "undo", "stolen"):
        assert ask(network, operation, unit)["done"] == 1

    path = f"/v1/units/{GTIN}/{serial_of(unit)}"
    events = network.get("citypharm-warehouse", f"{path}/history")["events"]
    assert [event["bizStep"].rpartition(":")[2] for event in events][-5:] == [
        "locking", "reactivating", "exporting", "reactivating", "reporting_stolen",
    ]  # fmt: skip
    assert events[-1]["disposition"] == "stolen"
    assert network.get("citypharm-warehouse", path)["state"] == "stolen"
    verdict = network.post(
        "ruralpharm-warehouse", "/v1/verifications", {"gtin": GTIN, "serial": serial_of(unit)}
    )
    assert verdict["reasons"] == ["stolen"]


def test_a_locked_pack_goes_nowhere(network: Network) -> None:
    (unit,) = at_the_pharmacy(network, 1)
    ask(network, "lock", unit)

    for path, more in (("shipping", {"to": "9522000000015"}), ("dispensing", {})):
        refused = network.ask(
            "citypharm-warehouse", "POST", f"/v1/{path}", {"epcs": [unit], **more}
        )
        assert (refused.status, refused["code"]) == (409, "locked")


def test_a_thousand_packs_take_a_bounded_number_of_requests(network: Network) -> None:
    units = at_the_pharmacy(network, 1000)

    with counted(network.aws) as spent:
        answer = ask(network, "supply", *units)

    assert answer["done"] == 1000
    assert spent.round_trips <= 250
