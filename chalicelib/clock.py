"""The one place that reads the clock; everything below the routes takes time as an argument."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

TimeLeft = Callable[[], float]
"""Returns the seconds that are left to whoever works; asked again, fewer of them."""


def now() -> datetime:
    """Return the current instant, aware, UTC, in whole milliseconds (EPCIS 2.0, recordTime)."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def endless() -> float:
    """Return the time that is left to whom nobody cuts off."""
    return math.inf
