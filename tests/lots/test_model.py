from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Forbidden, Malformed
from chalicelib.gs1 import dates
from chalicelib.gs1.keys import Gtin, Lgtin
from chalicelib.lots.model import Description, Lot, RecallMark, Status, day, no_lot

LGTIN = Lgtin(Gtin("09506000134352"), "L-1")
EXPIRY = date(2028, 2, 29)
LOT = Lot(LGTIN, "acme", EXPIRY, date(2026, 2, 1), "Synth", "S/9", version=3)
PARTIAL, WHOLE = RecallMark("r1", partial=True), RecallMark("r2")


def test_the_expiry_date_is_the_last_day_of_use() -> None:
    assert not LOT.expired(date(2028, 2, 28))
    assert not LOT.expired(EXPIRY)
    assert LOT.expired(date(2028, 3, 1))


def test_a_partial_recall_leaves_the_lot_open_and_names_itself() -> None:
    lot = replace(LOT, recalls=(PARTIAL,))

    assert not lot.recalled
    assert lot.partial_recalls == ("r1",)
    assert replace(LOT, recalls=(WHOLE,)).partial_recalls == ()


def test_a_lot_does_not_expire_before_it_is_made() -> None:
    with pytest.raises(Malformed, match="expected that day or later") as refusal:
        replace(LOT, expiry=date(2026, 1, 31))

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/expiry", "date_order")]
    assert replace(LOT, expiry=date(2026, 2, 1)).expiry == LOT.manufactured


def test_a_new_lot_is_released_unless_said_otherwise() -> None:
    assert Description(EXPIRY).of_new(LGTIN, "acme").status is Status.RELEASED
    held = Description(EXPIRY, status=Status.QUARANTINED)
    assert held.of_new(LGTIN, "acme").status is Status.QUARANTINED
    assert LOT.description.of_new(LGTIN, "acme") == replace(LOT, version=0)


def test_a_description_without_status_leaves_it_and_the_recalls_alone() -> None:
    lot = replace(LOT, status=Status.QUARANTINED, recalls=(WHOLE,))

    described = lot.described(Description(EXPIRY), quality=False)

    assert described == replace(lot, manufactured=None, supplier=None, supplier_lot=None)


@pytest.mark.parametrize(
    "wanted",
    [
        replace(LOT.description, expiry=date(2029, 1, 1)),
        replace(LOT.description, status=Status.QUARANTINED),
    ],
)
def test_only_quality_changes_expiry_and_status(wanted: Description) -> None:
    assert LOT.described(wanted, quality=True).description == wanted
    with pytest.raises(Forbidden) as refusal:
        LOT.described(wanted, quality=False)
    assert refusal.value.code == "quality_only"


@given(st.dates(date(1900, 1, 1), date(9998, 12, 31)))
def test_a_date_is_read_as_it_is_written(at: date) -> None:
    assert day(at.isoformat(), this_year=2026) == at


@given(st.dates(date(1980, 1, 1), date(2070, 12, 31)))
def test_a_date_is_read_as_it_is_printed(at: date) -> None:
    assert day(dates.render(at), this_year=2026) == at


def test_day_zero_is_the_end_of_the_month() -> None:
    assert day("280200", this_year=2026) == EXPIRY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20280229",
        "2028-02-30",
        "2028-2-9",
        "2028-W08-7",
        "281301",
        "28022",
        "2028-02-29T00:00",
        "\uff12\uff10\uff12\uff18-02-29",
        "28-02-29",
        "0000-01-01",
        "2027-02-29",
        "1899-12-31",
        "9999-01-01",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        day(text, this_year=2026)

    assert refusal.value.errors[0].code == "date"


def test_a_lot_that_is_not_there_is_named() -> None:
    assert no_lot(LGTIN).detail == "There is no lot 'L-1' of GTIN 09506000134352 here."
