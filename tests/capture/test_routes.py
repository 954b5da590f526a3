"""The doors for partners' systems, as they use them: documents, jobs, single events, uploads."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.capture import documents
from chalicelib.capture.worker import captures
from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.settings import settings as app_settings
from tests.builders import sscc, unit
from tests.goods.captures import commissioning, packing
from tests.harness.network import EXPIRY, GTIN, LOT, Network, Reply

EPCIS = {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0"}


def event(network: Network, *serials: str) -> dict[str, Any]:
    units = [Sgtin.of(Gtin(GTIN), text) for text in serials or network.serials(2)]
    return commissioning(units, lot=LOT, expiry=EXPIRY)


def document(*events: dict[str, Any]) -> dict[str, Any]:
    head = {"type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-01T08:00:00Z"}
    context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
    return {"@context": context, **head, "epcisBody": {"eventList": list(events)}}


def worked(network: Network) -> None:
    """Let the workers take what is in the queue."""
    for body in network.aws.messages("captures"):
        captures(body)


def post(network: Network, body: Any, path: str = "/capture", **headers: str) -> Reply:
    return network.ask("acme-line", "POST", path, body, headers={**EPCIS, **headers})


def test_a_document_is_accepted_done_and_told_of(network: Network) -> None:
    accepted = post(network, document(event(network)))
    assert accepted.status == 202
    place = accepted.headers["Location"]
    assert network.get("acme-line", place)["running"]

    worked(network)

    told = network.get("acme-line", place).body
    assert (told["running"], told["success"], told["recorded"]) == (False, True, 1)
    assert network.get("acme-line", "/capture")["captures"][0] == told


def test_what_is_no_document_is_refused_at_once(network: Network) -> None:
    refused = post(network, {"type": "EPCISDocument", "epcisBody": {"eventList": {}}})

    assert refused.status == 400
    assert refused["type"] == "epcisException:ValidationException"
    assert refused["errors"][0]["pointer"] == "/epcisBody/eventList"


def test_a_job_is_nobody_elses(network: Network) -> None:
    place = post(network, document(event(network))).headers["Location"]

    refused = network.ask("meddist-warehouse", "GET", place)

    assert (refused.status, refused["type"]) == (404, "epcisException:NoSuchResourceException")


def test_an_event_is_recorded_at_once_and_again_is_the_same(network: Network) -> None:
    one = event(network)

    first, again = post(network, one, "/events"), post(network, one, "/events")

    assert (first.status, again.status) == (201, 201)
    assert first.headers["Location"] == again.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(network, event(network) | {"eventID": "urn:x:1"}, "/events")
    assert other.headers["Location"] == "/events/" + quote("urn:x:1", safe="")
    taken = post(network, event(network) | {"eventID": "urn:x:1"}, "/events")
    assert (taken.status, taken["type"]) == (409, "epcisException:ResourceAlreadyExistsException")


def test_an_event_is_refused_with_its_reason(network: Network) -> None:
    refused = post(network, event(network, "never-issued") | {"bizStep": "teleporting"}, "/events")

    assert (refused.status, refused["errors"][0]["pointer"]) == (400, "/bizStep")


def test_a_client_without_the_role_of_the_step_is_refused(network: Network) -> None:
    refused = network.ask("acme-warehouse", "POST", "/events", event(network), headers=EPCIS)

    assert (refused.status, refused["type"]) == (403, "epcisException:SecurityException")


def test_an_uploaded_document_is_captured_like_any_other(network: Network) -> None:
    body = {"mediaType": "application/json"}
    upload = network.post("acme-line", "/v1/uploads", body)
    assert "X-Amz-Signature" in upload["url"]
    key = f"uploads/acme/{upload['id']}"
    raw = json.dumps(document(event(network))).encode()
    documents.client().put_object(
        Bucket=app_settings().bucket, Key=key, Body=raw, ContentType="application/json"
    )

    accepted = network.post("acme-line", f"/v1/uploads/{upload['id']}/capture", None)
    worked(network)

    told = network.get("acme-line", accepted.headers["Location"]).body
    assert (told["success"], told["recorded"]) == (True, 1)


def test_an_upload_is_nobody_elses(network: Network) -> None:
    upload = network.post("acme-line", "/v1/uploads", {"mediaType": "application/json"})

    refused = network.ask("meddist-line", "POST", f"/v1/uploads/{upload['id']}/capture", None)

    assert refused.status == 404


def test_an_event_of_more_than_one_transaction_is_for_a_document(network: Network) -> None:
    names = [f"other-{number}" for number in range(120)]

    refused = post(network, event(network, *names), "/events")

    assert (refused.status, "/capture" in refused["detail"]) == (413, True)


def test_the_limits_are_announced(network: Network) -> None:
    told = network.send("OPTIONS", "/capture", {}, None)

    assert told.status == 204
    assert int(told.headers["GS1-EPCIS-Capture-Limit"]) > 0
    assert int(told.headers["GS1-EPCIS-Capture-File-Size-Limit"]) > 0


def test_a_document_of_too_many_events_is_refused(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.capture.routes.MOST_EVENTS", 1)

    refused = post(network, document(event(network), packing(sscc(1), [unit(1)])))

    assert (refused.status, refused["type"]) == (
        413,
        "epcisException:CaptureLimitExceededException",
    )


def held(network: Network, *wrong: dict[str, Any], **headers: str) -> str:
    """Have events of a tolerant capture held; return the job."""
    tolerant = {"Packtrail-Tolerant": "true", **headers}
    place = post(network, document(*wrong), **tolerant).headers["Location"]
    worked(network)
    return place.rpartition("/")[2]


def test_what_is_held_is_listed_shown_released_and_recorded(network: Network) -> None:
    right = event(network)
    job = held(network, right | {"bizStep": "teleporting"})

    (listed,) = network.get("acme-quality", "/v1/quarantine")["events"]
    assert (listed["captureID"], listed["eventIndex"], listed["standing"]) == (job, 0, "held")
    assert listed["fault"]["errors"][0]["pointer"] == "/bizStep"
    path = f"/v1/quarantine/{listed['id']}"
    shown = network.get("acme-quality", path)
    assert (shown["event"]["bizStep"], shown["corrected"]) == ("teleporting", None)
    body = {"reason": "a slip", "event": right}
    released = network.post("acme-quality", f"{path}/release", body)
    assert (released["decision"], released["by"], released["reason"], released["corrected"]) == (
        "released", "acme-quality", "a slip", True,
    )  # fmt: skip
    worked(network)

    assert network.get("acme-quality", path)["standing"] == "recorded"
    assert network.get("acme-line", f"/capture/{job}")["recorded"] == 1
    assert network.get("acme-quality", "/v1/quarantine")["events"] == []
    (kept,) = network.get("acme-quality", f"/v1/quarantine?job={job}")["events"]
    assert (kept["standing"], kept["decisions"][0]["refusal"]) == ("recorded", None)


def test_every_digit_of_a_correction_is_kept(network: Network) -> None:
    right = event(network) | {"@context": {"ex": "https://ex.org/"}, "ex:mass": "MASS"}
    held(network, {"type": "X"})
    (listed,) = network.get("acme-quality", "/v1/quarantine")["events"]
    path = f"/v1/quarantine/{listed['id']}"
    raw = json.dumps({"reason": "weighed again", "event": right}).replace('"MASS"', "1.10")

    assert network.ask("acme-quality", "POST", f"{path}/release", raw).status == 200

    headers = {"Authorization": f"Bearer {network._token('acme-quality')}"}
    answer = network._app(network._event("GET", path, headers, None), None)
    assert '"ex:mass":1.10' in answer["body"]


def test_pages_of_the_quarantine_follow_one_another(network: Network) -> None:
    job = held(network, *[{"type": f"X{n}"} for n in range(3)])
    for path in ("/v1/quarantine?limit=2", f"/v1/quarantine?limit=2&job={job}"):
        first = network.get("acme-quality", path)
        second = network.get("acme-quality", f"{path}&cursor={first['next']}")

        found = [each["eventIndex"] for page in (first, second) for each in page["events"]]
        assert (found, second["next"]) == ([0, 1, 2], None)


def test_of_two_who_decide_the_second_is_told_who_was_first(network: Network) -> None:
    held(network, {"type": "X"})
    (listed,) = network.get("acme-quality", "/v1/quarantine")["events"]
    path = f"/v1/quarantine/{listed['id']}/reject"
    network.post("acme-quality", path, {"reason": "sent twice"})

    second = network.ask("acme-admin", "POST", path, {"reason": "me too"})

    assert (second.status, second["code"]) == (409, "decided")
    facts = second["facts"]
    assert (facts["by"], facts["decision"]) == ("acme-quality", "rejected")


@pytest.mark.parametrize(
    ("who", "reads", "decides"),
    [
        ("acme-auditor", 200, 403),
        ("acme-line", 403, 403),
        ("acme-partner", 403, 403),
        ("acme-warehouse", 403, 403),
        ("meddist-quality", 404, 404),
    ],
)
def test_who_may_see_and_decide(network: Network, who: str, reads: int, decides: int) -> None:
    held(network, {"type": "X"})
    (listed,) = network.get("acme-admin", "/v1/quarantine")["events"]
    path = f"/v1/quarantine/{listed['id']}"

    assert network.ask(who, "GET", path).status == reads
    assert network.ask(who, "POST", f"{path}/reject", {"reason": "no"}).status == decides
    if reads == 404:
        job = listed["captureID"]
        assert network.get(who, "/v1/quarantine")["events"] == []
        assert network.get(who, f"/v1/quarantine?job={job}").body == {"events": [], "next": None}


def test_without_a_correction_what_the_gates_refuse_is_not_released(network: Network) -> None:
    held(network, event(network) | {"bizStep": "teleporting"})
    (listed,) = network.get("acme-quality", "/v1/quarantine")["events"]
    path = f"/v1/quarantine/{listed['id']}/release"

    refused = network.ask("acme-quality", "POST", path, {"reason": "it will do"})

    assert (refused.status, refused["errors"][0]["pointer"]) == (400, "/event/bizStep")
