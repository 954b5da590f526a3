"""The order of a query's results (EPCIS 2.0, section 8.2.7.1: orderBy, orderDirection)."""

from collections.abc import Iterable
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.query import spelling
from chalicelib.epcis.query.model import EventQuery
from chalicelib.epcis.query.subjects import extension

_TIMES = ("eventTime", "recordTime")


def ordered(events: Iterable[EventObject], query: EventQuery) -> list[EventObject]:
    """Return events in the order that a query asks for; none is dropped.

    Those of one key follow each other by eventID, so that two runs give the same order; those
    without the field come last in either direction.
    """
    by_identity = sorted(events, key=lambda event: str(event.get("eventID", "")))
    keyed = [(_key(event, query.order_by), event) for event in by_identity]
    having = [(key, event) for key, event in keyed if key is not None]
    having.sort(key=lambda pair: pair[0], reverse=query.descending)
    return [event for _, event in having] + [event for key, event in keyed if key is None]


def _key(event: EventObject, order_by: str) -> tuple[int, Any] | None:
    """Return what an event is ordered by: numbers before instants before text."""
    if order_by in _TIMES:
        at = instant_of(event.get(order_by))
        return None if at is None else (1, at)
    value = next(extension(event, "", order_by, inner=False), None)
    if value is None or isinstance(value, bool | dict | list):
        return None
    if (number := spelling.number(value)) is not None:
        return (0, number)
    text = str(value)
    if (at := spelling.instant(text)) is not None:
        return (1, at)
    # By code points, as UTF-8 sorts; a lone surrogate must not be the end of a query.
    return (2, text.encode("utf-8", "surrogatepass"))
