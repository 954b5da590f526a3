"""What there is to remark upon the scans of one request, collected while its body is read.

A field of goods becomes a key, and nothing else; that its scan had to be put right would be lost.
So whoever reads a body listens, and the call carries what was heard.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.gs1.scan import Remark

MOST = 100
"""Remarks of one request; further ones are not told."""

_heard: ContextVar["list[Remark] | None"] = ContextVar("heard", default=None)


@contextmanager
def listening() -> "Iterator[list[Remark]]":
    """Collect, each once, what is noted while the block runs."""
    heard: list[Remark] = []
    before = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(before)


def note(found: "Sequence[Remark]") -> None:
    """Tell whoever listens; nobody may, where a key is not read from a request."""
    heard = _heard.get()
    if heard is not None:
        heard += [remark for remark in found if remark not in heard][: MOST - len(heard)]
