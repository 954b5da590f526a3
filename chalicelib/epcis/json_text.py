"""JSON as bytes and back, strictly: no name twice, no digit lost, nothing without bound."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from chalicelib.errors import Malformed

DEEPEST = 64
"""Objects and lists inside one another."""

MOST = 1_000
"""Fields of one object."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
# Where a decimal shall stand: no text contains the character, `load` and XML refuse it.
_MARK = "\x02"
_MARKED = re.compile(r'"\\u0002([0-9]+)\\u0002"')


def load(source: bytes | BinaryIO) -> Any:
    """Decode JSON strictly: no name twice, no NaN, no half surrogate pair, all bounded.

    Raises:
        Malformed: with the place.
    """
    raw = source if isinstance(source, bytes) else source.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"Found the byte 0x{raw[error.start]:02X} at {error.start}; expected UTF-8."
        raise Malformed.field("", "encoding", message) from error
    try:
        found = json.loads(
            text, parse_float=_decimal, parse_int=_whole, parse_constant=_constant,
            object_pairs_hook=_object,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise Malformed.field(
            "", "json", f"Found no JSON at {place}: {error.msg}; expected it."
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    _check(found)
    return found


def _check(found: Any) -> None:
    todo: list[tuple[Any, int]] = [(found, 1)]
    while todo:
        value, depth = todo.pop()
        if isinstance(value, str):
            if match := _FORBIDDEN.search(value):
                message = f"Found the character U+{ord(match[0]):04X}; expected text without."
                raise Malformed.field("", "character", message)
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                raise _too_deep()
            if isinstance(value, dict):
                todo += ((each, depth + 1) for each in value)
                value = value.values()
            todo += ((each, depth + 1) for each in value)


def _too_deep() -> Malformed:
    message = f"Found a document that nests deeper than {DEEPEST}; expected at most that."
    return Malformed.field("", "too_deep", message)


def _decimal(digits: str) -> Decimal:
    refusal = Malformed.field(
        "", "number", f"Found the number {digits[:50]}; expected a shorter one."
    )
    try:
        number = Decimal(digits)
    except InvalidOperation as error:
        raise refusal from error  # an exponent beyond what Decimal holds
    if len(digits) > 50 or abs(number.adjusted()) > 300:
        raise refusal
    return number


def _whole(digits: str) -> int:
    if len(digits) > 39:
        raise Malformed.field("", "number", f"Found a number of {len(digits)} digits; expected 38.")
    return int(digits)


def _constant(word: str) -> Any:
    raise Malformed.field("", "number", f"Found {word}; expected a finite number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST:
        message = f"Found an object of {len(pairs)} fields; expected at most {MOST}."
        raise Malformed.field("", "too_many_fields", message)
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Malformed.field(
            "", "duplicate_key", f"Found the name {twice[:50]!r} twice; expected it once."
        )
    return found


def dumps(value: Any) -> bytes:
    """Return JSON in UTF-8, decimals with all their digits."""
    exact: list[str] = []

    def place(number: Any) -> str:
        if not isinstance(number, Decimal):
            raise TypeError(f"{type(number)} has no place in JSON")
        exact.append(str(number))
        return f"{_MARK}{len(exact) - 1}{_MARK}"

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=place)
    if exact:
        text = _MARKED.sub(lambda match: exact[int(match[1])], text)
    return text.encode()
