"""Sixteen writers at the same goods: exactly one of them wins, and nobody else does any harm."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.network import GTIN, LOT, Network, Reply, gln, link, serial_of
from tests.harness.races import WRITERS, race

Writer = Callable[[], Reply]
PATIENCE = 20
"""Repeats of one request before a writer gives up."""


def writer(network: Network, who: str, path: str, body: Any, key: str) -> Writer:
    """A client that repeats its request while it is told to try again."""
    network.ask(who, "GET", "/v1/me")  # its token is at hand before the start

    def run() -> Reply:
        for _ in range(PATIENCE):
            reply = network.ask(who, "POST", path, body, key=key)
            if reply.status != 503:
                return reply
        return reply

    return run


def writers(network: Network, who: str, path: str, bodies: list[Any]) -> list[Writer]:
    return [writer(network, who, path, body, f"writer-{n}") for n, body in enumerate(bodies)]


def won(replies: list[Reply]) -> list[int]:
    """Return the numbers of the winners; the others were refused, and for good."""
    assert {reply.status for reply in replies} <= {201, 409}, replies
    return [n for n, reply in enumerate(replies) if reply.status == 201]


def codes(replies: list[Reply]) -> set[str]:
    return {reply["code"] for reply in replies if reply.status == 409}


def records(network: Network) -> int:
    return len(network.aws.items("events"))


def state(network: Network, who: str, epc: str) -> Any:
    return network.get(who, f"/v1/units/{GTIN}/{serial_of(epc)}").body


@pytest.mark.parametrize("issued", [True, False], ids=["issued by us", "from elsewhere"])
def test_one_of_many_commissions_a_unit(network: Network, issued: bool) -> None:
    serials = network.serials(20) if issued else [f"other-{n}" for n in range(20)]
    for lot in range(WRITERS):
        network.lot(GTIN, f"L{lot}")
    bodies = [{"gtin": GTIN, "lot": f"L{n}", "serials": serials} for n in range(WRITERS)]

    replies = race(writers(network, "acme-line", "/v1/commissioning", bodies))

    (winner,) = won(replies)
    assert codes(replies) == {"already_commissioned"}
    assert records(network) == 1
    for serial in serials:
        found = state(network, "acme-line", link(GTIN, serial))
        assert (found["lot"], found["state"]) == (f"L{winner}", "active")


def test_of_overlapping_commissionings_none_is_done_by_halves(network: Network) -> None:
    serials = network.serials(WRITERS + 4)
    bodies = [{"gtin": GTIN, "lot": LOT, "serials": serials[n : n + 5]} for n in range(WRITERS)]

    replies = race(writers(network, "acme-line", "/v1/commissioning", bodies))

    winners = won(replies)
    alive = [serial for n in winners for serial in bodies[n]["serials"]]
    assert len(alive) == len(set(alive)), "no unit came to life twice"
    for serial in serials:
        reply = network.ask("acme-line", "GET", f"/v1/units/{GTIN}/{serial}")
        assert reply.status == (200 if serial in alive else 404)


def test_one_of_many_dispenses_a_unit(network: Network) -> None:
    units = network.commissioned(3)
    network.delivered([network.packed(units)], "acme", "citypharm")
    bodies = [{"epcs": units[:1], "reason": f"{n}"} for n in range(WRITERS)]

    replies = race(writers(network, "citypharm-warehouse", "/v1/dispensing", bodies))

    assert len(won(replies)) == 1
    assert codes(replies) == {"dispensed"}
    assert state(network, "citypharm-warehouse", units[0])["state"] == "dispensed"
    assert state(network, "citypharm-warehouse", units[1])["state"] == "active"


def test_one_of_many_ships_a_case(network: Network) -> None:
    case = network.packed(network.commissioned(3))
    to = ["meddist", "citypharm", "ruralpharm"]
    bodies = [{"epcs": [case], "to": gln(to[n % 3])} for n in range(WRITERS)]

    replies = race(writers(network, "acme-warehouse", "/v1/shipping", bodies))

    (winner,) = won(replies)
    assert codes(replies) == {"in_transit"}
    sscc = case.rpartition("/")[2]
    found = network.get("acme-warehouse", f"/v1/containers/{sscc}")
    assert found["inTransitTo"] == gln(to[winner % 3])
    for n, party in enumerate(to):
        reply = network.ask(f"{party}-warehouse", "POST", "/v1/receiving", {"epcs": [case]})
        assert (reply.status == 201) == (n == winner % 3)


def test_one_of_many_receives_a_case(network: Network) -> None:
    case = network.packed(network.commissioned(3))
    network.shipped([case], "acme", "meddist")
    bodies = [{"epcs": [case]}] * WRITERS

    replies = race(writers(network, "meddist-warehouse", "/v1/receiving", bodies))

    assert len(won(replies)) == 1
    assert codes(replies) == {"already_received"}


def test_one_of_many_packs_a_unit(network: Network) -> None:
    units = network.commissioned(2)
    bodies = [{"parent": network.sscc(), "children": units} for _ in range(WRITERS)]

    replies = race(writers(network, "acme-line", "/v1/packing", bodies))

    (winner,) = won(replies)
    assert codes(replies) == {"already_packed"}
    assert state(network, "acme-line", units[0])["container"] == bodies[winner]["parent"]


def test_one_sscc_names_one_container_or_all_went_into_it(network: Network) -> None:
    units = network.commissioned(WRITERS)
    parent = network.sscc()
    bodies = [{"parent": parent, "children": [unit]} for unit in units]

    replies = race(writers(network, "acme-line", "/v1/packing", bodies))

    assert len(won(replies)) == WRITERS
    sscc = parent.rpartition("/")[2]
    assert network.get("acme-line", f"/v1/containers/{sscc}")["count"] == WRITERS
    contents = network.get("acme-line", f"/v1/containers/{sscc}/contents")["contents"]
    assert set(contents) == set(units)


def test_neighbours_do_not_lose_to_each_other(network: Network) -> None:
    """Units of one page and one case, each dispensed by another writer: all of them go through."""
    units = network.commissioned(WRITERS + 2)
    case = network.packed(units)
    network.delivered([case], "acme", "citypharm")
    bodies = [{"epcs": [unit]} for unit in units[:WRITERS]]

    replies = race(writers(network, "citypharm-warehouse", "/v1/dispensing", bodies))

    assert len(won(replies)) == WRITERS
    left = network.get("citypharm-warehouse", f"/v1/containers/{case.rpartition('/')[2]}")
    assert left["count"] == 2


def test_one_key_has_one_effect_however_often_it_comes_at_once(network: Network) -> None:
    body = {"gtin": GTIN, "lot": LOT, "serials": network.serials(10)}
    same = writer(network, "acme-line", "/v1/commissioning", body, "one-key")

    replies = race([same] * WRITERS)

    assert {reply.status for reply in replies} == {201}
    assert len({str(reply.body) for reply in replies}) == 1
    fresh = [each for each in replies if "Idempotency-Replayed" not in each.headers]
    assert len(fresh) == 1
    assert records(network) == 1


def test_one_key_with_many_payloads_is_refused_but_once(network: Network) -> None:
    serials = network.serials(WRITERS)
    runners = [
        writer(network, "acme-line", "/v1/commissioning", body, "one-key")
        for body in ({"gtin": GTIN, "lot": LOT, "serials": [serial]} for serial in serials)
    ]

    replies = race(runners)

    assert sorted(reply.status for reply in replies) == [201] + [422] * (WRITERS - 1)
    assert records(network) == 1


def test_a_case_is_shipped_or_opened_and_not_both(network: Network) -> None:
    """Shipping a case and dispensing a unit out of it exclude each other in one order only."""
    units = network.commissioned(3)
    case = network.packed(units)
    network.delivered([case], "acme", "citypharm")
    who = "citypharm-warehouse"
    ship = {"epcs": [case], "to": gln("ruralpharm")}
    runners = [
        writer(network, who, "/v1/shipping", ship, f"ship-{n}")
        if n % 2
        else writer(network, who, "/v1/dispensing", {"epcs": units[:1]}, f"dispense-{n}")
        for n in range(WRITERS)
    ]

    replies = race(runners)

    shipped = [reply for n, reply in enumerate(replies) if n % 2 and reply.status == 201]
    dispensed = [reply for n, reply in enumerate(replies) if not n % 2 and reply.status == 201]
    assert len(shipped) == 1
    assert len(dispensed) <= 1, "who comes after the shipping finds it in transit"
    sscc = case.rpartition("/")[2]
    assert network.get(who, f"/v1/containers/{sscc}")["count"] == 3 - len(dispensed)


def test_of_crossing_packings_none_makes_a_circle(network: Network) -> None:
    """A into B and B into A at once: one of them, never both."""
    first = network.packed(network.commissioned(1))
    second = network.packed(network.commissioned(1))
    bodies = [
        {"parent": first, "children": [second]}
        if n % 2
        else {"parent": second, "children": [first]}
        for n in range(WRITERS)
    ]

    replies = race(writers(network, "acme-line", "/v1/packing", bodies))

    assert len(won(replies)) == 1
    assert codes(replies) <= {"already_packed", "cycle"}
