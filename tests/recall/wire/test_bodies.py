"""Bodies about recalls are read into values."""

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Sgtin
from chalicelib.recall.wire.bodies import ScopeBody, UnitField
from tests.recall.builders import GTIN, OTHER_GTIN

UNIT = TypeAdapter(UnitField)


@pytest.mark.parametrize(
    "text",
    [
        f"https://id.gs1.org/01/{GTIN}/21/A%2F1",
        f"https://shop.example/01/{GTIN}/21/A%2F1",
        f"(01){GTIN}(21)A/1",
        "urn:epc:id:sgtin:9506000.013435.A%2F1",
        {"gtin": str(GTIN), "serial": "A/1"},
        {"serial": "A/1", "gtin": "9506000134352"},
    ],
)
def test_an_item_is_read_in_any_spelling(text: object) -> None:
    assert UNIT.validate_python(text) == Sgtin.of(GTIN, "A/1")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "found the fields nothing, expected gtin and serial"),
        ({"gtin": str(GTIN), "sn": "A"}, "found the fields gtin, sn, expected gtin and serial"),
        ("https://id.gs1.org/00/095210000000000018", "expected an item"),
        ({"gtin": str(GTIN), "serial": "ä"}, "serial"),
        ({"gtin": "9506000134353", "serial": "A"}, "check digit"),
        (None, "expected"),
        (7, "expected"),
    ],
)
def test_what_is_no_item_is_refused(value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        UNIT.validate_python(value)


def a_scope(*serials: object, gtins: tuple[str, ...] = (str(GTIN),)) -> ScopeBody:
    lots = [{"gtin": gtin, "lot": "L1"} for gtin in gtins]
    return ScopeBody.model_validate({"lots": lots, "serials": list(serials)})


def test_a_bare_serial_is_of_the_one_gtin_of_all_lots() -> None:
    assert a_scope("A/1", f"(01){GTIN}(21)B").units() == (
        Sgtin.of(GTIN, "A/1"),
        Sgtin.of(GTIN, "B"),
    )


def test_a_bare_serial_is_not_enough_among_several_gtins() -> None:
    scope = a_scope(f"(01){GTIN}(21)B", "A", gtins=(str(GTIN), str(OTHER_GTIN)))

    with pytest.raises(Malformed) as refused:
        scope.units()

    assert [error.pointer for error in refused.value.errors] == ["/scope/serials/1"]
    assert refused.value.detail == "found the bare serial 'A', expected its GTIN too"
