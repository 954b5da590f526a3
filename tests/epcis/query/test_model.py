from datetime import UTC, datetime

from chalicelib.epcis.query.model import EventQuery, is_several
from chalicelib.epcis.query.parameters import parse

ITEM = "urn:epc:id:sgtin:0614141.812345.6789"
LINK = "https://id.gs1.org/01/80614141123458/21/6789"


def test_the_planner_is_told_canonical_values_of_the_narrowest_filter() -> None:
    query = parse({"MATCH_anyEPC": f"{ITEM}|urn:x:1", "MATCH_epc": ITEM})

    assert query.epcs == (LINK,)


def test_patterns_tell_the_planner_nothing() -> None:
    assert parse({"MATCH_epc": f"{ITEM}|urn:epc:idpat:sgtin:0614141.*.*"}).epcs == ()


def test_the_class_of_items_tells_the_planner_no_epc_but_a_class() -> None:
    link = "https://example.com/01/80614141123458"

    assert parse({"MATCH_epc": link}).epcs == ()
    assert parse({"MATCH_parentID": link}).parents == ()
    assert parse({"MATCH_epcClass": link}).classes == ("https://id.gs1.org/01/80614141123458",)
    assert is_several(link.replace("example.com", "id.gs1.org"))
    assert not is_several(LINK)


def test_the_pattern_of_one_class_is_that_class() -> None:
    query = parse({"MATCH_epcClass": "urn:epc:idpat:sgtin:0614141.812345.*"})

    assert query.classes == ("https://id.gs1.org/01/80614141123458",)


def test_descendants_are_no_exact_values() -> None:
    assert parse({"WD_bizLocation": "urn:x:1"}).biz_locations == ()
    assert parse({"EQ_bizLocation": "urn:x:1"}).biz_locations == ("urn:x:1",)


def test_bounds_of_time_are_told() -> None:
    query = parse({"GE_eventTime": "2026-01-01T00:00:00Z", "LT_recordTime": "2026-02-01T00:00:00Z"})

    assert query.event_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert query.record_to == datetime(2026, 2, 1, tzinfo=UTC)
    assert (query.event_to, query.record_from) == (None, None)


def test_no_filter_demands_nothing() -> None:
    query = EventQuery()

    assert query.epcs == query.parents == query.classes == query.event_ids == ()
    assert query.event_types == query.biz_steps == query.dispositions == query.documents == ()
    assert query.read_points == query.transformations == ()
