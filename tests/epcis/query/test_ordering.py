from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.query.model import EventQuery
from chalicelib.epcis.query.ordering import ordered
from tests.epcis.samples import json_like


def ids(events: list[dict[str, Any]], query: EventQuery) -> list[str]:
    return [each["eventID"] for each in ordered(events, query)]


def test_the_latest_instant_comes_first_whatever_its_offset() -> None:
    events = [
        {"eventID": "a", "eventTime": "2026-01-01T01:00:00+02:00"},
        {"eventID": "b", "eventTime": "2026-01-01T00:00:00Z"},
    ]

    assert ids(events, EventQuery()) == ["b", "a"]
    assert ids(events, EventQuery(descending=False)) == ["a", "b"]


def test_equals_follow_by_identity_and_those_without_come_last() -> None:
    same = "2026-01-01T00:00:00Z"
    events = [
        {"eventID": "c"},
        {"eventID": "b", "recordTime": same},
        {"eventID": "a", "recordTime": same},
    ]

    for descending in (True, False):
        assert ids(events, EventQuery((), "recordTime", descending)) == ["a", "b", "c"]


def test_an_extension_orders_numbers_as_numbers_and_text_by_code_points() -> None:
    def told(values: list[Any]) -> list[str]:
        events = [
            {"@context": {"e": "urn:x:"}, "eventID": str(value), "e:a": value} for value in values
        ]
        return ids(events, EventQuery((), "urn:x#a", False))

    assert told([10, "9", 1.5]) == ["1.5", "9", "10"]
    assert told(["b", "B", "ä"]) == ["B", "b", "ä"]
    times = ["2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z"]
    assert told(times[::-1]) == times


@given(
    st.lists(
        st.fixed_dictionaries({"eventID": st.text(), "eventTime": json_like, "e:a": json_like})
    )
)
@settings(max_examples=60, deadline=None)
def test_no_event_is_lost_whatever_it_holds(events: list[dict[str, Any]]) -> None:
    for order_by in ("eventTime", "e:a"):
        found = ordered(events, EventQuery(order_by=order_by))

        assert sorted(map(id, found)) == sorted(map(id, events))
