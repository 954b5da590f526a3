from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.query.subjects import READERS, SCOPES, extension
from tests.epcis.samples import json_like

EVENT: dict[str, Any] = {
    "@context": {"ex": "https://ns.example.com/"},
    "epcList": ["urn:x:1"],
    "childEPCs": ["urn:x:2"],
    "parentID": "urn:x:3",
    "readPoint": {"id": "urn:x:place", "ex:note": "at the place"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:x:po"},
        {"bizTransaction": "urn:x:untyped"},
    ],
    "quantityList": [
        {"epcClass": "urn:x:c", "quantity": 3, "uom": "KGM"},
        {"epcClass": "urn:x:d", "quantity": 4},
    ],
    "ilmd": {"ex:note": "in ilmd", "ex:outer": {"ex:note": "deep in ilmd"}},
    "sensorElementList": [
        {
            "ex:note": "in an element",
            "sensorMetadata": {"deviceID": "urn:x:m", "ex:note": "in metadata"},
            "sensorReport": [
                {"deviceID": "urn:x:r", "value": 1, "uom": "CEL", "ex:note": "in a report"}
            ],
        }
    ],
    "errorDeclaration": {"ex:note": "in the declaration"},
    "ex:note": "beside",
    "ex:outer": [{"ex:inner": {"ex:note": "deep"}}],
}
NOTE = "https://ns.example.com#note"


@pytest.mark.parametrize(
    ("subject", "qualifier", "expected"),
    [
        ("epc", "", ["urn:x:1", "urn:x:2"]),
        ("anyEPC", "", ["urn:x:3", "urn:x:1", "urn:x:2"]),
        ("readPoint", "", ["urn:x:place"]),
        ("bizTransaction", "", ["urn:x:po", "urn:x:untyped"]),
        ("bizTransaction", "po", ["urn:x:po"]),
        ("quantity", "", [3, 4]),
        ("quantity", "KGM", [3]),
        ("anyEPCClass", "", ["urn:x:c", "urn:x:d"]),
        ("deviceID", "", ["urn:x:m", "urn:x:r"]),
        ("value", "CEL", [1]),
        ("value", "FAH", []),
        ("inputEPC", "", []),
    ],
)
def test_a_subject_yields_its_values(subject: str, qualifier: str, expected: list[Any]) -> None:
    assert list(READERS[subject](EVENT, qualifier)) == expected


@pytest.mark.parametrize(
    ("scope", "inner", "expected"),
    [
        ("", False, ["beside"]),
        ("", True, ["deep"]),
        ("ILMD", False, ["in ilmd"]),
        ("ILMD", True, ["deep in ilmd"]),
        ("ERROR_DECLARATION", False, ["in the declaration"]),
        ("SENSORELEMENT", False, ["in an element"]),
        ("SENSORMETADATA", False, ["in metadata"]),
        ("SENSORREPORT", False, ["in a report"]),
        ("readPoint", False, ["at the place"]),
        ("bizLocation", False, []),
    ],
)
def test_an_extension_is_sought_where_it_was_asked_for(
    scope: str, inner: bool, expected: list[str]
) -> None:
    assert list(extension(EVENT, scope, NOTE, inner=inner)) == expected


def test_a_deep_extension_does_not_exhaust_the_stack() -> None:
    value: Any = {"ex:note": "bottom"}
    for _ in range(5_000):
        value = [{"ex:x": value}]

    found = extension({**EVENT, "ex:outer": value}, "", NOTE, inner=True)

    assert list(found) == ["bottom"]


@given(st.dictionaries(st.sampled_from([*EVENT, "persistentDisposition", "sourceList"]), json_like))
@settings(max_examples=100, deadline=None)
def test_whatever_an_event_holds_is_read(event: dict[str, Any]) -> None:
    for read in READERS.values():
        list(read(event, "po"))
    for scope in ("", *SCOPES):
        list(extension(event, scope, NOTE, inner=True))
