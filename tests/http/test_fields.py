import json
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin, Sscc
from chalicelib.http import fields
from chalicelib.http.fields import AnswerModel, Body, EpcField, EpcList, Query

GTIN = "09506000134352"
ITEM = Sgtin(Gtin(GTIN), "A/1")


class Seen(AnswerModel):
    gtin: fields.GtinField
    party: fields.GlnField
    place: fields.SglnField
    unit: fields.SsccField
    epc: EpcField
    epcs: EpcList
    lot: fields.LotField
    expiry_date: fields.DateField
    seen_at: fields.InstantField
    parent: EpcField | None


def test_an_answer_is_made_of_values_and_sent_as_text():
    seen = Seen(
        gtin=Gtin(GTIN),
        party=Gln("9521000000018"),
        place=Sgln(Gln("9521000000018"), "A/1"),
        unit=Sscc("095210000000000018"),
        epc=ITEM,
        epcs=(ITEM, Sscc("095210000000000018")),
        lot="L1",
        expiry_date=datetime(2028, 6, 30, tzinfo=UTC).date(),
        seen_at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        parent=None,
    )

    assert json.loads(seen.model_dump_json()) == {
        "gtin": GTIN,
        "party": "9521000000018",
        "place": "https://id.gs1.org/414/9521000000018/254/A%2F1",
        "unit": "095210000000000018",
        "epc": f"https://id.gs1.org/01/{GTIN}/21/A%2F1",
        "epcs": [
            f"https://id.gs1.org/01/{GTIN}/21/A%2F1",
            "https://id.gs1.org/00/095210000000000018",
        ],
        "lot": "L1",
        "expiryDate": "2028-06-30",
        "seenAt": "2026-03-01T08:30:00.000Z",
        "parent": None,
    }


def test_what_is_answered_can_be_sent_back():
    epcs = TypeAdapter(EpcList)

    assert epcs.validate_json(epcs.dump_json((ITEM,))) == (ITEM,)


@pytest.mark.parametrize("kind", [Body, Query, AnswerModel])
def test_models_take_nothing_unknown_and_do_not_change(kind):
    class Thing(kind):
        first_name: str = ""

    with pytest.raises(ValidationError, match="extra_forbidden"):
        Thing.model_validate({"lastName": "x"})
    thing = Thing.model_validate({"firstName": "x"})
    with pytest.raises(ValidationError, match="frozen"):
        thing.first_name = "y"


@pytest.mark.parametrize(("field", "limit"), [("NameField", 200), ("TextField", 500)])
def test_text_has_its_limits(field, limit):
    adapter = TypeAdapter(getattr(fields, field))

    assert adapter.validate_python("x" * limit)
    for text in ("", "x" * (limit + 1), "a\x00", "a\x1d", "\ud800", "a\nb"):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_a_scan_may_have_separators():
    scan = "]d201095060001343521721A1\x1d10L1"

    assert TypeAdapter(fields.ScanField).validate_python(scan) == scan


def test_a_serial_list_is_a_tuple_of_text():
    assert TypeAdapter(fields.SerialList).validate_json('["A", "B"]', strict=True) == ("A", "B")


def test_a_gtin_is_read_at_any_of_its_lengths():
    assert TypeAdapter(fields.GtinField).validate_python("9506000134352") == Gtin(GTIN)
