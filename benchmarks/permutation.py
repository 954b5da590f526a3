"""Serial numbers per second on one thread, beside what others do: draw at random, then check."""

import secrets
import string
from collections.abc import Callable, Iterator

from benchmarks.measure import median_cpu
from benchmarks.report import Row, at_least
from chalicelib.serial import permutation_numpy
from chalicelib.serial.model import Format
from chalicelib.serial.permutation import Permutation

UNIT = "M numbers/s"
PURE, BULK, PEER = 200_000, 2_000_000, 20_000


def run() -> Iterator[Row]:
    """Yield the speeds with text and without, of the usual format and of the widest."""
    usual, wide = Format.of("unambiguous", 12), Format.of("numeric", 20)
    yield _row("peer: secrets.choice per character, and a check", PEER, _peer)
    for format_, about in ((usual, "12 characters"), (wide, "20 digits")):
        permutation = Permutation(b"k" * 32, format_.radix, format_.length)

        def texts(permutation: Permutation = permutation, format_: Format = format_) -> None:
            halves = permutation.split(range(PURE))
            format_.texts(*permutation.encrypt_halves(*halves))

        target = 0.5 if format_ is usual else None
        yield _row(f"pure Python with text, {about}", PURE, texts, target)

        def bulk(permutation: Permutation = permutation) -> None:
            permutation_numpy.encrypt_halves(permutation, 0, BULK)

        target = 5 if format_ is usual else None
        yield _row(f"bulk worker with numpy, {about}", BULK, bulk, target)


def _row(what: str, count: int, work: Callable[[], None], target: float | None = None) -> Row:
    per_second = count / median_cpu(work) / 1e6
    return Row(what, per_second, UNIT, None if target is None else at_least(target))


def _peer() -> None:
    characters, seen = string.ascii_uppercase + string.digits, set()
    while len(seen) < PEER:
        seen.add("".join(secrets.choice(characters) for _ in range(16)))
