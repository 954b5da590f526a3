"""Published transactions and master data, as they come in files."""

import pytest

from chalicelib.epcis import formats
from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.dscsa import LEGAL_NOTICE, transaction_document
from chalicelib.epcis.dscsa_reading import read_transaction
from chalicelib.epcis.masterdata import read_master_data, vocabularies
from chalicelib.epcis.xml_writer import write_xml
from chalicelib.errors import Malformed
from tests.epcis.transactions import BUYER, EVENTS, MESSAGE, PRODUCT, SELLER
from tests.shared_data import FOLDER, path

FOLDER_OF_SAMPLES = "dscsa-epcis-samples/epcis-parser-ISC"
NO_DOCUMENT = {
    "amerisourcebergen-complex-sample.xml": "typographic hyphens stand in its XML declaration",
    "epcis_1.2.master_data_sample.xml": "a body alone, without its document",
    "epcis_1.2.master_data_sample__1.xml": "a body alone, without its document",
}
"""Samples that no reader of EPCIS can take, each with its reason."""

WITH_MASTER_DATA = {
    # file: products, parties, places, faults
    f"{FOLDER_OF_SAMPLES}/cardinal_health.1.2.xml": (2, 0, 4, set()),
    # one place has two values of one attribute
    "gs1-epcis-examples/xml/Example-masterData.xml": (0, 0, 4, {"conflict"}),
    "fastnt/fastnt-2022/Masterdata.xml": (0, 0, 4, {"conflict"}),
    # identifiers of GDST are no GS1 keys
    "gdst-opentraceability/tests/gdst_extensions_02.xml": (0, 0, 3, {"syntax"}),
}


def document(name: str) -> EpcisDocument:
    return formats.read(path(name).read_bytes())


def test_every_sample_is_read_or_an_exception() -> None:
    folder = path(FOLDER_OF_SAMPLES)
    for file in sorted(folder.iterdir()):
        if file.name in NO_DOCUMENT:
            with pytest.raises(Malformed):
                formats.read(file.read_bytes())
        else:
            found = read_transaction(formats.read(file.read_bytes()))
            assert [depth for depth, _ in found.tree()] == [0, 1, 1, 1, 1], file.name


def test_the_published_transaction_lacks_nothing_but_its_buyer_in_the_shipping_event() -> None:
    found = read_transaction(document(f"{FOLDER_OF_SAMPLES}/cardinal_health.1.2.xml"))

    assert [(fault.pointer, fault.code) for fault in found.faults] == [
        ("/epcisBody/eventList/2/destinationList", "missing")
    ]
    assert found.seller == "urn:epc:id:sgln:030001.111124.0"
    assert found.buyer == "urn:epc:id:sgln:039999.999929.0"
    assert found.affirmed is True
    assert found.legal_notice.startswith("Seller has complied with each applicable subsection")
    assert [kind for kind, _ in found.documents] == ["inv", "po"]
    assert {unit.expiry for unit in found.units.values()} == {"2015-03-15"}


@pytest.mark.parametrize("name", WITH_MASTER_DATA)
def test_published_master_data_are_values_and_become_vocabularies_again(name: str) -> None:
    *counts, codes = WITH_MASTER_DATA[name]

    found = read_master_data(document(name))
    listed = vocabularies(found.products, found.parties, found.places)
    again = read_master_data(EpcisDocument(events=(), vocabularies=listed))

    assert [len(found.products), len(found.parties), len(found.places)] == counts
    assert {fault.code for fault in found.faults} == codes
    assert (again.products, again.parties, again.places) == (
        found.products,
        found.parties,
        found.places,
    )
    assert again.faults == []


def test_a_place_of_the_standards_example_has_its_nearest_parent() -> None:
    found = read_master_data(document("gs1-epcis-examples/xml/Example-masterData.xml"))

    parents = {str(place.key): str(place.parent) for place in found.places if place.parent}
    assert parents == {
        "0037000007296#8201": "0037000007296",
        "0037000007296#8202": "0037000007296",
        "0037000007296#8203": "0037000007296#8202",
    }


def test_no_published_master_data_raise() -> None:
    read = 0
    for file in sorted(path("gdst-opentraceability/tests").glob("*.xml")):
        found = read_master_data(document(str(file.relative_to(FOLDER))))
        read += bool(found.faults)

    assert read > 2


def test_a_written_transaction_survives_its_trip_as_xml() -> None:
    sent = transaction_document(
        EVENTS, seller=SELLER, buyer=BUYER, message=MESSAGE, products=[PRODUCT]
    )

    raw = b"".join(write_xml(sent, version="1.2"))
    found = read_transaction(formats.read(raw))

    assert found.faults == []
    assert found.legal_notice == LEGAL_NOTICE
    assert (found.seller, found.buyer) == (SELLER.uri, BUYER.uri)
    assert b'Authority="SGLN"' in raw
    assert len(list(found.tree())) == 5
