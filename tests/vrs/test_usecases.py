"""Questions are answered for our members' goods, and asked on for others; all are kept."""

from collections.abc import Callable
from datetime import datetime

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.errors import BadGateway, Forbidden, NotFound, Stale, TooMany
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.vrs import store, usecases
from chalicelib.vrs.model import Info, Policy, Question, Reason, Reply, Responder
from tests.harness.network import AT, EXPIRY, GTIN, LOT, Network, gln, serial_of
from tests.vrs.builders import a_question
from tests.vrs.responder import Service

OTHER = Gtin("09506000134352")
MEDDIST = Actor("meddist", Gln(gln("meddist")), "meddist-warehouse", frozenset({Role.WAREHOUSE}))
QUALITY = Actor("acme", Gln(gln("acme")), "acme-quality", frozenset({Role.QUALITY}))


def verify(question: Question, *, routable: bool = True, at: datetime = AT) -> tuple[Gln, Reply]:
    return usecases.verify(question, actor=MEDDIST, at=at, routable=routable)


def made(network: Network) -> str:
    (unit,) = network.commissioned(1)
    return serial_of(unit)


def test_a_pack_of_a_member_is_answered_in_its_makers_name(network: Network) -> None:
    serial = made(network)

    assert verify(a_question(serial=serial)) == (Gln(gln("acme")), Reply(True))
    assert verify(a_question(serial=serial, lot="X"))[1] == Reply(False, Reason.LOT)
    assert verify(a_question(serial="nope"))[1] == Reply(False, Reason.UNKNOWN)


def test_the_policy_of_the_maker_decides(network: Network) -> None:
    serial = made(network)
    network.post("acme-quality", "/v1/recalls", {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]}, "reason": "glass", "classification": "I",
    })  # fmt: skip
    assert verify(a_question(serial=serial))[1] == Reply(True, None, Info.RECALLED)

    usecases.set_policy(Policy(verifies_recalled=False), actor=QUALITY, expected=0)

    assert verify(a_question(serial=serial))[1] == Reply(False, Reason.POLICY, Info.RECALLED)


def test_an_extended_expiry_is_told_to_who_understands_it(network: Network) -> None:
    serial = made(network)
    network.lot(GTIN, LOT, "2029-12-31")
    question = a_question(serial=serial)
    assert question.expiry.isoformat() == EXPIRY

    assert verify(question)[1] == Reply(False, Reason.EXPIRY)
    newer = a_question(serial=serial, version="1.3.0")
    assert verify(newer)[1] == Reply(True, None, Info.EXTENDED)


def test_nobody_asks_in_the_name_of_another(network: Network) -> None:
    with pytest.raises(Forbidden):
        verify(a_question(requester=Gln(gln("citypharm"))))


def test_guessing_spends_the_same_budget(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.goods.guessing.BUDGET", 2)
    for number in range(2):
        verify(a_question(serial=f"x{number}"))

    with pytest.raises(TooMany):
        verify(a_question(serial="x9"))


def test_a_pack_of_somebody_else_is_asked_of_who_answers_for_its_expiry(
    network: Network, service: Service
) -> None:
    maker = Gln("9506000134352")
    early = Responder("https://old.example", maker, ends=a_question().expiry.replace(year=2020))
    late = Responder(service.url, maker, begins=a_question().expiry.replace(year=2021))
    usecases.set_responders(OTHER, (early, late), expected=0)

    assert verify(a_question(gtin=OTHER)) == (maker, Reply(True))
    assert len(service.asked) == 1
    # Another service asked us already: the question does not go round.
    with pytest.raises(NotFound):
        verify(a_question(gtin=OTHER), routable=False)
    with pytest.raises(NotFound):
        verify(a_question(gtin=Gtin("09506000134369")))


def test_every_question_is_kept_with_its_answer(network: Network, service: Service) -> None:
    serial = made(network)
    usecases.set_responders(OTHER, (Responder(service.url, Gln("9506000134352")),), expected=0)
    verify(a_question(serial=serial))
    service.status = 500
    with pytest.raises(BadGateway):
        verify(a_question(gtin=OTHER), at=AT.replace(hour=10))

    asked, _ = store.page("meddist", AT.date(), after=None, limit=10)
    answered, _ = store.page("acme", AT.date(), after=None, limit=10)

    assert [(each.routed, each.status, each.reply) for each in asked] == [
        (True, 502, None), (False, 200, Reply(True)),
    ]  # fmt: skip
    assert answered == asked[1:]


def test_connectivity_names_who_answers(network: Network, service: Service) -> None:
    usecases.set_responders(OTHER, (Responder(service.url, Gln("9506000134352")),), expected=0)
    ask: Callable[[Gtin], str] = lambda gtin: usecases.connectivity(  # noqa: E731
        gtin, {}, "", requester=MEDDIST.gln, actor=MEDDIST, routable=True
    )

    assert ask(Gtin(GTIN)) == gln("acme")
    assert ask(OTHER) == "9506000134352"
    with pytest.raises(NotFound):
        ask(Gtin("09506000134369"))


def test_another_version_than_the_expected_is_refused(network: Network) -> None:
    kept = usecases.set_policy(Policy(tells_reasons=False), actor=QUALITY, expected=None)
    again = usecases.set_policy(Policy(tells_reasons=False), actor=QUALITY, expected=0)
    assert (kept.version, again.version) == (1, 1)
    with pytest.raises(Stale):
        usecases.set_policy(Policy(), actor=QUALITY, expected=0)
    with pytest.raises(Stale):
        usecases.set_responders(OTHER, (), expected=3)
    assert usecases.set_responders(OTHER, (), expected=0) == 1
