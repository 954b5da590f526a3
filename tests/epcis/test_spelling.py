"""Events with their EPCs spelt another way."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.spelling import in_links, in_urns, spelt
from tests.epcis.samples import events, json_like

EVENT: dict[str, Any] = {
    "type": "TransformationEvent",
    "parentID": "urn:epc:id:sscc:0614141.1234567890",
    "inputEPCList": ["urn:epc:id:sgtin:0614141.812345.6789", "urn:example:bag"],
    "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:0614141.812345.A", "quantity": 3}],
    "readPoint": {"id": "urn:epc:id:sgln:0614141.12345.A1", "example:floor": 2},
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:0614141.12345"}],
    "bizTransactionList": [{"bizTransaction": "urn:epc:id:gdti:0614141.12345.1"}],
    "example:epc": "urn:epc:id:sgtin:0614141.812345.6789",
}


def test_goods_places_and_parties_become_links_and_nothing_else() -> None:
    assert in_links(EVENT) == {
        **EVENT,
        "parentID": "https://id.gs1.org/00/106141412345678908",
        "inputEPCList": ["https://id.gs1.org/01/80614141123458/21/6789", "urn:example:bag"],
        "outputQuantityList": [
            {"epcClass": "https://id.gs1.org/01/80614141123458/10/A", "quantity": 3}
        ],
        "readPoint": {"id": "https://id.gs1.org/414/0614141123452/254/A1", "example:floor": 2},
        "sourceList": [{"type": "owning_party", "source": "https://id.gs1.org/417/0614141123452"}],
    }


def test_links_become_the_urns_again() -> None:
    assert in_urns(in_links(EVENT)) == EVENT


def test_the_given_event_stays_as_it_is() -> None:
    before = deepcopy(EVENT)

    in_links(EVENT)

    assert before == EVENT


def test_published_events_keep_their_hash_in_links() -> None:
    changed = 0
    for event in events().values():
        if isinstance(event.get("type"), str):
            changed += in_links(event) != event
            assert event_hash(in_links(event)) == event_hash(event)

    assert changed > 50


@given(
    st.dictionaries(
        st.sampled_from(["epcList", "readPoint", "sourceList", "quantityList", "parentID"]),
        json_like,
    )
)
@settings(max_examples=60)
def test_what_is_no_event_stays_as_it_is(event: dict[str, Any]) -> None:
    assert spelt(event, lambda uri: uri) == event or "NaN" in repr(event) or "nan" in repr(event)
