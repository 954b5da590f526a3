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
        found = STRICT.decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise no_utf8(error, error.start) from error
    except json.JSONDecodeError as error:
        raise no_json(error.lineno, error.colno, error.msg) from error
    except RecursionError as error:
        raise too_deep() from error
    check(found)
    return found


def check(found: Any, depth: int = 1) -> None:
    """Refuse forbidden characters, and too much nesting, in what was decoded.

    Args:
        found: the value.
        depth: at which it stands in its document.

    Raises:
        Malformed: with the character, or the depth.
    """
    todo: list[tuple[Any, int]] = [(found, depth)]
    while todo:
        value, depth = todo.pop()
        if isinstance(value, str):
            if match := _FORBIDDEN.search(value):
                message = f"Found the character U+{ord(match[0]):04X}; expected text without."
                raise Malformed.field("", "character", message)
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                raise too_deep()
            if isinstance(value, dict):
                todo += ((each, depth + 1) for each in value)
                value = value.values()
            todo += ((each, depth + 1) for each in value)


def no_utf8(error: UnicodeDecodeError, at: int) -> Malformed:
    """Return the refusal of bytes that are no text; the caller raises it."""
    message = f"Found the byte 0x{error.object[error.start]:02X} at {at}; expected UTF-8."
    return Malformed.field("", "encoding", message)


def no_json(line: int, column: int, why: str) -> Malformed:
    """Return the refusal of a text that is no JSON; the caller raises it."""
    place = f"line {line} column {column}"
    return Malformed.field("", "json", f"Found no JSON at {place}: {why}; expected it.")


def too_deep() -> Malformed:
    """Return the refusal of too much nesting; the caller raises it."""
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


def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of its names and values.

    Raises:
        Malformed: there are too many, or a name stands there twice.
    """
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


STRICT = json.JSONDecoder(
    parse_float=_decimal, parse_int=_whole, parse_constant=_constant, object_pairs_hook=fields
)
"""Decodes a text; `check` has to follow."""


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
