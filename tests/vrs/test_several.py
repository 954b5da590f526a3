"""Many questions at once: one that nobody answers does not keep the others."""

from datetime import datetime
from unittest.mock import patch

import pytest

from chalicelib.errors import TooMany
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.vrs import asking, store, usecases
from chalicelib.vrs.model import Info, Policy, Question, Reason, Reply, Responder
from chalicelib.vrs.several import Answered, verify_each
from tests.harness.costs import counted
from tests.harness.network import AT, GTIN, LOT, Network, gln, serial_of
from tests.vrs.builders import a_question
from tests.vrs.responder import Service
from tests.vrs.test_usecases import MEDDIST, QUALITY

OTHER, NOBODYS, MAKER = Gtin("09506000134352"), Gtin("09506000134369"), Gln("9506000134352")
ACME = Gln(gln("acme"))


def questions(*wanted: tuple[Gtin, str]) -> list[Question]:
    """Return questions with a correlation id each."""
    return [
        a_question(gtin=gtin, serial=serial, correlation=f"21EC2020-3AEA-4069-A2DD-{number:012}")
        for number, (gtin, serial) in enumerate(wanted)
    ]


def each(asked: list[Question], at: datetime = AT) -> list[Answered]:
    return verify_each(asked, actor=MEDDIST, at=at)


def test_members_are_answered_for_as_one_by_one_and_others_are_asked(
    network: Network, service: Service
) -> None:
    (unit,) = network.commissioned(1)
    network.post("acme-quality", "/v1/recalls", {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]}, "reason": "glass", "classification": "I",
    })  # fmt: skip
    usecases.set_policy(Policy(tells_reasons=False), actor=QUALITY, expected=0)
    usecases.set_responders(OTHER, (Responder(service.url, MAKER),), expected=0)
    own = Gtin(GTIN)
    asked = questions((OTHER, "1"), (own, "no"), (NOBODYS, "2"), (own, serial_of(unit)))

    answers = each(asked)

    assert [(a.responder, a.reply) for a in answers] == [
        (MAKER, Reply(True)), (ACME, Reply(False, Reason.WITHHELD)), (None, None),
        (ACME, Reply(True, None, Info.RECALLED)),
    ]  # fmt: skip
    kept, _ = store.page("meddist", AT.date(), after=None, limit=10)
    assert [k.question for k in kept] == [asked[3], asked[1], asked[0]]
    assert [k.routed for k in kept] == [False, False, True]
    told, _ = store.page("acme", AT.date(), after=None, limit=10)
    assert told == kept[:2]


def test_a_bad_answer_is_none_and_is_kept_with_its_status(
    network: Network, service: Service
) -> None:
    usecases.set_responders(OTHER, (Responder(service.url, MAKER),), expected=0)
    service.status = 500

    assert each(questions((OTHER, "1"))) == [Answered(MAKER, None, 502)]
    (kept,), _ = store.page("meddist", AT.date(), after=None, limit=10)
    assert (kept.status, kept.reply) == (502, None)


def test_a_service_that_does_not_answer_is_not_asked_about_every_pack(
    network: Network, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.vrs.several.AT_ONCE", 2)
    usecases.set_responders(OTHER, (Responder(service.url, MAKER),), expected=0)
    service.status = 504

    answers = each(questions(*((OTHER, str(number)) for number in range(20))))

    assert {a.reply for a in answers} == {None}
    assert 1 <= len(service.asked) <= 3
    assert {a.status for a in answers} == {504, 0}


def test_after_a_while_nobody_else_is_asked(network: Network, service: Service) -> None:
    usecases.set_responders(OTHER, (Responder(service.url, MAKER),), expected=0)

    with patch("chalicelib.vrs.several.PATIENCE", -1.0), patch.object(asking, "ask") as ask:
        assert each(questions((OTHER, "1"))) == [Answered(MAKER)]
    ask.assert_not_called()


def test_a_thousand_questions_about_own_packs_take_few_requests(network: Network) -> None:
    asked = questions(*((Gtin(GTIN), serial_of(unit)) for unit in network.commissioned(1000)))

    with counted(network.aws) as costs:
        answers = each(asked)

    assert {a.reply for a in answers} == {Reply(True)}
    assert costs.requests.total() <= 100


def test_guessing_spends_the_same_budget(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.goods.guessing.BUDGET", 2)

    with pytest.raises(TooMany):
        each(questions(*((Gtin(GTIN), f"x{number}") for number in range(3))))
    assert store.page("meddist", AT.date(), after=None, limit=10) == ([], None)
