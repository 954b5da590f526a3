"""The emulated account in a process of its own, beside the one that is measured.

What it keeps then takes no memory of ours, and both work at the same time. The process is a fork
of this one; requests and answers go through a pipe instead of a socket, and the time that takes is
no more ours than that of the emulator in the process (see `measure`).

moto takes 3 ms for an update, most of it for parsing the expression anew. Those of captures, of
which there are hundreds of thousands, are done directly; what is done is the same.
"""

import copy
import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar
from unittest.mock import patch

from benchmarks.costs import Item, Peek
from benchmarks.measure import not_ours

T = TypeVar("T")

_UPDATE = re.compile(r"SET ([\w ,=:+]+?)(?: REMOVE ([\w ,]+))?")


@dataclass(frozen=True, slots=True)
class Beside(Generic[T]):
    """The emulator's process.

    Attributes:
        prepared: what was prepared there.
    """

    prepared: T
    _pipe: Connection

    def ask(self, *question: Any) -> Any:
        """Return an answer of that process."""
        with not_ours():
            self._pipe.send(question)
            return self._pipe.recv()

    @property
    def peek(self) -> Peek:
        """A look underneath every client, for counting costs."""
        return lambda table, key: self.ask("peek", table, key)


@contextmanager
def beside(prepare: Callable[[], T], peek: Peek) -> Iterator[Beside[T]]:
    """Let the emulator go on in another process, for as long as the block runs.

    Args:
        prepare: is called over there, before all else: it leaves no trace in our memory.
        peek: looks underneath every client, over there.
    """
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415

    ours, theirs = Pipe()
    child = os.fork()
    if not child:
        ours.close()
        _serve(theirs, prepare, peek)
    theirs.close()
    emulator: Beside[T] = Beside(ours.recv(), ours)  # EOFError: it ended, and said why

    def process_request(_: BotocoreStubber, request: Any) -> Any:
        return emulator.ask("request", request)

    try:
        with patch.object(BotocoreStubber, "process_request", process_request):
            yield emulator
    finally:
        ours.close()
        os.waitpid(child, 0)


def _serve(pipe: Connection, prepare: Callable[[], Any], peek: Peek) -> None:
    """Answer until the other end is closed; never returns."""
    status = 1
    try:
        _hasten()
        pipe.send(prepare())
        _answer(pipe, peek)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)  # nothing of the parent's is tidied up twice


def _answer(pipe: Connection, peek: Peek) -> None:
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415

    stubber = BotocoreStubber()
    while True:
        try:
            kind, *question = pipe.recv()
        except EOFError:
            return
        pipe.send(peek(*question) if kind == "peek" else stubber.process_request(*question))


def _hasten() -> None:
    """Have moto do plain updates of items that are there, in tables without a stream, at once."""
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415
    from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict  # noqa: PLC0415

    inner = DynamoDBBackend.update_item

    def update_item(
        self: DynamoDBBackend, table_name: str, key: Item, *more: Any, **asked: Any
    ) -> Any:
        table = self.get_table(table_name)
        hash_key, range_key = self.get_keys_value(table, dict(key))
        standing = table.get_item(hash_key, range_key)
        plain = _plain(asked.get("update_expression", ""))
        if more or standing is None or table.stream_shard or plain is None:
            return inner(self, table_name, dict(key), *more, **asked)
        if asked.keys() - _PLAIN_ASKED or asked.get("expression_attribute_names"):
            return inner(self, table_name, dict(key), *more, **asked)
        values = asked["expression_attribute_values"]
        attributes = dict(standing.attrs)
        for target, operand, plus in plain.sets:
            found = DynamoType(values[operand]) if operand[0] == ":" else standing.attrs[operand]
            if plus:
                total = Decimal(found.value) + Decimal(values[plus]["N"])
                found = DynamoType({"N": str(total)})
            attributes[target] = found
        for name in plain.removes:
            attributes.pop(name, None)
        item = copy.copy(standing)
        item.attrs = LimitedSizeDict(attributes)
        table.items[hash_key][range_key] = item
        return item

    DynamoDBBackend.update_item = update_item  # type: ignore[method-assign]


_PLAIN_ASKED = {"update_expression", "expression_attribute_names", "expression_attribute_values"}


@dataclass(frozen=True, slots=True)
class _Plain:
    """An update that sets attributes to values, to others, or to sums, and removes some."""

    sets: tuple[tuple[str, str, str], ...]
    removes: tuple[str, ...]


@lru_cache(maxsize=64)
def _plain(expression: str) -> _Plain | None:
    match = _UPDATE.fullmatch(expression)
    if match is None:
        return None
    sets = [re.fullmatch(r"(\w+) = (:?\w+)(?: \+ (:\w+))?", each) for each in match[1].split(", ")]
    if None in sets:
        return None
    removes = tuple(match[2].split(", ")) if match[2] else ()
    return _Plain(tuple((s[1], s[2], s[3] or "") for s in sets if s), removes)
