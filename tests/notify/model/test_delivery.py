"""When to try again, when to give up, and who may send."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Busy, Conflict
from chalicelib.notify.model.delivery import (
    DELAYS,
    LEASE,
    Attempt,
    Delivery,
    Retry,
    Status,
    Turn,
    abandoned,
    begun,
    claimed,
    concluded,
    handed_on,
    next_wait,
    retry_after,
)
from chalicelib.notify.model.endpoint import Endpoint, Seed
from chalicelib.notify.model.message import Message

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def an_endpoint(**changes: object) -> Endpoint:
    endpoint = Endpoint(
        id="e1",
        organisation="meddist",
        url="https://meddist.example/hook",
        types=("recall.notice",),
        seeds=(Seed("s1"),),
        created=AT,
        fingerprint="f",
    )
    return replace(endpoint, **changes)


def a_message() -> Message:
    return Message("m1", "meddist", "recall.notice", "/v1/recalls/r1", AT, {"lots": ["ä"]})


def a_turn(seconds: float = 0, holder: str = "w1", chance: float = 0.0) -> Turn:
    return Turn(AT + timedelta(seconds=seconds), holder, chance)


def a_delivery() -> Delivery:
    return begun(a_message(), an_endpoint(), a_turn())


def an_attempt(status: int = 500, seconds: float = 0, asked: str = "") -> Attempt:
    return Attempt(AT + timedelta(seconds=seconds), status, 12, retry_after=asked)


def test_waits_grow_from_seconds_to_a_day() -> None:
    waits = [next_wait(n, 0.0) for n in range(1, 11)]

    assert waits[:-1] == list(DELAYS)
    assert waits[-1] is None
    assert sum(DELAYS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@given(attempts=st.integers(1, 9), chance=st.floats(0, 1, exclude_max=True))
def test_chance_stretches_a_wait_by_a_fifth_at_most(attempts: int, chance: float) -> None:
    wait = next_wait(attempts, chance)

    assert wait is not None
    assert DELAYS[attempts - 1] <= wait <= DELAYS[attempts - 1] * 1.2


def test_the_receiver_may_ask_for_more_time_but_not_for_less_nor_for_ever() -> None:
    assert next_wait(1, 0.0, timedelta(minutes=2)) == timedelta(minutes=2)
    assert next_wait(2, 0.0, timedelta(seconds=1)) == timedelta(minutes=5)
    assert next_wait(1, 0.0, timedelta(days=30)) == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("Mon, 23 Nov 2026 09:31:00 GMT", timedelta(seconds=60)),
        ("Mon, 23 Nov 2026 09:31:00 -0000", timedelta(seconds=60)),
        ("Mon, 23 Nov 2026 09:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(days=1)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_an_instant(text: str, expected: timedelta | None) -> None:
    assert retry_after(text, AT) == expected


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_only_2xx_is_success(status: int) -> None:
    done = concluded(a_delivery(), an_attempt(status), 0.5)

    assert (done.status, done.leased, done.version) == (Status.DELIVERED, None, 2)
    assert not done.waits_to_be_handed_on


@pytest.mark.parametrize("status", [0, 100, 301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_tried_again(status: int) -> None:
    done = concluded(a_delivery(), an_attempt(status, seconds=1), 0.0)

    assert done.status is Status.PENDING
    assert done.due == AT + timedelta(seconds=6)
    assert done.waits_to_be_handed_on


def test_410_ends_it() -> None:
    done = concluded(a_delivery(), an_attempt(410), 0.0)

    assert (done.status, done.reason) == (Status.FAILED, "the endpoint answered 410 Gone")


def test_a_receiver_that_asks_for_time_gets_it() -> None:
    done = concluded(a_delivery(), an_attempt(503, asked="600"), 0.0)

    assert done.due == AT + timedelta(seconds=600)


def test_after_ten_attempts_it_is_given_up() -> None:
    delivery = a_delivery()
    for _ in range(9):
        delivery = concluded(delivery, an_attempt(), 0.0)
        assert delivery.status is Status.PENDING

    delivery = concluded(delivery, an_attempt(), 0.0)

    assert (delivery.status, delivery.reason) == (Status.FAILED, "gave up after 10 attempts")


def test_nobody_else_sends_while_a_claim_holds() -> None:
    with pytest.raises(Busy, match="Another worker is sending this message"):
        claimed(a_delivery(), a_turn(LEASE.total_seconds() - 1, holder="w2"))


def test_a_claim_that_ran_out_can_be_taken_over() -> None:
    turn = a_turn(LEASE.total_seconds(), holder="w2")

    taken = claimed(a_delivery(), turn)

    assert (taken.holder, taken.leased, taken.version) == ("w2", turn.at + LEASE, 2)


def test_what_is_settled_is_not_claimed() -> None:
    done = concluded(a_delivery(), an_attempt(200), 0.0)

    with pytest.raises(Conflict, match="The delivery is delivered already"):
        claimed(done, a_turn(3600))


def test_what_was_handed_on_waits_no_more() -> None:
    failed = abandoned(a_delivery(), "the endpoint was deleted", AT)

    assert failed.waits_to_be_handed_on
    assert not handed_on(failed).waits_to_be_handed_on


def test_the_next_attempt_is_numbered_and_due() -> None:
    job = Retry.of(concluded(a_delivery(), an_attempt(), 0.0))

    assert (job.attempt, job.due, job.message) == (2, AT + timedelta(seconds=5), "m1")
