"""Numbers are written in every form that lines read, each row whole and quoted where it must be."""

import csv
import io
import json
from dataclasses import replace

import pytest

from chalicelib.errors import Malformed
from chalicelib.gs1.epc import parse_epc
from chalicelib.gs1.keys import Sgtin
from chalicelib.http.answer import JSON
from chalicelib.serial.allocation import Block, Range
from chalicelib.serial.contents import Issued
from chalicelib.serial.model import DEFAULT, Epoch, Format
from chalicelib.serial.wire import (
    CSV,
    MOST,
    MOST_BYTES,
    NDJSON,
    BlockAnswer,
    FormatAnswer,
    NumbersQuery,
    Page,
)
from tests.serial.orders import GTIN, an_order

AWKWARD = Format("\"%&'()*+,-./:;<=>?!_a", 12)


def issued(spelled: Format = DEFAULT, count: int = 2500) -> Issued:
    """A block as it is after it was handed out; nothing of it is stored."""
    block = Block((Range(0, count),), count)
    return Issued(an_order("a", count, line="L1"), Epoch(0, spelled, 10**9), block)


def page(of: Issued, accept: str = JSON, **query: object) -> Page:
    return Page.of(of, NumbersQuery.model_validate(query), accept)


def rows(of: Issued, media_type: str, form: str, limit: int = 300) -> list[str]:
    text = page(of, media_type, **{"as": form, "limit": limit}).text(of)
    if media_type == NDJSON:
        return [json.loads(line)[form] for line in text.splitlines()]
    header, *found = csv.reader(io.StringIO(text))
    assert header == [form]
    return [field for (field,) in found]


@pytest.mark.parametrize("spelled", [DEFAULT, Format.of("numeric", 20), AWKWARD])
@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_rows_are_read_back_as_the_numbers(spelled: Format, media_type: str) -> None:
    block = issued(spelled)
    numbers = block.numbers(0, 300)

    assert rows(block, media_type, "serial") == numbers
    units = [Sgtin(GTIN, number) for number in numbers]
    assert rows(block, media_type, "digitalLink") == [unit.digital_link() for unit in units]
    assert rows(block, media_type, "elementString") == [unit.element_string() for unit in units]


@pytest.mark.parametrize("form", ["digitalLink", "elementString"])
def test_every_form_is_an_epc_of_the_unit(form: str) -> None:
    block = issued(AWKWARD)

    numbers = page(block, **{"as": form, "limit": 50}).json(block).numbers

    found = [parse_epc(text) for text in numbers]
    assert found == [Sgtin(GTIN, number) for number in block.numbers(0, 50)]


def test_json_pages_lead_on_to_the_end() -> None:
    block, found, offset = issued(), [], 0
    while offset is not None:
        answer = page(block, offset=offset, limit=1000).json(block)
        found += answer.numbers
        offset = answer.next

    assert found == block.numbers(0, 2500)


@pytest.mark.parametrize("form", ["serial", "elementString", "digitalLink"])
@pytest.mark.parametrize("media_type", [CSV, NDJSON])
@pytest.mark.parametrize("spelled", [DEFAULT, Format.of("alphanumeric", 20), AWKWARD])
def test_a_page_fits_what_lambda_sends(form: str, media_type: str, spelled: Format) -> None:
    block = replace(issued(spelled), block=Block((Range(0, MOST),), MOST))
    block = replace(block, order=replace(block.order, count=MOST))
    whole = page(block, media_type, **{"as": form, "limit": 250_000})
    some = Page(0, 1000, None, media_type, whole.form, "").text(block)

    header = f"{form}\n" if media_type == CSV else ""
    fixed = len(json.dumps(header))
    each = (len(json.dumps(some)) - fixed) / 1000
    assert whole.next == whole.end
    assert fixed + each * (whole.end - whole.start) <= MOST_BYTES + fixed


def test_a_quarter_of_a_million_plain_numbers_fit_one_page() -> None:
    block = replace(issued(), order=an_order("a", MOST), block=Block((Range(0, MOST),), MOST))

    assert page(block, CSV, limit=250_000).next == 250_000


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (JSON, JSON),
        ("*/*", JSON),
        ("", JSON),
        ("image/png", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; header=present", CSV),
        ("text/*", CSV),
        ("application/x-ndjson", NDJSON),
        ("application/json;q=0.5, application/x-ndjson", NDJSON),
        ("text/csv;q=0.1, application/x-ndjson;q=0.2", NDJSON),
        ("*/*;q=0.1, text/csv", CSV),
        ("text/html, application/*;q=0.9, */*;q=0.8", JSON),
        ("application/json;q=x, text/csv;q=0", JSON),
    ],
)
def test_the_client_chooses_the_media_type(accept: str, media_type: str) -> None:
    assert page(issued(), accept).media_type == media_type


@pytest.mark.parametrize(("name", "media_type"), [("json", JSON), ("csv", CSV), ("ndjson", NDJSON)])
def test_the_query_goes_before_what_is_accepted(name: str, media_type: str) -> None:
    assert page(issued(), "image/png", format=name).media_type == media_type


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"offset": 2500}, "#/query/offset"),
        ({"limit": 10_001}, "#/query/limit"),
    ],
)
def test_what_no_page_can_be_is_refused(query: dict[str, int], pointer: str) -> None:
    with pytest.raises(Malformed, match=r"found .*, expected") as refused:
        page(issued(), **query)

    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_different_pages_have_different_tags() -> None:
    block = issued()
    asked = [
        {},
        {"offset": 1},
        {"limit": 999},
        {"as": "digitalLink"},
        {"format": "csv"},
        {"format": "ndjson"},
    ]

    assert len({page(block, **query).tag for query in asked}) == len(asked)
    assert page(block).tag == page(block).tag


def test_an_answer_says_nothing_of_the_counter() -> None:
    block = replace(issued(), block=Block((Range(123_456_789, 2500),), 2500))

    answer = BlockAnswer.of(block).model_dump_json(by_alias=True)

    assert "12345" not in answer
    assert json.loads(answer) == {
        "id": str(block.order.id),
        "gtin": "09506000134352",
        "count": 2500,
        "format": {
            "alphabet": "unambiguous",
            "characters": DEFAULT.characters,
            "length": 12,
        },
        "line": "L1",
        "created": "2026-11-23T09:30:00.000Z",
    }


def test_an_alphabet_without_a_name_is_shown_by_its_characters() -> None:
    assert FormatAnswer.of(AWKWARD).alphabet == AWKWARD.characters
