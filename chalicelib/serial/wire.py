"""Blocks and their numbers as JSON, CSV and NDJSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gtin
from chalicelib.gs1.spelling import in_brackets, in_link
from chalicelib.http.answer import JSON
from chalicelib.http.fields import AnswerModel, Body, GtinField, InstantField, NameField, Query
from chalicelib.serial.contents import Issued
from chalicelib.serial.model import Format

CSV, NDJSON = "text/csv", "application/x-ndjson"

MOST = 5_000_000
"""Numbers in one block."""

MOST_ROWS = 250_000
MOST_IN_JSON = 10_000
MOST_BYTES = 5_500_000
"""Of one page as Lambda sends it: JSON text of at most 6 MB, headers and all."""

Form = Literal["serial", "elementString", "digitalLink"]


class BlockBody(Body):
    """A request for a block of serial numbers."""

    gtin: GtinField
    count: Annotated[int, Field(ge=1, le=MOST, examples=[1000])]
    line: NameField | None = Field(
        default=None, description="The packaging line: its blocks are kept together."
    )


class FormatAnswer(AnswerModel):
    """How the numbers look."""

    alphabet: str = Field(description="By name, or its characters.", examples=["unambiguous"])
    characters: str
    length: int

    @classmethod
    def of(cls, spelled: Format) -> Self:
        """Return the answer."""
        return cls(alphabet=spelled.alphabet, characters=spelled.characters, length=spelled.length)


class BlockAnswer(AnswerModel):
    """A block that was handed out."""

    id: UUID
    gtin: GtinField
    count: int
    format: FormatAnswer
    line: str | None
    created: InstantField

    @classmethod
    def of(cls, issued: Issued) -> Self:
        """Return the answer; where the counter stands is not in it, and never is anywhere."""
        order = issued.order
        return cls(
            id=order.id,
            gtin=order.gtin,
            count=order.count,
            format=FormatAnswer.of(issued.epoch.format),
            line=order.line,
            created=order.at,
        )


class EpochAnswer(AnswerModel):
    """The epoch in which a product's numbers are issued from now on."""

    gtin: GtinField
    epoch: int = Field(description="How often the key was changed.")
    format: FormatAnswer


class NumbersQuery(Query):
    """Which numbers of a block, and how they are written."""

    offset: Annotated[int, Field(ge=0, description="Position in the block, from 0 on.")] = 0
    limit: Annotated[
        int, Field(ge=1, le=MOST_ROWS, description="At most so many; a page may have fewer.")
    ] = 1000
    format: Annotated[
        Literal["json", "csv", "ndjson"] | None, Field(description="Instead of `Accept`.")
    ] = None
    form: Annotated[Form, Field(alias="as", description="How each number is written.")] = "serial"


class NumbersAnswer(AnswerModel):
    """Some numbers of a block."""

    numbers: tuple[str, ...]
    next: int | None = Field(description="The offset to go on with; null at the end.")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a block, before it is computed. It is the same for ever.

    Attributes:
        start: first position.
        end: behind the last.
        next: offset of the page after it; None for the last.
        media_type: JSON, CSV or NDJSON.
        form: how each number is written.
        tag: entity tag (RFC 9110, 8.8.3).
    """

    start: int
    end: int
    next: int | None
    media_type: str
    form: Form
    tag: str

    @classmethod
    def of(cls, issued: Issued, query: NumbersQuery, accept: str) -> Self:
        """Return the page that is asked for.

        Raises:
            Malformed: the offset is behind the end, or it is too much for JSON.
        """
        count, media_type = issued.order.count, _media_type(query.format, accept)
        if query.offset >= count:
            message = f"found {query.offset}, expected less than {count}, the size of the block"
            raise Malformed.field("#/query/offset", "offset", message)
        if media_type == JSON and query.limit > MOST_IN_JSON:
            message = f"found {query.limit}, expected at most {MOST_IN_JSON} in JSON"
            raise Malformed.field("#/query/limit", "limit", f"{message}; or ask for {CSV}")
        rows = min(query.limit, MOST_BYTES // _widest(issued, media_type, query.form))
        end = min(query.offset + rows, count)
        identity = f"{issued.order.id} {query.offset} {end} {media_type} {query.form}"
        tag = f'"{sha256(identity.encode()).hexdigest()[:32]}"'
        next_one = end if end < count else None
        return cls(query.offset, end, next_one, media_type, query.form, tag)

    def json(self, issued: Issued) -> NumbersAnswer:
        """Compute the page as JSON."""
        write = _writer(issued.order.gtin, issued.epoch.format, self.form)
        numbers = issued.numbers(self.start, self.end)
        return NumbersAnswer(numbers=tuple(map(write, numbers)), next=self.next)

    def text(self, issued: Issued) -> str:
        """Compute the page as text: a row a number, in CSV behind a header."""
        numbers = issued.numbers(self.start, self.end)
        rows = _rows(issued, self.media_type, self.form, numbers)
        return "\n".join([self.form, *rows, ""] if self.media_type == CSV else [*rows, ""])


def _widest(issued: Issued, media_type: str, form: Form) -> int:
    """Return the bytes that the longest possible row takes where a body is sent as JSON text."""
    spelled = issued.epoch.format
    extremes = [character * spelled.length for character in spelled.characters]
    return max(len(json.dumps(row)) for row in _rows(issued, media_type, form, extremes))


def _rows(issued: Issued, media_type: str, form: Form, numbers: Sequence[str]) -> list[str]:
    """Return numbers as rows; only an alphabet with characters to escape costs a call for each."""
    spelled = issued.epoch.format
    texts = list(map(_writer(issued.order.gtin, spelled, form), numbers))
    if media_type == CSV:
        plain = form == "digitalLink" or not set('",') & set(spelled.characters)
        return texts if plain else list(map(_quoted, texts))
    if media_type == NDJSON:
        plain = form == "digitalLink" or not set('"(') & set(spelled.characters)
        if plain:
            return [f'{{"{form}":"{text}"}}' for text in texts]
        return [json.dumps({form: text}, separators=(",", ":")) for text in texts]
    return texts


def _writer(gtin: Gtin, spelled: Format, form: Form) -> Callable[[str], str]:
    """Return what writes a number in that form."""
    if form == "serial":
        return str
    if form == "elementString":
        before, escape = f"{gtin.element_string()}(21)", in_brackets
    else:
        before, escape = f"{gtin.digital_link()}/21/", in_link
    if escape(spelled.characters) == spelled.characters:
        return before.__add__
    return lambda serial: before + escape(serial)


def _quoted(text: str) -> str:
    """Quote a field where CSV needs it (RFC 4180, section 2)."""
    if '"' in text or "," in text:
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


def _media_type(asked: str | None, accept: str) -> str:
    """Return what is asked for; of what `Accept` ranks alike, JSON before CSV before NDJSON."""
    if asked is not None:
        return {"json": JSON, "csv": CSV, "ndjson": NDJSON}[asked]
    ranks = dict(map(_ranked, accept.lower().split(",")))
    return max((JSON, CSV, NDJSON), key=lambda offered: _rank(offered, ranks))


def _ranked(media_range: str) -> tuple[str, float]:
    """Return one media range of `Accept` with its weight (RFC 9110, 12.5.1)."""
    name, *parameters = media_range.split(";")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q" and value.strip().replace(".", "", 1).isdecimal():
            return name.strip(), float(value)
    return name.strip(), 1.0


def _rank(offered: str, ranks: dict[str, float]) -> float:
    wider = (offered, f"{offered.partition('/')[0]}/*", "*/*")
    return next((ranks[name] for name in wider if name in ranks), 0.0)
