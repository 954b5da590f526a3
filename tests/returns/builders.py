"""Goods that were sold, and the requests that bring them back."""

from typing import Any

from tests.harness.network import EXPIRY, GTIN, LOT, Network, Reply, gln, serial_of

OUTSIDER = "9525000000016"
"""A hospital in acme's address book that is no member of the network."""


def pack(epc: str, **more: Any) -> dict[str, Any]:
    """Return a pack as it is read by hand."""
    return {"gtin": GTIN, "serial": serial_of(epc), "lot": LOT, "expiry": EXPIRY} | more


def sold_outside(network: Network, count: int, *, packed: bool = True) -> list[str]:
    """Let acme sell packs to the hospital; return their Digital Links."""
    network.put(
        "acme-admin", f"/v1/parties/{OUTSIDER}", {"name": "Seaside Hospital", "roles": ["hospital"]}
    )
    units = network.commissioned(count)
    epcs = [network.packed(units)] if packed else units
    network.post("acme-warehouse", "/v1/shipping", {"epcs": epcs, "to": OUTSIDER})
    return units


def sold_inside(network: Network, count: int) -> list[str]:
    """Let acme sell packs to meddist, which received them."""
    units = network.commissioned(count)
    network.delivered([network.packed(units)], "acme", "meddist")
    return units


def bring_back(
    network: Network, customer: str, *packs: Any, key: str | None = None, **more: Any
) -> Reply:
    """Let acme take packs back."""
    named = [each if isinstance(each, dict) else pack(each) for each in packs]
    customer = customer if customer.isdigit() else gln(customer)
    body = {"from": customer, "items": named} | more
    return network.post("acme-warehouse", "/v1/returns", body, key=key)


def outcomes(reply: Reply) -> list[tuple[str, list[str]]]:
    """Return what came of each pack, and why."""
    return [(each["outcome"], each["reasons"]) for each in reply["results"]]
