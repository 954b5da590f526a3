"""GS1 US Lightweight Messaging over HTTP: the paths, and that only 200 carries JSON."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.harness.network import GTIN, LOT, Network, Reply, gln, serial_of
from tests.vrs.builders import CORRELATION
from tests.vrs.responder import Service

QUERY = {
    "exp": "281231", "linkType": "verificationService", "context": "dscsaSaleableReturn",
    "reqGLN": gln("meddist"), "corrUUID": CORRELATION,
}  # fmt: skip
WHO = "meddist-warehouse"


def ask(network: Network, serial: str = "S", gtin: str = GTIN, **changes: Any) -> Reply:
    query = urlencode({name: text for name, text in (QUERY | changes).items() if text is not None})
    return network.ask(WHO, "GET", f"/verify/gtin/{gtin}/lot/{LOT}/ser/{serial}?{query}")


def test_a_product_identifier_is_verified(network: Network) -> None:
    (unit,) = network.commissioned(1)

    for gtin in (GTIN, GTIN[1:]):
        reply = ask(network, serial_of(unit), gtin)
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "private, no-cache")
        assert reply.body == {
            "verificationTimestamp": "2026-11-23T09:30:00.000+00:00",
            "responderGLN": gln("acme"),
            "data": {"verified": True},
            "corrUUID": CORRELATION,
        }


def test_r1_3_is_understood(network: Network) -> None:
    (unit,) = network.commissioned(1)
    path = f"/verify/gtin/{GTIN}/lot/{LOT}/ser/{serial_of(unit)}?"
    more = {"ctrlPossessAtt": "true", "email": "a@b.example", "telephone": "+1 2",
            "context": "dscsaExceptionVerification"}  # fmt: skip

    reply = network.ask(
        WHO, "GET", path + urlencode(QUERY | more), headers={"GS1US-Version": "1.3.0"}
    )

    assert (reply.status, reply.headers["GS1US-Version"]) == (200, "1.3.0")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"exp": None}, 400), ({"exp": "281399"}, 400), ({"corrUUID": "x"}, 400),
        ({"linkType": "pip"}, 400), ({"context": None}, 400), ({"reqGLN": None}, 400),
        ({"gtin": "09521000000019"}, 400), ({"serial": "x" * 21}, 400),
        ({"reqGLN": gln("citypharm")}, 403), ({"gtin": "09506000134352"}, 404),
    ],
)  # fmt: skip
def test_only_200_carries_json(network: Network, changes: dict[str, Any], status: int) -> None:
    reply = ask(network, **changes)

    assert (reply.status, reply.body) == (status, "")
    assert "Content-Type" not in reply.headers


def test_who_is_unknown_is_refused_without_words(network: Network) -> None:
    path = f"/verify/gtin/{GTIN}/lot/{LOT}/ser/S?{urlencode(QUERY)}"

    reply = network.send("GET", path, {}, None)

    assert (reply.status, reply.body) == (401, "")


def test_connectivity_is_checked(network: Network, service: Service) -> None:
    def check(gtin: str) -> Reply:
        query = {"gtin": gtin, **{n: QUERY[n] for n in ("reqGLN", "linkType", "context")}}
        return network.ask(WHO, "GET", f"/checkConnectivity?{urlencode(query)}")

    body = {"responders": [{"url": service.url, "gln": "9506000134352", "credential": "Bearer x"}]}
    kept = network.put("acme-admin", "/v1/responders/09506000134352", body)

    assert check(GTIN).body == {"responderGLN": gln("acme")}
    assert check("09506000134352").body == {"responderGLN": "9506000134352"}
    assert (check("09506000134369").status, check("1").status) == (404, 400)
    assert "Bearer" not in str(kept.body)
    assert kept["responders"][0]["hasCredential"] is True
    assert network.ask("meddist-admin", "PUT", "/v1/responders/09506000134352", body).status == 403
    listed = network.get("meddist-warehouse", "/v1/responders")["gtins"]
    assert listed == [network.get("meddist-warehouse", "/v1/responders/09506000134352").body]


def test_a_policy_is_set_by_quality_and_kept(network: Network) -> None:
    body = {"verifiesRecalled": False, "tellsReasons": False}

    before = network.get("acme-quality", "/v1/verification-policy")
    kept = network.put("acme-quality", "/v1/verification-policy", body)

    assert before["verifiesRecalled"] is True
    assert (kept["verifiesRecalled"], kept["tellsReasons"]) == (False, False)
    assert kept["verifiesExpired"] is True
    assert ask(network)["data"]["verificationFailureReason"] == "No_reason_provided"
    assert network.ask("acme-line", "PUT", "/v1/verification-policy", body).status == 403


def test_both_sides_find_the_question_in_their_log(network: Network) -> None:
    ask(network)
    path = "/v1/verifications?day=2026-11-23"

    (asked,) = network.get("meddist-auditor", path)["verifications"]
    (answered,) = network.get("acme-auditor", path)["verifications"]

    assert (asked["direction"], answered["direction"]) == ("asked", "answered")
    assert asked | {"direction": ""} == answered | {"direction": ""}
    assert (asked["corrUUID"], asked["verified"]) == (CORRELATION, False)
    assert network.get("citypharm-auditor", path)["verifications"] == []
