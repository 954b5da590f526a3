import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gs1.elements import GS, render_raw
from chalicelib.gs1.lost import LONGEST, TooMany, readings
from tests.gs1.strategies import anything, gtins, texts

GTIN = "0109506000134352"


@given(gtins, texts, texts, st.booleans())
def test_the_right_reading_is_among_them(gtin: object, lot: str, serial: str, swap: bool) -> None:
    elements = (("01", str(gtin)), ("10", lot), ("21", serial))
    if swap:
        elements = (elements[0], elements[2], elements[1])
    try:
        found = readings(render_raw(elements).replace(GS, ""))
    except TooMany:
        return
    assert elements in found


@given(anything)
def test_every_reading_is_made_of_the_whole_text(text: str) -> None:
    try:
        found = readings(text)
    except TooMany:
        return
    assert all("".join(ai + value for ai, value in one) == text for one in found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (GTIN + "10A1", 1),
        (GTIN + "10A121S1", 2),
        (GTIN + "10ABCDEFGHIJKLMNOPQ21ABCDEFGHIJKL", 1),
        (GTIN + "17280200" + "10ABCDEFGHIJ" + "21ABCDEFGHIJKLM", 1),
        (GTIN + "37" + "5", 0),
        (GTIN[:-1] + "3", 0),
        ("", 0),
        ("X", 0),
    ],
)
def test_readings_are_as_many_as_there_are(text: str, count: int) -> None:
    found = [one for one in readings(text) if one]

    assert len(found) == count


def test_only_the_ais_that_may_be_there_are_read() -> None:
    text = GTIN + "10A121B91C"

    assert len(readings(text)) == 4
    assert set(readings(text, {"01", "10", "21"})) == {
        (("01", GTIN[2:]), ("10", "A121B91C")),
        (("01", GTIN[2:]), ("10", "A1"), ("21", "B91C")),
    }


@pytest.mark.parametrize("unit", ["91", "9192", "9091929394959697", "1021", "2110", "310012345690"])
def test_work_is_bounded(unit: str) -> None:
    text = (GTIN + unit * LONGEST)[:LONGEST]
    try:
        found = readings(text)
    except TooMany:
        return
    assert len(found) <= 21


def test_a_text_with_more_readings_than_are_counted_is_told() -> None:
    with pytest.raises(TooMany):
        readings(GTIN + "9091929394959697" * 5)


def test_a_text_that_is_too_long_is_not_tried() -> None:
    assert readings(GTIN + "91" + "A" * LONGEST) == []
