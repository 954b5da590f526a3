"""Reading a query from the parameters of a URL or from a JSON object (EPCIS 2.0, 8.2.7)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chalicelib.epcis.faults import MOST_FAULTS, described, step
from chalicelib.epcis.query import spelling
from chalicelib.epcis.query.kinds import ANYTHING, COMPARABLE, KINDS, TEXT, Kind
from chalicelib.epcis.query.model import EventQuery, Filter, Operator, Value
from chalicelib.epcis.query.names import CONTROLS, Meaning, meaning, nearest
from chalicelib.errors import FieldError, QueryParameter, QueryTooComplex
from chalicelib.gs1.refusal import shown

IGNORED = frozenset({"perPage", "nextPageToken"})
"""Parameters of the page, not of the query."""

MOST_PARAMETERS, MOST_VALUES = 200, 10_000
"""So many one query may have: each is read, and then compared with every event that is near."""

_NONE: Mapping[str, str] = MappingProxyType({})
_MANY = frozenset(
    {
        Operator.EQ,
        Operator.MATCH,
        Operator.WITHIN,
        Operator.HAS_ATTRIBUTE,
        Operator.ATTRIBUTE,
    }
)


def parse(parameters: Mapping[str, str], namespaces: Mapping[str, str] = _NONE) -> EventQuery:
    """Return the query that the parameters of a URL ask; lists are delimited by `|`.

    Args:
        parameters: by name, decoded.
        namespaces: by prefix, for the names of extensions. A prefix that is not bound finds the
            extensions that events name with the same prefix, unbound too.

    Raises:
        QueryParameter: naming every parameter that is unknown, or has a value that it may not have.
        QueryTooComplex: it has more parameters or values than a query may.
    """
    split = {name: value.split("|") for name, value in parameters.items()}
    return _Reading(namespaces, "#/query").query(split)


def parse_json(
    query: Mapping[str, Any], namespaces: Mapping[str, str] = _NONE, at: str = "/query"
) -> EventQuery:
    """Return the query that a JSON object asks; its own `@context` may bind prefixes.

    Args:
        query: values, or lists of them, by the names of parameters.
        namespaces: by prefix, for the names of extensions.
        at: JSON pointer to the object in its document, for the faults.

    Raises:
        QueryParameter, QueryTooComplex: as `parse` does.
    """
    bound = {**namespaces, **spelling.prefixes(query.get("@context"))}
    named = {name: value for name, value in query.items() if name != "@context"}
    lists = {name: value if isinstance(value, list) else [value] for name, value in named.items()}
    return _Reading(bound, at).query(lists)


class _Reading:
    """One reading of a query, which notes all faults before it refuses."""

    def __init__(self, namespaces: Mapping[str, str], at: str) -> None:
        self._namespaces = namespaces
        self._at = at
        self._faults: list[FieldError] = []

    def query(self, parameters: Mapping[str, list[Any]]) -> EventQuery:
        _bounded(parameters)
        filters = [
            each
            for name, values in parameters.items()
            if name not in CONTROLS and name not in IGNORED
            for each in self._filters(name, values)
        ]
        order_by = self._order_by(parameters)
        descending = self._descending(parameters)
        limit = self._count("eventCountLimit", parameters, least=1)
        most = self._count("maxEventCount", parameters, least=0)
        if "eventCountLimit" in parameters and "orderBy" not in parameters:
            self._refuse("eventCountLimit", "requisite", "found no orderBy, expected one with it")
        if "eventCountLimit" in parameters and "maxEventCount" in parameters:
            message = "found eventCountLimit and maxEventCount, expected only one of them"
            self._refuse("maxEventCount", "exclusive", message)
        if self._faults:
            detail = "; ".join(each.message for each in self._faults[:3])
            raise QueryParameter(detail, errors=self._faults)
        return EventQuery(tuple(filters), order_by, descending, limit, most)

    def _filters(self, name: str, values: list[Any]) -> list[Filter]:
        found = meaning(name, self._namespaces)
        if found is None:
            near = nearest(name)
            expected = f"perhaps {near}" if near else "a parameter of SimpleEventQuery"
            self._refuse(name, "unknown_parameter", f"found {shown(name)}, expected {expected}")
            return []
        if found.operator is Operator.EXISTS:
            return self._existing(name, values, found)
        read = self._values(name, values, found)
        return [_filter(name, found, read)] if read else []

    def _existing(self, name: str, values: list[Any], found: Meaning) -> list[Filter]:
        """Void, a number or true demand existence; false demands nothing (8.2.7.1)."""
        value = values[0] if len(values) == 1 else values
        if value in (None, "") or spelling.number(value) is not None:
            return [_filter(name, found, ())]
        demanded = spelling.boolean(value)
        if demanded is None:
            self._refuse(name, "value", f"found {described(value)}, expected true or false")
        return [_filter(name, found, ())] if demanded else []

    def _values(self, name: str, values: list[Any], found: Meaning) -> tuple[Value, ...]:
        kind = _kind(found)
        if len(values) != 1 and found.operator not in _MANY:
            self._refuse(name, "value", f"found {len(values)} values, expected one")
            return ()
        if not values:
            self._refuse(name, "empty", "found an empty list, expected at least one value")
        read = [kind.sought(value) for value in values]
        for value, each in zip(values, read, strict=True):
            if each is None:
                message = f"found {described(value)}, expected {kind.expected}"
                self._refuse(name, "value", message)
        sought = [each for each in read if each is not None]
        if found.operator is Operator.HAS_ATTRIBUTE:
            return tuple(spelling.qualified(str(each), self._namespaces) for each in sought)
        return tuple(sought)

    def _order_by(self, parameters: Mapping[str, list[Any]]) -> str:
        value = self._one("orderBy", parameters, "eventTime")
        if value in ("eventTime", "recordTime"):
            return str(value)
        if isinstance(value, str) and ":" in value.strip(":"):
            return spelling.qualified(value, self._namespaces)
        expected = "eventTime, recordTime, or the name of an extension"
        self._refuse("orderBy", "value", f"found {described(value)}, expected {expected}")
        return ""

    def _descending(self, parameters: Mapping[str, list[Any]]) -> bool:
        value = self._one("orderDirection", parameters, "DESC")
        if value not in ("ASC", "DESC"):
            message = f"found {described(value)}, expected ASC or DESC"
            self._refuse("orderDirection", "value", message)
        return bool(value != "ASC")

    def _count(self, name: str, parameters: Mapping[str, list[Any]], least: int) -> int | None:
        if name not in parameters:
            return None
        value = self._one(name, parameters, None)
        number = spelling.number(value)
        if number is None or number.adjusted() > 17 or number != int(number) or number < least:
            expected = f"a whole number of at least {least}"
            self._refuse(name, "value", f"found {described(value)}, expected {expected}")
            return None
        return int(number)

    def _one(self, name: str, parameters: Mapping[str, list[Any]], default: Any) -> Any:
        values = parameters.get(name, [default])
        return values[0] if len(values) == 1 else values

    def _refuse(self, name: str, code: str, message: str) -> None:
        if len(self._faults) == MOST_FAULTS:
            return
        self._faults.append(FieldError(self._at + step(name), code, f"{name[:80]}: {message}"))


def _bounded(parameters: Mapping[str, list[Any]]) -> None:
    values = sum(map(len, parameters.values()))
    if len(parameters) > MOST_PARAMETERS or values > MOST_VALUES:
        raise QueryTooComplex(
            f"found {len(parameters)} parameters with {values} values, "
            f"expected at most {MOST_PARAMETERS} with {MOST_VALUES}"
        )


def _filter(name: str, found: Meaning, values: tuple[Value, ...]) -> Filter:
    return Filter(
        name,
        found.operator,
        found.subject,
        values,
        found.qualifier,
        found.inner,
        found.attribute,
    )


def _kind(found: Meaning) -> Kind:
    if found.operator in (Operator.HAS_ATTRIBUTE, Operator.ATTRIBUTE):
        return TEXT
    if found.subject in KINDS:
        return KINDS[found.subject]
    return ANYTHING if found.operator is Operator.EQ else COMPARABLE
