"""Whose event it is, and where it stands in time."""

from datetime import timedelta, timezone

from chalicelib.epcis.model import BizStep
from chalicelib.query.model import Row, parties, time_text
from tests.builders import START, event, gln


def test_an_event_is_that_of_who_recorded_it_and_of_both_sides_of_a_hand_over() -> None:
    alone = event(BizStep.PACKING, "acme")
    shipped = event(BizStep.SHIPPING, "acme", to="meddist")

    assert parties(alone) == {gln("acme")}
    assert parties(shipped) == {gln("acme"), gln("meddist")}


def test_text_order_is_time_order_whatever_the_offset() -> None:
    later = (START + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=-9)))

    assert Row(time_text(START), "b").position < Row(time_text(later), "a").position
