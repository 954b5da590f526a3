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
