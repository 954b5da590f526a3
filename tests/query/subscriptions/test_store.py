"""Where subscriptions, their times, their lists and their notes stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.errors import AlreadyExists, NoSuchName, NotFound
from chalicelib.notify.model.delivery import Turn
from chalicelib.query.store import QueryStore
from chalicelib.query.subscriptions.model import Subscription, added
from chalicelib.query.subscriptions.store import (
    State,
    SubscriptionStore,
    advance,
    drop_pending,
    due,
    keep,
    note,
    note_dropped,
    owner,
    pending,
    put_pending,
    states,
    stretch,
    subscriptions_of,
    told,
)
from chalicelib.query.subscriptions.way import Results, begun
from tests.harness.aws import Aws
from tests.harness.network import AT
from tests.query.subscriptions.builders import ACME, a_subscription

MINUTE = timedelta(minutes=1)
TURN = Turn(AT, "w1", 0.5, True)


@pytest.fixture
def made(aws: Aws) -> Subscription:
    """A subscription that was just made."""
    queries = QueryStore("acme")
    queries.create("mine", {"EQ_bizStep": ["shipping"]})
    wanted = a_subscription(schedule={"minute": "*"}, token="sealed")
    query = queries.item("mine")
    return SubscriptionStore(ACME).create(wanted, added, query=query)


def test_it_comes_back_as_it_was(made: Subscription) -> None:
    store = SubscriptionStore(ACME)

    assert store.all() == [made] == [store.get("mine", made.id)]
    assert subscriptions_of([ACME]) == {ACME: [made]}
    assert owner(made.id) == ACME
    assert owner("other") is None
    with pytest.raises(NotFound):
        store.get("other", made.id)


def test_it_is_not_made_once_its_query_is_forgotten(aws: Aws) -> None:
    queries = QueryStore("acme")
    queries.create("mine", {})
    query = queries.item("mine")
    queries.delete("mine")

    with pytest.raises(NoSuchName):
        SubscriptionStore(ACME).create(a_subscription(), added, query=query)


def test_a_repeat_after_it_was_deleted_does_not_bring_it_back(made: Subscription) -> None:
    store = SubscriptionStore(ACME)
    store.change(lambda standing: [])

    with pytest.raises(AlreadyExists, match="deleted since"):
        store.create(made, added, query=QueryStore("acme").item("mine"))


def test_what_became_of_it_is_noted_bit_by_bit(made: Subscription) -> None:
    note(made.id, executed=AT)
    note(made.id, paused=AT + MINUTE)

    assert states([made.id, "other"]) == {made.id: State(executed=AT, paused=AT + MINUTE)}


def test_it_is_due_when_it_was_made_at_its_time_and_then_at_the_next(made: Subscription) -> None:
    first = AT + MINUTE
    assert due(AT - MINUTE, limit=10) == []
    assert due(AT, limit=10) == [(AT, ACME, made.id)]

    advance(ACME, made.id, ran=AT, then=first, run=False)
    assert states([made.id])[made.id].executed is None
    advance(ACME, made.id, ran=first, then=first + MINUTE)
    advance(ACME, made.id, ran=first, then=first + MINUTE)  # somebody else, at the same time

    assert due(first + MINUTE, limit=10) == [(first + MINUTE, ACME, made.id)]
    assert states([made.id])[made.id].executed == first
    advance(ACME, made.id, ran=first + MINUTE, then=None)
    assert due(AT + timedelta(days=1), limit=10) == []


def test_a_list_has_each_record_once_by_record_time(made: Subscription) -> None:
    put_pending([(made.id, AT + MINUTE, "b"), (made.id, AT, "a"), (made.id, AT, "a")])

    assert [each.sk[-1] for each in pending(made.id, limit=10).items] == ["a", "b"]
    assert [each.sk[-1] for each in stretch(made.id, AT + MINUTE)] == ["a"]
    drop_pending(stretch(made.id, None))
    assert stretch(made.id, None) == []


def test_a_record_is_told_in_one_delivery_alone(made: Subscription) -> None:
    delivery = begun(made, Results([("a", [0])]), "m1", TURN)
    keep(delivery, ["a"], run="run#1")

    assert {each.message for each in told(made.id, ["a", "b", "run#1"]).values()} == {"m1"}
    with pytest.raises(AlreadyExists):
        keep(replace(delivery, message="m2"), ["b", "a"], run=None)
    assert told(made.id, ["b"]) == {}
    with pytest.raises(AlreadyExists):
        keep(replace(delivery, message="m3"), [], run="run#1", first=True)


def test_what_was_dropped_has_a_note_without_a_delivery(made: Subscription) -> None:
    note_dropped(made.id, ["a"], AT)

    assert told(made.id, ["a"])["a"].message is None
