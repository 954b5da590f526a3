"""Pages are exact: together what a look at every event would find, in order, each event once."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.directory.book import PlaceStore
from chalicelib.directory.model import Place
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.interpretation import interpret
from chalicelib.epcis.jsonld import instant, render
from chalicelib.epcis.query.matching import matches
from chalicelib.epcis.query.parameters import parse
from chalicelib.errors import QueryTooComplex, QueryTooLarge
from chalicelib.gs1.keys import Sgln
from chalicelib.ledger.model import Record, event_uri, record_of
from chalicelib.ledger.store import RecordItem, to_items
from chalicelib.query import search, usecases
from chalicelib.query.places import PlaceTree
from chalicelib.query.projection import Index
from chalicelib.table.bulk import put_many
from chalicelib.table.read import scan
from tests.builders import START, Stage, actor, gln, sscc
from tests.harness.aws import Aws
from tests.harness.costs import counted

pytestmark = pytest.mark.usefixtures("aws")
ACME = actor("acme")
SITE, SHELF = Sgln(gln("acme"), "S"), Sgln(gln("acme"), "S-1")
ITEM, PREFIX = "urn:epc:id:sgtin:9521000.000001.", "urn:epc:idpat:sgtin:9521000"
LOT = "urn:epc:class:lgtin:9521000.000002."
CHOICES: dict[str, list[Any]] = {
    "bizStep": ["inspecting", "storing"],
    "disposition": ["in_progress", "active"],
    "epcList": [[], ["urn:epc:id:giai:0614141.1"], [f"{ITEM}A", f"{ITEM}B"], [f"{ITEM}B"]],
    "quantityList": [
        [],
        [{"epcClass": f"{LOT}L1", "quantity": 1}],
        [{"epcClass": f"{LOT}L2", "quantity": 2}],
    ],
    "bizTransactionList": [[], [{"type": "po", "bizTransaction": "urn:x:po:1"}]],
    "bizLocation": [None, SITE, SHELF],
    "ex:n": [None, "1", "2"],
}
SEEN = {"epcList": CHOICES["epcList"][1]}
CLASS = {"quantityList": CHOICES["quantityList"][1]}
FILTERS = [
    {},
    {"EQ_bizStep": "storing"},
    {"EQ_disposition": "active", "eventType": "ObjectEvent"},
    {"MATCH_epc": f"urn:epc:id:giai:0614141.1|{ITEM}A"},
    {"MATCH_anyEPC": f"{PREFIX}.000001.*"},
    {"MATCH_anyEPC": f"{PREFIX}.*.*"},
    {"MATCH_anyEPCClass": f"{LOT}L1"},
    {"MATCH_anyEPCClass": "urn:epc:idpat:lgtin:9521000.000002.*"},
    {"MATCH_anyEPCClass": "urn:epc:idpat:lgtin:9521000.*.*"},
    {"EQ_bizTransaction_po": "urn:x:po:1"},
    {"EQ_eventID": "urn:x:3|urn:x:4"},
    {"WD_bizLocation": SITE.urn(7)},
    {"EQ_bizLocation": SHELF.urn(7)},
]
TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")

happenings = st.fixed_dictionaries(
    {
        "at": st.integers(0, 300) | st.just(60),
        "behind": st.sampled_from([0, 0, 1, 14, 16, 200]),
        "by": st.sampled_from(["acme", "meddist"]),
        "to": st.sampled_from(["acme", "meddist", ""]),
        "says": st.fixed_dictionaries({name: st.sampled_from(CHOICES[name]) for name in CHOICES}),
    }
)
bounds = st.dictionaries(
    st.sampled_from(TIMES), st.integers(0, 500).map(lambda n: START + timedelta(minutes=n))
)
orders = st.sampled_from(["eventTime", "recordTime", "ex:n"])


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


def recorded(number: int, told: dict[str, Any], not_before: int) -> tuple[Record, EventObject]:
    """Return an event as it is recorded, and as a query sees it."""
    says = {name: value for name, value in told["says"].items() if value}
    if place := says.pop("bizLocation", None):
        says["bizLocation"] = {"id": place.urn(7)}
    if told["to"]:
        party = {"type": "possessing_party", "destination": gln(told["to"]).digital_link()}
        says["destinationList"] = [party]
    sent = {
        "@context": {"ex": "urn:ex:"},
        "type": "ObjectEvent",
        "eventTime": instant(minutes(told["at"])),
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        **says,
    }
    by, name = told["by"], f"urn:x:{number}"
    event = interpret(sent, name, gln(by))
    at = minutes(max(told["at"] + told["behind"], not_before))
    record = Record(record_of(by, name), by, f"{by}-client", "", at, (event,))
    return record, render(event, event_uri(record.id, 0), at)


def take_in(records: Iterable[Record], cut: int) -> None:
    """Store records, and index them so many at a time."""
    items = [to_items(record)[0] for record in records]
    put_many(items)
    for start in range(0, len(items), cut):
        index = Index()
        for item in items[start : start + cut]:
            index.add(item)
        index.write()


def pages(asked: Any, size: int, between: Callable[[], None]) -> list[EventObject]:
    found: list[EventObject] = []
    after: str | None = None
    for _ in range(100):
        page = usecases.find(ACME, asked, after=after, limit=size)
        assert len(page.events) <= size
        found += page.events
        between()
        if page.after is None:
            return found
        after = page.after
    pytest.fail("there is no last page")


@given(
    before=st.lists(happenings, max_size=12),
    later=st.lists(happenings, max_size=3),
    asked=st.sampled_from(FILTERS),
    times=bounds,
    order=orders,
    ascending=st.booleans(),
    size=st.integers(1, 5),
    cut=st.integers(1, 5),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_pages_are_what_every_event_looked_at_would_give(
    aws: Aws,
    before: list[dict[str, Any]],
    later: list[dict[str, Any]],
    asked: dict[str, str],
    times: dict[str, datetime],
    order: str,
    ascending: bool,
    size: int,
    cut: int,
) -> None:
    saved = aws.save()
    for place, upper in ((SITE, None), (SHELF, SITE)):
        PlaceStore("acme").put(Place(place, "x", parent=upper))
    direction = "ASC" if ascending else "DESC"
    parameters = asked | {name: instant(at) for name, at in times.items()}
    parameters |= {"orderBy": order, "orderDirection": direction}
    query = parse(parameters, {"ex": "urn:ex:"})
    standing = [recorded(number, told, 0) for number, told in enumerate(before)]
    # What comes between the pages is recorded after all that stands, whenever it happened.
    coming = [recorded(100 + number, told, 600) for number, told in enumerate(later)]
    take_in((record for record, _ in standing), cut)

    found = pages(query, size, lambda: take_in([coming.pop()[0]] if coming else [], 1))
    aws.restore(saved)

    ids = [str(event["eventID"]) for event in found]
    assert len(ids) == len(set(ids)), "an event came twice"
    inside = PlaceTree("acme").within(SITE.digital_link()) | {SHELF.digital_link()}
    wanted = {
        event["eventID"]
        for record, event in standing
        if gln("acme") in {record.events[0].by, record.events[0].destination}
        and matches(event, query, lambda _: inside)
    }
    assert wanted <= set(ids), "an event was lost"
    assert {each for each in ids if int(each.split(":")[-1]) < 100} == wanted
    told = [key for event in found if (key := key_of(event, order)) is not None]
    assert told == sorted(told, reverse=not ascending)


def key_of(event: EventObject, order: str) -> Any:
    return event.get("ex:n") if order == "ex:n" else instant_of(event[order])


def test_events_that_came_late_to_a_thing_stand_where_they_happened(aws: Aws) -> None:
    """A trail only runs forward; a page goes by what the events say."""
    stage = Stage()
    unit, other = stage.made(2)
    stage.pack("acme", sscc(1), unit, at=50)
    stage.unpack("acme", sscc(1), unit, at=20)  # takes effect after the packing all the same
    stage.pack("acme", sscc(2), unit, other, at=40)
    index = Index()
    for item in scan(RecordItem, alone=True):
        index.add(item)
    index.write()
    seen = recorded(1, {"at": 30, "behind": 400, "by": "acme", "to": "", "says": SEEN}, 0)
    take_in([seen[0]], 1)
    named = "|".join([unit.digital_link(), SEEN["epcList"][0]])

    for direction in ("ASC", "DESC"):
        asked = parse({"MATCH_anyEPC": named, "orderDirection": direction})
        for size in (1, 2, 3, 9):
            found = pages(asked, size, lambda: None)
            times = [event["eventTime"] for event in found]
            assert times == sorted(times, reverse=direction == "DESC")
            assert len({event["eventID"] for event in found}) == len(found) == 5


@pytest.mark.parametrize("bound", ["SORTED", "LOOKED_AT", "READ"])
def test_whatever_is_bounded_loses_nothing(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    told = {"behind": 0, "by": "acme", "to": "", "says": {"bizStep": "storing"}}
    take_in((recorded(n, told | {"at": n}, 0)[0] for n in range(12)), 5)
    monkeypatch.setattr(search if bound == "SORTED" else usecases, bound, 3)

    for asked in (
        {"EQ_bizStep": "storing"},
        {"GE_recordTime": instant(START), "EQ_bizStep": "storing"},
        {"GE_recordTime": instant(START), "orderBy": "recordTime"},
    ):
        found = pages(parse(asked), 5, lambda: None)
        assert [event["eventID"] for event in found] == [f"urn:x:{n}" for n in range(11, -1, -1)]


def test_what_would_have_to_be_sorted_in_too_great_a_number_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"behind": 0, "by": "acme", "to": "", "says": CLASS}
    take_in((recorded(n, told | {"at": n}, 0)[0] for n in range(5)), 5)
    monkeypatch.setattr(search, "SORTED", 3)
    asked = {"MATCH_anyEPCClass": f"{LOT}L1", "orderBy": "recordTime"}

    with pytest.raises(QueryTooComplex, match="sorted"):
        pages(parse(asked), 2, lambda: None)


@pytest.mark.parametrize("order", ["eventTime", "recordTime", "ex:n"])
@pytest.mark.parametrize("most", [0, 1, 4, 7, 99])
def test_limits_hold_over_all_pages_together(order: str, most: int) -> None:
    told = {"behind": 0, "by": "acme", "to": "", "says": {"ex:n": "1"}}
    take_in((recorded(n, told | {"at": n}, 0)[0] for n in range(7)), 5)
    limited = parse({"orderBy": order, "eventCountLimit": str(max(1, most))}, {"ex": "urn:ex:"})
    checked = parse({"orderBy": order, "maxEventCount": str(max(1, most))}, {"ex": "urn:ex:"})

    assert len(pages(limited, 2, lambda: None)) == min(7, max(1, most))
    if most >= 7:
        assert len(pages(checked, 2, lambda: None)) == 7
    else:
        with pytest.raises(QueryTooLarge):
            pages(checked, 2, lambda: None)


def test_a_window_of_record_time_reads_what_was_recorded_then(aws: Aws) -> None:
    """What subscriptions ask again and again must not cost what history costs."""
    told = {"behind": 0, "by": "acme", "to": "", "says": {"bizStep": "storing"}}
    late = told | {"behind": 3_000}
    take_in((recorded(n, told | {"at": 60 * n}, 0)[0] for n in range(60)), 1)
    take_in((recorded(60 + n, late | {"at": 60 * n}, 0)[0] for n in range(60)), 1)
    window = {"GE_recordTime": instant(minutes(3_240)), "LT_recordTime": instant(minutes(3_301))}
    asked = parse({**window, "orderBy": "recordTime", "orderDirection": "ASC"})

    with counted(aws) as spent:
        found = pages(asked, 100, lambda: None)

    ids = [event["eventID"] for event in found]
    assert {*ids[:2]} == {"urn:x:54", "urn:x:64"}
    assert {*ids[2:]} == {"urn:x:55", "urn:x:65"}
    assert spent.round_trips <= 4


def test_of_very_many_epcs_only_those_with_rows_are_looked_up(aws: Aws) -> None:
    take_in([recorded(1, {"at": 1, "behind": 0, "by": "acme", "to": "", "says": SEEN}, 0)[0]], 1)
    many = "|".join(f"urn:epc:id:giai:0614141.{n}" for n in range(1_000))

    with counted(aws) as spent:
        found = pages(parse({"MATCH_epc": many}), 5, lambda: None)

    assert [event["eventID"] for event in found] == ["urn:x:1"]
    assert spent.round_trips < 20


def test_a_query_by_more_values_than_are_looked_up_is_refused() -> None:
    many = "|".join(f"urn:x:{n}" for n in range(search.MOST_KEYS + 1))

    with pytest.raises(QueryTooComplex, match="several queries"):
        pages(parse({"EQ_bizTransaction_po": many}), 5, lambda: None)


@pytest.mark.parametrize("order", ["eventTime", "recordTime"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_a_window_of_record_time_holds_what_happened_before_it(order: str, direction: str) -> None:
    told = {"by": "acme", "to": "", "says": {"bizStep": "storing"}}
    times = [(10, 10), (10, 12), (17, 2), (24, 5)]  # recorded at 20, 22, 19 and 29
    take_in((recorded(n, told | {"at": a, "behind": b}, 0)[0] for n, (a, b) in enumerate(times)), 9)
    window = {"GE_recordTime": instant(minutes(19)), "LT_recordTime": instant(minutes(29))}
    asked = parse({**window, "orderBy": order, "orderDirection": direction})

    found = pages(asked, 1, lambda: None)

    assert sorted(str(event["eventID"]) for event in found) == ["urn:x:0", "urn:x:1", "urn:x:2"]
