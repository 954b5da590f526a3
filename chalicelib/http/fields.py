"""Field types of bodies, queries and answers: text becomes GS1 values at the edge, once."""

from datetime import date, datetime
from typing import Annotated, Any

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

from chalicelib.gs1.keys import Epc, Gln, Gtin, Key, Sgln, Sscc
from chalicelib.http.readers import (
    MAX_ITEMS,
    instant_text,
    parse_gtin,
    parse_party,
    parse_place,
    read_date,
    read_epc,
    read_epcs,
    read_instant,
    read_key,
    read_scan,
    read_serial,
    read_serials,
    read_set_82,
    read_text,
)

# `defer_build`: a model is compiled when the first request needs it, not when Lambda starts.


class Body(BaseModel):
    """What a request may carry: camelCase, nothing unknown, never changed after reading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, defer_build=True
    )


class ScannedBody(Body):
    """A body with scans: its texts may hold any control character, as scanners send them.

    Texts that are no scans are read by `read_text`, which refuses them all.
    """


class Query(BaseModel):
    """What a query string may carry; an unknown or repeated parameter is refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, defer_build=True
    )


class AnswerModel(BaseModel):
    """What is answered: made in snake_case, sent in camelCase; what is unknown is sent as null."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def _link(key: Key) -> str:
    return key.digital_link()


def _links(keys: tuple[Key, ...]) -> list[str]:
    return [key.digital_link() for key in keys]


def _list_of(items: dict[str, Any]) -> WithJsonSchema:
    bounds = {"minItems": 1, "maxItems": MAX_ITEMS, "uniqueItems": True}
    return WithJsonSchema({"type": "array", "items": items, **bounds})


def _string(*examples: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "examples": list(examples), **more}


_LOT = _string("LOT-2026-01", minLength=1, maxLength=20)
_SERIAL = _string("A1B2C3D4E5F6", minLength=1, maxLength=20)
_EPC = _string(
    "https://id.gs1.org/01/09506000134352/21/A1B2C3D4E5F6",
    description="One item or one logistic unit, as GS1 Digital Link, EPC URN, element string or "
    "scan; answered as canonical Digital Link.",
)

GtinField = Annotated[
    Gtin,
    PlainValidator(read_key(parse_gtin, Gtin)),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_string("09506000134352", pattern="^[0-9]{8}([0-9]{4,6})?$")),
]
GlnField = Annotated[
    Gln,
    PlainValidator(read_key(parse_party, Gln)),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_string("9521000000018")),
]
SglnField = Annotated[
    Sgln,
    PlainValidator(read_key(parse_place, Sgln)),
    PlainSerializer(_link, return_type=str),
    WithJsonSchema(_string("https://id.gs1.org/414/9521000000018/254/A1")),
]
SsccField = Annotated[
    Sscc,
    PlainValidator(read_key(Sscc.parse, Sscc)),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(_string("095210000000000018", pattern="^[0-9]{18}$")),
]
EpcField = Annotated[
    Epc, PlainValidator(read_epc), PlainSerializer(_link, return_type=str), WithJsonSchema(_EPC)
]
LotField = Annotated[str, PlainValidator(read_set_82("a lot number")), WithJsonSchema(_LOT)]
SerialField = Annotated[str, PlainValidator(read_serial), WithJsonSchema(_SERIAL)]
DateField = Annotated[
    date,
    PlainValidator(read_date),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema(_string("2028-06-30", format="date")),
]
InstantField = Annotated[
    datetime,
    PlainValidator(read_instant),
    PlainSerializer(instant_text, return_type=str),
    WithJsonSchema(_string("2026-03-01T08:30:00+01:00", format="date-time")),
]
SerialList = Annotated[tuple[str, ...], PlainValidator(read_serials), _list_of(_SERIAL)]
EpcList = Annotated[
    tuple[Epc, ...],
    PlainValidator(read_epcs),
    PlainSerializer(_links, return_type=list[str]),
    _list_of(_EPC),
]
NameField = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(read_text)
]
TextField = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(read_text)
]
ScanField = Annotated[
    str,
    AfterValidator(read_scan),
    WithJsonSchema(_string("]d2010950600013435221A1B2C3D4E5F6", minLength=1, maxLength=8000)),
]
