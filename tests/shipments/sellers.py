"""What a seller of the US trade tells of its products and partners, and shipments of its goods."""

from typing import Any

from chalicelib.directory.told import Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.gs1.keys import Gln, Gtin
from tests.builders import minute
from tests.harness.network import GTIN, Network, Reply, gln

ADDRESS = {
    "streetAddressOne": "1 Main Street",
    "city": "Washington",
    "state": "DC",
    "postalCode": "12345",
    "countryCode": "US",
}
PRODUCT = {
    "regulatedProductName": "Examplin",
    "dosageFormType": "TABLET",
    "strengthDescription": "5mg",
    "netContentDescription": "10 tablets",
    "additionalTradeItemIdentification": "55154049495",
    "additionalTradeItemIdentificationTypeCode": "FDA_NDC_11",
    "manufacturerOfTradeItemPartyName": "Acme Pharma",
}


def tell(
    *parties: str, keeper: str = "acme", gtins: tuple[str, ...] = (GTIN,), **more: Any
) -> None:
    """Let an organisation know its product, and the addresses of parties."""
    source = Source(minute(0), minute(0), "job")
    store = ToldStore(keeper)
    for gtin in gtins:
        store.put(Told(Gtin(gtin), source, "Examplin", PRODUCT | more))
    for party in parties or ("acme", "meddist"):
        store.put(Told(Gln(gln(party)), source, "", ADDRESS | {"name": party}))


def pallet(network: Network, loose: int = 2) -> dict[str, Any]:
    """Ship a pallet of two cases of 5 units, of which one was taken out, and loose units."""
    units = network.commissioned(10 + loose + 3)
    cases = [network.packed(units[:5]), network.packed(units[5:10])]
    outer = network.packed(cases)
    network.post("acme-line", "/v1/unpacking", {"parent": cases[1], "children": units[9:10]})
    body = {
        "epcs": [outer, *units[10 : 10 + loose]],
        "to": gln("meddist"),
        "documents": [{"type": "po", "id": "P-1"}],
    }
    event = network.post("acme-warehouse", "/v1/shipping", body)["eventId"]
    shipped = [*units[:9], *units[10 : 10 + loose]]
    return {"id": event[9:], "units": shipped, "cases": cases, "pallet": outer}


def stated(network: Network, shipment: str, **body: Any) -> Reply:
    """Have acme affirm the statement of its shipment."""
    return network.put(
        "acme-warehouse", f"/v1/shipments/{shipment}/statement", {"affirmed": True} | body
    )


def fetch(network: Network, shipment: str, who: str = "acme-warehouse") -> Reply:
    return network.ask(who, "GET", f"/v1/shipments/{shipment}/dscsa")
