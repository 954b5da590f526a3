"""The gate for JSON bodies: what it lets through is plain, finite, shallow and unambiguous.

`json.loads` alone accepts NaN, keeps the last of two equal keys, lets half a surrogate pair in
(which then fails when an answer is encoded) and recurses as deep as the sender likes. Here every
such body is refused with a pointer to the field, before any model sees it.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import Any

from chalicelib.errors import FieldError, Malformed, TooLarge
from chalicelib.gs1.refusal import shown

MAX_BYTES = 6 * 1024 * 1024
"""What Lambda takes in one synchronous request."""

MAX_DEPTH = 64
MAX_DIGITS = 38
"""Of a whole number: what DynamoDB keeps exactly."""

MAX_ERRORS = 100
"""Of one answer; further ones are not listed."""

# The closing quote may be missing: then the rest is one string, and this stays linear.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
# U+001D passes: it is FNC1 as scanners send it, and a scan is sent on as it came.
_FORBIDDEN = re.compile("[\x00-\x1c\x1e\x1f\x7f-\x9f\ud800-\udfff]")
# Raw or escaped, what may decode to a forbidden character. It also finds whole surrogate pairs
# and an escaped backslash before a letter; the walk that follows tells them apart.
_DOUBTFUL = re.compile(r"[\x7f-\x9f]|\\(?:[bfnrt]|u(?:00[01]|007[fF]|00[89]|[dD][89a-fA-F]))")


class _Refused:
    """Stands in the decoded body where something was refused, until its pointer is known."""

    __slots__ = ("code", "message")

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message


class _Repeated(dict[str, Any]):
    """An object that names one key twice."""

    __slots__ = ("keys_twice",)
    keys_twice: list[str]


def read_json(raw: bytes, *, scanned: bool = False) -> Any:
    """Decode a JSON body strictly (RFC 8259 and I-JSON, RFC 7493).

    Args:
        raw: the bytes as sent.
        scanned: let every control character through; who reads the texts judges them.

    Returns:
        dict, list, str, int, float, bool or None. Strings hold neither lone surrogates nor
        control characters but U+001D, unless `scanned`; numbers are finite.

    Raises:
        Malformed: with every fault found, at most `MAX_ERRORS`, each with its pointer.
        TooLarge: more than `MAX_BYTES`.
    """
    text = _decoded(raw)
    _refuse_depth(text)
    refused: list[object] = []
    body = _parsed(text, refused)
    if refused or _DOUBTFUL.search(text):
        faults = list(islice(_faults(body, _SURROGATE if scanned else _FORBIDDEN), MAX_ERRORS))
        if faults:
            raise malformed(faults)
    return body


def malformed(faults: Sequence[FieldError]) -> Malformed:
    """Return the refusal of one or more fields; its sentence names the first."""
    pointer, message = faults[0].pointer, faults[0].message
    detail = f"{pointer or 'The body'}: {message}"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Malformed(detail + more, errors=faults)


def forbidden_character(text: str, forbidden: re.Pattern[str] = _FORBIDDEN) -> str | None:
    """Return a sentence about the first character that no text may contain, or None.

    The separator that scanners send, U+001D, is let through: see `fields.ScanField`.
    """
    found = forbidden.search(text)
    if not found:
        return None
    return (
        f"found the character U+{ord(found[0]):04X} at position {found.start()}, "
        "expected no control characters and no lone surrogates"
    )


def step(key: str | int) -> str:
    """Return one step of a JSON pointer, escaped (RFC 6901, section 3).

    >>> step("a/b~c"), step(0)
    ('/a~1b~0c', '/0')
    """
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def _decoded(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"Found a body of {len(raw)} bytes, expected at most {MAX_BYTES}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"found the byte 0x{raw[error.start]:02X} at offset {error.start}"
        raise Malformed.field("", "encoding", f"{found}, expected UTF-8") from error


def _refuse_depth(text: str) -> None:
    """Refuse what nests too deep, before the parser recurses into it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    brackets = _BRACKET.findall(_STRING.sub("", text))
    if any(depth > MAX_DEPTH for depth in accumulate(map(_STEP.__getitem__, brackets))):
        message = f"found a body that nests deeper than {MAX_DEPTH}, expected at most that"
        raise Malformed.field("", "too_deep", message)


def _parsed(text: str, refused: list[object]) -> Any:
    """Parse; what is wrong but has a place is left there and counted in `refused`."""

    def refuse(code: str, message: str) -> _Refused:
        refused.append(code)
        return _Refused(code, message)

    def constant(word: str) -> _Refused:
        return refuse("number", f"found {word}, expected a finite number")

    def whole(digits: str) -> int | _Refused:
        count = len(digits.removeprefix("-"))
        if count <= MAX_DIGITS:
            return int(digits)
        message = f"found a number of {count} digits, expected at most {MAX_DIGITS}"
        return refuse("number", message)

    def fraction(digits: str) -> float | _Refused:
        number = float(digits)
        if math.isfinite(number):
            return number
        return refuse("number", f"found {shown(digits)}, expected a number that is not as large")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        refused.append("duplicate_key")
        return _repeated(pairs)

    try:
        return json.loads(
            text,
            parse_constant=constant,
            parse_int=whole,
            parse_float=fraction,
            object_pairs_hook=members,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        message = f"found no JSON at {place}: {error.msg}; expected a JSON document"
        raise Malformed.field("", "json", message) from error


def _repeated(pairs: list[tuple[str, Any]]) -> _Repeated:
    seen: set[str] = set()
    twice: list[str] = []
    for key, _ in pairs:
        if key in seen:
            twice.append(key)
        seen.add(key)
    marked = _Repeated(pairs)
    marked.keys_twice = twice
    return marked


def _faults(body: Any, forbidden: re.Pattern[str]) -> Iterator[FieldError]:
    """Walk the decoded body, without recursion, and yield what is wrong with its pointer."""
    todo: list[tuple[str, Any]] = [("", body)]
    while todo:
        pointer, value = todo.pop()
        if isinstance(value, _Refused):
            yield FieldError(pointer, value.code, value.message)
        elif isinstance(value, str):
            yield from _character_faults(pointer, value, forbidden)
        elif isinstance(value, dict):
            yield from _key_faults(pointer, value, forbidden)
            todo.extend((pointer + step(key), value[key]) for key in reversed(value))
        elif isinstance(value, list):
            last = len(value) - 1
            todo.extend((f"{pointer}/{last - i}", item) for i, item in enumerate(reversed(value)))


def _character_faults(pointer: str, text: str, forbidden: re.Pattern[str]) -> Iterator[FieldError]:
    if message := forbidden_character(text, forbidden):
        yield FieldError(pointer, "character", message)


def _key_faults(
    pointer: str, value: dict[str, Any], forbidden: re.Pattern[str]
) -> Iterator[FieldError]:
    for key in value:
        yield from _character_faults(pointer + step(key), key, forbidden)
    if isinstance(value, _Repeated):
        for key in value.keys_twice:
            message = f"found the key {shown(key)} twice, expected it once"
            yield FieldError(pointer + step(key), "duplicate_key", message)
