"""Every route that changes anything, disturbed at every call to AWS in every way.

Goods are in `tests/goods/test_faults.py`; the last test sees to it that no route is left out.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.alerts.store import create
from chalicelib.capture import documents
from chalicelib.capture.worker import captures
from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.http.routing import specs_of
from chalicelib.settings import settings
from tests.alerts.builders import an_alert
from tests.goods.captures import commissioning, found
from tests.goods.test_faults import EVERY as GOODS
from tests.harness.faults import Case, survives_everything
from tests.harness.network import EXPIRY, GTIN, LOT, Network, Reply, gln, serial_of
from tests.returns.builders import OUTSIDER, pack, sold_outside
from tests.suspicions.builders import at_meddist, suspected

Request = tuple[str, str, str, Any]
"""Who, method, path, body."""


def product(network: Network) -> Request:
    body = {"name": "Ibuprofen 400 mg", "category": "pain"}
    return "acme-admin", "PUT", "/v1/products/09521000000025", body


def product_changed(network: Network) -> Request:
    return "acme-admin", "PUT", f"/v1/products/{GTIN}", {"name": "Another name"}


def party(network: Network) -> Request:
    body = {"name": "Hospital", "roles": ["hospital"], "email": "qa@example.org"}
    return "acme-admin", "PUT", "/v1/parties/9525000000016", body


def place(network: Network) -> Request:
    return "acme-admin", "PUT", f"/v1/places/{gln('acme')}", {"name": "Plant 1"}


def place_inside(network: Network) -> Request:
    path = f"/v1/places/{gln('acme')}"
    network.put("acme-admin", path, {"name": "Plant 1"})
    return "acme-admin", "PUT", f"{path}/A", {"name": "Zone A", "parent": gln("acme")}


def lot(network: Network) -> Request:
    return "acme-quality", "PUT", f"/v1/lots/{GTIN}/NEW", {"expiry": "2029-01-31"}


def lot_changed(network: Network) -> Request:
    return "acme-quality", "PUT", f"/v1/lots/{GTIN}/{LOT}", {"expiry": "2029-01-31"}


def organisation(network: Network) -> Request:
    body = {"id": "newpharm", "gln": "9525000000016", "name": "New", "roles": ["pharmacy"]}
    return "acme-admin", "POST", "/v1/organisations", body


def client(network: Network) -> Request:
    body = {"name": "scanner", "roles": ["warehouse"]}
    return "acme-admin", "POST", "/v1/organisations/acme/clients", body


def client_secret(network: Network) -> Request:
    path = "/v1/organisations/acme/clients/acme-line/secrets"
    return "acme-admin", "POST", path, {"overlapSeconds": 3600}


def client_revoked(network: Network) -> Request:
    return "acme-admin", "DELETE", "/v1/organisations/acme/clients/acme-partner", None


def _captured(network: Network) -> dict[str, Any]:
    units = [Sgtin.of(Gtin(GTIN), text) for text in network.serials(3)]
    return commissioning(units, lot=LOT, expiry=EXPIRY)


def _document(network: Network) -> dict[str, Any]:
    head = {"type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-01T08:00:00Z"}
    return {"@context": [], **head, "epcisBody": {"eventList": [_captured(network)]}}


def document_captured(network: Network) -> Request:
    return "acme-line", "POST", "/capture", _document(network)


def event_captured(network: Network) -> Request:
    return "acme-line", "POST", "/events", _captured(network)


def event_declared_an_error(network: Network) -> Request:
    event = _captured(network)
    network.post("acme-line", "/events", event)
    declaration = {"declarationTime": "2026-11-23T08:00:00Z", "reason": "did_not_occur"}
    return "acme-line", "POST", "/events", event | {"errorDeclaration": declaration}


def items_transformed(network: Network) -> Request:
    units = network.commissioned(4)
    network.packed(units)
    made = [Sgtin.of(Gtin(GTIN), text).digital_link() for text in network.serials(3)]
    event = found(
        "TransformationEvent",
        "assembling",
        inputEPCList=units[:2],
        outputEPCList=made,
        ilmd={"cbvmda:lotNumber": LOT, "cbvmda:itemExpirationDate": EXPIRY},
    )
    return "acme-line", "POST", "/events", event


def upload_captured(network: Network) -> Request:
    made = network.post("acme-line", "/v1/uploads", {"mediaType": "application/json"})
    documents.client().put_object(
        Bucket=settings().bucket,
        Key=f"uploads/acme/{made['id']}",
        Body=json.dumps(_document(network)).encode(),
        ContentType="application/json",
    )
    return "acme-line", "POST", f"/v1/uploads/{made['id']}/capture", None


def _held(network: Network) -> str:
    """Have an event held, and return its id."""
    body = _document(network)
    body["epcisBody"]["eventList"][0]["bizStep"] = "teleporting"
    tolerant = {"Packtrail-Tolerant": "true"}
    place = network.ask("acme-line", "POST", "/capture", body, headers=tolerant).headers["Location"]
    for message in network.aws.messages("captures"):
        captures(message)
    return f"{place.rpartition('/')[2]}.0"


def held_released(network: Network) -> Request:
    body = {"reason": "confirmed by the sender", "event": _captured(network)}
    return "acme-quality", "POST", f"/v1/quarantine/{_held(network)}/release", body


def held_rejected(network: Network) -> Request:
    body = {"reason": "sent by mistake"}
    return "acme-quality", "POST", f"/v1/quarantine/{_held(network)}/reject", body


QUERY = {"name": "mine", "query": {"EQ_bizStep": ["shipping"]}}


def named_query(network: Network) -> Request:
    return "acme-line", "POST", "/queries", QUERY


def named_query_forgotten(network: Network) -> Request:
    network.post("acme-line", "/queries", QUERY)
    return "acme-line", "DELETE", "/queries/mine", None


def shipment_stated(network: Network) -> Request:
    event = network.shipped(network.commissioned(1), "acme", "meddist")["eventId"]
    path = f"/v1/shipments/{event.removeprefix('urn:uuid:')}/statement"
    return "acme-warehouse", "PUT", path, {"affirmed": True, "directPurchase": True}


SUBSCRIPTION = {"dest": "https://epcis.example.com/heard", "stream": True}


def subscription(network: Network) -> Request:
    network.post("acme-line", "/queries", QUERY)
    body = SUBSCRIPTION | {"signatureToken": "13df38d8275b13f05704629e5f1cf3d4"}
    return "acme-quality", "POST", "/queries/mine/subscriptions", body


def subscription_ended(network: Network) -> Request:
    network.post("acme-line", "/queries", QUERY)
    made = network.post("acme-quality", "/queries/mine/subscriptions", SUBSCRIPTION)
    return "acme-quality", "DELETE", made.headers["Location"], None


def serial_block(network: Network) -> Request:
    body = {"gtin": GTIN, "count": 700, "line": "line-1"}
    return "acme-line", "POST", "/v1/serials/blocks", body


def serial_epoch(network: Network) -> Request:
    network.serials(3)
    return "acme-admin", "POST", f"/v1/products/{GTIN}/serial-epochs", {}


def recall(network: Network) -> Request:
    units = network.commissioned(3)
    network.delivered([network.packed(units)], "acme", "meddist")
    body = {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]},
        "reason": "glass in the bottle",
        "classification": "I",
    }
    return "acme-quality", "POST", "/v1/recalls", body


def recall_of_some(network: Network) -> Request:
    serials = network.serials(3)
    body = {"gtin": GTIN, "lot": LOT, "serials": serials}
    network.post("acme-line", "/v1/commissioning", body)
    some = [{"gtin": GTIN, "serial": serial} for serial in serials[:2]]
    return "acme-quality", "POST", "/v1/recalls", {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}], "serials": some},
        "reason": "mix-up on the line",
        "classification": "II",
    }  # fmt: skip


def _noticed(network: Network, cascade: str) -> tuple[str, str]:
    """Return a recall that has reached meddist, and the notice."""
    import app
    from tests.harness.streams import Streams

    who, _, path, body = recall(network)
    streams = Streams(network.aws, app.app)
    streams.settle()
    identity = network.post(who, path, body | {"cascade": cascade})["id"]
    streams.settle()
    (notice,) = network.get("meddist-quality", f"/v1/recalls/{identity}/notices")["notices"]
    return identity, notice["id"]


def recall_acknowledged(network: Network) -> Request:
    identity, notice = _noticed(network, "auto")
    path = f"/v1/recalls/{identity}/notices/{notice}/acknowledgement"
    return "meddist-quality", "POST", path, {"quantityOnHand": 3, "comment": "quarantined"}


def recall_cascaded(network: Network) -> Request:
    identity, _ = _noticed(network, "confirm")
    return "meddist-quality", "POST", f"/v1/recalls/{identity}/cascade", None


WEBHOOK = {"url": "http://127.0.0.1:9/hook", "types": ["recall.notice"]}


def webhook(network: Network) -> Request:
    return "meddist-quality", "POST", "/v1/webhooks", WEBHOOK


def webhook_secret(network: Network) -> Request:
    identity = network.post("meddist-quality", "/v1/webhooks", WEBHOOK)["id"]
    return "meddist-quality", "POST", f"/v1/webhooks/{identity}/secret", {}


def webhook_removed(network: Network) -> Request:
    identity = network.post("meddist-quality", "/v1/webhooks", WEBHOOK)["id"]
    return "meddist-quality", "DELETE", f"/v1/webhooks/{identity}", None


def alert_noted(network: Network) -> Request:
    create([an_alert()])
    body = {"state": "closed", "finding": "procedural_error", "text": "scanned twice"}
    return "acme-quality", "POST", f"/v1/alerts/{an_alert().id}/notes", body


def links(network: Network) -> Request:
    link = {"type": "gs1:pip", "href": "https://acme.example/", "title": "Page", "default": True}
    body = {"anchor": f"01/{GTIN}", "description": "Aspirin", "links": [link]}
    return "acme-admin", "PUT", "/v1/links", body


def verification_policy(network: Network) -> Request:
    return "acme-quality", "PUT", "/v1/verification-policy", {"tellsReasons": False}


def responders(network: Network) -> Request:
    body = {"responders": [{"url": "https://vrs.example", "gln": "9506000134352"}]}
    return "acme-admin", "PUT", "/v1/responders/09506000134352", body


def packs_supplied(network: Network) -> Request:
    units = network.commissioned(3)
    network.delivered([network.packed(units)], "acme", "citypharm")
    named = [{"gtin": GTIN, "serial": serial_of(unit), "lot": LOT} for unit in units]
    body = {"operation": "supply", "packs": [*named, named[0] | {"lot": "X"}]}
    return "citypharm-warehouse", "POST", "/v1/packs", body


def units_returned(network: Network) -> Request:
    units = sold_outside(network, 3)
    items = [pack(units[0]), pack(units[1], lot="X"), {"scan": "?"}]
    return "acme-warehouse", "POST", "/v1/returns", {"from": OUTSIDER, "items": items}


def suspicion_opened(network: Network) -> Request:
    units = at_meddist(network, 3, sold=1)
    body = {"description": "odd", "things": units, "state": "illegitimate"}
    return "meddist-quality", "POST", "/v1/suspicions", body


def suspicion_cleared(network: Network) -> Request:
    case = suspected(network, "meddist", *at_meddist(network, 2), state="high_risk")["id"]
    body = {"state": "cleared", "text": "It is the maker's new print"}
    return "meddist-quality", "POST", f"/v1/suspicions/{case}/notes", body


EVERY = [
    shipment_stated,
    product,
    product_changed,
    party,
    place,
    place_inside,
    lot,
    lot_changed,
    organisation,
    client,
    client_secret,
    client_revoked,
    serial_block,
    serial_epoch,
    recall,
    recall_of_some,
    recall_acknowledged,
    recall_cascaded,
    webhook,
    webhook_secret,
    webhook_removed,
    alert_noted,
    links,
    packs_supplied,
    units_returned,
    suspicion_opened,
    suspicion_cleared,
    verification_policy,
    responders,
    document_captured,
    event_captured,
    event_declared_an_error,
    items_transformed,
    upload_captured,
    held_released,
    held_rejected,
    named_query,
    named_query_forgotten,
    subscription,
    subscription_ended,
]

CALLS_NOTHING = {("POST", path) for path in ("/v1/uploads", "/v1/labels", "/v1/scans")}
"""Routes that change nothing: they sign a link, draw a label, read a scan."""


IN_STEPS = {
    packs_supplied: "a few packs in one transaction, then the next, then the alerts",
    units_returned: "what shall be done, then a few units in one transaction, then the totals",
    suspicion_opened: "the case, then a few things in one transaction, then the notices",
    suspicion_cleared: "the note first, then as for an opening",
    serial_block: "the counter first, then the block; a repeat finds the first and does the rest",
    serial_epoch: "closed in its counter first, then entered; a repeat does the rest",
    held_released: "a message, the decision, a message; a repeat finds the decision",
    held_rejected: "as for a release",
    document_captured: "the document first, then its job, then the message to work on it",
    upload_captured: "as for a document that was sent directly",
    recall_cascaded: "the leg first, then the message that starts the work on it",
}
"""What is more than one write, and why a repeat completes it."""


@pytest.mark.parametrize("arranged", EVERY, ids=lambda each: each.__name__)
def test_every_change_survives_every_fault_at_every_call(
    network: Network, arranged: Callable[[Network], Request]
) -> None:
    who, method, path, body = arranged(network)
    act = network.same(who, path, body, method=method)
    case = Case(arranged.__name__, lambda: _settled(method, act()), atomic=arranged not in IN_STEPS)

    assert survives_everything(case, network.aws) >= 10


def _settled(method: str, reply: Reply) -> Any:
    """Return what a client makes of an answer.

    A POST answers as the first time. A PUT that made a thing and one that found it made are alike,
    and so are a DELETE that took it away and one that found it gone.
    """
    if method == "DELETE":
        return reply.status in {204, 404}
    return (reply.status, reply.body) if method == "POST" else (reply.status < 300, reply.body)


def test_no_route_that_changes_anything_is_left_out(network: Network) -> None:
    import app

    changing = {
        (spec.method, spec.path)
        for spec in specs_of(app.app)
        if spec.method != "GET" and spec.scope
    }
    saved, asked = network.aws.save(), set()
    for arranged in (*GOODS, *EVERY):
        network.aws.restore(saved)
        *_, method, path, _ = (
            ("POST", *arranged(network)[1:]) if arranged in GOODS else arranged(network)
        )
        asked.add((method, network.resource(path)))
    assert asked == changing - CALLS_NOTHING
