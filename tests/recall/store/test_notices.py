"""Notices are found by shipper, by organisation, and one by one."""

from dataclasses import replace

import pytest

from chalicelib.errors import Raced
from chalicelib.recall.model.notice import Notice, Told
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    MEDDIST,
    RURALPHARM,
    a_notice,
    a_recall,
    gln,
)

STORE = NoticeStore(a_recall())
OTHER = NoticeStore(a_recall(id="f" * 32))


def many(count: int) -> list[Notice]:
    return [a_notice(gln(1000 + number)) for number in range(count)]


def test_notices_come_back_by_party(aws: Aws) -> None:
    STORE.keep([a_notice(MEDDIST), a_notice(CITYPHARM), a_notice(RURALPHARM, MEDDIST)])
    OTHER.keep([a_notice(MEDDIST)])

    assert STORE.of(ACME) == {MEDDIST: a_notice(MEDDIST), CITYPHARM: a_notice(CITYPHARM)}
    assert STORE.of(MEDDIST) == {RURALPHARM: a_notice(RURALPHARM, MEDDIST)}
    assert STORE.of(CITYPHARM) == {}


def test_one_notice_is_found_by_shipper_and_id(aws: Aws) -> None:
    STORE.keep([a_notice()])

    assert STORE.get(ACME, a_notice().id) == a_notice()
    assert STORE.get(MEDDIST, a_notice().id) is None
    assert STORE.get_many(ACME, [a_notice().id, "0" * 32]) == [a_notice()]


def test_hundreds_are_kept_in_a_few_transactions(aws: Aws) -> None:
    STORE.keep(many(350))

    assert len(STORE.of(ACME)) == 350


def test_members_of_the_network_are_led_to_their_notices(aws: Aws) -> None:
    members = [
        a_notice(gln(2000 + number), organisation=f"member-{number}") for number in range(70)
    ]
    STORE.keep(members + many(30))

    for notice in members:
        assert STORE.received(notice.organisation) == [notice]
        assert STORE.received_one(notice.organisation, notice.id) == notice
    concerned = {item["pk"] for item in aws.items("recalls") if item["sk"].startswith("recall#")}
    assert concerned == {f"org#{notice.organisation}" for notice in members}
    assert OTHER.received("member-0") == []
    assert STORE.received_one("member-1", members[0].id) is None


def test_an_organisation_can_have_notices_from_several_shippers(aws: Aws) -> None:
    both = [a_notice(CITYPHARM, ACME), a_notice(CITYPHARM, MEDDIST, tier=2)]
    STORE.keep(both)

    assert sorted(STORE.received("citypharm"), key=lambda notice: notice.tier) == both


def test_what_was_changed_meanwhile_is_not_overwritten(aws: Aws) -> None:
    STORE.keep([a_notice(MEDDIST)])
    STORE.replace(a_notice(MEDDIST).delivered(AT))

    with pytest.raises(Raced):
        STORE.keep([a_notice(MEDDIST), *many(5)])
    with pytest.raises(Raced):
        STORE.replace(a_notice(MEDDIST).failed("gave up"))

    assert STORE.of(ACME) == {MEDDIST: a_notice(MEDDIST).delivered(AT)}
    STORE.replace(a_notice(MEDDIST).delivered(AT))  # our own write, its answer lost


def test_how_far_notices_are_is_told_for_one_shipper_or_for_all(aws: Aws) -> None:
    STORE.keep([a_notice(MEDDIST), a_notice(RURALPHARM, MEDDIST, tier=2)])
    STORE.replace(a_notice(MEDDIST).delivered(AT))

    everything = sorted((each.tier, each.status, each.quantity) for each in STORE.standings())
    own = [(each.shipper, each.status) for each in STORE.standings(MEDDIST)]

    assert everything == [(1, Told.DELIVERED, 10), (2, Told.PENDING, 10)]
    assert own == [(str(MEDDIST), Told.PENDING)]


@pytest.mark.parametrize("limit", [1, 3, 7, 40, 100])
def test_pages_show_every_notice_once(aws: Aws, limit: int) -> None:
    STORE.keep([*many(40), a_notice(RURALPHARM, MEDDIST)])

    found: list[Notice] = []
    after: str | None = None
    while True:
        page, after = STORE.page(ACME, after=after, limit=limit)
        assert len(page) <= limit
        found += page
        if after is None:
            break

    assert {notice.party for notice in found} == {notice.party for notice in many(40)}
    assert len(found) == 40


def test_a_transaction_carries_an_organisation_once(aws: Aws) -> None:
    one = a_notice(gln(3001), organisation="chain")
    other = a_notice(gln(3002), organisation="chain")

    STORE.keep([one, other])

    assert len(STORE.received("chain")) == 2


def test_one_row_alone_is_no_transaction(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    commit = Transaction.commit

    def counted(tx: Transaction) -> None:
        sent.append(len(tx))
        commit(tx)

    monkeypatch.setattr(Transaction, "commit", counted)

    STORE.keep([replace(a_notice(), organisation="")])
    STORE.keep([])

    assert sent == [1]
