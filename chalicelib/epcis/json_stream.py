"""JSON of any size, read piece by piece: a long list is taken item by item, all else as a whole.

What stands around a list may say what its items mean, before it or behind it. So a document is gone
through twice: `outline` returns all of it but the items, over which it passes fast; `items` yields
those. Both are as strict as `json_text`, and keep no more than a piece and the largest value.
"""

import codecs
import json
import re
from collections.abc import Collection, Generator, Iterator
from typing import Any, BinaryIO

from chalicelib.epcis.json_text import STRICT, check, fields, no_json, no_utf8, too_deep
from chalicelib.errors import Malformed

Path = tuple[str, ...]
"""Names from the outermost object inwards."""

PIECE = 2**20
"""Bytes that are read at once."""

LONGEST = 32 * 2**20
"""Characters of one item, or of one value beside the lists."""

# Numbers as the texts they are: what is passed over is not worked out.
_PASSING = json.JSONDecoder(parse_int=str, parse_float=str)
_BLANK = re.compile(r"[ \t\n\r]*")
_LONGEST_WORD = 64
"""Characters of a literal or an escape, and a good deal more."""
_BEHIND = frozenset(" \t\n\r,:]}")


def outline(source: BinaryIO, lists: Collection[Path]) -> Any:
    """Decode JSON, the lists at some places empty; what is in those is passed over.

    Args:
        source: the document, which can be read from its beginning.
        lists: where the lists stand whose items are left out.

    Raises:
        Malformed: with the place; what is wrong inside of an item is for `items` to tell.
    """
    text = _Text(source)
    walk = _value(text, (), lists, _PASSING)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            text.end()
            check(end.value)
            return end.value


def items(source: BinaryIO, path: Path) -> Iterator[Any]:
    """Yield the items of a list, each decoded strictly.

    Args:
        source: the document, as `outline` accepted it.
        path: where the list stands.

    Raises:
        Malformed: with the place.
    """
    for item in _value(_Text(source), (), (path,), STRICT):
        check(item, depth=len(path) + 2)
        yield item


Walk = Generator[Any, None, Any]
"""Yields items on the way, returns the value without them."""


def _value(text: "_Text", path: Path, lists: Collection[Path], decoder: json.JSONDecoder) -> Walk:
    start = text.peek()
    if start == "[" and path in lists:
        yield from _list(text, decoder)
        return []
    if start == "{" and any(path == each[: len(path)] for each in lists):
        return (yield from _object(text, path, lists, decoder))
    return text.value(STRICT)


def _list(text: "_Text", decoder: json.JSONDecoder) -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    yield text.value(decoder)
    while text.take(",]") == ",":
        yield text.value(decoder)


def _object(text: "_Text", path: Path, lists: Collection[Path], decoder: json.JSONDecoder) -> Walk:
    text.take("{")
    pairs: list[tuple[str, Any]] = []
    more = text.peek() != "}"
    while more:
        if text.peek() != '"':
            raise text.wrong("Expecting property name enclosed in double quotes")
        name = text.value(STRICT)
        text.take(":")
        pairs.append((name, (yield from _value(text, (*path, name), lists, decoder))))
        more = text.peek() == ","
        if more:
            text.take(",")
    text.take("}")
    return fields(pairs)


class _Text:
    """The text of a document: what was taken of it is let go."""

    def __init__(self, source: BinaryIO) -> None:
        source.seek(0)
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._bytes = 0
        self._text, self._at, self._ended = "", 0, False
        self._line, self._column = 1, 1

    def peek(self) -> str:
        """Return the next character that is not blank; none at the end."""
        while True:
            match = _BLANK.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Take the next character, which must be one of these."""
        found = self.peek()
        if not found or found not in expected:
            raise self.wrong(f"Expecting {' or '.join(map(repr, expected))}")
        self._at += 1
        return found

    def value(self, decoder: json.JSONDecoder) -> Any:
        """Take a value."""
        self.peek()
        while True:
            try:
                found, end = decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                ahead = error.pos - self._at
                if not self._is_cut(error) or not self._more():
                    raise self._wrong_at(self._at + ahead, error.msg) from error
            except RecursionError as error:
                raise too_deep() from error
            else:
                ahead = end - self._at
                # A number goes on as long as digits come.
                if self._text[end : end + 1] in _BEHIND or not self._more():
                    self._at += ahead
                    return found

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the fault may be that the rest was not read yet."""
        near = len(self._text) - error.pos <= _LONGEST_WORD
        return near or error.msg.startswith("Unterminated string")

    def end(self) -> None:
        """Refuse anything behind."""
        if self.peek():
            raise self.wrong("Extra data")

    def wrong(self, why: str) -> Malformed:
        """Return the refusal of what comes next."""
        return self._wrong_at(self._at, why)

    def _wrong_at(self, at: int, why: str) -> Malformed:
        line, column = self._place(at)
        return no_json(line, column, why)

    def _place(self, at: int) -> tuple[int, int]:
        lines = self._text.count("\n", 0, at)
        if not lines:
            return self._line, self._column + at
        return self._line + lines, at - self._text.rindex("\n", 0, at)

    def _more(self) -> bool:
        """Read on; False at the end."""
        self._line, self._column = self._place(self._at)
        self._text, self._at = self._text[self._at :], 0
        if self._ended:
            return False
        if len(self._text) > LONGEST:
            message = f"Found more than {LONGEST} characters in one value; expected less."
            raise Malformed.field("", "too_long", message)
        # As much as there is already: whoever tries anew then tries seldom.
        raw = self._source.read(max(PIECE, len(self._text)))
        waiting = len(self._decoder.getstate()[0])
        try:
            self._text += self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise no_utf8(error, self._bytes - waiting + error.start) from error
        self._bytes += len(raw)
        self._ended = not raw
        return not self._ended
