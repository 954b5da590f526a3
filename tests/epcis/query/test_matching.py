import itertools
import random
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.query.index import keys
from chalicelib.epcis.query.kinds import KINDS
from chalicelib.epcis.query.matching import asks_about, matches
from chalicelib.epcis.query.model import EventQuery
from chalicelib.epcis.query.names import FIXED
from chalicelib.epcis.query.parameters import parse, parse_json
from chalicelib.epcis.query.spelling import prefixes
from chalicelib.epcis.query.subjects import READERS
from tests.epcis.samples import events

ITEM = "urn:epc:id:sgtin:0614141.812345.6789"
LINK = "https://example.com/01/80614141123458/21/6789"
EVENT: EventObject = {
    "@context": {"ex": "https://ns.example.com/"},
    "type": "ObjectEvent",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-01-01T12:00:00+01:00",
    "recordTime": "2026-01-02T00:00:00Z",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "persistentDisposition": {"set": ["completeness_verified"], "unset": ["recalled"]},
    "epcList": [ITEM],
    "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 2.5, "uom": "KGM"}
    ],
    "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
    "bizLocation": {"id": "urn:x:shelf"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:po"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:0614141.00777"}],
    "errorDeclaration": {
        "declarationTime": "2026-01-03T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:2"],
    },
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2026-01-01T00:00:00Z", "deviceID": "urn:x:device"},
            "sensorReport": [
                {"type": "Temperature", "value": 26.0, "uom": "CEL", "booleanValue": True},
                {"type": "gs1:RelativeHumidity", "minValue": 12.1, "uom": "A93"},
            ],
        }
    ],
    "ilmd": {"ex:grade": "A", "ex:deep": {"ex:best": "2026-05-01T00:00:00Z"}},
    "ex:count": 7,
    "ex:fresh": True,
    "ex:note": "0012",
    "ex:when": "2026-01-01T00:00:00Z",
    "ex:expires": "2027-01-01",
    "ex:weight": {"@ex:unit": "KGM", "#text": "12"},
    "ex:place": {"@value": "urn:epc:id:sgln:0614141.00777.0"},
}
NAMESPACES = {"ex": "https://ns.example.com/"}


def found(**parameters: str) -> bool:
    return matches(EVENT, parse(parameters, NAMESPACES))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("eventType", "ObjectEvent|AggregationEvent", True),
        ("eventType", "AggregationEvent", False),
        ("GE_eventTime", "2026-01-01T11:00:00Z", True),
        ("LT_eventTime", "2026-01-01T11:00:00Z", False),
        ("LT_recordTime", "2026-01-02T01:00:00+00:30", True),
        ("EQ_action", "ADD", False),
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping", True),
        ("EQ_disposition", "active", False),
        ("EQ_persistentDisposition_set", "completeness_verified", True),
        ("EQ_persistentDisposition_unset", "completeness_verified", False),
        ("EQ_readPoint", "https://id.gs1.org/414/0614141007776", True),
        ("WD_bizLocation", "urn:x:shelf", True),
        ("WD_bizLocation", "urn:x:store", False),
        ("EQ_bizTransaction_urn:epcglobal:cbv:btt:po", "urn:x:po", True),
        ("EQ_bizTransaction_desadv", "urn:x:po", False),
        ("EQ_source_owning_party", "https://id.gs1.org/417/0614141007776", True),
        ("EQ_destination_owning_party", "urn:epc:id:pgln:0614141.00777", False),
        ("MATCH_epc", LINK, True),
        ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.*.*", True),
        ("MATCH_epc", "urn:epc:idpat:sgtin:0614142.*.*|urn:x:1", False),
        ("MATCH_epc", "https://id.gs1.org/01/80614141123458", True),
        ("MATCH_anyEPC", "https://example.com/gtin/80614141123458", True),
        ("MATCH_epc", "https://id.gs1.org/01/90614141123455", False),
        ("MATCH_parentID", "https://id.gs1.org/01/80614141123458", False),
        ("MATCH_anyEPC", ITEM, True),
        ("MATCH_parentID", ITEM, False),
        ("MATCH_inputEPC", ITEM, False),
        ("MATCH_epcClass", "https://id.gs1.org/01/04012345123456/10/998877", True),
        ("MATCH_epcClass", "urn:epc:idpat:lgtin:4012345.012345.*", True),
        ("MATCH_outputEPCClass", "urn:epc:class:lgtin:4012345.012345.998877", False),
        ("EQ_quantity", "2.50", True),
        ("GT_quantity", "2.5", False),
        ("LE_quantity_KGM", "2.5", True),
        ("LE_quantity_LBR", "2.5", False),
        ("EQ_eventID", "urn:uuid:1", True),
        ("EXISTS_errorDeclaration", "", True),
        ("GE_errorDeclarationTime", "2026-01-03T00:00:00Z", True),
        ("GE_errorDeclaration_Time", "2026-01-04T00:00:00Z", False),
        ("EQ_errorReason", "urn:epcglobal:cbv:er:incorrect_data", True),
        ("EQ_correctiveEventID", "urn:uuid:2", True),
        ("EQ_type", "https://gs1.org/voc/RelativeHumidity", True),
        ("EQ_type", "Mass", False),
        ("EQ_deviceID", "urn:x:device", True),
        ("LT_time", "2026-01-01T00:00:00Z", False),
        ("EQ_value_CEL", "25|26", True),
        ("GE_minValue_A93", "12.1", True),
        ("GE_minValue_CEL", "12.1", False),
        ("EQ_booleanValue", "true", True),
        ("EQ_booleanValue", "false", False),
        ("EXISTS_sensorElementList", "true", True),
        ("EQ_ex:count", "7.0", True),
        ("GT_ex:count", "6", True),
        ("LT_ex:count", "2026-01-01T00:00:00Z", False),
        ("EQ_ex:fresh", "true", True),
        ("EQ_ex:fresh", "false", False),
        ("EQ_ex:note", "12", False),
        ("EQ_ex:note", "11|0012", True),
        ("GE_ex:when", "2026-01-01T01:00:00+01:00", True),
        ("EQ_ex:when", "2026-01-01T01:00:00+01:00", True),
        ("EQ_ex:place", "https://id.gs1.org/414/0614141007776", True),
        ("EQ_https://ns.example.com/count", "7", True),
        ("GE_ex:expires", "2027-01-01", True),
        ("GT_ex:expires", "2027-01-01", False),
        ("LT_ex:expires", "2027-01-01T00:00:01Z", True),
        ("EQ_ex:expires", "2027-01-01T01:00:00+01:00", True),
        ("LT_ex:when", "2026-01-02", True),
        ("EQ_ex:weight", "12", True),
        ("GT_ex:weight", "11.5", True),
        ("EQ_ex:weight", "KGM", False),
        ("eventType", "QuantityEvent", False),
        ("EXISTS_ex:absent", "", False),
        ("EQ_ILMD_ex:grade", "A|B", True),
        ("EQ_ex:grade", "A", False),
        ("LT_INNER_ILMD_ex:best", "2026-06-01T00:00:00Z", True),
        ("LT_ILMD_ex:best", "2026-06-01T00:00:00Z", False),
        ("HASATTR_bizLocation", "cbvmda:site", False),
    ],
)
def test_a_parameter_finds_the_event_or_not(name: str, value: str, expected: bool) -> None:
    assert found(**{name: value}) is expected


def test_locations_within_others_are_told_by_master_data() -> None:
    def within(location: str) -> frozenset[str]:
        return frozenset({"urn:x:shelf"} if location == "urn:x:store" else ())

    assert matches(EVENT, parse({"WD_bizLocation": "urn:x:store"}), within)
    assert matches(EVENT, parse({"WD_bizLocation": "urn:x:shelf"}), within)
    assert not matches(EVENT, parse({"EQ_bizLocation": "urn:x:store"}), within)


def test_attributes_are_told_by_master_data() -> None:
    def attributes(uri: str) -> Mapping[str, frozenset[str]]:
        kinds = {"urn:epcglobal:cbv:mda#site": frozenset({"10"})}
        return kinds if uri == "urn:x:shelf" else {}

    def holds(name: str, value: str) -> bool:
        return matches(EVENT, parse({name: value}), attributes=attributes)

    assert holds("HASATTR_bizLocation", "cbvmda:street|cbvmda:site")
    assert not holds("HASATTR_readPoint", "cbvmda:site")
    assert holds("EQ_ATTR_bizLocation_cbvmda:site", "9|10")
    assert not holds("EQ_ATTR_bizLocation_cbvmda:site", "9")


def test_a_prefix_of_another_namespace_is_another_name() -> None:
    assert not matches(EVENT, parse({"EQ_ex:count": "7"}, {"ex": "https://elsewhere.example/"}))
    assert matches(EVENT, parse({"EQ_other:count": "7"}, {"other": "https://ns.example.com#"}))


def test_an_unbound_prefix_finds_the_same_unbound_prefix() -> None:
    event = {"type": "ObjectEvent", "nowhere:count": 7}

    assert matches(event, parse({"EQ_nowhere:count": "7"}))
    assert not matches(event, parse({"EQ_nowhere:count": "7"}, {"nowhere": "https://x.example/"}))


def test_json_asks_with_numbers() -> None:
    assert matches(EVENT, parse_json({"EQ_ex:note": 12, "EQ_ex:fresh": True}, NAMESPACES))


def test_a_query_without_filters_finds_everything() -> None:
    assert matches({}, EventQuery())


def own_filters(event: EventObject) -> dict[str, list[Any]]:
    """Return EQ and MATCH parameters made of the event's own values, as it spells them."""
    asked = {}
    for name, meaning in FIXED.items():
        values = list(READERS[meaning.subject](event, ""))
        if meaning.operator in ("EQ", "MATCH") and values:
            kind = KINDS[meaning.subject]
            usable = [value for value in values if kind.sought(value) is not None]
            if usable and not any(str(each).startswith("urn:epc:idpat:") for each in usable):
                asked[name] = usable[:5]
    for name, value in event.items():
        if ":" in name and isinstance(value, str | int | float) and value != "":
            asked[f"EQ_{name}"] = [value]
    return asked


def respelt(value: Any) -> Any:
    """Return the event with every URI by its Digital Link."""
    if isinstance(value, dict):
        return {name: held if name == "@context" else respelt(held) for name, held in value.items()}
    if isinstance(value, list):
        return [respelt(each) for each in value]
    return canonical_uri(value) if isinstance(value, str) else value


def test_published_events_match_the_filters_of_their_own_values_in_either_spelling() -> None:
    asked = 0
    for name, event in events().items():
        filters = own_filters(event)
        bound = prefixes(event.get("@context"))
        query = parse_json(filters, bound)

        assert matches(event, query), name
        assert matches(respelt(event), query), name
        assert matches(event, parse_json(respelt(filters), bound)), name
        asked += len(filters)
    assert asked > 3_000


def test_filters_are_a_conjunction_and_spelling_changes_no_verdict() -> None:
    chance = random.Random(20)
    sample = chance.sample(sorted(events().items()), 120)
    verdicts = set()
    for (_, one), (_, other) in itertools.pairwise(sample):
        query = parse_json(own_filters(one), prefixes(one.get("@context")))
        each = [matches(other, EventQuery((single,))) for single in query.filters]

        assert matches(other, query) is all(each)
        assert [matches(respelt(other), EventQuery((single,))) for single in query.filters] == each
        verdicts.update(each)
    assert verdicts == {True, False}


DIMENSIONS = {
    "epcs": "epc",
    "parents": "parent",
    "classes": "class",
    "event_types": "type",
    "biz_steps": "bizStep",
    "dispositions": "disposition",
    "biz_locations": "bizLocation",
    "read_points": "readPoint",
    "documents": "document",
    "transformations": "transformation",
}


def test_every_event_that_a_query_finds_has_a_key_of_each_plan() -> None:
    planned = set()
    for name, event in events().items():
        asked = own_filters(event)
        if transactions := list(READERS["bizTransaction"](event, "po")):
            asked["EQ_bizTransaction_po"] = transactions
        indexed = keys(event)
        for parameter, values in asked.items():
            query = parse_json({parameter: values}, prefixes(event.get("@context")))
            for plan, dimension in DIMENSIONS.items():
                sought = getattr(query, plan)
                if sought:
                    assert any((dimension, value) in indexed for value in sought), (name, plan)
                    planned.add(plan)
    assert planned == set(DIMENSIONS)


def test_a_query_says_whose_master_data_decide() -> None:
    def about(name: str, value: str) -> set[str]:
        return asks_about(EVENT, parse({name: value}))

    assert about("HASATTR_bizLocation", "cbvmda:site") == {"urn:x:shelf"}
    assert about("EQ_ATTR_bizLocation_cbvmda:site", "9") == {"urn:x:shelf"}
    assert about("EQ_bizLocation", "urn:x:shelf") == set()
