"""The seller affirms, both parties fetch: at once, or by a link when it is large."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.epcis import formats
from chalicelib.epcis.dscsa import LEGAL_NOTICE
from chalicelib.epcis.dscsa_reading import read_transaction
from chalicelib.errors import Busy
from chalicelib.ledger.model import record_of
from chalicelib.ledger.store import RecordItem
from chalicelib.shipments import exporting, worker
from chalicelib.table.read import get
from tests.epcis.xsd import breaches
from tests.harness.aws import Aws
from tests.harness.faults import PAIRS, Case, Killed, Kind, injected, survives_everything
from tests.harness.network import Network, Reply, gln
from tests.harness.streams import Streams
from tests.shipments.sellers import fetch, pallet, stated, tell


@pytest.fixture
def shipment(network: Network) -> str:
    """A shipment of acme to meddist, with all that the profile wants."""
    tell()
    found: str = pallet(network)["id"]
    return found


def worked(aws: Aws) -> None:
    """Let the workers do what is in the queues."""
    import app

    Streams(aws, app.app).settle()


def xml(reply: Reply) -> Any:
    assert reply.status == 200, reply
    return read_transaction(formats.read(reply.body.encode()))


def test_a_document_lacks_nothing_that_the_profile_wants(network: Network, shipment: str) -> None:
    stated(network, shipment, directPurchase=True)

    reply = fetch(network, shipment)
    found = xml(reply)

    assert found.faults == []
    assert (found.affirmed, found.direct_purchase, found.legal_notice) == (
        True, True, LEGAL_NOTICE,
    )  # fmt: skip
    assert [kind for kind, _ in found.documents] == ["po"]
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="dscsa-{shipment}.xml"'


def test_both_parties_get_the_same_document_and_nobody_else_any(
    network: Network, shipment: str
) -> None:
    stated(network, shipment)
    first = fetch(network, shipment)
    network.now += timedelta(days=3)

    assert fetch(network, shipment, "meddist-auditor").body == first.body
    strangers = fetch(network, shipment, "citypharm-auditor")
    nothing = fetch(network, str(uuid4()), "citypharm-auditor")
    assert (strangers.status, strangers["detail"]) == (404, nothing["detail"])


def test_without_the_sellers_word_there_is_no_document(network: Network, shipment: str) -> None:
    reply = fetch(network, shipment)

    assert (reply.status, reply["code"]) == (409, "not_affirmed")
    assert f"/v1/shipments/{shipment}/statement" in reply["detail"]


@pytest.mark.parametrize("affirmed", [False, True])
def test_a_statement_can_be_withdrawn_and_made_again(
    network: Network, shipment: str, affirmed: bool
) -> None:
    stated(network, shipment)
    network.now += timedelta(minutes=1)
    stated(network, shipment, affirmed=False)
    network.now += timedelta(minutes=1)
    stated(network, shipment, affirmed=affirmed)

    assert fetch(network, shipment).status == (200 if affirmed else 409)


def test_nobody_but_the_seller_states(network: Network, shipment: str) -> None:
    path, body = f"/v1/shipments/{shipment}/statement", {"affirmed": True}

    buyer = network.ask("meddist-warehouse", "PUT", path, body)
    stranger = network.ask("citypharm-warehouse", "PUT", path, body)

    assert (buyer.status, buyer["code"]) == (403, "not_the_seller")
    assert stranger.status == 404
    assert fetch(network, shipment).status == 409


def test_the_statement_stands_in_the_buyers_inbox(network: Network, shipment: str) -> None:
    stated(network, shipment, directPurchase=False)

    found = network.get("meddist-warehouse", f"/v1/inbox/{shipment}")["statement"]

    assert (found["affirmed"], found["directPurchase"], found["lacking"]) == (True, False, [])


def test_the_same_statement_again_is_the_same(network: Network, shipment: str) -> None:
    first = stated(network, shipment)
    network.now += timedelta(hours=1)

    assert stated(network, shipment).body == first.body


def test_what_nobody_told_is_asked_for(network: Network) -> None:
    found = pallet(network)["id"]
    stated(network, found)

    reply = fetch(network, found)

    assert (reply.status, reply["code"]) == (409, "master_data")
    assert len(reply["errors"]) == 14


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every shipment be a large one."""
    monkeypatch.setattr(exporting, "AT_ONCE", 0)


@pytest.mark.usefixtures("_small")
def test_a_large_document_is_prepared_and_fetched_when_it_is_there(
    network: Network, shipment: str
) -> None:
    stated(network, shipment)
    asked = [fetch(network, shipment) for _ in range(3)]
    assert len(network.aws.messages("captures")) == 1
    worked(network.aws)
    ready = fetch(network, shipment)

    assert [(reply.status, reply.body) for reply in asked] == [(202, {"status": "preparing"})] * 3
    assert asked[0].headers["Retry-After"] == "5"
    assert xml(ready).faults == []


def test_what_is_too_large_for_an_answer_goes_by_a_link(
    network: Network, shipment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated(network, shipment)
    answered = fetch(network, shipment).body
    monkeypatch.setattr(exporting, "LARGEST_ANSWER", 100)

    reply = fetch(network, shipment)

    assert (reply.status, reply.body) == (303, "")
    ((key, (body, media_type)),) = network.aws.objects().items()
    assert key in reply.headers["Location"]
    assert (body.decode(), media_type) == (answered, "application/xml")


def test_what_was_handed_out_stays_whatever_the_directory_says_later(
    network: Network, shipment: str
) -> None:
    stated(network, shipment)
    first = fetch(network, shipment).body
    network.put("acme-admin", f"/v1/parties/{gln('meddist')}", {"name": "X", "roles": ["x"]})

    assert fetch(network, shipment, "meddist-warehouse").body == first
    network.now += timedelta(minutes=1)
    stated(network, shipment, directPurchase=True)
    assert 'mda#name">X<' in fetch(network, shipment).body


def test_a_document_is_valid_by_the_schema(network: Network, shipment: str) -> None:
    stated(network, shipment, directPurchase=False)

    assert breaches(fetch(network, shipment).body.encode(), "1.2") == []


@pytest.mark.usefixtures("_small")
def test_another_statement_makes_another_document(network: Network, shipment: str) -> None:
    stated(network, shipment)
    fetch(network, shipment)
    worked(network.aws)
    network.now += timedelta(minutes=1)
    stated(network, shipment, directPurchase=True)

    assert fetch(network, shipment).status == 202
    worked(network.aws)
    assert fetch(network, shipment).status == 200
    texts = [body.decode() for body, kind in network.aws.objects().values() if "xml" in kind]
    assert sorted("directPurchase" in text for text in texts) == [False, True]


@pytest.mark.usefixtures("_small")
def test_what_cannot_be_made_is_told_to_who_asks_again(
    network: Network, shipment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated(network, shipment)
    assert fetch(network, shipment).status == 202
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.shipments.tale.to_urn", lambda uri: uri)
        worked(network.aws)

    reply = fetch(network, shipment)

    assert (reply.status, reply["code"]) == (409, "company_prefix")
    assert reply["errors"]


@pytest.mark.usefixtures("_small")
def test_what_nobody_made_is_asked_for_again(network: Network, shipment: str) -> None:
    stated(network, shipment)
    fetch(network, shipment)
    network.now += timedelta(minutes=16)

    assert fetch(network, shipment).status == 202
    assert len(network.aws.messages("captures")) == 2


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("kind", [kind for pair in PAIRS for kind in pair])
def test_a_worker_that_fails_anywhere_leaves_one_document(
    network: Network, shipment: str, kind: Kind
) -> None:
    stated(network, shipment)
    fetch(network, shipment)
    (message,) = network.aws.messages("captures")
    saved = network.aws.save()

    for call in range(0, 14, 2):
        network.aws.restore(saved)
        with injected({call: kind}), suppress(Busy, Killed):
            worker.transactions(message)
        worker.transactions(message)  # it comes again

        assert fetch(network, shipment).status == 200, f"{kind} at {call}"
        kinds = [kind for _, kind in network.aws.objects().values()]
        assert sorted(kinds) == ["application/xml", "text/plain"]


def test_stating_survives_every_fault(network: Network, shipment: str) -> None:
    body = {"affirmed": True, "directPurchase": True}
    path = f"/v1/shipments/{shipment}/statement"
    case = Case("stating", network.same("acme-warehouse", path, body, method="PUT"))

    assert survives_everything(case, network.aws) >= 10


def test_a_document_costs_few_requests(network: Network, shipment: str) -> None:
    stated(network, shipment)

    with injected() as calls:
        fetch(network, shipment)

    assert len(calls.made) <= 30


def test_a_shipment_that_was_declared_an_error_has_no_document(
    network: Network, shipment: str
) -> None:
    stated(network, shipment)
    assert fetch(network, shipment).status == 200
    body = {"event": f"urn:uuid:{shipment}", "reason": "did_not_occur"}
    network.post("acme-warehouse", "/v1/corrections", body)
    worked(network.aws)

    reply = fetch(network, shipment)
    told = network.get("meddist-warehouse", "/v1/inbox")["shipments"]

    assert (reply.status, reply["code"]) == (409, "called_back")
    assert [(each["id"], each["received"], each["calledBack"]) for each in told] == [
        (shipment, "all", True)
    ]


def test_a_declaration_of_an_error_is_no_shipment(network: Network, shipment: str) -> None:
    body = {"event": f"urn:uuid:{shipment}", "reason": "did_not_occur"}
    network.post("acme-warehouse", "/v1/corrections", body)
    record = record_of("acme", f"urn:uuid:{shipment}", declaration=True)
    assert get(RecordItem, str(record)) is not None

    assert fetch(network, str(record)).status == 404


def test_a_receipt_that_was_declared_an_error_counts_no_more(
    network: Network, shipment: str
) -> None:
    (unit,) = network.commissioned(1)
    other = network.shipped([unit], "acme", "meddist")["eventId"][9:]
    event = network.received([unit], "meddist")["eventId"]
    worked(network.aws)
    before = network.get("meddist-warehouse", f"/v1/inbox/{other}").body
    body = {"event": event, "reason": "incorrect_data"}
    network.post("meddist-warehouse", "/v1/corrections", body)
    worked(network.aws)

    after = network.get("meddist-warehouse", f"/v1/inbox/{other}").body

    assert [each["received"] for each in (before, after)] == ["all", "none"]
    assert [each["lots"][0]["short"] for each in (before, after)] == [0, 1]


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_fetching_fails_cleanly_and_a_repeat_gets_the_document(
    network: Network, shipment: str, kind: Kind
) -> None:
    stated(network, shipment)
    saved = network.aws.save()
    wanted = fetch(network, shipment).body

    for call in range(0, 26, 2):
        network.aws.restore(saved)
        with injected({call: kind}):
            first = fetch(network, shipment)

        assert first.status in {200, 503}, f"{kind} at {call}: {first}"
        assert fetch(network, shipment).body == wanted
