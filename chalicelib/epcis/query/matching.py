"""Does an event satisfy a query? (EPCIS 2.0, section 8.2.7.1)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.query import spelling
from chalicelib.epcis.query.kinds import KINDS
from chalicelib.epcis.query.model import EventQuery, Filter, Operator, Value, is_several
from chalicelib.epcis.query.names import EXTENSION
from chalicelib.epcis.query.patterns import Patterns
from chalicelib.epcis.query.subjects import READERS, extension

Within = Callable[[str], frozenset[str]]
"""Returns the canonical URIs of what lies within a location, by master data."""

Attributes = Callable[[str], Mapping[str, frozenset[str]]]
"""Returns the master data of what a canonical URI names: values by qualified attribute name."""

_ORDERED: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.GT: gt,
    Operator.GE: ge,
    Operator.LT: lt,
    Operator.LE: le,
}


_OF_MASTER_DATA = frozenset({Operator.HAS_ATTRIBUTE, Operator.ATTRIBUTE})


def nothing_within(location: str) -> frozenset[str]:
    """Return the location alone: no master data tells of anything in it."""
    return frozenset({location})


def no_attributes(uri: str) -> Mapping[str, frozenset[str]]:
    """Return nothing: there is no master data."""
    return {}


def matches(
    event: EventObject,
    query: EventQuery,
    within: Within = nothing_within,
    attributes: Attributes = no_attributes,
) -> bool:
    """Return whether an event satisfies every filter of a query.

    Where the event has a field several times, one fitting value is enough, also for `LT` and `GE`.
    Measures are compared in their own unit only: no unit is converted.

    Args:
        event: of any shape; what is not of the standard's matches nothing.
        query: its order and limits do not matter here.
        within: for the `WD_` filters; the location itself may be left out of what it returns.
        attributes: for `HASATTR_` and `EQ_ATTR_`.
    """
    return all(_holds(event, each, within, attributes) for each in query.filters)


def asks_about(event: EventObject, query: EventQuery) -> set[str]:
    """Return the canonical URIs whose master data decide whether an event satisfies a query."""
    asked = (each for each in query.filters if each.operator in _OF_MASTER_DATA)
    return {uri for each in asked for uri in _uris(_values(event, each), each)}


def _holds(event: EventObject, each: Filter, within: Within, attributes: Attributes) -> bool:
    found = _values(event, each)
    match each.operator:
        case Operator.EXISTS:
            return any(value is not None for value in found)
        case Operator.HAS_ATTRIBUTE:
            known = (attributes(value) for value in _uris(found, each))
            return any(name in held for held in known for name in each.values)
        case Operator.ATTRIBUTE:
            told = (attributes(value).get(each.attribute, ()) for value in _uris(found, each))
            return any(value in each.values for held in told for value in held)
    if each.subject.startswith(EXTENSION):
        return any(_compared(value, each) for value in found)
    spelt = (KINDS[each.subject].found(value) for value in found)
    known_values = (value for value in spelt if value is not None)
    if each.operator in _ORDERED:
        compare = _ORDERED[each.operator]
        return any(compare(value, each.values[0]) for value in known_values)
    return _equals(known_values, found_raw=_values(event, each), each=each, within=within)


def _equals(
    spelt: Iterator[Value], *, found_raw: Iterator[Any], each: Filter, within: Within
) -> bool:
    wanted = set(each.values)
    if each.operator is Operator.WITHIN:
        for place in each.values:
            wanted |= within(str(place))
    if any(value in wanted for value in spelt):
        return True
    patterns = [str(value) for value in each.values if is_several(value)]
    if each.operator is not Operator.MATCH or not patterns:
        return False
    texts = (value for value in found_raw if isinstance(value, str))
    covering = Patterns(patterns)
    return any(covering.cover(text.strip()) for text in texts)


def _values(event: EventObject, each: Filter) -> Iterator[Any]:
    if each.subject.startswith(EXTENSION):
        scope = each.subject.removeprefix(EXTENSION)
        return extension(event, scope, each.qualifier, inner=each.inner)
    return READERS[each.subject](event, each.qualifier)


def _uris(found: Iterator[Any], each: Filter) -> Iterator[str]:
    kind = KINDS.get(each.subject, KINDS["readPoint"])
    return (str(spelt) for value in found if (spelt := kind.found(_plain(value))) is not None)


def _plain(value: Any) -> Any:
    """Return the text of a JSON-LD value object or XML element, or the identity of a node."""
    if isinstance(value, Mapping):
        return next(
            (value[name] for name in ("@value", "#text", "@id", "id") if name in value), None
        )
    return value


def _compared(value: Any, each: Filter) -> bool:
    """Compare the value of an extension, of whose type only its look tells."""
    plain = _plain(value)
    if each.operator is Operator.EQ:
        return any(_same(plain, wanted) for wanted in each.values)
    wanted = each.values[0]
    compare = _ORDERED[each.operator]
    if isinstance(wanted, Decimal):
        number = spelling.number(plain)
        return number is not None and compare(number, wanted)
    at = spelling.instant(plain)
    return at is not None and isinstance(wanted, datetime) and compare(at, wanted)


def _same(found: Any, wanted: Value) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is not None and spelling.boolean(found) is spelling.boolean(wanted) is not None
    if not isinstance(found, str) or not isinstance(wanted, str):
        number = spelling.number(found)
        return number is not None and number == spelling.number(wanted)
    if spelling.uri(found) == spelling.uri(wanted):
        return True
    at = spelling.instant(found)
    return at is not None and at == spelling.instant(wanted)
