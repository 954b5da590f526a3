"""Another service is asked once, and believed only what fits the question."""

import threading
from typing import Any

import pytest

from chalicelib.errors import BadGateway, GatewayTimeout, NotFound
from chalicelib.gs1.keys import Gln
from chalicelib.vrs import asking
from chalicelib.vrs.model import Info, Reason, Reply, Responder
from chalicelib.vrs.store import sealed
from tests.harness.aws import Aws
from tests.vrs.builders import CORRELATION, a_question
from tests.vrs.responder import Service


def responder(service: Service, credential: str = "") -> Responder:
    return Responder(service.url, Gln("9506000134352"), credential=credential)


def test_the_question_is_passed_on_word_for_word(aws: Aws, service: Service) -> None:
    question = a_question(serial="S/1 &", lot="L+1", printed_expiry="281200", version="1.3.0")

    assert asking.ask(responder(service, sealed("Bearer x")), question) == Reply(True)

    ((path, query, headers),) = service.asked
    assert path == f"/vrs/verify/gtin/{question.gtin}/lot/L%2B1/ser/S%2F1%20%26"
    assert query == {
        "exp": "281200", "linkType": "verificationService", "context": "dscsaSaleableReturn",
        "reqGLN": str(question.requester), "corrUUID": CORRELATION,
    }  # fmt: skip
    assert (headers["gs1us-version"], headers["authorization"]) == ("1.3.0", "Bearer x")
    assert headers["accept"] == "application/json"


def test_what_it_says_is_handed_on(aws: Aws, service: Service) -> None:
    service.answer = {
        "data": {"verified": False, "verificationFailureReason": "Not_for_re-distribution",
                 "additionalInfo": "Suspect"},
        "corrUUID": CORRELATION.lower(),
    }  # fmt: skip

    assert asking.ask(responder(service), a_question()) == Reply(False, Reason.UNFIT, Info.SUSPECT)


@pytest.mark.parametrize(
    "answer",
    [
        {"corrUUID": "another"}, {"data": None}, {"data": {}}, {"data": {"verified": "true"}},
        {"data": {"verified": False, "verificationFailureReason": "Because"}}, "[]", "no json", "",
        '{"data":' + '"x' * 70_000, "[" * 60_000,
    ],
)  # fmt: skip
def test_what_is_no_answer_to_the_question_is_not_believed(
    aws: Aws, service: Service, answer: Any
) -> None:
    service.answer = answer

    with pytest.raises((BadGateway, GatewayTimeout)):
        asking.ask(responder(service), a_question())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFound), (400, BadGateway), (401, BadGateway), (403, BadGateway),
        (500, BadGateway), (302, BadGateway), (503, GatewayTimeout), (504, GatewayTimeout),
    ],
)  # fmt: skip
def test_a_refusal_is_told_as_the_gateway_that_we_are(
    aws: Aws, service: Service, status: int, error: type[Exception]
) -> None:
    service.status = status

    with pytest.raises(error):
        asking.ask(responder(service), a_question())


def test_who_does_not_answer_in_time_is_not_waited_for(
    aws: Aws, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = threading.Event()
    monkeypatch.setattr(asking, "SECONDS", 0.05)
    monkeypatch.setattr(service, "hear", lambda *_: gone.wait(5) or b"")

    with pytest.raises(GatewayTimeout, match="did not answer"):
        asking.ask(responder(service), a_question())
    gone.set()


def test_addresses_that_are_not_public_are_not_asked(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = Responder("https://10.0.0.1/vrs", Gln("9506000134352"))

    with pytest.raises(GatewayTimeout):
        asking.ask(inside, a_question())


def test_connectivity_is_asked_of_the_other_service(aws: Aws, service: Service) -> None:
    assert asking.connected(responder(service), {"gtin": "1"}) == "9506000134352"
    assert service.asked[0][:2] == ("/vrs/checkConnectivity", {"gtin": "1"})

    service.answer = {"responderGLN": None}
    with pytest.raises(BadGateway):
        asking.connected(responder(service), {"gtin": "1"})
