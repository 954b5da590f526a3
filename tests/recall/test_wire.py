"""Bodies about recalls are read into values; answers keep each side's secrets."""

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.gs1.keys import Sgtin
from chalicelib.recall.model.notice import Acknowledgement
from chalicelib.recall.wire import NoticeAnswer, UnitField
from tests.recall.builders import AT, GTIN, a_notice, affected

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


def test_whom_to_call_is_the_shippers_own_knowledge() -> None:
    notice = a_notice().unreachable("no webhook", "qa@meddist.example")

    assert NoticeAnswer.of(notice, "acme").contact == "qa@meddist.example"
    assert NoticeAnswer.of(notice, "meddist").contact is None


def test_who_answered_for_the_party_is_not_told() -> None:
    answer = Acknowledgement(AT, "meddist-anna", 0, "", "op", "f")

    shown = NoticeAnswer.of(a_notice().acknowledged(answer), "acme").model_dump_json()

    assert "meddist-anna" not in shown
    assert '"quantityOnHand":0' in shown
    assert '"comment":null' in shown


def test_serials_are_listed_only_where_the_recall_is_partial() -> None:
    lots = (affected(2, serials=("A", "B")), affected(3))

    shown = NoticeAnswer.of(a_notice(lots=lots), "acme")

    assert [lot.serials for lot in shown.lots] == [("A", "B"), None]
