"""Path, query and body as Chalice hands them over, read once and strictly.

What trips people up: path parameters come percent-encoded, `query_params[name]` silently takes
the last of several, a body may come in base64, and Chalice's own content-type check answers in
a shape of its own.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, get_type_hints
from urllib.parse import parse_qsl, unquote

from chalice.app import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from chalicelib.errors import FieldError, Malformed, Unsupported
from chalicelib.gs1.refusal import shown
from chalicelib.http.fields import ScannedBody
from chalicelib.http.gate import forbidden_character, malformed, read_json, step
from chalicelib.http.spec import RouteSpec
from chalicelib.http.validation import malformed_value, validated_json, validated_text

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Read(NamedTuple):
    """A body that was read.

    Attributes:
        raw: its bytes.
        plain: what it says, undigested: JSON values, or a dict of a form's fields.
        model: what the view gets.
    """

    raw: bytes
    plain: Any
    model: BaseModel | None


def read_path(raw: Mapping[str, str]) -> dict[str, str]:
    """Percent-decode path parameters exactly once.

    >>> read_path({"serial": "a%2Fb%2525"})
    {'serial': 'a/b%25'}

    Raises:
        Malformed: not UTF-8, or with control characters.
    """
    values = {}
    for name, text in raw.items():
        try:
            values[name] = unquote(text, errors="strict")
        except UnicodeDecodeError as error:
            message = f"found {shown(text)}, expected UTF-8 in percent-encoding"
            raise Malformed.field(f"#/path/{name}", "encoding", message) from error
    _refuse_characters(values, "#/path")
    return values


def read_parameters(spec: RouteSpec, values: Mapping[str, str]) -> dict[str, Any]:
    """Read path parameters as the view's annotations say: a `GtinField`, or plain text."""
    found: dict[str, Any] = {}
    faults: list[FieldError] = []
    for name, adapter in _adapters(spec).items():
        try:
            found[name] = adapter.validate_python(values[name])
        except ValidationError as error:
            faults += malformed_value(error, values[name], f"#/path/{name}").errors
    if faults:
        raise malformed(faults)
    return found


@cache
def _adapters(spec: RouteSpec) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(spec.view, include_extras=True)
    return {name: TypeAdapter(hints.get(name, str)) for name in spec.parameters}


def read_query(request: Request) -> dict[str, str]:
    """Return the query string's parameters.

    Raises:
        Malformed: one is given twice, or has control characters.
    """
    many = request.query_params
    if many is None:
        return {}
    values = {name: many.getlist(name) for name in many}
    faults = [
        FieldError(f"#/query{step(name)}", "duplicate", f"found it {len(given)} times, expected 1")
        for name, given in values.items()
        if len(given) != 1
    ]
    if faults:
        raise malformed(faults)
    single = {name: given[0] for name, given in values.items()}
    _refuse_characters(single, "#/query")
    return single


def validated_query(spec: RouteSpec, values: Mapping[str, str]) -> BaseModel | None:
    """Read the query as the route's model.

    Raises:
        Malformed: naming every parameter that is unknown or wrong.
    """
    if spec.query is not None:
        return validated_text(spec.query, values, "#/query")
    if values and not (spec.link or (spec.epcis and spec.epcis.any_query)):
        message = "found an unknown query parameter, expected none"
        faults = [FieldError(f"#/query{step(name)}", "unknown_field", message) for name in values]
        raise malformed(faults)
    return None


def read_body(spec: RouteSpec, request: Request) -> Read:
    """Read the body as the route's model.

    Raises:
        Malformed: naming every field at fault.
        Unsupported: its media type is not one that the route accepts.
        TooLarge: more than `gate.MAX_BYTES`.
    """
    raw = _raw(request)
    if not spec.accepts:
        return _nothing(raw, request.method)
    media_type = _media_type(request, spec)
    if spec.body is None:
        return Read(raw, sha256(raw).hexdigest(), None)
    if media_type == FORM:
        fields = _form(raw)
        return Read(raw, fields, validated_text(spec.body, fields, ""))
    if not raw:
        raise Malformed.field("", "missing", "found no body, expected a JSON object")
    plain = read_json(raw, scanned=issubclass(spec.body, ScannedBody))
    return Read(raw, plain, validated_json(spec.body, raw, plain))


def _raw(request: Request) -> bytes:
    try:
        raw = request.raw_body
    except ValueError as error:  # base64 that is none, or half a surrogate pair
        message = "found a body that cannot be decoded, expected UTF-8 or base64"
        raise Malformed.field("", "encoding", message) from error
    return raw.encode() if isinstance(raw, str) else bytes(raw)


def _nothing(raw: bytes, method: str) -> Read:
    """Refuse a body where none is taken, but for the empty object that clients like to send."""
    if raw.strip() not in {b"", b"{}"} and method not in {"GET", "HEAD"}:
        raise Malformed.field("", "unknown_field", "found a body, expected none")
    return Read(raw, None, None)


def _media_type(request: Request, spec: RouteSpec) -> str:
    """Return the body's media type; JSON when none is named (RFC 9110, 8.3)."""
    header = request.headers.get("content-type") or spec.accepts[0]
    media_type, _, rest = header.partition(";")
    media_type = media_type.strip().lower()
    charset = rest.lower().replace(" ", "").replace('"', "")
    if media_type not in spec.accepts or ("charset=" in charset and "utf-8" not in charset):
        expected = " or ".join(spec.accepts)
        raise Unsupported(f"Found Content-Type {shown(header)}, expected {expected} in UTF-8")
    return media_type


def _form(raw: bytes) -> dict[str, str]:
    """Decode a form; a repeated field is refused."""
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, strict_parsing=bool(raw), max_num_fields=100,
            errors="strict",
        )  # fmt: skip
    except ValueError as error:
        message = f"found no form: {error}; expected {FORM} in UTF-8"
        raise Malformed.field("", "form", message) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed.field("", "duplicate_key", "found a field twice, expected it once")
    _refuse_characters(fields, "")
    return fields


def _refuse_characters(values: Mapping[str, str], place: str) -> None:
    faults = [
        FieldError(place + step(name), "character", message)
        for name, text in values.items()
        if (message := forbidden_character(name) or forbidden_character(text))
    ]
    if faults:
        raise malformed(faults)
