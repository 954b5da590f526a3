"""Lambda's event filters: which records of a stream reach a function at all.

A pattern names members of the record; each holds a list of which one has to fit. Patterns of one
event source are alternatives.

Source: Lambda Developer Guide, "Control which events Lambda sends to your function".
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Fits = Callable[[Mapping[str, Any]], bool]
_MISSING = object()


class UnknownRule(Exception):
    """A pattern asks for a comparison that is not known here; the message names it."""


def read_filters(criteria: Mapping[str, Any] | None) -> Fits:
    """Return a predicate from `FilterCriteria`; without any, every record fits.

    Raises:
        UnknownRule: a pattern has a comparison that is not known here.
    """
    patterns = [json.loads(each["Pattern"]) for each in (criteria or {}).get("Filters", ())]
    for pattern in patterns:
        _check(pattern)
    return lambda record: not patterns or any(_fits(pattern, record) for pattern in patterns)


def _check(pattern: Mapping[str, Any]) -> None:
    for name, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            _check(wanted)
            continue
        for rule in wanted:
            known = not isinstance(rule, Mapping) or (
                len(rule) == 1 and rule.keys() <= _RULES.keys()
            )
            if name.startswith("$") or not known:
                raise UnknownRule(f"{name}: {rule!r} is not known here")


def _fits(pattern: Mapping[str, Any], found: Any) -> bool:
    members = found if isinstance(found, Mapping) else {}
    return all(
        _fits(wanted, members.get(name))
        if isinstance(wanted, Mapping)
        else _one_fits(wanted, members.get(name, _MISSING))
        for name, wanted in pattern.items()
    )


def _one_fits(rules: Sequence[Any], found: Any) -> bool:
    values = found if isinstance(found, list) else [found]
    return any(_rule_fits(rule, value) for rule in rules for value in values)


def _rule_fits(rule: Any, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return value is not _MISSING and type(rule) is type(value) and bool(rule == value)
    ((name, operand),) = rule.items()
    return _RULES[name](operand, value)


def _text(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda operand, value: isinstance(value, str) and compare(value, operand)


def _anything_but(operand: Any, value: Any) -> bool:
    others = operand if isinstance(operand, list) else [operand]
    return value is not _MISSING and value not in others


_RULES: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "equals-ignore-case": _text(lambda value, wanted: value.lower() == wanted.lower()),
    "anything-but": _anything_but,
    "exists": lambda wanted, value: (value is not _MISSING) == wanted,
}
_KNOWN = [[name] for name in _RULES]
