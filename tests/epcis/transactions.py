"""A small transaction: four packages in a case, shipped from a manufacturer to a distributor."""

from typing import Any

from chalicelib.epcis.dscsa import Message, place, product
from chalicelib.epcis.masterdata import Address
from chalicelib.gs1.epc import parse_epc
from chalicelib.gs1.keys import Gtin, Sgln


def _place(uri: str, name: str) -> Any:
    key = parse_epc(uri)
    assert isinstance(key, Sgln)
    address = Address(("1 Main Street",), "Washington", "DC", "12345-6789", "US")
    return place(key, name, address, uri=uri)


SELLER = _place("urn:epc:id:sgln:030001.111124.0", "Maker")
BUYER = _place("urn:epc:id:sgln:039999.999929.0", "Distributor")
MESSAGE = Message("urn:uuid:0a4be8d2-19d5-4e4c-a0e5-6ae1d2d0b7d0", "2026-03-01T10:00:00Z")
PRODUCT = product(
    Gtin("00355154944954"),
    name="Exampline",
    ndc="55154049495",
    strength="100mg",
    dosage_form="PILL",
    container_size="500 pills",
    manufacturer="Maker",
    uri="urn:epc:idpat:sgtin:0355154.094495.*",
)
CASE = "urn:epc:id:sscc:0355154.0000000001"
PACKAGES = [f"urn:epc:id:sgtin:0355154.094495.S{number}" for number in range(4)]
EVENTS: list[dict[str, Any]] = [
    {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "-05:00",
        "epcList": PACKAGES,
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "ilmd": {"cbvmda:lotNumber": "LOT1", "cbvmda:itemExpirationDate": "2028-12-31"},
    },
    {
        "type": "AggregationEvent",
        "eventTime": "2026-03-01T08:10:00Z",
        "eventTimeZoneOffset": "-05:00",
        "parentID": CASE,
        "childEPCs": PACKAGES,
        "action": "ADD",
        "bizStep": "packing",
    },
    {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T09:00:00Z",
        "eventTimeZoneOffset": "-05:00",
        "epcList": [CASE],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0399999999991:XYZ567"}
        ],
        "sourceList": [{"type": "owning_party", "source": SELLER.uri}],
        "destinationList": [{"type": "owning_party", "destination": BUYER.uri}],
    },
]
