"""Finding events: the right ones, page by page, and nobody else's."""

from urllib.parse import quote

import pytest

from chalicelib.query import usecases
from tests.harness.network import Network
from tests.query.world import SEEN, events, happened, settle, steps


def ask(network: Network, who: str, query: str = "") -> list[str]:
    return steps(network.ask(who, "GET", f"/events{query}"))


def test_an_organisation_finds_what_it_recorded_and_what_it_was_a_party_to(
    network: Network,
) -> None:
    happened(network)

    assert sorted(ask(network, "acme-line")) == [
        "commissioning", "packing", "receiving", "shipping",
    ]  # fmt: skip
    assert sorted(ask(network, "meddist-warehouse")) == ["receiving", "shipping"]
    assert ask(network, "citypharm-warehouse") == []


def test_of_what_was_done_to_its_goods_before_it_sees_these_goods_alone(network: Network) -> None:
    units, _ = happened(network)
    about = f"?MATCH_epc={quote(units[0], safe='')}"

    mine = network.ask("acme-line", "GET", f"/events{about}")
    theirs = network.ask("meddist-warehouse", "GET", f"/events{about}")

    assert sorted(steps(mine)) == sorted(steps(theirs)) == ["commissioning", "packing"]
    made = next(each for each in events(theirs) if each["bizStep"] == "commissioning")
    assert made["epcList"] == [units[0]]
    assert ask(network, "citypharm-warehouse", about) == []


def test_either_spelling_of_an_epc_finds_its_events(network: Network) -> None:
    _, link = happened(network)
    case = link.rpartition("/")[2]
    urn = f"urn:epc:id:sscc:{case[1:8]}.{case[0]}{case[8:17]}"

    found = [ask(network, "acme-line", f"?MATCH_anyEPC={quote(x, safe='')}") for x in (urn, link)]

    assert sorted(found[0]) == sorted(found[1]) == ["packing", "receiving", "shipping"]


def test_things_and_other_epcs_are_asked_for_together(network: Network) -> None:
    units, _ = happened(network)
    other = SEEN["epcList"][0]
    network.ask("acme-line", "POST", "/events", SEEN)
    settle(network)

    asked = quote(f"{units[0]}|{other}", safe="")
    assert sorted(ask(network, "acme-line", f"?MATCH_epc={asked}")) == [
        "commissioning", "inspecting", "packing",
    ]  # fmt: skip


def test_an_event_of_more_epcs_than_have_keys_is_found_by_each(network: Network) -> None:
    many = [f"urn:epc:id:giai:0614141.{number}" for number in range(1, 131)]
    network.ask("acme-line", "POST", "/events", SEEN | {"epcList": many})
    settle(network)

    for each in (many[0], many[129]):
        asked = f"?MATCH_epc={quote(each, safe='')}"
        assert ask(network, "acme-line", asked) == ["inspecting"]
    assert ask(network, "acme-line", "?MATCH_epc=urn:epc:id:giai:0614141.999") == []


def test_items_that_no_trail_leads_to_are_found_all_the_same(network: Network) -> None:
    """What is observed need not be known here, and an association moves nothing."""
    item = "urn:epc:id:sgtin:0614141.812345."
    parent = "urn:epc:id:sscc:0614141.1234567890"
    network.ask("acme-line", "POST", "/events", SEEN | {"epcList": [f"{item}1"]})
    told = {name: SEEN[name] for name in ("eventTime", "eventTimeZoneOffset", "bizStep")}
    fitted = {"type": "AssociationEvent", "action": "ADD", "parentID": f"{item}2"}
    fitted["childEPCs"] = [f"{item}3"]
    seen_in = {"type": "AggregationEvent", "action": "OBSERVE", "parentID": parent}
    seen_in["childEPCs"] = [f"{item}4"]
    for each in (fitted, seen_in):
        assert network.ask("acme-line", "POST", "/events", told | each).status < 300
    settle(network)

    for epc in (*(f"{item}{number}" for number in range(1, 5)), parent):
        asked = f"?MATCH_anyEPC={quote(epc, safe='')}"
        assert ask(network, "acme-line", asked) == ["inspecting"], epc
        assert network.get("acme-line", f"/epcs/{quote(epc, safe='')}")["member"] == ["events"]
    asked = "?MATCH_parentID=" + quote(parent, safe="")
    assert ask(network, "acme-line", asked) == ["inspecting"]
    assert ask(network, "acme-line", f"?MATCH_anyEPC={item}9") == []


def test_pages_hold_every_event_once(network: Network) -> None:
    for _ in range(4):
        happened(network)
    seen: list[str] = []
    path = "/events?perPage=3"
    while path:
        reply = network.ask("acme-line", "GET", path)
        seen += [each["eventID"] for each in events(reply)]
        link = reply.headers.get("Link", "")
        path = f"/events{link[1 : link.index('>')]}" if link else ""

    assert len(seen) == len(set(seen)) == 16


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?orderBy=recordTime&orderDirection=ASC&eventCountLimit=1&eventType=ObjectEvent", 1),
        ("?EQ_action=ADD&GE_eventTime=2026-11-01T00:00:00Z&LT_eventTime=2026-12-01T00:00:00Z", 2),
        ("?GE_eventTime=2027-01-01T00:00:00Z", 0),
        ("?LT_eventTime=2027-01-01T00:00:00Z", 4),
        ("?EQ_bizStep=shipping|receiving", 2),
        ("?EQ_disposition=in_transit&EQ_bizStep=receiving", 0),
    ],
)
def test_filters_order_and_limits_hold(network: Network, query: str, found: int) -> None:
    happened(network)

    assert len(ask(network, "acme-line", query)) == found


def test_what_no_index_answers_needs_bounds(network: Network) -> None:
    refused = network.ask("acme-line", "GET", "/events?EQ_action=ADD")

    assert (refused.status, refused["type"]) == (413, "epcisException:QueryTooComplexException")


def test_more_than_asked_for_is_refused(network: Network) -> None:
    happened(network)

    refused = network.ask("acme-line", "GET", "/events?maxEventCount=1")

    assert (refused.status, refused["type"]) == (413, "epcisException:QueryTooLargeException")


def test_a_request_looks_at_a_bounded_number_of_events(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(network)
    monkeypatch.setattr(usecases, "LOOKED_AT", 2)

    reply = network.ask("acme-line", "GET", "/events?EQ_action=DELETE&eventType=ObjectEvent")

    assert steps(reply) == []
    assert "Link" in reply.headers, "it says where to go on"


def test_an_event_is_returned_by_its_id(network: Network) -> None:
    happened(network)
    for each in events(network.ask("acme-line", "GET", "/events")):
        path = f"/events/{quote(each['eventID'], safe='')}"

        assert events(network.ask("acme-line", "GET", path)) == [each]
        assert network.ask("citypharm-warehouse", "GET", path).status == 404


def test_a_captured_event_comes_back_as_it_was_sent(network: Network) -> None:
    sent = {
        "@context": {"ex": "http://ex.com/"},
        "type": "ObjectEvent",
        "eventID": "urn:x:1",
        "eventTime": "2026-11-01T08:00:00.000Z",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "epcList": ["urn:epc:id:giai:0614141.12345400"],
        "ex:note": {"ex:deep": ["1", "2"]},
    }
    network.ask("acme-line", "POST", "/events", sent)
    settle(network)

    asked = {"GS1-EPC-Format": "Never_Translates"}
    for path in ("/events/urn%3Ax%3A1", f"/epcs/{quote(sent['epcList'][0], safe='')}/events"):
        (found,) = events(network.ask("acme-line", "GET", path, headers=asked))
        assert found.pop("recordTime")
        assert found == sent
