import copy
import json
import random
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.eventhash import event_hash, prehash
from chalicelib.epcis.identifiers import to_urn
from tests.gs1.strategies import sgtins, sscc

EVENT: EventObject = {
    "@context": {"ex": "https://ns.example.com/epcis/"},
    "type": "ObjectEvent",
    "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
    "eventTime": "2024-03-04T11:00:30.1415+01:00",
    "eventTimeZoneOffset": "+01:00",
    "recordTime": "2024-03-04T10:00:31Z",
    "errorDeclaration": {"declarationTime": "2024-03-05T00:00:00Z", "reason": "incorrect_data"},
    "certificationInfo": ["https://example.org/certificate/2", "https://example.org/certificate/1"],
    "epcList": ["urn:epc:id:sscc:4012345.0000000333", "urn:epc:id:sgtin:4012345.011111.987"],
    "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:4012345.012345.0012", "quantity": 25.0, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:4012345.022222.*", "quantity": 3},
    ],
    "action": "OBSERVE",
    "bizStep": "departing",
    "disposition": "in_transit",
    "persistentDisposition": {"set": ["recalled", "damaged"], "unset": ["completeness_verified"]},
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987", "ex:dock": "7", "ex:aisle": "B"},
    "bizLocation": {"id": "urn:epc:id:sgln:4012345.00011.0"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:1"},
        {"type": "inv", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:2"},
        {"bizTransaction": "urn:epc:id:gdti:4012345.11111.123"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:0614141.00777.0"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2024-03-04T10:00:00Z", "bizRules": "https://e.org/r"},
            "sensorReport": [
                {"type": "Temperature", "value": 26.1, "uom": "CEL", "ex:probe": "2"},
                {"type": "Temperature", "stringValue": "0012", "booleanValue": True},
            ],
            "ex:further": {"ex:b": "1", "ex:a": ["2", "1"]},
        },
        {"sensorReport": [{"type": "gs1:Speed", "minValue": "0.50", "component": "x"}]},
    ],
    "ilmd": {"cbvmda:lotNumber": "0012", "ex:grade": "1e3"},
    "ex:note": "inf",
    "ex:deep": {"ex:list": [{"ex:n": 1}, {"ex:n": 2}], "ex:empty": ""},
}


def test_what_is_not_said_by_the_event_is_not_hashed() -> None:
    bare = {
        name: value
        for name, value in EVENT.items()
        if name not in {"eventID", "recordTime", "errorDeclaration"}
    }
    commented = {**bare, "rdfs:comment": "any", "readPoint": EVENT["readPoint"]}

    assert event_hash(bare) == event_hash(EVENT) == event_hash(commented)


def test_the_parts_stand_in_the_order_of_the_reference() -> None:
    found = prehash(EVENT)
    names = [
        "eventType=ObjectEvent",
        "eventTime=2024-03-04T10:00:30.142Z",
        "certificationInfo=https://example.org/certificate/1certificationInfo=",
        "epcListepc=https://id.gs1.org/00/",
        "quantityListquantityElementepcClass=",
        "action=OBSERVE",
        "persistentDispositionset=https://ref.gs1.org/cbv/Disp-damagedset=",
        "readPointid=https://id.gs1.org/414/4012345000115/254/987{https://ns.example.com/epcis/}a",
        "sensorElementListsensorElement",
        "bizTransactionListbizTransaction=",
        "destinationListtype=",
        "ilmd{https://ns.example.com/epcis/}grade=1e3{urn:epcglobal:cbv:mda}lotNumber=0012",
        "sourceListtype=",
        "{https://ns.example.com/epcis/}deep",
        "{https://ns.example.com/epcis/}note=inf",
    ]
    places = [found.find(name) for name in names]

    assert -1 not in places
    assert places == sorted(places)


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = chance.sample(list(value), len(value))
        return {name: _shuffled(value[name], chance) for name in names}
    if isinstance(value, list):
        return [_shuffled(each, chance) for each in chance.sample(value, len(value))]
    return value


@given(st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_fields_and_lists_does_not_matter(chance: random.Random) -> None:
    assert event_hash(_shuffled(EVENT, chance)) == event_hash(EVENT)


@given(st.lists(sgtins | sscc, min_size=1, max_size=8), st.data())
def test_the_spelling_of_epcs_does_not_matter(epcs: list[Any], data: st.DataObject) -> None:
    spelt = [
        data.draw(
            st.sampled_from(
                [
                    epc.urn(7),
                    epc.digital_link(),
                    epc.digital_link("http://a.example/x"),
                    to_urn(epc.digital_link()),
                    f" {epc.urn(9)}\n",
                ]
            )
        )
        for epc in epcs
    ]
    one = {**EVENT, "epcList": [epc.digital_link() for epc in epcs]}

    assert event_hash({**EVENT, "epcList": spelt}) == event_hash(one)


@pytest.mark.parametrize(
    "same",
    [
        {"eventTime": "2024-03-04T10:00:30.14151Z"},
        {"recordTime": "2025-01-01T00:00:00Z"},
        {"eventID": "urn:uuid:1"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:departing"},
        {"disposition": "cbv:Disp-in_transit"},
        {"action": " OBSERVE "},
        {"childEPCs": []},
        {"parentID": None},
        {"bizLocation": {"id": "https://example.com/414/4012345000115"}},
    ],
)
def test_another_spelling_of_a_field_does_not_matter(same: dict[str, Any]) -> None:
    assert event_hash(EVENT | same) == event_hash(EVENT)


def test_the_name_of_a_prefix_does_not_matter() -> None:
    renamed = json.loads(json.dumps(EVENT).replace('"ex', '"other'))

    assert event_hash(renamed) == event_hash(EVENT)
    moved = {**EVENT, "@context": [{"ex": "https://ns.example.com/other/"}]}
    assert event_hash(moved) != event_hash(EVENT)


def test_the_json_and_the_xml_namespace_of_master_data_are_one() -> None:
    declared = {**EVENT["@context"], "cbvmda": "urn:epcglobal:cbv:mda:"}

    assert event_hash({**EVENT, "@context": declared}) == event_hash(EVENT)


def test_in_an_extension_a_number_is_a_number_and_a_text_a_text() -> None:
    def hashed(value: object) -> str:
        return event_hash({**EVENT, "ex:note": value})

    assert hashed(2.0) == hashed(2) == hashed("2") != hashed("2.0")
    assert hashed(True) == hashed("true") != hashed("True")
    assert hashed("12345678901234567890") != hashed("12345678901234567168")


UNSAID = {"eventID", "recordTime", "errorDeclaration", "@context"}


def _leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in pairs:
            if name not in UNSAID:
                yield from _leaves(each, (*at, name))
    else:
        yield at


LEAVES = list(_leaves(EVENT))


def _at(event: EventObject, place: tuple[Any, ...]) -> tuple[Any, Any]:
    holder: Any = event
    for name in place[:-1]:
        holder = holder[name]
    return holder, place[-1]


@pytest.mark.parametrize("place", LEAVES, ids=lambda place: ".".join(map(str, place)))
def test_any_other_value_of_any_field_makes_another_hash(place: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(EVENT)
    holder, name = _at(changed, place)
    before = holder[name]
    holder[name] = f"{before}1" if isinstance(before, str) else 7

    assert event_hash(changed) != event_hash(EVENT)

    del holder[name]
    assert event_hash(changed) != event_hash(EVENT)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "ex:a", "value", "time"]), inner)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(EVENT)), json_values)
@settings(max_examples=100)
def test_whatever_stands_in_a_field_is_hashed(name: str, value: Any) -> None:
    assert event_hash({**EVENT, name: value}).startswith("ni:///sha-256;")


def test_an_event_of_a_hundred_thousand_epcs_is_hashed_quickly() -> None:
    epcs = [f"urn:epc:id:sgtin:4012345.012345.{number:09d}" for number in range(100_000)]
    started = process_time()
    event_hash({**EVENT, "epcList": epcs})

    # A tenth of a second where it was measured; the rest is for slower machines.
    assert process_time() - started < 2
