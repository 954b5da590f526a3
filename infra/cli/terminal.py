"""What the command says: results on standard output, progress and troubles on standard error."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from rich.console import Console
from rich.status import Status

_PATIENCE = 1.0
"""Seconds after which a person wants to know that something goes on."""

_Each = TypeVar("_Each")


class Terminal:
    """Both streams.

    Attributes:
        json: whether results are for machines: one JSON object a line.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._console = Console(stderr=True, highlight=False)

    def result(self, text: str, **facts: Any) -> None:
        """Print one result: the text for people, the facts for machines."""
        sys.stdout.write(f"{json.dumps(facts, default=str) if self.json else text}\n")

    def trouble(self, text: str) -> None:
        """Say what went wrong."""
        sys.stderr.write(f"packtrail: {text}\n")

    def following(self, what: str, items: Iterable[_Each]) -> Iterator[_Each]:
        """Yield the items; on a terminal, count them where it takes long."""
        if not self._console.is_terminal:
            yield from items
            return
        began, status, count = time.monotonic(), None, 0
        try:
            for count, item in enumerate(items, 1):
                yield item
                if status is None and time.monotonic() - began > _PATIENCE:
                    status = self.status(what)
                    status.start()
                if status is not None and not count % 100:
                    status.update(f"{what}: {count} events")
        finally:
            if status is not None:
                status.stop()

    def status(self, what: str) -> Status:
        """Return a line that shows what goes on; nothing where nobody looks."""
        return Status(what, console=self._console)
