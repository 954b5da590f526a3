"""The clock of one machine calls what EventBridge calls on AWS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice, Cron, Rate

from infra.local.template import TemplateError
from infra.local.timers import timers, until_next_minute

AT = datetime(2026, 3, 1, 8, 30, 20, tzinfo=UTC)
NO_CONFIG = Path("/nonexistent")


def an_app(expression: Any, seen: list[Any]) -> Chalice:
    app = Chalice("clock")

    @app.schedule(expression, name="tick")
    def tick(event: Any) -> None:
        if seen and seen[0] == "fail":
            raise ValueError("not now")
        seen.append(event.to_dict())

    return app


def test_a_function_gets_eventbridges_event_once_a_minute() -> None:
    seen: list[Any] = []
    (timer,) = timers(an_app(Cron("*", "*", "*", "*", "?", "*"), seen), NO_CONFIG)

    assert timer.fire(AT)
    assert seen[0]["time"] == "2026-03-01T08:30:00Z"
    assert seen[0]["detail-type"] == "Scheduled Event"


def test_a_failure_is_logged_and_the_next_minute_comes_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (timer,) = timers(an_app("cron(* * * * ? *)", ["fail"]), NO_CONFIG)

    assert not timer.fire(AT)
    assert "tick failed" in caplog.text


def test_another_rhythm_is_refused() -> None:
    with pytest.raises(TemplateError, match="expected cron"):
        timers(an_app(Rate(5, unit=Rate.MINUTES), []), NO_CONFIG)


def test_the_products_own_clock_is_found() -> None:
    import app

    assert [timer.function.name for timer in timers(app.app)] == ["on_schedule"]


def test_it_is_never_now_until_the_next_minute() -> None:
    assert until_next_minute(AT) == 40.0
    assert until_next_minute(AT.replace(second=0)) == 60.0
