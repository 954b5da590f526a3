"""The one place that reads the clock; everything below the routes takes time as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, UTC, in whole milliseconds (EPCIS 2.0, recordTime)."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
