"""CPU seconds of our own process, without those of the emulator that runs inside it.

moto answers in the thread that asks, between botocore's signing of a request and its parsing of
the answer. The time spent in moto's handler is taken off, so what is left is what a Lambda function
would burn: our code, botocore's serialising, signing and parsing, in all threads. What is missing
is TLS and the socket, which moto spares us.

The machine is shared and noisy, so a figure is the median of several runs, in CPU time. Only
compare figures of one run of the program.
"""

import gc
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RUNS = 5

_in_emulator = 0
_lock = threading.Lock()
_inside = threading.local()


@dataclass(slots=True)
class Cpu:
    """CPU seconds of one stretch; set when the stretch ends."""

    seconds: float = 0.0


@dataclass(slots=True)
class Memory:
    """Bytes by which one stretch made the process grow, at most; set when the stretch ends."""

    grown: int = 0


@contextmanager
def not_ours() -> Iterator[None]:
    """Leave the CPU seconds of this thread in the block out of what `own_cpu` measures."""
    global _in_emulator  # noqa: PLW0603 - the one total
    if getattr(_inside, "already", False):
        yield
        return
    _inside.already, start = True, time.thread_time_ns()
    try:
        yield
    finally:
        _inside.already = False
        with _lock:
            _in_emulator += time.thread_time_ns() - start


@contextmanager
def own_cpu() -> Iterator[Cpu]:
    """Measure the CPU seconds of this process in the block, without the emulator's."""
    cpu = Cpu()
    gc.collect()
    gc.freeze()  # what stood before, the emulator's for instance, is not searched inside
    emulator, start = _in_emulator, time.process_time_ns()
    yield cpu
    cpu.seconds = (time.process_time_ns() - start - (_in_emulator - emulator)) / 1e9
    gc.unfreeze()


def median_cpu(work: Callable[[], object], *, runs: int = RUNS) -> float:
    """Return the median CPU seconds of several runs, after one that warms up."""
    work()
    found = []
    for _ in range(runs):
        with own_cpu() as cpu:
            work()
        found.append(cpu.seconds)
    return statistics.median(found)


@cache
def watch_emulator() -> None:
    """Take the time of moto's handler from now on; a second call changes nothing."""
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415

    inner = BotocoreStubber.process_request

    def process_request(self: BotocoreStubber, request: object) -> object:
        with not_ours():
            return inner(self, request)

    BotocoreStubber.process_request = process_request


@contextmanager
def peak_memory() -> Iterator[Memory]:
    """Measure by how much the block makes this process grow, at most (Linux; elsewhere 0)."""
    memory, status = Memory(), Path("/proc/self/status")
    if not status.exists():
        yield memory
        return
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far: proc(5)
    before = _kilobytes(status, "VmRSS")
    yield memory
    memory.grown = (_kilobytes(status, "VmHWM") - before) * 1024


def _kilobytes(status: Path, name: str) -> int:
    (line,) = (each for each in status.read_text().splitlines() if each.startswith(f"{name}:"))
    return int(line.split()[1])
