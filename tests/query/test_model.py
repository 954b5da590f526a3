"""Whose event it is, and where it stands in time."""

from datetime import timedelta, timezone

import pytest

from chalicelib.epcis.model import BizStep
from chalicelib.query.model import MANY_GTINS, MOST_GTINS, SLACK, Row, micros, parties, row
from tests.builders import START, event, gln

ID = "00000000-0000-8000-8000-000000000100"


def told(**more: str) -> dict[str, str]:
    return {"eventTime": "2026-11-01T08:00:00Z", "recordTime": "2026-11-01T08:00:00Z"} | more


def test_an_event_is_that_of_who_recorded_it_and_of_both_sides_of_a_hand_over() -> None:
    alone = event(BizStep.PACKING, "acme")
    shipped = event(BizStep.SHIPPING, "acme", to="meddist")

    assert parties(alone) == {gln("acme")}
    assert parties(shipped) == {gln("acme"), gln("meddist")}


def test_the_order_is_that_of_time_whatever_the_offset() -> None:
    later = (START + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=-9)))

    assert Row(micros(START), "b", 0).by_event_time < Row(micros(later), "a", 0).by_event_time


@pytest.mark.parametrize(("apart", "prompt"), [(-SLACK - 1, False), (-SLACK, True), (SLACK, True)])
def test_an_event_is_recorded_when_it_happens_within_some_slack(apart: int, prompt: bool) -> None:
    assert Row(10 * SLACK, "a", 10 * SLACK + apart).prompt is prompt


def test_a_row_tells_the_times_that_queries_compare() -> None:
    found = row(told(eventTime="2026-11-01T09:00:00.0000019+01:00"), f"urn:uuid:{ID}")

    assert found == Row(micros(START) + 1, ID.replace("-", ""), micros(START))
    with pytest.raises(ValueError, match="expected an instant"):
        row(told(eventTime="yesterday"), ID)


def test_a_row_tells_what_has_few_values_and_little_of_what_is_long() -> None:
    gtins = {("gtin", f"{number:014}") for number in range(MOST_GTINS + 1)}
    place = ("readPoint", "urn:x:" + "y" * 5_000)

    found = row(told(), ID, {*gtins, place, ("bizStep", "shipping"), ("document", "urn:x:d")})

    kept = dict(found.told)
    assert kept.keys() == {"gtin", "readPoint", "bizStep"}
    assert MANY_GTINS in found.told
    assert len(kept["readPoint"]) == 32
