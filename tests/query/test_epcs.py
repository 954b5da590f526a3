"""EPCs are listed, each once, however large the pages and whatever comes between them."""

from datetime import timedelta

import pytest

from chalicelib.query import epcs as listing
from tests.harness.network import Network
from tests.query.world import SEEN, happened, settle


def listed(network: Network, who: str, size: int, between: bool = False) -> list[str]:
    found: list[str] = []
    path = f"/epcs?perPage={size}"
    for _ in range(100):
        reply = network.get(who, path)
        found += reply["member"]
        link = reply.headers.get("Link", "")
        if not link:
            return found
        path = f"/epcs{link[1 : link.index('>')]}"
        if between:
            network.now += timedelta(seconds=1)  # what comes later is recorded later
            network.ask("acme-line", "POST", "/events", SEEN | {"eventID": f"urn:x:{len(found)}"})
            settle(network)
    pytest.fail("there is no last page")


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_each_epc_is_listed_once_on_all_pages_together(network: Network, size: int) -> None:
    units, case = happened(network)
    more, other = happened(network)
    for number in range(2):
        network.ask("acme-line", "POST", "/events", SEEN | {"eventID": f"urn:x:{number}"})
    settle(network)

    found = listed(network, "acme-line", size)

    assert sorted(found) == sorted([*units, *more, case, other, *SEEN["epcList"]])
    assert sorted(listed(network, "meddist-warehouse", size)) == sorted([case, other])
    assert listed(network, "citypharm-warehouse", size) == []


def test_what_is_recorded_between_two_pages_doubles_and_hides_none(network: Network) -> None:
    units, case = happened(network)
    network.ask("acme-line", "POST", "/events", SEEN)
    settle(network)

    found = listed(network, "acme-line", 1, between=True)

    assert sorted(found) == sorted([*units, case, *SEEN["epcList"]])


def test_an_epc_that_was_seen_before_it_was_known_is_listed_once(network: Network) -> None:
    (unit,) = network.commissioned(1)
    stranger = "urn:epc:id:sgtin:0614141.812345.6789"
    for number, epcs in enumerate([[stranger], [unit, stranger], [unit]]):
        sent = SEEN | {"eventID": f"urn:x:{number}", "epcList": epcs}
        assert network.ask("acme-line", "POST", "/events", sent).status < 300
    settle(network)

    assert sorted(listed(network, "acme-line", 1)) == sorted([unit, stranger])


def test_a_request_looks_at_a_bounded_number_of_epcs(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    units, case = happened(network)
    monkeypatch.setattr(listing, "LOOKED_AT", 2)

    first = network.get("acme-line", "/epcs?perPage=100")

    assert len(first["member"]) <= 2
    assert sorted(listed(network, "acme-line", 100)) == sorted([*units, case])
