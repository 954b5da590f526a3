"""Subscriptions, without a database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.errors import Conflict, KeyReused, SubscriptionControls
from chalicelib.query.subscriptions.model import (
    LONGEST_QUERY,
    MOST_SUBSCRIPTIONS,
    added,
    check_query,
    controls,
)
from tests.harness.network import AT
from tests.query.subscriptions.builders import a_subscription


def test_the_next_run_comes_after_the_one_before() -> None:
    scheduled = a_subscription(schedule={"minute": "0,30"})

    assert scheduled.next_run(AT) == AT + timedelta(minutes=30)
    assert a_subscription().next_run(AT) is None


def test_the_query_is_what_was_subscribed_to() -> None:
    assert a_subscription().asked().biz_steps == ("shipping",)


@pytest.mark.parametrize(
    "query",
    [
        '{"EQ_bizStep": ["' + "x" * LONGEST_QUERY + '"]}',
        '{"orderBy": "eventTime", "eventCountLimit": 5}',
    ],
)
def test_a_query_that_is_long_or_drops_what_it_finds_cannot_stand(query: str) -> None:
    with pytest.raises(SubscriptionControls, match="expected"):
        check_query(query)


def test_a_schedule_is_kept_as_text_without_what_is_not_said() -> None:
    kept = controls(None, {"minute": 5, "hour": None}, report_if_empty=True)

    assert kept == {"minute": "5"}
    assert controls(True, None, report_if_empty=False) is None


def test_the_same_again_is_there_once_and_another_under_its_id_is_refused() -> None:
    one = a_subscription()
    later = replace(one, created=AT + timedelta(1), initial=AT + timedelta(1))
    standing = added([], one)

    assert added(standing, later) is standing
    with pytest.raises(KeyReused):
        added(standing, replace(one, url="https://elsewhere.example/"))


def test_an_organisation_has_so_many_at_most() -> None:
    full = [a_subscription(id=str(number)) for number in range(MOST_SUBSCRIPTIONS)]

    with pytest.raises(Conflict, match="expected fewer"):
        added(full, a_subscription(id="one more"))
