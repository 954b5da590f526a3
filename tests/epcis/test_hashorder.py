from typing import Any

import pytest

from chalicelib.epcis.hashorder import EVENT, PAIRS, PERSISTENT, QUANTITY, SENSOR, UNSAID
from tests.shared_data import load

SCHEMA = "epcis-artefacts/json-schema"


def properties(node: Any) -> set[str]:
    """Return the names of all properties that a schema gives to the object itself."""
    found = set(node.get("properties", {}))
    for name in ("allOf", "anyOf", "oneOf"):
        found |= {each for part in node.get(name, []) for each in properties(part)}
    return found


@pytest.mark.parametrize(
    "kind", ["Object", "Aggregation", "Transaction", "Transformation", "Association"]
)
def test_every_field_of_an_event_has_its_place(kind: str) -> None:
    schema = load(f"{SCHEMA}/{kind}Event-JSON-Schema.json")["definitions"][f"{kind}Event"]
    common = load(f"{SCHEMA}/event-definitions-JSON-Schema.json")["definitions"]
    fields = properties(schema) | properties(common["Event"])
    known = EVENT.keys() | PAIRS.keys() | UNSAID | {"ilmd"}

    assert len(fields) > 15
    assert fields - {"@context"} <= known


@pytest.mark.parametrize(
    ("definition", "fields"),
    [
        ("sensorMetadata", SENSOR["sensorMetadata"]),
        ("sensorReport", SENSOR["sensorReport"]),
        ("quantityElement", QUANTITY),
        ("persistentDisposition", PERSISTENT),
    ],
)
def test_every_field_of_a_part_has_its_place(definition: str, fields: dict[str, Any]) -> None:
    schema = load(f"{SCHEMA}/event-definitions-JSON-Schema.json")["definitions"][definition]

    # The reference has no place for the rules of a report; they go to the end of the event.
    assert properties(schema) - {"bizRules"} <= fields.keys()
