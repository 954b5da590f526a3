"""The doors for questions: resources, what lies below them, and named queries."""

from urllib.parse import quote

import pytest

from chalicelib.query.routes import RESOURCES
from tests.harness.network import Network
from tests.query.world import SEEN, happened, settle, steps


def test_what_can_be_asked_about_is_listed(network: Network) -> None:
    units, case = happened(network)

    def members(path: str) -> set[str]:
        return set(network.get("acme-line", path)["member"])

    assert members("/bizSteps") == {"commissioning", "packing", "shipping", "receiving"}
    assert "in_transit" in members("/dispositions")
    assert {case, *units} == members("/epcs")
    assert members("/readPoints")
    assert "ObjectEvent" in members("/eventTypes")
    assert members("/bizSteps/shipping") == {"events"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_leads_to_the_events_of_each_of_its_values(
    network: Network, resource: str
) -> None:
    happened(network)
    network.ask("acme-line", "POST", "/events", SEEN)
    settle(network)
    told = network.send("OPTIONS", f"/{resource}", {}, None)
    assert (told.status, told.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")

    for value in network.get("acme-line", f"/{resource}")["member"]:
        path = f"/{resource}/{quote(value, safe='')}"
        assert network.get("acme-line", path)["member"] == ["events"]
        found = steps(network.ask("acme-line", "GET", f"{path}/events"))
        assert found or resource == "eventTypes"
    for odd in ("urn:x:none", "shipping|packing"):
        path = f"/{resource}/{quote(odd, safe='')}/events"
        assert network.ask("acme-line", "GET", path).status in {400, 404}


def test_a_filter_is_not_said_twice(network: Network) -> None:
    refused = network.ask("acme-line", "GET", "/bizSteps/shipping/events?EQ_bizStep=packing")

    assert (refused.status, refused["type"]) == (400, "epcisException:QueryParameterException")


def test_a_named_query_is_kept_asked_and_forgotten(network: Network) -> None:
    happened(network)
    body = {"name": "mine", "query": {"EQ_bizStep": ["shipping"]}}

    made = network.ask("acme-line", "POST", "/queries", body)
    assert (made.status, made.headers["Location"]) == (201, "/queries/mine")
    assert network.get("acme-line", "/queries/mine").body == body
    assert network.get("acme-line", "/queries").body == [body]
    assert steps(network.ask("acme-line", "GET", "/queries/mine/events")) == ["shipping"]
    assert network.ask("meddist-line", "GET", "/queries/mine").status == 404
    other = network.ask("acme-line", "POST", "/queries", body | {"query": {}})
    assert other["type"] == "epcisException:ResourceAlreadyExistsException"
    assert network.ask("acme-line", "DELETE", "/queries/mine").status == 204
    gone = network.ask("acme-line", "GET", "/queries/mine/events")
    assert (gone.status, gone["type"]) == (404, "epcisException:NoSuchNameException")


def test_a_query_that_cannot_be_asked_is_not_kept(network: Network) -> None:
    body = {"name": "mine", "query": {"EQ_bizStepp": ["shipping"]}}

    refused = network.ask("acme-line", "POST", "/queries", body)

    assert (refused.status, refused["type"]) == (400, "epcisException:QueryParameterException")
