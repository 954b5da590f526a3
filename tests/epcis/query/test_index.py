from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.interpretation import thing_of
from chalicelib.epcis.query.index import MOST_EPCS, OVERFLOW, has_trail, keys
from chalicelib.epcis.query.subjects import READERS
from tests.epcis.samples import events, json_like


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
        ("class", "https://id.gs1.org/01/04012345123456/10/998877"),
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


def test_an_event_is_found_by_what_it_names_beyond_the_bound() -> None:
    grais = [f"urn:epc:id:grai:0614141.12345.{number}" for number in range(150)]
    items = [f"urn:epc:id:sgtin:0614141.812345.{number}" for number in range(500)]

    assert OVERFLOW in keys({"epcList": grais})
    assert OVERFLOW not in keys({"epcList": items + grais[:MOST_EPCS] * 2})


@pytest.mark.parametrize(
    ("uri", "trailed"),
    [
        ("https://id.gs1.org/01/80614141123458/21/6789", True),
        ("https://id.gs1.org/00/106141412345678908", True),
        ("https://id.gs1.org/01/80614141123457/21/6789", False),
        ("https://id.gs1.org/00/106141412345678901", False),
        ("https://id.gs1.org/01/80614141123458", False),
        ("https://id.gs1.org/01/80614141123458/10/6789", False),
        ("https://id.gs1.org/8003/00614141123452400", False),
        ("urn:x:1", False),
    ],
)
def test_items_and_logistic_units_have_trails_of_their_own(uri: str, trailed: bool) -> None:
    assert has_trail(uri) is trailed


def test_what_has_a_trail_is_what_goods_are_made_of() -> None:
    """Who plans a query asks `thing_of`; what neither knows could never be found."""
    uris = {
        canonical_uri(uri)
        for event in events().values()
        for uri in READERS["anyEPC"](event, "")
        if isinstance(uri, str)
    }

    assert len(uris) > 80
    assert [uri for uri in uris if has_trail(uri) is not (thing_of(uri) is not None)] == []


@given(st.dictionaries(st.sampled_from(["type", "bizStep", "parentID", "epcList"]), json_like))
@settings(max_examples=60, deadline=None)
def test_whatever_an_event_holds_has_keys_of_text(event: dict[str, Any]) -> None:
    assert all(dimension and value for dimension, value in keys(event))
