"""Documents as the command gets them: files, and standard input."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from chalicelib.epcis import formats
from chalicelib.epcis.document import EpcisDocument
from chalicelib.errors import PacktrailError

STANDARD_INPUT = "-"


class Unusable(Exception):
    """A file that is no document; the message says why, without its name."""

    def __init__(self, message: str, *, code: str = "file", pointer: str = "") -> None:
        """Say why, for people and for machines."""
        super().__init__(message)
        self.code, self.pointer = code, pointer


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file or standard input, from which can be read more than once.

    Raises:
        Unusable: it cannot be opened.
    """
    if name == STANDARD_INPUT:
        yield io.BytesIO(sys.stdin.buffer.read())
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise Unusable(f"it cannot be read: {error.strerror}") from error
        # A pipe, such as a shell makes of <(...), can be read once only.
        yield file if file.seekable() else io.BytesIO(file.read())


@contextmanager
def document(name: str) -> Iterator[EpcisDocument]:
    """Open a document; its events are read as they are asked for.

    Raises:
        Unusable: it cannot be opened, or is broken, perhaps only further on: then the block in
            which its events are read ends with this.
    """
    with opened(name) as file:
        try:
            yield formats.read(file)
        except PacktrailError as error:
            fault = error.errors[0] if error.errors else None
            pointer = fault.pointer if fault else ""
            raise Unusable(
                error.detail, code=fault.code if fault else error.code, pointer=pointer
            ) from error
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            raise Unusable(f"it cannot be read: {error.strerror}") from error
