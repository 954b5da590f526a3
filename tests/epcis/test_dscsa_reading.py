"""Reading a transaction of the US pharmaceutical trade."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.dscsa import LEGAL_NOTICE, transaction_document
from chalicelib.epcis.dscsa_reading import Transaction, read_transaction
from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.gs1.keys import Gtin
from tests.epcis.samples import json_like
from tests.epcis.transactions import BUYER, CASE, EVENTS, MESSAGE, PACKAGES, PRODUCT, SELLER
from tests.shared_data import path

SAMPLES = "dscsa-epcis-samples/epcis-parser-ISC"


def sent(events: list[dict[str, Any]] | None = None, **options: Any) -> EpcisDocument:
    products = options.pop("products", [PRODUCT])
    return transaction_document(
        EVENTS if events is None else events,
        seller=SELLER,
        buyer=BUYER,
        message=MESSAGE,
        products=products,
        **options,
    )


def changed(index: int, change: Callable[[dict[str, Any]], object]) -> Transaction:
    events = deepcopy(EVENTS)
    change(events[index])
    return read_transaction(sent(events))


def codes(found: Transaction) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in found.faults]


def test_a_written_transaction_is_read_without_faults() -> None:
    found = read_transaction(sent(direct_purchase=False))

    assert found.faults == []
    assert (found.seller, found.buyer) == (SELLER.uri, BUYER.uri)
    assert (found.affirmed, found.legal_notice) == (True, LEGAL_NOTICE)
    assert found.direct_purchase is False
    assert found.documents == (("po", "urn:epcglobal:cbv:bt:0399999999991:XYZ567"),)
    assert found.shipped_at == ("2026-03-01T09:00:00Z",)
    assert list(found.tree()) == [
        (0, canonical_uri(CASE)),
        *((1, canonical_uri(each)) for each in PACKAGES),
    ]


def test_each_unit_has_product_lot_and_expiry_from_its_commissioning() -> None:
    unit = read_transaction(sent()).units[canonical_uri(PACKAGES[0])]

    assert (unit.epc, unit.gtin) == (PACKAGES[0], Gtin("00355154944954"))
    assert (unit.lot, unit.expiry) == ("LOT1", "2028-12-31")


def test_epcs_in_two_spellings_are_one_thing() -> None:
    found = changed(1, lambda event: event.update(parentID=canonical_uri(CASE)))

    assert found.faults == []
    assert len(list(found.tree())) == 5


def test_what_was_unpacked_is_not_shipped_with_its_case() -> None:
    unpacked = {**EVENTS[1], "action": "DELETE", "childEPCs": PACKAGES[:1]}

    found = read_transaction(sent([*EVENTS[:2], unpacked, EVENTS[2]]))

    assert canonical_uri(PACKAGES[0]) not in {epc for _, epc in found.tree()}
    assert len(list(found.tree())) == 4


def test_a_case_emptied_without_naming_what_was_in_it_is_empty() -> None:
    emptied = {**EVENTS[1], "action": "DELETE", "childEPCs": []}

    found = read_transaction(sent([*EVENTS[:2], emptied, EVENTS[2]]))

    assert [epc for _, epc in found.tree()] == [canonical_uri(CASE)]


def test_a_ring_of_containers_ends() -> None:
    ring = {**EVENTS[1], "parentID": PACKAGES[0], "childEPCs": [CASE]}

    found = read_transaction(sent([*EVENTS[:2], ring, EVENTS[2]]))

    assert len(list(found.tree())) == 5


@pytest.mark.parametrize(
    ("index", "change", "expected"),
    [
        (0, lambda event: event.pop("ilmd"), ("/epcisBody/eventList/2/epcList/0", "commissioning")),
        (
            2,
            lambda event: event.pop("sourceList"),
            ("/epcisBody/eventList/2/sourceList", "missing"),
        ),
        (
            2,
            lambda event: event.pop("destinationList"),
            ("/epcisBody/eventList/2/destinationList", "missing"),
        ),
        (2, lambda event: event.pop("bizStep"), ("/epcisBody/eventList", "missing")),
        (1, lambda event: event.pop("parentID"), ("/epcisBody/eventList/1/parentID", "missing")),
        (
            0,
            lambda event: event["epcList"].append("?"),
            ("/epcisBody/eventList/0/epcList/4", "unknown_ai"),
        ),
    ],
)
def test_what_an_event_lacks_is_told(
    index: int, change: Callable[[dict[str, Any]], object], expected: tuple[str, str]
) -> None:
    assert expected in codes(changed(index, change))


def test_without_lists_of_parties_the_header_says_who_they_are() -> None:
    found = changed(2, lambda event: (event.pop("sourceList"), event.pop("destinationList")))

    assert (found.seller, found.buyer) == (SELLER.uri, BUYER.uri)


def test_the_business_header_alone_says_who_they_are() -> None:
    document = sent([])
    header = {"sbdh": document.header["sbdh"]}

    found = read_transaction(replace(document, header=header))

    assert (found.seller, found.buyer) == (SELLER.uri, BUYER.uri)
    assert found.affirmed is None
    assert ("/epcisHeader/gs1ushc:dscsaTransactionStatement", "missing") in codes(found)


def test_a_statement_that_is_not_affirmed_is_a_fault() -> None:
    found = read_transaction(sent(affirmed=False))

    assert found.affirmed is False
    assert [fault.code for fault in found.faults] == ["statement"]


def test_products_and_parties_without_particulars_are_faults() -> None:
    found = read_transaction(replace(sent(), vocabularies=()))

    assert [fault.code for fault in found.faults] == ["party", "party", "product"]
    assert "strengthDescription" in found.faults[2].message


def test_the_published_document_in_json_tells_its_tree_and_what_it_lacks() -> None:
    raw = json.loads(path(f"{SAMPLES}/cardinal_health.2.0.jsonld").read_text("utf-8"))

    found = read_transaction(EpcisDocument(events=raw["epcisBody"]["eventList"]))

    assert [depth for depth, _ in found.tree()] == [0, 1, 1, 1, 1]
    assert {unit.lot for unit in found.units.values()} == {"PR456"}
    assert found.affirmed is None


@given(
    st.lists(
        json_like
        | st.fixed_dictionaries(
            {
                "type": st.sampled_from(["ObjectEvent", "AggregationEvent"]),
                "bizStep": st.sampled_from(["commissioning", "shipping"]) | json_like,
                "action": st.sampled_from(["ADD", "DELETE"]) | json_like,
                "epcList": json_like | st.lists(st.sampled_from(PACKAGES) | json_like),
                "parentID": json_like,
                "childEPCs": json_like,
                "sourceList": json_like,
                "ilmd": json_like,
            }
        )
    ),
    json_like,
)
@settings(max_examples=60)
def test_reading_never_raises(events: list[Any], header: Any) -> None:
    header = {"sbdh": header, "sender": header, "gs1ushc:dscsaTransactionStatement": header}

    found = read_transaction(EpcisDocument(events=events, header=header))

    assert found.faults
