from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.query.index import MOST_EPCS, OVERFLOW, gtin_of, keys
from tests.epcis.samples import json_like


def test_an_event_is_indexed_by_what_it_names() -> None:
    event = {
        "type": "AggregationEvent",
        "parentID": "urn:epc:id:grai:0614141.12345.400",
        "childEPCs": ["urn:epc:id:sgtin:0614141.812345.6789", "urn:x:1"],
        "childQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}],
        "bizStep": "urn:epcglobal:cbv:bizstep:packing",
        "disposition": "in_progress",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
        "bizLocation": {"id": "https://id.gs1.org/414/0614141007776"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:po"}],
    }

    assert keys(event) == {
        ("type", "AggregationEvent"),
        ("parent", "https://id.gs1.org/8003/00614141123452400"),
        ("epc", "https://id.gs1.org/8003/00614141123452400"),
        ("epc", "urn:x:1"),
        ("epc", "https://id.gs1.org/01/80614141123458/21/6789"),
        ("class", "https://id.gs1.org/01/04012345123456/10/998877"),
        ("class", "https://id.gs1.org/01/04012345123456"),
        ("gtin", "04012345123456"),
        ("gtin", "80614141123458"),
        ("bizStep", "packing"),
        ("disposition", "in_progress"),
        ("readPoint", "https://id.gs1.org/414/0614141007776"),
        ("bizLocation", "https://id.gs1.org/414/0614141007776"),
        ("document", "urn:x:po"),
    }


def test_a_transformation_is_indexed_by_its_identity_inputs_and_outputs() -> None:
    event = {
        "transformationID": "urn:x:t",
        "inputEPCList": ["urn:x:i"],
        "outputEPCList": ["urn:x:o"],
    }

    assert keys(event) == {("transformation", "urn:x:t"), ("epc", "urn:x:i"), ("epc", "urn:x:o")}


def test_so_many_epcs_are_indexed_and_no_more() -> None:
    found = keys({"parentID": "urn:x:p", "epcList": [f"urn:x:{number}" for number in range(500)]})

    assert len([value for dimension, value in found if dimension == "epc"]) == MOST_EPCS + 1
    assert ("epc", "urn:x:p") in found
    assert OVERFLOW in found


def test_what_trails_lead_to_needs_no_key_and_the_same_epc_twice_one() -> None:
    grais = [f"urn:epc:id:grai:0614141.12345.{number}" for number in range(150)]
    items = [f"urn:epc:id:sgtin:0614141.812345.{number}" for number in range(500)]
    trailed = {canonical_uri(item) for item in items}

    assert OVERFLOW in keys({"epcList": grais})
    assert OVERFLOW not in keys({"epcList": items + grais[:MOST_EPCS] * 2}, trailed)
    assert OVERFLOW in keys({"epcList": items})


@pytest.mark.parametrize(
    ("uri", "gtin"),
    [
        ("https://id.gs1.org/01/80614141123458/21/6789", "80614141123458"),
        ("https://id.gs1.org/01/80614141123458/10/L1", "80614141123458"),
        ("https://id.gs1.org/01/80614141123458", "80614141123458"),
        ("https://id.gs1.org/01/80614141123458x", ""),
        ("https://id.gs1.org/00/106141412345678908", ""),
        ("urn:x:1", ""),
    ],
)
def test_the_gtin_of_items_and_lots_is_told(uri: str, gtin: str) -> None:
    assert gtin_of(uri) == gtin


def test_a_lot_is_found_by_its_gtin_too() -> None:
    found = keys({"quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}]})

    assert {value for dimension, value in found if dimension == "class"} == {
        "https://id.gs1.org/01/04012345123456/10/998877",
        "https://id.gs1.org/01/04012345123456",
    }
    assert ("gtin", "04012345123456") in found


@given(st.dictionaries(st.sampled_from(["type", "bizStep", "parentID", "epcList"]), json_like))
@settings(max_examples=60, deadline=None)
def test_whatever_an_event_holds_has_keys_of_text(event: dict[str, Any]) -> None:
    assert all(dimension and value for dimension, value in keys(event))
