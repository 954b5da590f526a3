"""What a transaction says of products and parties; what nobody told is named, all of it."""

from dataclasses import replace
from uuid import UUID

import pytest

from chalicelib.access.model import Actor
from chalicelib.directory.told import Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.errors import Conflict
from chalicelib.gs1.keys import Gln, Sgln
from chalicelib.shipments import usecases
from chalicelib.shipments.particulars import Particulars, particulars
from tests.builders import actor, minute
from tests.harness.network import GTIN, Network, gln
from tests.shipments.sellers import ADDRESS, pallet, tell


def known(network: Network) -> Particulars:
    shipment = usecases.shipment(actor_of("acme"), UUID(pallet(network)["id"]))
    return particulars(shipment, "acme")


def actor_of(who: str) -> Actor:
    """Return a client of an organisation of the network, under its GLN there."""
    return replace(actor(who), gln=Gln(gln(who)))


def test_names_come_from_the_directory_and_addresses_from_master_data(network: Network) -> None:
    tell()

    found = known(network)

    assert (found.seller.name, found.buyer.name) == ("Acme Pharma", "MedDist")
    assert found.seller.text("city") == found.buyer.text("city") == ADDRESS["city"]
    (product,) = found.products
    assert product.text("strengthDescription") == "5mg"
    assert product.text("manufacturerOfTradeItemPartyName") == "Acme Pharma"


def test_everything_that_is_missing_is_told_at_once(network: Network) -> None:
    with pytest.raises(Conflict) as refused:
        known(network)

    assert refused.value.code == "master_data"
    pointers = {each.pointer for each in refused.value.errors}
    assert pointers == {
        *(f"/{who}/{name}" for who in ("seller", "buyer") for name in ADDRESS),
        *(
            f"/products/{GTIN}/{name}"
            for name in (
                "dosageFormType",
                "strengthDescription",
                "netContentDescription",
                "additionalTradeItemIdentification",
            )
        ),
    }
    assert all("expected" in each.message for each in refused.value.errors)


def test_what_others_were_told_counts_for_nothing(network: Network) -> None:
    tell(keeper="meddist")

    with pytest.raises(Conflict):
        known(network)


def test_where_goods_were_shipped_from_is_described_where_it_is_known(network: Network) -> None:
    tell()
    dock = Sgln(Gln(gln("acme")), "DOCK-1")
    ToldStore("acme").put(Told(dock, Source(minute(0), minute(0), "job"), "Dock", {"name": "Dock"}))
    (unit,) = network.commissioned(1)
    body = {"epcs": [unit], "to": gln("meddist"), "from": dock.digital_link()}
    event = network.post("acme-warehouse", "/v1/shipping", body)["eventId"]

    found = particulars(usecases.shipment(actor_of("acme"), UUID(event[9:])), "acme")

    assert [each.key for each in found.places] == [dock]
