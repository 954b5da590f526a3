from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.query.names import FIXED
from chalicelib.epcis.query.parameters import parse, parse_json
from chalicelib.errors import QueryParameter, QueryTooComplex
from tests.epcis.samples import json_like
from tests.shared_data import load

SCHEMA = "openepcis-misc/validation-service"


def refusal_of(parameters: dict[str, str]) -> QueryParameter:
    with pytest.raises(QueryParameter) as caught:
        parse(parameters)
    return caught.value


def test_a_list_is_delimited_by_pipes_and_its_words_are_canonical() -> None:
    query = parse({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:shipping|receiving"})

    assert query.filters[0].values == ("shipping", "receiving")
    assert query.filters == parse_json({"EQ_bizStep": ["shipping", "receiving"]}).filters


def test_values_have_the_types_of_their_subjects() -> None:
    found = parse(
        {
            "GE_quantity": "1.50",
            "EQ_value_CEL": "1|2",
            "LT_eventTime": "2026-01-01T01:00:00+01:00",
            "EQ_booleanValue": "true",
        }
    ).filters

    assert [each.values for each in found] == [
        (Decimal("1.5"),),
        (Decimal(1), Decimal(2)),
        (datetime(2026, 1, 1, tzinfo=UTC),),
        (True,),
    ]


def test_the_order_is_the_latest_first_unless_it_is_told() -> None:
    told = parse({"orderBy": "ex:a", "orderDirection": "ASC"}, {"ex": "urn:x:"})

    assert (parse({}).order_by, parse({}).descending) == ("eventTime", True)
    assert (told.order_by, told.descending) == ("urn:x#a", False)


def test_limits_are_numbers() -> None:
    assert parse({"orderBy": "recordTime", "eventCountLimit": "5"}).event_count_limit == 5
    assert parse_json({"maxEventCount": 7}).max_event_count == 7


def test_parameters_of_the_page_are_ignored() -> None:
    assert parse({"perPage": "x", "nextPageToken": "|"}) == parse({})


@pytest.mark.parametrize("value", ["", "true", "1"])
def test_existence_is_demanded_by_anything_but_false(value: str) -> None:
    assert len(parse({"EXISTS_errorDeclaration": value}).filters) == 1


def test_existence_is_demanded_by_null_and_not_by_false() -> None:
    assert parse({"EXISTS_errorDeclaration": "false"}).filters == ()
    assert len(parse_json({"EXISTS_errorDeclaration": None}).filters) == 1


def test_a_query_of_json_may_bind_prefixes() -> None:
    query = parse_json({"@context": {"ex": "urn:x:"}, "EQ_ex:a": [1, "b", True]})

    assert query.filters[0].qualifier == "urn:x#a"
    assert query.filters[0].values == (Decimal(1), "b", True)


@pytest.mark.parametrize(
    ("parameters", "pointer", "code"),
    [
        ({"EQ_action": "SHIPPED"}, "#/query/EQ_action", "value"),
        ({"eventType": "AssertType"}, "#/query/eventType", "value"),
        ({"GE_eventTime": "yesterday"}, "#/query/GE_eventTime", "value"),
        ({"GE_eventTime": "2026-01-01T00:00:00"}, "#/query/GE_eventTime", "value"),
        ({"EQ_bizStep": "flying"}, "#/query/EQ_bizStep", "value"),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:0614141.*.5"}, "#/query/MATCH_epc", "value"),
        ({"MATCH_epcClass": "urn:epc:idpat:lgtin:4*.*.*"}, "#/query/MATCH_epcClass", "value"),
        ({"MATCH_epc": ""}, "#/query/MATCH_epc", "value"),
        ({"EQ_quantity": "many"}, "#/query/EQ_quantity", "value"),
        ({"GE_quantity": "1|2"}, "#/query/GE_quantity", "value"),
        ({"GE_example:a": "red"}, "#/query/GE_example:a", "value"),
        ({"EXISTS_errorDeclaration": "maybe"}, "#/query/EXISTS_errorDeclaration", "value"),
        ({"orderBy": "bizStep"}, "#/query/orderBy", "value"),
        ({"orderDirection": "SIDEWAYS"}, "#/query/orderDirection", "value"),
        ({"maxEventCount": "-1"}, "#/query/maxEventCount", "value"),
        ({"maxEventCount": "1.5"}, "#/query/maxEventCount", "value"),
        ({"maxEventCount": "1e999999"}, "#/query/maxEventCount", "value"),
        ({"orderBy": "eventTime", "eventCountLimit": "0"}, "#/query/eventCountLimit", "value"),
        ({"eventCountLimit": "1"}, "#/query/eventCountLimit", "requisite"),
        ({"a/b": "1"}, "#/query/a~1b", "unknown_parameter"),
        ({"EQ_value": "1"}, "#/query/EQ_value", "unknown_parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    parameters: dict[str, str], pointer: str, code: str
) -> None:
    error = refusal_of(parameters).errors[0]

    assert (error.pointer, error.code) == (pointer, code)


@pytest.mark.parametrize(("at", "pointer"), [("/query", "/query/EQ_a~1b"), ("", "/EQ_a~1b")])
def test_the_fault_of_a_json_object_points_into_its_document(at: str, pointer: str) -> None:
    with pytest.raises(QueryParameter) as caught:
        parse_json({"EQ_a/b": 1}, at=at)

    assert caught.value.errors[0].pointer == pointer


def test_an_unknown_parameter_is_refused_with_the_nearest_known_one() -> None:
    assert "perhaps EQ_bizStep" in refusal_of({"EQ_bizSteps": "shipping"}).detail


def test_two_limits_exclude_each_other() -> None:
    error = refusal_of({"orderBy": "eventTime", "eventCountLimit": "1", "maxEventCount": "1"})

    assert [each.code for each in error.errors] == ["exclusive"]


def test_all_faults_are_told_at_once() -> None:
    assert len(refusal_of({"EQ_action": "X|Y", "EQ_foo": "1"}).errors) == 3


def test_an_empty_list_asks_nothing_and_is_refused() -> None:
    with pytest.raises(QueryParameter, match="empty list"):
        parse_json({"EQ_bizStep": []})


def test_so_many_faults_are_told_and_no_more() -> None:
    assert len(refusal_of({"EQ_action": "|".join("X" * 1_000)}).errors) == 100


@pytest.mark.parametrize(
    "query",
    [{f"EQ_ex:a{number}": 1 for number in range(201)}, {"EQ_eventID": ["urn:x:1"] * 10_001}],
)
def test_a_query_without_measure_is_refused(query: dict[str, object]) -> None:
    with pytest.raises(QueryTooComplex):
        parse_json(query)


@pytest.mark.parametrize("name", ["queryDocumentWithAction", "queryDocumentWithEventTime"])
def test_published_queries_are_read(name: str) -> None:
    assert len(parse_json(load(f"{SCHEMA}/{name}.json")).filters) == 2


@pytest.mark.parametrize(
    "name",
    [
        f"{SCHEMA}/queryDocumentWithInvalidEventType.json",
        "openepcis-test-resources/2.0/json/query/queries/invalid/Query_with_invalid_values.json",
    ],
)
def test_published_queries_with_faults_are_refused(name: str) -> None:
    with pytest.raises(QueryParameter):
        parse_json(load(name))


@given(
    st.dictionaries(
        st.sampled_from([*FIXED, "EQ_ex:a", "GE_ex:a", "orderBy", "maxEventCount"]), json_like
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_json_holds_is_read_or_refused(query: dict[str, object]) -> None:
    with suppress(QueryParameter):
        read = parse_json(query)
        assert len(read.filters) <= len(query)
