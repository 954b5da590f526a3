from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from chalicelib.errors import Malformed
from chalicelib.lots.model import Change, Description, RecallMark, Status
from chalicelib.lots.wire import ChangeAnswer, LotAnswer, LotBody
from tests.lots.test_model import LOT


def read(body: str) -> Description:
    return LotBody.model_validate_json(body, strict=True).description(this_year=2026)


def test_dates_are_read_as_written_and_as_printed() -> None:
    assert read('{"expiry": "2028-02-29"}') == read('{"expiry": "280200"}')
    assert read('{"expiry": "2028-02-29", "manufactured": "260201"}').manufactured == date(
        2026, 2, 1
    )


def test_everything_that_may_be_said_is_read() -> None:
    body = (
        '{"expiry": "280229", "manufactured": "2026-02-01", "supplier": "Synth",'
        ' "supplierLot": "S/9", "status": "quarantined"}'
    )

    assert read(body) == replace(LOT.description, status=Status.QUARANTINED)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"expiry": "2028-02-30"}', "/expiry"),
        ('{"expiry": ""}', "/expiry"),
        ('{"expiry": "280229", "manufactured": "x"}', "/manufactured"),
    ],
)
def test_what_is_no_date_is_refused_where_it_is(body: str, pointer: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read(body)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [(pointer, "date")]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("{}", "expiry"),
        ('{"expiry": null}', "expiry"),
        ('{"expiry": 280229}', "expiry"),
        ('{"expiry": "280229", "status": "recalled"}', "status"),
        ('{"expiry": "280229", "supplier": ""}', "supplier"),
        ('{"expiry": "280229", "expires": "280229"}', "expires"),
    ],
)
def test_a_faulty_lot_is_refused_where_the_fault_is(body: str, place: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(body)

    assert refusal.value.errors()[0]["loc"] == (place,)


def test_a_lot_is_answered_to_its_owner_with_everything() -> None:
    assert LotAnswer.of(LOT, own=True).model_dump(by_alias=True, mode="json") == {
        "gtin": str(LOT.lgtin.gtin),
        "lot": "L-1",
        "expiry": "2028-02-29",
        "manufactured": "2026-02-01",
        "supplier": "Synth",
        "supplierLot": "S/9",
        "status": "released",
        "recalled": False,
        "partlyRecalled": False,
    }


def test_holders_do_not_learn_who_the_supplier_is() -> None:
    answer = LotAnswer.of(LOT, own=False)

    assert answer.supplier is None
    assert answer.supplier_lot is None


def test_recalls_are_told_apart() -> None:
    partly = LotAnswer.of(replace(LOT, recalls=(RecallMark("r", partial=True),)), own=False)
    wholly = LotAnswer.of(replace(LOT, recalls=(RecallMark("r"),)), own=False)

    assert (partly.recalled, partly.partly_recalled) == (False, True)
    assert (wholly.recalled, wholly.partly_recalled) == (True, False)


def test_a_change_says_who_and_when() -> None:
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    answer = ChangeAnswer.of(Change(2, at, "acme-quality", LOT.description))

    assert answer.model_dump(by_alias=True, mode="json") == {
        "version": 2,
        "at": "2026-11-23T09:30:00.000Z",
        "clientId": "acme-quality",
        "expiry": "2028-02-29",
        "manufactured": "2026-02-01",
        "supplier": "Synth",
        "supplierLot": "S/9",
        "status": "released",
    }
