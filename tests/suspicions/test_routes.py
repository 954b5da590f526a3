"""Suspect product over HTTP: held at once, told of when it is illegitimate, cleared or not."""

from datetime import timedelta
from typing import Any

import pytest

from tests.harness.network import EXPIRY, GTIN, LOT, Network, gln, serial_of
from tests.suspicions.builders import at_meddist, noted, suspected

MEDDIST = "meddist-warehouse"


def verify(network: Network, epc: str, who: str = "citypharm") -> dict[str, Any]:
    """Return what a partner is answered about a pack."""
    path = f"/verify/gtin/{GTIN}/lot/{LOT}/ser/{serial_of(epc)}"
    query = f"exp=281231&linkType=verificationService&context=dscsaSaleableReturn&reqGLN={gln(who)}"
    correlation = "21EC2020-3AEA-4069-A2DD-08002B30309D"
    data: dict[str, Any] = network.get(
        f"{who}-warehouse", f"{path}?{query}&corrUUID={correlation}"
    )["data"]
    return data


def state(network: Network, epc: str) -> str:
    found: str = network.get(MEDDIST, f"/v1/units/{GTIN}/{serial_of(epc)}")["state"]
    return found


def code_of(network: Network, path: str, body: Any, who: str = MEDDIST) -> str:
    reply = network.ask(who, "POST", path, body)
    assert reply.status == 409, reply
    return str(reply["code"])


def test_what_is_suspect_goes_nowhere_and_partners_hear_so(network: Network) -> None:
    first, second = at_meddist(network, 2)

    case = suspected(network, "meddist", first)

    assert (case["state"], case["held"], case["refused"], case["dueAt"]) == ("suspect", 1, 0, None)
    assert (state(network, first), state(network, second)) == ("suspect", "active")
    ship = {"epcs": [first], "to": gln("citypharm")}
    assert code_of(network, "/v1/shipping", ship) == "suspect"
    assert code_of(network, "/v1/dispensing", {"epcs": [first]}) == "suspect"
    assert code_of(network, "/v1/destroying", {"epcs": [first]}) == "suspect"
    assert code_of(network, "/v1/reactivation", {"epcs": [first]}) == "not_reversible"
    assert verify(network, first) == {
        "verified": False, "verificationFailureReason": "Not_for_re-distribution",
        "additionalInfo": "Suspect",
    }  # fmt: skip
    assert verify(network, second) == {"verified": True}


def test_a_case_that_is_cleared_lets_its_goods_go_and_tells_nobody(network: Network) -> None:
    (unit,) = at_meddist(network, 1)
    case = suspected(network, "meddist", unit)["id"]
    noted(network, "meddist", case, "investigating")

    done = noted(network, "meddist", case, "cleared")

    assert (done["state"], done["held"], done["released"]) == ("cleared", 0, 1)
    assert state(network, unit) == "active"
    network.shipped([unit], "meddist", "citypharm")
    for path in ("/v1/suspicion-notices", f"/v1/suspicions/{case}/notices"):
        assert network.get("meddist-quality", path)["notices"] == []
    assert network.get("acme-quality", "/v1/suspicion-notices")["notices"] == []


def test_what_is_illegitimate_is_told_to_its_partners_each_of_its_own(network: Network) -> None:
    units = at_meddist(network, 3, sold=1)
    case = suspected(network, "meddist", *units, contact={"name": "Ann Lee", "telephone": "555"})
    assert (case["held"], case["refused"]) == (2, 1)

    done = noted(network, "meddist", case["id"], "illegitimate", classification="counterfeit")

    assert (done["held"], done["dueAt"]) == (2, "2026-11-24T09:30:00.000Z")
    told = {
        who: network.get(f"{who}-quality", "/v1/suspicion-notices")["notices"]
        for who in ("acme", "citypharm", "ruralpharm")
    }
    (to_acme,), (to_city,) = told["acme"], told["citypharm"]
    assert told["ruralpharm"] == []
    assert (to_acme["roles"], sorted(to_acme["things"])) == (["supplier"], sorted(units))
    assert (to_city["roles"], to_city["things"]) == (["customer"], [units[0]])
    assert (to_city["from"], to_city["state"]) == (gln("meddist"), "illegitimate")
    assert to_city["contact"] == {"name": "Ann Lee", "telephone": "555", "email": None}
    path = f"/v1/suspicions/{case['id']}/notices"
    sent = network.get("meddist-auditor", path)["notices"]
    assert {each["to"] for each in sent} == {gln("acme"), gln("citypharm")}
    assert all(each["member"] for each in sent)


def test_partners_outside_the_network_are_listed_to_be_told_otherwise(network: Network) -> None:
    hospital = "9525000000016"
    body = {"name": "Seaside Hospital", "roles": ["hospital"]}
    network.put("acme-admin", f"/v1/parties/{hospital}", body)
    (unit,) = network.commissioned(1)
    network.post("acme-warehouse", "/v1/shipping", {"epcs": [unit], "to": hospital})

    case = suspected(network, "acme", unit, state="illegitimate")

    assert (case["held"], case["refused"]) == (0, 1)
    (notice,) = network.get("acme-quality", f"/v1/suspicions/{case['id']}/notices")["notices"]
    assert (notice["to"], notice["member"], notice["roles"]) == (hospital, False, ["customer"])
    (thing,) = network.get("acme-quality", f"/v1/suspicions/{case['id']}/things")["things"]
    assert (thing["held"], thing["reason"], thing["customers"]) == (None, "in_transit", [hospital])


def test_what_is_illegitimate_is_sampled_or_destroyed_and_never_comes_back(
    network: Network,
) -> None:
    units = at_meddist(network, 3)
    case = suspected(network, "meddist", *units, state="illegitimate")["id"]
    assert verify(network, units[0])["additionalInfo"] == "Illegitimate"
    refused = network.ask(
        "meddist-quality", "POST", f"/v1/suspicions/{case}/notes", {"state": "cleared", "text": "x"}
    )
    assert (refused.status, refused["code"]) == (409, "state")
    assert "expected" in refused["detail"]

    ship = {"epcs": [units[0]], "to": gln("citypharm")}
    assert code_of(network, "/v1/shipping", ship) == "illegitimate"
    network.post("meddist-quality", "/v1/sampling", {"epcs": [units[0]]})
    network.post("meddist-quality", "/v1/destroying", {"epcs": [units[1]]})
    undo = {"epcs": [units[0]]}
    network.pace = timedelta(seconds=1)
    assert code_of(network, "/v1/reactivation", undo) == "not_reversible"
    done = noted(network, "meddist", case, "terminated")

    assert (done["state"], state(network, units[2])) == ("terminated", "illegitimate")
    (newest, first) = network.get("acme-quality", "/v1/suspicion-notices")["notices"]
    assert (newest["state"], first["state"]) == ("terminated", "illegitimate")


def test_a_container_is_held_with_all_that_is_in_it(network: Network) -> None:
    units = network.commissioned(40)
    case = network.packed(units)
    network.delivered([case], "acme", "meddist")

    opened = suspected(network, "meddist", case)["id"]
    assert {state(network, unit) for unit in units[::13]} == {"suspect"}
    noted(network, "meddist", opened, "cleared")

    assert {state(network, unit) for unit in units[::13]} == {"active"}
    network.shipped([case], "meddist", "citypharm")


def test_what_was_locked_before_is_locked_again_when_it_is_cleared(network: Network) -> None:
    locked, free = at_meddist(network, 2)
    lock = {"operation": "lock", "packs": [{"gtin": GTIN, "serial": serial_of(locked)}]}
    network.post(MEDDIST, "/v1/packs", lock)

    case = suspected(network, "meddist", locked, free)["id"]
    assert state(network, locked) == "suspect"
    noted(network, "meddist", case, "cleared")

    assert (state(network, locked), state(network, free)) == ("locked", "active")


def test_what_is_not_ones_business_is_as_what_does_not_exist(network: Network) -> None:
    (unit,) = network.commissioned(1)
    absent = unit[:-2] + "x"

    case = suspected(network, "meddist", unit, absent)

    things = network.get("meddist-quality", f"/v1/suspicions/{case['id']}/things")["things"]
    assert len({(t["held"], t["reason"], t["detail"], *t["suppliers"]) for t in things}) == 1
    assert things[0]["reason"] == "not_found"
    for path in ("", "/things", "/notices", "/notification"):
        reply = network.ask("acme-quality", "GET", f"/v1/suspicions/{case['id']}{path}")
        assert (reply.status, reply["detail"]) == (404, "There is no such case.")


def test_the_notification_says_what_is_known_and_names_what_is_not(network: Network) -> None:
    units = at_meddist(network, 2)
    case = suspected(network, "meddist", *units, state="illegitimate")["id"]

    record = network.get("meddist-quality", f"/v1/suspicions/{case}/notification")

    assert record["typeOfReport"] == "initial_notification"
    (product,) = record["products"]
    assert (product["name"], product["quantity"], product["ndc"]) == ("Aspirin 500 mg", 2, None)
    assert product["lots"] == [{"lot": LOT, "expiry": EXPIRY, "quantity": 2}]
    assert sorted(product["serials"]) == sorted(map(serial_of, units))
    assert record["company"]["name"] == "MedDist"
    assert {"/classification", "/products/0/ndc", "/contact/name", "/company/city"} <= set(
        record["missing"]
    )


def test_a_notification_is_overdue_after_a_day_until_it_is_said_to_be_done(
    network: Network,
) -> None:
    case = suspected(network, "meddist", *at_meddist(network, 1), state="high_risk")["id"]
    path = f"/v1/suspicions/{case}"
    network.now += timedelta(hours=24)
    assert network.get("meddist-quality", path)["overdue"] is False
    network.now += timedelta(seconds=1)
    assert network.get("meddist-quality", path)["overdue"] is True

    done = noted(
        network, "meddist", case, "illegitimate", notifiedAt="2026-11-24T09:00:00Z",
        incidentNumber="FDA-7", classification="diverted",
    )  # fmt: skip

    assert (done["overdue"], done["incidentNumber"]) == (False, "FDA-7")
    record = network.get("meddist-quality", f"{path}/notification")
    assert (record["typeOfReport"], record["incidentNumber"]) == ("follow_up_notification", "FDA-7")
    assert "/classification" not in record["missing"]


def test_cases_and_their_things_are_listed_in_pages(network: Network) -> None:
    units = at_meddist(network, 65)
    network.pace = timedelta(seconds=1)
    ids = [suspected(network, "meddist", *some)["id"] for some in (units[:62], units[62:])]

    first = network.get("meddist-quality", "/v1/suspicions?limit=1")
    second = network.get("meddist-quality", f"/v1/suspicions?limit=1&cursor={first['next']}")
    assert [each["id"] for each in first["suspicions"] + second["suspicions"]] == ids[::-1]

    path = f"/v1/suspicions/{ids[0]}/things?limit=2"
    page = network.get("meddist-quality", path)
    rest = network.get("meddist-quality", f"{path}&cursor={page['next']}")
    assert [each["epc"] for each in page["things"] + rest["things"]] == units[:62]
    assert rest["next"] is None


@pytest.mark.parametrize("number", [1001, 101])
def test_too_many_things_are_refused(network: Network, number: int) -> None:
    things = (
        [f"https://id.gs1.org/01/{GTIN}/21/{n}" for n in range(number)]
        if number > 1000
        else [network.sscc() for _ in range(number)]
    )
    body = {"description": "x", "things": things}

    reply = network.ask("meddist-quality", "POST", "/v1/suspicions", body)

    assert (reply.status, reply["errors"][0]["pointer"]) == (400, "/things")
    assert "expected" in reply["errors"][0]["message"]
    assert network.ask(MEDDIST, "POST", "/v1/suspicions", body).status == 403
