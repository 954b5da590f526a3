"""Cases, and the requests that open them and go on with them."""

from typing import Any

from tests.harness.network import Network, Reply


def suspected(
    network: Network, who: str, *things: str, key: str | None = None, **more: Any
) -> Reply:
    """Open a case."""
    body = {"description": "Print looks odd", "things": list(things)} | more
    return network.post(f"{who}-quality", "/v1/suspicions", body, key=key)


def noted(network: Network, who: str, case: str, state: str, **more: Any) -> Reply:
    """Write down what became of a case."""
    path = f"/v1/suspicions/{case}/notes"
    return network.post(f"{who}-quality", path, {"state": state, "text": "Seen"} | more)


def at_meddist(network: Network, count: int, *, sold: int = 0) -> list[str]:
    """Let meddist have packs of acme in a case; the first of them it sold to a pharmacy."""
    units = network.commissioned(count)
    network.delivered([network.packed(units)], "acme", "meddist")
    if sold:
        network.delivered(units[:sold], "meddist", "citypharm")
    return units
