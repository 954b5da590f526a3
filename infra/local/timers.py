"""Functions that a clock calls: EventBridge's rules, as far as the app has them.

Only "once a minute" is done here. The event is EventBridge's; what was due while nothing ran is the
function's own concern, as it is when EventBridge misses a minute.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression

from infra.local.delivery import HandlerFailed
from infra.local.invocation import Function
from infra.local.mapping import CONFIG, timeouts
from infra.local.template import TemplateError

EVERY_MINUTE = "cron(* * * * ? *)"


@dataclass(frozen=True, slots=True)
class Timer:
    """A function that is called once a minute."""

    function: Function

    def fire(self, at: datetime) -> bool:
        """Call the function as of a minute; tell whether it succeeded. A failure is logged."""
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z"),
            "region": "local",
            "resources": [],
            "detail": {},
        }
        try:
            self.function(event)
        except HandlerFailed:
            return False
        return True


def timers(app: Chalice, config: Path = CONFIG) -> list[Timer]:
    """Return what a clock calls in an app.

    Raises:
        TemplateError: it is to be called at other times than once a minute.
    """
    limits = timeouts(config)
    found = []
    for source in app.event_sources:
        if isinstance(source, ScheduledEventConfig):
            told = source.schedule_expression
            text = told.to_string() if isinstance(told, ScheduleExpression) else told
            if text != EVERY_MINUTE:
                raise TemplateError(f"{source.name} runs at {text}, expected {EVERY_MINUTE}")
            limit = limits.get(source.name, 3.0)
            found.append(Timer(Function(source.name, app.handler_map[source.name], limit)))
    return found


def until_next_minute(now: datetime) -> float:
    """Return the seconds until the next full minute; never zero.

    >>> until_next_minute(datetime(2026, 3, 1, 8, 30, 59, tzinfo=UTC))
    1.0
    """
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return (minute - now).total_seconds()
