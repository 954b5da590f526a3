"""Field types of bodies, queries and answers: text becomes GS1 values at the edge, once.

Lists of serials and of EPCs are one field each, not a list of fields: a thousand items pass in a
fraction of a millisecond, and a fault still names its index.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Epc, Gln, Gtin, Key, Sgln, Sgtin, Sscc
from chalicelib.gs1.refusal import shown
from chalicelib.gs1.spelling import fits, text_refused
from chalicelib.http.gate import MAX_ERRORS, forbidden_character
from chalicelib.http.validation import MANY, SENTENCE, found_value

V = TypeVar("V")

MAX_ITEMS = 10_000
"""Of a list of serials or EPCs in one request."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


class Body(BaseModel):
    """What a request may carry: camelCase, nothing unknown, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class Query(BaseModel):
    """What a query string may carry; an unknown or repeated parameter is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class AnswerModel(BaseModel):
    """What is answered: made in snake_case, sent in camelCase; what is unknown is sent as null."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def refuse(code: str, sentence: str) -> PydanticCustomError:
    """Return what a validator raises to refuse its field.

    Args:
        code: stable word for machines.
        sentence: "found …, expected …".
    """
    return PydanticCustomError(code, "{sentence}", {SENTENCE: sentence})


def _reader(parse: Callable[[str], V], kinds: tuple[type[V], ...]) -> Callable[[Any], V]:
    """Return a validator that reads text with a `parse` of `gs1`; values pass as they are."""

    def read(value: Any) -> V:
        if isinstance(value, kinds):
            return value
        try:
            return parse(_text(value))
        except Malformed as error:
            code = error.errors[0].code if error.errors else error.code
            raise refuse(code, error.detail) from error

    return read


def _text(value: Any) -> str:
    """Return the value when it is text that every store and answer can carry."""
    if not isinstance(value, str):
        raise refuse("string_type", f"found {found_value(value)}, expected a string")
    if sentence := forbidden_character(value):
        raise refuse("character", sentence)
    return value


def _set_82(what: str) -> Callable[[Any], str]:
    """Return a validator of 1..20 characters of GS1 character set 82."""

    def read(value: Any) -> str:
        text = _text(value)
        if fits(text) is None:
            error = text_refused(what, text)
            raise refuse(error.errors[0].code, error.detail)
        return text

    return read


def _instant(value: Any) -> datetime:
    """Read a date and time with an offset, and keep the offset (RFC 3339; EPCIS 2.0, 7.3)."""
    if isinstance(value, datetime):
        return value
    text = _text(value)
    if _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise refuse("instant", f"found {shown(text)}: {error}") from error
    example = "2026-03-01T08:30:00+01:00"
    raise refuse("instant", f"found {shown(text)}, expected an instant with offset: {example}")


def _date(value: Any) -> date:
    """Read a calendar day (ISO 8601, extended form)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = _text(value)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise refuse("date", f"found {shown(text)}: {error}") from error
    raise refuse("date", f"found {shown(text)}, expected a day as YYYY-MM-DD")


def instant_text(at: datetime) -> str:
    """Return an instant as it is answered: milliseconds, its own offset, `Z` for UTC.

    >>> instant_text(datetime(2026, 3, 1, 8, 30, tzinfo=UTC))
    '2026-03-01T08:30:00.000Z'
    """
    text = at.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if at.utcoffset() == UTC.utcoffset(None) else text


def _items(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise refuse("list_type", f"found {found_value(value)}, expected a list of {what}")
    if not 1 <= len(value) <= MAX_ITEMS:
        expected = f"expected 1 to {MAX_ITEMS}"
        raise refuse("length", f"found {len(value)} {what}, {expected}")
    return list(value)


def _several(faults: Iterator[tuple[int, str, str]]) -> PydanticCustomError:
    """Return the one error that carries the faults of several items."""
    return PydanticCustomError(MANY, "several", {"faults": list(islice(faults, MAX_ERRORS))})


def _serials(value: Any) -> tuple[str, ...]:
    """Read a list of serials; the usual, faultless one in two passes at the speed of C."""
    serials = _items(value, "serials")
    try:
        faultless = all(map(fits, serials)) and len(set(serials)) == len(serials)
    except TypeError:  # not all of them are strings
        faultless = False
    if not faultless:
        raise _several(_faults(serials, _SERIAL))
    return tuple(serials)


def _epcs(value: Any) -> tuple[Epc, ...]:
    """Read a list of EPCs, each in any spelling; two spellings of one are a repetition."""
    texts = _items(value, "EPCs")
    try:
        epcs: tuple[Epc, ...] = tuple(map(_EPC, texts))
    except PydanticCustomError:
        epcs = ()
    if len(epcs) != len(texts) or len(set(epcs)) != len(epcs):
        raise _several(_faults(texts, _EPC))
    return epcs


def _faults(items: list[Any], read: Callable[[Any], Any]) -> Iterator[tuple[int, str, str]]:
    """Yield index, code and sentence of each item that cannot be read or was there before."""
    first: dict[Any, int] = {}
    for index, item in enumerate(items):
        try:
            value = read(item)
        except PydanticCustomError as error:
            yield index, error.type, error.message()
            continue
        if (earlier := first.setdefault(value, index)) != index:
            sentence = f"found {shown(str(item))} again, which is at index {earlier} already"
            yield index, "duplicate", f"{sentence}; expected each once"


def _link(epc: Key) -> str:
    return epc.digital_link()


def _links(epcs: tuple[Key, ...]) -> list[str]:
    return [epc.digital_link() for epc in epcs]


def _read_epc(text: str) -> Epc:
    key = _any_spelling(text)
    if not isinstance(key, Sgtin | Sscc):
        raise refuse("kind", f"found {shown(text)}, expected one item or one logistic unit")
    return key


def _read_place(text: str) -> Sgln:
    """Read a place: plain, its extension behind `#`, or in any other spelling."""
    key = _any_spelling(text) if ":" in text else Sgln.parse(text)
    if not isinstance(key, Sgln):
        raise refuse("kind", f"found {shown(text)}, expected a place")
    return key


def _read_party(text: str) -> Gln:
    """Read a party: 13 digits, or in any other spelling."""
    key = _any_spelling(text) if ":" in text else Gln.parse(text)
    if not isinstance(key, Gln):
        raise refuse("kind", f"found {shown(text)}, expected a party")
    return key


def _any_spelling(text: str) -> Key:
    # Imported here: a request that names no EPC does not need the tables of AIs (cold start).
    from chalicelib.gs1.epc import parse_epc  # noqa: PLC0415

    return parse_epc(text)


_SERIAL = _set_82("a serial")
_EPC: Callable[[Any], Epc] = _reader(_read_epc, (Sgtin, Sscc))
_GTIN_SCHEMA = {"type": "string", "pattern": "^[0-9]{8,14}$", "examples": ["09506000134352"]}
_GLN_SCHEMA = {"type": "string", "examples": ["9521000000012"]}
_PLACE_SCHEMA = {"type": "string", "examples": ["https://id.gs1.org/414/9521000000012/254/A1"]}
_SSCC_SCHEMA = {"type": "string", "pattern": "^[0-9]{18}$", "examples": ["095210000000000018"]}
_TEXT_20 = {"type": "string", "minLength": 1, "maxLength": 20}
_EPC_SCHEMA = {
    "type": "string",
    "description": "An SGTIN or SSCC as GS1 Digital Link, EPC URN or element string; "
    "answered as canonical Digital Link.",
    "examples": ["https://id.gs1.org/01/09506000134352/21/A1B2C3D4E5F6"],
}


def _list_schema(items: dict[str, Any]) -> WithJsonSchema:
    bounds = {"minItems": 1, "maxItems": MAX_ITEMS, "uniqueItems": True}
    return WithJsonSchema({"type": "array", "items": items, **bounds})


GtinField = Annotated[
    Gtin,
    PlainValidator(_reader(Gtin.parse, (Gtin,))),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_GTIN_SCHEMA),
]
GlnField = Annotated[
    Gln,
    PlainValidator(_reader(_read_party, (Gln,))),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_GLN_SCHEMA),
]
SglnField = Annotated[
    Sgln,
    PlainValidator(_reader(_read_place, (Sgln,))),
    PlainSerializer(Sgln.digital_link, return_type=str),
    WithJsonSchema(_PLACE_SCHEMA),
]
SsccField = Annotated[
    Sscc,
    PlainValidator(_reader(Sscc.parse, (Sscc,))),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_SSCC_SCHEMA),
]
EpcField = Annotated[
    Epc,
    PlainValidator(_EPC),
    PlainSerializer(_link, return_type=str),
    WithJsonSchema(_EPC_SCHEMA),
]
LotField = Annotated[
    str,
    PlainValidator(_set_82("a lot number")),
    WithJsonSchema({**_TEXT_20, "examples": ["LOT-2026-01"]}),
]
SerialField = Annotated[
    str,
    PlainValidator(_SERIAL),
    WithJsonSchema({**_TEXT_20, "examples": ["A1B2C3D4E5F6"]}),
]
DateField = Annotated[
    date,
    PlainValidator(_date),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2028-06-30"]}),
]
InstantField = Annotated[
    datetime,
    PlainValidator(_instant),
    PlainSerializer(instant_text, return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-03-01T08:30:00+01:00"]}
    ),
]
SerialList = Annotated[tuple[str, ...], PlainValidator(_serials), _list_schema(_TEXT_20)]
EpcList = Annotated[
    tuple[Epc, ...],
    PlainValidator(_epcs),
    PlainSerializer(_links, return_type=list[str]),
    _list_schema(_EPC_SCHEMA),
]
TextField = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_text)]
NameField = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_text)]
