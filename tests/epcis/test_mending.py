"""What fields are taken as, on their own."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.mending import FIELDS, NOTHING, Repairs
from tests.epcis.samples import json_like

ITEM = "urn:epc:id:sgtin:0614141.812345.1"


def mended(name: str, value: Any) -> tuple[Any, list[tuple[str, str]]]:
    repairs = Repairs()
    made = FIELDS[name](value, f"/{name}", repairs)
    return made, [(each.pointer, each.code) for each in repairs.made]


@pytest.mark.parametrize(
    ("name", "value", "made", "told"),
    [
        ("parentID", f" {ITEM}", ITEM, [("/parentID", "spelling")]),
        ("parentID", "  ", NOTHING, [("/parentID", "empty")]),
        ("parentID", ITEM, ITEM, []),
        ("parentID", None, None, []),
        ("childEPCs", [ITEM, None, "x", "x"], [ITEM, None, "x"], [("/childEPCs/3", "duplicate")]),
        ("childEPCs", "", [], [("/childEPCs", "list")]),
        ("childEPCs", 7, 7, []),
        (
            "sourceList",
            {"type": "OWNING_PARTY", "source": ITEM},
            [{"type": "owning_party", "source": ITEM}],
            [("/sourceList", "list"), ("/sourceList/0/type", "word")],
        ),
        (
            "destinationList",
            [{"type": "location", "destination": ""}],
            [],
            [("/destinationList/0/destination", "empty"), ("/destinationList/0", "empty")],
        ),
        (
            "inputQuantityList",
            [{"epcClass": ITEM, "quantity": " "}, {"epcClass": ITEM, "quantity": "1.0"}],
            [{"epcClass": ITEM}, {"epcClass": ITEM, "quantity": Decimal("1.0")}],
            [
                ("/inputQuantityList/0/quantity", "empty"),
                ("/inputQuantityList/1/quantity", "number"),
            ],
        ),
        (
            "errorDeclaration",
            {"declarationTime": "2016-03-15T10:11Z", "reason": "INCORRECT_DATA", "a:b": " "},
            {"declarationTime": "2016-03-15T10:11:00Z", "reason": "incorrect_data", "a:b": " "},
            [("/errorDeclaration/declarationTime", "time"), ("/errorDeclaration/reason", "word")],
        ),
    ],
)
def test_a_field_is_taken_as_what_it_can_only_mean(
    name: str, value: Any, made: Any, told: list[tuple[str, str]]
) -> None:
    assert mended(name, value) == (made, told)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), json_like)
def test_a_mend_leaves_alone_what_it_has_not_told_of(name: str, value: Any) -> None:
    made, told = mended(name, value)

    assert told or repr(made) == repr(value)
