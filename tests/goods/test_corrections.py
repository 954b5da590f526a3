"""Declaring an event an error by its id: what it did is gone, what is told of it, who may."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.capture.worker import captures
from tests.goods.captures import commissioning, found
from tests.goods.test_routes import path_of
from tests.harness.network import EXPIRY, GTIN, LOT, Network, Reply, gln, serial_of


def correct(
    network: Network, who: str, event: str, reason: str = "did_not_occur", **more: Any
) -> Reply:
    body = {"event": event, "reason": reason, **more}
    return network.ask(who, "POST", "/v1/corrections", body)


def read(network: Network, who: str, event: str) -> dict[str, Any]:
    """Return an event as the API tells it."""
    found = network.get(who, f"/events/{quote(event, safe='')}")["epcisBody"]["queryResults"]
    (event_object,) = found["resultsBody"]["eventList"]
    return dict(event_object)


def test_a_dispensing_that_did_not_happen_is_gone(network: Network) -> None:
    units = network.commissioned(2)
    done = network.post("acme-warehouse", "/v1/dispensing", {"epcs": units})

    reply = correct(network, "acme-warehouse", done["eventId"], correctiveEvents=["urn:x:right"])

    assert reply.status == 201, reply
    assert reply.body == {
        "eventId": done["eventId"],
        "reason": "did_not_occur",
        "correctiveEvents": ["urn:x:right"],
        "recordTime": reply["recordTime"],
        "count": 2,
    }
    claim = {"gtin": GTIN, "serial": serial_of(units[0])}
    assert network.post("acme-warehouse", "/v1/verifications", claim)["verified"] is True


def test_the_history_shows_the_event_and_its_declaration(network: Network) -> None:
    (unit,) = network.commissioned(1)
    done = network.post("acme-warehouse", "/v1/dispensing", {"epcs": [unit]})
    correct(network, "acme-warehouse", done["eventId"])

    events = network.get("acme-auditor", path_of(unit, "/history"))["events"]

    assert [each["bizStep"] for each in events] == ["commissioning", "dispensing", "dispensing"]
    assert events[1]["eventID"] == events[2]["eventID"] == done["eventId"]
    assert "errorDeclaration" not in events[1]
    assert events[2]["errorDeclaration"]["reason"] == "did_not_occur"


def test_an_event_that_was_declared_an_error_is_told_with_that(network: Network) -> None:
    (unit,) = network.commissioned(1)
    done = network.post("acme-warehouse", "/v1/sampling", {"epcs": [unit]})
    assert "errorDeclaration" not in read(network, "acme-line", done["eventId"])

    correct(network, "acme-warehouse", done["eventId"])

    event = read(network, "acme-line", done["eventId"])
    assert event["errorDeclaration"]["reason"] == "did_not_occur"


def test_what_is_read_can_be_sent_back_as_its_own_declaration(network: Network) -> None:
    units = network.commissioned(3)
    case = network.packed(units)
    body = {"epcs": [units[0]], "to": gln("meddist"), "documents": [{"type": "po", "id": "P 1"}]}
    done = network.post("acme-warehouse", "/v1/shipping", body)
    event = read(network, "acme-line", done["eventId"])
    declaration = {"declarationTime": "2026-11-24T08:00:00Z", "reason": "incorrect_data"}

    reply = network.ask(
        "acme-warehouse", "POST", "/events", {**event, "errorDeclaration": declaration}
    )

    assert reply.status == 201, reply
    assert network.get("acme-line", path_of(units[0]))["container"] == case


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("decommissioning", {"reason": "Label unreadable"}),
        ("sampling", {"eventTime": "2026-11-23T09:00:00+01:00"}),
    ],
)
def test_reasons_and_offsets_are_repeated_as_well(
    network: Network, path: str, more: dict[str, str]
) -> None:
    units = network.commissioned(1)
    done = network.post("acme-line", f"/v1/{path}", {"epcs": units, **more})

    event = read(network, "acme-line", done["eventId"])
    declaration = {"declarationTime": "2026-11-24T08:00:00Z"}
    reply = network.ask("acme-line", "POST", "/events", {**event, "errorDeclaration": declaration})

    assert reply.status == 201, reply


def test_a_captured_event_is_corrected_under_its_senders_id(network: Network) -> None:
    from chalicelib.gs1.keys import Gtin, Sgtin

    units = [Sgtin.of(Gtin(GTIN), text) for text in network.serials(3)]
    event = commissioning(units, lot=LOT, expiry=EXPIRY) | {"eventID": "urn:x:made"}
    network.post("acme-line", "/events", event)

    assert correct(network, "acme-line", "urn:x:made").status == 201

    claim = {"gtin": GTIN, "serial": units[0].serial}
    verdict = network.post("acme-line", "/v1/verifications", claim)
    assert verdict["reasons"] == ["unknown"]
    assert network.ask("acme-line", "GET", path_of(units[0].digital_link())).status == 404
    assert network.get("acme-line", path_of(units[0].digital_link(), "/history"))["events"]


def test_an_event_that_a_refusal_names_can_be_corrected_by_that_name(network: Network) -> None:
    from chalicelib.gs1.keys import Gtin, Sgtin

    units = [Sgtin.of(Gtin(GTIN), text) for text in network.serials(2)]
    event = commissioning(units, lot=LOT, expiry=EXPIRY) | {"eventID": "urn:x:made"}
    network.post("acme-line", "/events", event)
    seen = found(
        "ObjectEvent", "inspecting", 5, action="OBSERVE", eventID="urn:x:seen",
        epcList=[units[0].digital_link()],
    )  # fmt: skip
    network.post("acme-line", "/events", seen)
    refused = correct(network, "acme-line", "urn:x:made")
    (named,) = re.findall("urn:uuid:[0-9a-f-]{36}", refused["errors"][0]["message"])

    first = correct(network, "acme-line", named)

    assert (first.status, first["eventId"]) == (201, "urn:x:seen")
    assert correct(network, "acme-line", "urn:x:made").status == 201
    assert correct(network, "meddist-line", named).status == 404
    declaration = correct(network, "acme-line", "urn:x:seen")
    assert declaration.headers["Idempotency-Replayed"] == "true"


def test_what_happened_since_is_told_for_each_epc(network: Network) -> None:
    units = network.commissioned(2)
    done = network.post("acme-warehouse", "/v1/sampling", {"epcs": units})
    later = network.post("acme-warehouse", "/v1/reactivation", {"epcs": units[1:]})

    reply = correct(network, "acme-warehouse", done["eventId"])

    assert (reply.status, reply["code"]) == (409, "happened_since")
    (fault,) = reply["errors"]
    assert fault["pointer"] == "/event"
    assert units[1] in fault["message"]
    assert later["eventId"] in fault["message"]


def test_the_same_correction_again_is_answered_as_the_first_time(network: Network) -> None:
    units = network.commissioned(1)
    done = network.post("acme-warehouse", "/v1/dispensing", {"epcs": units})
    first = correct(network, "acme-warehouse", done["eventId"])

    again = correct(network, "acme-warehouse", done["eventId"])
    other = correct(network, "acme-warehouse", done["eventId"], "incorrect_data")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other["code"]) == (409, "already_withdrawn")


def test_only_ones_own_events_exist_to_be_corrected(network: Network) -> None:
    units = network.commissioned(1)
    done = network.post("acme-warehouse", "/v1/dispensing", {"epcs": units})

    strange = correct(network, "meddist-warehouse", done["eventId"])
    unknown = correct(network, "meddist-warehouse", "urn:x:nothing")

    assert strange.status == unknown.status == 404
    assert strange["detail"] == unknown["detail"]


def test_a_correction_needs_the_scope_of_the_step(network: Network) -> None:
    units = network.commissioned(1)
    done = network.post("acme-warehouse", "/v1/dispensing", {"epcs": units})

    refused = correct(network, "acme-line", done["eventId"])

    assert (refused.status, refused["code"]) == (403, "scope")
    assert correct(network, "acme-auditor", done["eventId"]).status == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"event": "no uri", "reason": "did_not_occur"}, "/event"),
        ({"event": "urn:x:1", "reason": "lost"}, "/reason"),
        ({"event": "urn:x:1", "reason": "urn:epcglobal:cbv:er:did_not_occur"}, "/reason"),
    ],
)
def test_a_correction_names_an_event_and_a_reason(
    network: Network, body: dict[str, str], pointer: str
) -> None:
    reply = network.ask("acme-warehouse", "POST", "/v1/corrections", body)

    assert reply.status == 400
    assert reply["errors"][0]["pointer"] == pointer
    assert "expected" in reply["errors"][0]["message"]


def test_what_changed_more_than_one_transaction_holds_is_declared_in_a_document(
    network: Network,
) -> None:
    from chalicelib.gs1.keys import Gtin, Sgtin

    units = [Sgtin.of(Gtin(GTIN), f"elsewhere-{n}") for n in range(120)]
    event = commissioning(units, lot=LOT, expiry=EXPIRY) | {"eventID": "urn:x:many"}
    body = {
        "@context": [],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-01T08:00:00Z",
        "epcisBody": {"eventList": [event]},
    }
    network.post("acme-line", "/capture", body)
    work(network)

    assert correct(network, "acme-line", "urn:x:many").status == 413
    wrong = {**event, "errorDeclaration": {"declarationTime": "2026-11-24T08:00:00Z"}}
    body["epcisBody"] = {"eventList": [wrong]}
    network.post("acme-line", "/capture", body)
    work(network)

    claim = {"gtin": GTIN, "serial": units[119].serial}
    verdict = network.post("acme-line", "/v1/verifications", claim)
    assert verdict["reasons"] == ["unknown"]


def work(network: Network) -> None:
    """Do the capture jobs that wait."""
    for body in network.aws.messages("captures"):
        captures(body)
