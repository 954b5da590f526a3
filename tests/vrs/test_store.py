"""Policies, responders and questions are kept."""

from datetime import date, datetime, timedelta

import pytest

from chalicelib.errors import Raced
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.vrs import store
from chalicelib.vrs.model import Asked, Info, Policy, Reason, Reply, Responder
from tests.harness.aws import Aws
from tests.vrs.builders import a_question

GTIN = Gtin("09506000134352")


def test_a_policy_is_read_as_it_was_kept_and_has_a_default(aws: Aws) -> None:
    policy = Policy(verifies_recalled=False, tells_reasons=False, version=1)

    assert store.policy_of("acme") == Policy()
    store.put_policy("acme", policy)
    store.put_policy("acme", policy)
    assert store.policy_of("acme") == policy
    with pytest.raises(Raced):
        store.put_policy("acme", Policy(version=1))


def test_responders_are_listed_by_gtin_and_their_credentials_sealed(aws: Aws) -> None:
    secret = "Bearer s3cret"
    responder = Responder(
        "https://vrs.example", Gln("9506000134352"), date(2026, 1, 1), None, store.sealed(secret)
    )
    store.put_responders(GTIN, [responder], 1)
    store.put_responders(Gtin("09521000000018"), [], 1)

    assert store.responders_of(GTIN) == ([responder], 1)
    assert store.responders_page(after=None, limit=10) == ([(GTIN, [responder])], None)
    assert store.unsealed(responder) == secret
    assert "s3cret" not in str(aws.items("directory"))


def test_a_question_stands_in_the_list_of_both_sides_newest_first(aws: Aws, at: datetime) -> None:
    def asked(minutes: int, reply: Reply | None) -> Asked:
        when = at + timedelta(minutes=minutes)
        return Asked(when, "meddist", "c", a_question(), "9521000000018", False, 200, reply)

    first = asked(0, Reply(False, Reason.UNFIT, Info.SUSPECT))
    second, third = asked(1, Reply(True)), asked(2, None)
    for each in (first, second, third):
        store.keep(each, ("meddist", "acme", ""))

    page, last = store.page("meddist", at.date(), after=None, limit=2)
    rest, end = store.page("meddist", at.date(), after=last, limit=2)

    assert [*page, *rest] == [third, second, first]
    assert end is None
    assert len(store.page("acme", at.date(), after=None, limit=9)[0]) == 3
    assert store.page("acme", at.date() + timedelta(1), after=None, limit=9)[0] == []
