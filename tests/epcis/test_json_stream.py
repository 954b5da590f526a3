"""JSON piece by piece: as strict as at once, whatever the pieces, in the memory of one item."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis import json_stream
from chalicelib.epcis.json_stream import items, outline
from chalicelib.epcis.json_text import dumps, load
from chalicelib.errors import Malformed
from tests.epcis.test_json_format import values

LIST = ("body", "list")


@pytest.fixture(params=[1, 2, 7, 2**20])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read so many bytes at a time."""
    monkeypatch.setattr(json_stream, "PIECE", request.param)


def streamed(raw: bytes) -> Any:
    found = outline(io.BytesIO(raw), [LIST])
    found["body"]["list"] += items(io.BytesIO(raw), LIST)
    return found


documents = st.fixed_dictionaries(
    {
        "body": st.fixed_dictionaries(
            {"list": st.lists(values)}, optional={"x": values, "a": values}
        )
    },
    optional={"": values, "z": values, "list": values},
)


@settings(max_examples=25, deadline=None)
@given(documents, st.booleans(), st.sampled_from([None, 1, 3]), st.sampled_from([1, 2, 5]))
def test_a_document_in_pieces_is_the_document(
    document: Any, ascii_only: bool, indent: int | None, size: int
) -> None:
    raw = dumps(document)
    if ascii_only:  # escapes, and blanks between everything
        raw = json.dumps(load(raw), indent=indent, default=str).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "PIECE", size)

        assert streamed(raw) == load(raw)


@pytest.mark.parametrize("behind", ["", " ", "\n"])
@pytest.mark.parametrize("number", ["0", "-12", "1.50", "2e10", "3.25E-7", "12345678901234567890"])
@pytest.mark.usefixtures("pieces")
def test_a_number_is_read_to_its_last_digit(number: str, behind: str) -> None:
    raw = f'{{"n": {number}{behind}, "body": {{"list": [{number}{behind},{number}]}}}}'.encode()

    assert streamed(raw) == load(raw)


BROKEN = [
    "",
    "[",
    "{",
    '{"body": {"list": [1, 2}}',
    '{"body": {"list": [1 2]}}',
    '{"body": {"list": [1, ]}}',
    '{"body": {"list": [1], }}',
    '{"body": {"list": [1]}',
    '{"body": {"list": [1]}} 2',
    '{"body": {"list": [tru]}}',
    '{"body": {"list": ["a]}}',
    '{"body": {"list": ["\\x"]}}',
    '{"body": {"list": ["\\u12"]}}',
    '{"body" {"list": []}}',
    '{body: {"list": []}}',
    '{"body": {"list": [\n1,\n {"a": -}]}}',
    '{"body": {"list": [1.]}}',
    '{"body": {"list": [01]}}',
    '{"body": {"list": [1e+]}}',
]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.usefixtures("pieces")
def test_what_is_no_json_is_refused_at_the_same_place(text: str) -> None:
    with pytest.raises(Malformed) as whole:
        load(text.encode())
    with pytest.raises(Malformed) as in_pieces:
        streamed(text.encode())

    assert in_pieces.value.code == whole.value.code
    assert in_pieces.value.detail.partition(":")[0] == whole.value.detail.partition(":")[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"body": {"list": [{"a": 1, "a": 2}]}}', "duplicate_key"),
        ('{"body": {"list": [], "list": [1]}}', "duplicate_key"),
        ('{"body": {"list": [1]}, "body": {}}', "duplicate_key"),
        ('{"body": {"list": [NaN]}}', "number"),
        ('{"body": {"list": [1e999]}}', "number"),
        ('{"body": {"list": [' + "1" * 5000 + "]}}", "number"),
        ('{"body": {"list": ["\\ud800"]}}', "character"),
        ('{"body": {"list": ["\\u0001"]}}', "character"),
        ('{"x\\udc00": 1, "body": {"list": []}}', "character"),
        ('{"body": {"list": [' + "[" * 62 + "]" * 62 + "]}}", "too_deep"),
        ('{"body": {"list": [' + "[" * 100_000, "too_deep"),
        ('{"a": ' + "[" * 100_000, "too_deep"),
    ],
)
def test_what_is_not_strict_is_refused_with_its_reason(text: str, code: str) -> None:
    for read in (load, streamed):
        with pytest.raises(Malformed) as refused:
            read(text.encode())
        assert refused.value.errors[0].code == code


@pytest.mark.usefixtures("pieces")
def test_bytes_that_are_no_text_are_refused_by_their_place() -> None:
    raw = '{"body": {"list": ["größer", "'.encode() + b'\xff"]}}'

    with pytest.raises(Malformed, match=f"0xFF at {len(raw) - 5}"):
        streamed(raw)
    with pytest.raises(Malformed, match=r"0xC3 at"):
        streamed(raw[: raw.index(b"\xc3") + 1])


@pytest.mark.usefixtures("pieces")
def test_what_is_no_list_is_decoded_as_any_value() -> None:
    for text in ("[]", "1", '{"body": 1}', '{"body": {"list": {"a": [1]}}}', '{"list": [1]}'):
        assert outline(io.BytesIO(text.encode()), [LIST]) == json.loads(text)
        assert list(items(io.BytesIO(text.encode()), LIST)) == []


def test_a_value_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LONGEST", 100)
    monkeypatch.setattr(json_stream, "PIECE", 10)

    with pytest.raises(Malformed, match="more than 100 characters"):
        outline(io.BytesIO(b'{"body": {"list": ["' + b"x" * 1000), [LIST])


class Endless(io.RawIOBase):
    """Ever the same items, up to a size, that exist nowhere."""

    HEAD, ITEM, TAIL = b'{"body":{"list":[0', b',{"epcList":["urn:epc:id:sgtin:1.2.3"]}', b"]}}"

    def __init__(self, count: int) -> None:
        self._count = count
        self._parts: Iterator[bytes] = iter(())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._parts = iter([self.HEAD, *[self.ITEM * 100] * (self._count // 100), self.TAIL])
        return 0

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


def test_a_long_document_takes_the_memory_of_a_piece() -> None:
    source: Any = Endless(50_000)  # two megabytes
    outline(source, [LIST])  # what is compiled once

    tracemalloc.start()
    assert outline(source, [LIST]) == {"body": {"list": []}}
    assert sum(1 for _ in items(source, LIST)) == 50_001
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 200_000
