"""Where a query is sought: by keys, among all with what rows tell, or not at all."""

import pytest

from chalicelib.epcis.query.index import OVERFLOW
from chalicelib.epcis.query.parameters import parse
from chalicelib.errors import QueryTooComplex
from chalicelib.query.model import MANY_GTINS, Row
from chalicelib.query.plan import Plan, plan

ITEM = "urn:epc:idpat:sgtin:9521000.000001"
GTIN = "09521000000018"


def planned(**asked: str) -> Plan:
    return plan(parse(asked), lambda place: frozenset({place, f"{place}/inside"}))


def told(*pairs: tuple[str, str]) -> Row:
    return Row(0, "e", 0, frozenset(pairs))


def test_an_epc_is_sought_by_its_trail_its_key_and_among_events_of_too_many() -> None:
    found = planned(MATCH_epc="urn:epc:id:sgtin:9521000.000001.A|urn:x:1")

    assert [str(thing) for thing in found.things] == [f"{GTIN}#A"]
    assert found.keys == [
        ("epc", f"https://id.gs1.org/01/{GTIN}/21/A"), ("epc", "urn:x:1"), OVERFLOW,
    ]  # fmt: skip
    assert found.small


@pytest.mark.parametrize(
    ("asked", "gtin", "likely"),
    [
        (f"{ITEM}.*", GTIN, True),
        (f"{ITEM}.*", "09521000000025", False),
        (f"https://id.gs1.org/01/{GTIN}", GTIN, True),
        ("urn:epc:idpat:sgtin:9521000.*.*", "09521000000025", True),
        ("urn:epc:idpat:sgtin:9522000.*.*", GTIN, False),
        (f"{ITEM}.*|urn:epc:id:sgtin:9521000.000002.A", "09521000000025", True),
        (f"{ITEM}.*", MANY_GTINS[1], True),
    ],
)
def test_a_pattern_of_items_is_sought_among_what_rows_tell_of_gtins(
    asked: str, gtin: str, likely: bool
) -> None:
    found = planned(MATCH_anyEPC=asked)

    assert found.keys is None
    assert found.likely(told(("gtin", gtin))) is likely
    assert found.likely(told()), "a row that tells nothing contradicts nothing"


@pytest.mark.parametrize("scheme", ["sgtin", "lgtin"])
def test_a_pattern_of_a_class_is_sought_under_its_gtin(scheme: str) -> None:
    found = planned(MATCH_anyEPCClass=f"urn:epc:idpat:{scheme}:9521000.000001.*")

    assert found.keys == [("class", f"https://id.gs1.org/01/{GTIN}")]


def test_a_place_with_all_in_it_is_sought_among_what_rows_tell() -> None:
    found = planned(WD_bizLocation="urn:x:site")

    assert found.likely(told(("bizLocation", "urn:x:site/inside")))
    assert not found.likely(told(("bizLocation", "urn:x:other")))


@pytest.mark.parametrize(
    "asked",
    [
        {"EQ_action": "ADD"},
        {"MATCH_epc": "urn:epc:idpat:giai:9521000.*"},
        {"EQ_action": "ADD", "GE_recordTime": "2026-01-01T00:00:00Z"},
        {
            "EQ_action": "ADD",
            "GE_eventTime": "2026-01-01T00:00:00Z",
            "LT_eventTime": "2026-06-01T00:00:00Z",
        },
    ],
)
def test_what_no_index_answers_needs_bounds(asked: dict[str, str]) -> None:
    with pytest.raises(QueryTooComplex, match="No index answers"):
        planned(**asked)


def test_bounded_time_needs_no_index() -> None:
    bounds = {"GE_recordTime": "2026-01-01T00:00:00Z", "LT_recordTime": "2026-02-01T00:00:00Z"}

    assert planned(EQ_action="ADD", **bounds).keys is None
    assert planned(GE_eventTime="2026-01-01T00:00:00Z").keys is None
