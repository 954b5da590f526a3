"""Where the events of a query are sought: by trails, by keys, or among all with what rows tell."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.interpretation import thing_of
from chalicelib.epcis.model import Epc
from chalicelib.epcis.query.index import OVERFLOW, gtin_of
from chalicelib.epcis.query.model import EventQuery, Filter, Operator
from chalicelib.errors import QueryTooComplex
from chalicelib.query.model import MANY_GTINS, Row, micros, shortened

SPAN = timedelta(days=92)
"""Of time, that a query may ask for which no index answers."""

Within = Callable[[str], frozenset[str]]
Fits = Callable[[str], bool]

_PLACES = ("bizLocation", "readPoint")
_GOODS = (
    *("epc", "inputEPC", "outputEPC", "anyEPC"),
    *("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass"),
)
_ITEMS = re.compile(r"urn:epc:idpat:[sl]gtin:([0-9]{6,12})\.([0-9]+|\*)\..+").fullmatch


@dataclass(frozen=True, slots=True)
class Plan:
    """How to find the events of a query; what is found is only likely to match.

    Attributes:
        things: whose trails lead to events.
        keys: under which the others stand; None for: among all.
        small: whether little stands under the keys, so that nothing else is quicker.
        told: by dimension, what a row has to tell one value of.
        event_time: earliest, and first too late; in `micros`.
        record_time: as `event_time`.
    """

    things: Sequence[Epc]
    keys: Sequence[tuple[str, str]] | None
    small: bool
    told: Mapping[str, Fits]
    event_time: tuple[int | None, int | None]
    record_time: tuple[int | None, int | None]

    def likely(self, row: Row) -> bool:
        """Whether what a row tells does not contradict the query already."""
        return (
            _between(row.at, self.event_time)
            and _between(row.recorded, self.record_time)
            and (not row.told or all(_tells(row, *each) for each in self.told.items()))
        )


def plan(asked: EventQuery, within: Within) -> Plan:
    """Return where to look.

    Raises:
        QueryTooComplex: no index answers the query, and it bounds no time.
    """
    told = _told(asked, within)
    keys = _keys(asked)
    if keys is None and asked.filters and not told and not _bounded(asked):
        raise QueryTooComplex(
            "No index answers this query: add GE_eventTime and LT_eventTime at most "
            f"{SPAN.days} days apart, or ask for an EPC, class, document, place, step, "
            "disposition or event type as well."
        )
    things = [thing for each in asked.epcs or asked.parents if (thing := thing_of(each))]
    return Plan(
        things=things,
        keys=keys,
        small=keys is not None and keys[0][0] in ("epc", "parent", "eventID", "document"),
        told=told,
        event_time=_window(asked.event_from, asked.event_to),
        record_time=_window(asked.record_from, asked.record_to),
    )


def _keys(asked: EventQuery) -> list[tuple[str, str]] | None:
    choices = (
        ("epc", asked.epcs),
        ("parent", asked.parents),
        ("eventID", asked.event_ids),
        ("document", asked.documents),
        ("transformation", asked.transformations),
        ("class", asked.classes),
    )
    for dimension, chosen in choices:
        if chosen:
            more = [OVERFLOW] if dimension == "epc" else []
            return [(dimension, value) for value in chosen] + more
    return None


def _told(asked: EventQuery, within: Within) -> dict[str, Fits]:
    exact = {
        "type": asked.event_types,
        "bizStep": asked.biz_steps,
        "disposition": asked.dispositions,
        "bizLocation": asked.biz_locations,
        "readPoint": asked.read_points,
    }
    for each in asked.filters:
        if each.operator is Operator.WITHIN and each.subject in _PLACES and not exact[each.subject]:
            exact[each.subject] = _inside(each, within)
    told: dict[str, Fits] = {
        name: frozenset(map(shortened, values)).__contains__
        for name, values in exact.items()
        if values
    }
    gtins = next((fits for each in asked.filters if (fits := _gtins(each))), None)
    return told | ({"gtin": gtins} if gtins else {})


def _inside(each: Filter, within: Within) -> tuple[str, ...]:
    places = {str(value) for value in each.values}
    return tuple(places.union(*map(within, places)))


def _gtins(each: Filter) -> Fits | None:
    """Return which GTINs an event may tell of that a filter finds; None for: any."""
    if each.subject not in _GOODS or each.operator not in (Operator.EQ, Operator.MATCH):
        return None
    sought = [_gtin(str(value)) for value in each.values]
    if not all(sought):
        return None
    return partial(_is_of, frozenset(sought))


def _gtin(value: str) -> str:
    """Return the GTIN of an item, class or pattern, or its company's prefix; empty without one."""
    match = _ITEMS(value)
    if match is None:
        return gtin_of(value)
    if match[2] == "*":
        return match[1]
    return gtin_of(canonical_uri(f"urn:epc:idpat:sgtin:{match[1]}.{match[2]}.*"))


def _is_of(sought: frozenset[str], gtin: str) -> bool:
    if gtin in sought or gtin == MANY_GTINS[1]:
        return True
    return any(gtin[1 : 1 + n] in sought for n in range(6, 13))


def _tells(row: Row, dimension: str, fits: Fits) -> bool:
    return any(name == dimension and fits(value) for name, value in row.told)


def _window(first: datetime | None, last: datetime | None) -> tuple[int | None, int | None]:
    return micros(first) if first else None, micros(last) if last else None


def _between(at: int, window: tuple[int | None, int | None]) -> bool:
    low, high = window
    return (low is None or at >= low) and (high is None or at < high)


def _bounded(asked: EventQuery) -> bool:
    if all(each.name.endswith(("eventTime", "recordTime")) for each in asked.filters):
        return True
    windows: Iterable[tuple[datetime | None, datetime | None]] = (
        (asked.event_from, asked.event_to),
        (asked.record_from, asked.record_to),
    )
    return any(first and last and last - first <= SPAN for first, last in windows)
