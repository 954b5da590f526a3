"""Models at the edge: from a body or a query to a valid value, or to all that is wrong with it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.errors import FieldError, Malformed
from chalicelib.gs1.refusal import shown
from chalicelib.http.gate import MAX_ERRORS, malformed, step

M = TypeVar("M", bound=BaseModel)

MANY = "many"
"""Type of the one error by which a list field reports the faults of several of its items."""

SENTENCE = "sentence"
"""Where an error of ours carries its whole message, found and expected."""

_EXPECTED = re.compile(r"^(?:Input|String|Value|List|Tuple|Dictionary) should (?:be |have )?")
_SNAKE_CASE = re.compile(rb'"[A-Za-z0-9]*_\w*"\s*:')
_CODES = {"extra_forbidden": "unknown_field"}


def validated_json(model: type[M], raw: bytes, body: Any) -> M:
    """Read a body that has passed the gate.

    Types are strict as JSON has them: `"5"` is no number and `1` is no boolean.

    Args:
        model: what the body should be.
        raw: its bytes.
        body: the same, decoded; used to point at what is wrong.

    Raises:
        Malformed: naming every field at fault.
    """
    unseen = _unseen_names(model, raw, body)
    try:
        valid = model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _malformed([*_details(error), *unseen], body, "", model) from error
    if unseen:
        raise _malformed(unseen, body, "", model)
    return valid


def _unseen_names(model: type[BaseModel], raw: bytes, body: Any) -> list[Any]:
    """Return what is wrong about members that are named as fields are in Python.

    Reading JSON, pydantic 2.13 passes over a member that is named as the field is and not by its
    alias, although unknown members are forbidden; reading decoded values, it does not.
    """
    if not _SNAKE_CASE.search(raw):
        return []
    try:
        model.model_validate(body)
    except ValidationError as error:
        return [detail for detail in _details(error) if detail["type"] == "extra_forbidden"]
    return []


def validated_text(model: type[M], values: Mapping[str, str], place: str) -> M:
    """Read values that are all text: a query string or a form.

    Args:
        model: what they should be together.
        values: by name.
        place: what pointers begin with, such as `#/query`.

    Raises:
        Malformed: naming every value at fault.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _malformed(_details(error), values, place, model) from error


def malformed_value(error: ValidationError, value: Any, pointer: str) -> Malformed:
    """Return the refusal of one single value, such as a path parameter."""
    return _malformed(_details(error), value, pointer, None)


def _details(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False))


def _malformed(
    details: Iterable[Any], body: Any, place: str, model: type[BaseModel] | None
) -> Malformed:
    found = (fault for detail in details for fault in _field_errors(detail, body, place, model))
    # Reported once, however many passes found it.
    return malformed(list(islice(dict.fromkeys(found), MAX_ERRORS)))


def _field_errors(
    detail: Any, body: Any, place: str, model: type[BaseModel] | None
) -> Iterator[FieldError]:
    pointer = place + _pointer(detail["loc"], body, detail["type"])
    if detail["type"] == MANY:
        for index, code, message in detail["ctx"]["faults"]:
            yield FieldError(f"{pointer}/{index}", code, message)
        return
    code = _CODES.get(detail["type"], detail["type"])
    yield FieldError(pointer, code, _sentence(detail, model))


def _pointer(location: tuple[str | int, ...], body: Any, kind: str) -> str:
    """Return the pointer to a fault; names of union members, which are not in the body, drop."""
    pointer, here = "", body
    for i, key in enumerate(location):
        if _holds(here, key):
            here = here[key]
        elif not (kind == "missing" and i == len(location) - 1):
            continue
        pointer += step(key)
    return pointer


def _holds(value: Any, key: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(key, int) and key < len(value)
    return isinstance(value, Mapping) and key in value


def _sentence(detail: Any, model: type[BaseModel] | None) -> str:
    """Say what was found and what was expected."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "found nothing, expected a value"
    if kind == "extra_forbidden":
        return _unknown(detail["loc"], model)
    if SENTENCE in context:
        return str(context[SENTENCE])
    if kind == "too_long" and not isinstance(detail["input"], str):
        # pydantic adds "after validation", and counts no further than one too many.
        found = found_value(detail["input"])
        return f"found {found}, expected at most {context['max_length']}"
    message = str(context["error"]) if kind == "value_error" else str(detail["msg"])
    expected = _EXPECTED.sub("", message)
    if expected == message:
        return f"found {found_value(detail['input'])}: {message[:1].lower()}{message[1:]}"
    return f"found {found_value(detail['input'])}, expected {expected}"


def _unknown(location: tuple[str | int, ...], model: type[BaseModel] | None) -> str:
    name = shown(str(location[-1]))
    if model is None or len(location) > 1:
        return f"found the unknown name {name}, expected no such name"
    names = [field.alias or name for name, field in model.model_fields.items()]
    return f"found the unknown name {name}, expected one of: {', '.join(sorted(names)) or 'none'}"


def found_value(value: Any) -> str:
    """Return a found value for people: quoted, escaped, short."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return json.dumps(value, default=lambda _: type(value).__name__)
