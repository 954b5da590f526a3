"""What is shown of a subscription."""

from dataclasses import replace

from chalicelib.query.subscriptions.store import State
from chalicelib.query.subscriptions.wire import answer_of
from tests.harness.network import AT
from tests.query.subscriptions.builders import a_subscription


def test_the_secret_is_never_shown() -> None:
    shown = answer_of(a_subscription(token="sealed"), State())

    assert "sealed" not in str(shown)


def test_one_by_the_clock_shows_its_schedule_and_no_stream() -> None:
    scheduled = a_subscription(schedule={"minute": "5"}, report_if_empty=True)

    shown = answer_of(scheduled, State(executed=AT, notified=AT))

    assert (shown["schedule"], shown["reportIfEmpty"]) == ({"minute": "5"}, True)
    assert "stream" not in shown
    assert shown["minRecordTime"] == shown["lastNotifiedAt"] == "2026-11-23T09:30:00.000Z"


def test_one_that_stopped_says_why() -> None:
    stopped = replace(a_subscription(), disabled="it answered 410 Gone")

    assert answer_of(stopped, State())["disabled"] == "it answered 410 Gone"
