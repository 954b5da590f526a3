"""Feeding the app's functions from streams, queues and the clock, with Lambda's rules.

Threads are thin here: `delivery.py` decides, `streams.py` and `queues.py` read. Per shard one
thread reads and one per lane hands over; per queue one thread receives, and every batch gets one.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Thread
from typing import Any

import boto3
from chalice.app import Chalice

from infra.local.checkpoints import Checkpoints
from infra.local.delivery import Record
from infra.local.faults import Disturbance
from infra.local.feed import Feed, Invocations
from infra.local.mapping import CONFIG, Stream, mappings
from infra.local.materialise import Stack
from infra.local.queues import Queue
from infra.local.settling import settle
from infra.local.streams import lane_of, number_of, shards
from infra.local.timers import Timer, timers, until_next_minute

log = logging.getLogger("packtrail.local")

_READ_AT_ONCE = 1000  # records of one GetRecords, at most
_READ_AHEAD = 5000  # records of a shard that are not done before reading waits
_LONG_POLL_SECONDS = 1
_BETWEEN_POLLS_SECONDS = 0.02
_STOPPED_WITHIN_SECONDS = 2.0  # a long poll and the message that it may bring
_BREATH_SECONDS = 1.0  # after something of ours failed
_IDLE_SECONDS = 0.2  # between reads of a stream that nobody says is written to,
_LONG_IDLE_SECONDS = 1.0  # and after a while without anything
# Cuts the batching windows of the template: they save invocations, which cost nothing here, and
# every look at a view would wait for them.
_LONGEST_WINDOW_SECONDS = 0.05


class _Leaving(Exception):
    """The runtime stops: what is not done stays for the next start."""


@dataclass(slots=True)
class _Line:
    """A feed with its threads' belongings.

    `dry_at` is the count of finished invocations before the last look that found nothing: while
    it is the count of now, nothing can have come of anything.
    """

    feed: Feed
    lanes: list["SimpleQueue[Record]"]
    wake: Event = field(default_factory=Event)
    dry_at: int = -1


@dataclass(slots=True)
class _Counter:
    """A queue with its thread's belongings."""

    queue: Queue
    dry_at: int = -1


class EventSources:
    """The event sources of an app, running.

    Promises: every record reaches its function at least once, in order per item; see `streams.py`
    and `Queue` for what a stop or a kill leaves behind.
    """

    def __init__(
        self,
        streams: Sequence[Stream],
        queues: Sequence[Queue],
        *,
        timers: Sequence[Timer] = (),
        checkpoints: Checkpoints,
        disturbance: Disturbance | None = None,
    ) -> None:
        client = boto3.client("dynamodbstreams")
        self._invocations = Invocations()
        self._feeds = [
            Feed(stream, shard, self._invocations, disturbance)
            for stream in streams
            for shard in shards(
                client,
                stream.arn,
                checkpoints=checkpoints,
                from_now=stream.settings.from_now,
            )
        ]
        self._queues = queues
        self._timers = timers
        self._lines = [
            _Line(feed, [SimpleQueue() for _ in range(feed.stream.settings.lanes)])
            for feed in self._feeds
        ]
        self._counters = [_Counter(queue) for queue in queues]
        self._stopping = Event()
        self._threads: list[Thread] = []

    @classmethod
    def of(
        cls,
        app: Chalice,
        stack: Stack,
        *,
        checkpoints: Checkpoints | None = None,
        config: Path = CONFIG,
        disturbance: Disturbance | None = None,
    ) -> "EventSources":
        """Return the event sources that an app registers and the template configures.

        Args:
            app: its handlers, by `on_dynamodb_record`, `on_sqs_message` and `schedule`.
            stack: the tables and queues.
            checkpoints: where to go on from; from the beginning, in memory, when not given.
            config: Chalice's, for the functions' timeouts.
            disturbance: what is to go wrong.
        """
        streams, queues = mappings(app, stack, config)
        kept = checkpoints or Checkpoints(None)
        clocked = timers(app, config)
        return cls(streams, queues, timers=clocked, checkpoints=kept, disturbance=disturbance)

    def settle(self, *, rounds: int = 1000) -> int:
        """Feed until nothing comes any more, without threads; see `settling.settle`."""
        return settle(self._feeds, self._queues, rounds=rounds)

    def start(self) -> None:
        """Begin to feed, in threads."""
        for line in self._lines:
            self._threads.append(_run(self._read, line))
            for lane in line.lanes:
                self._threads.append(_run(self._hand_over, line, lane))
        for counter in self._counters:
            self._threads.append(_run(self._receive, counter))
        for timer in self._timers:
            self._threads.append(_run(self._tick, timer))

    def wake(self) -> None:
        """Look at the streams now: something was probably written."""
        for line in self._lines:
            line.wake.set()

    def quiet(self) -> bool:
        """Tell whether all that was written has arrived, and what came of that too."""
        finished = self._invocations.finished
        looked = [line.dry_at for line in self._lines] + [each.dry_at for each in self._counters]
        return (
            not self._invocations.running
            and not any(feed.shard.progress.outstanding for feed in self._feeds)
            and all(dry_at == finished for dry_at in looked)
        )

    def stop(self, *, drain: float = 0.0) -> bool:
        """Stop, after at most `drain` seconds in which what is on its way arrives.

        Returns:
            True when everything had arrived.
        """
        deadline = time.monotonic() + drain
        self._invocations.begin()
        self._invocations.end()  # as if something had run: everybody has to look again
        self.wake()
        while not (quiet := self.quiet()) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._stopping.set()
        self.wake()
        deadline = time.monotonic() + _STOPPED_WITHIN_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        while self._invocations.running and time.monotonic() < deadline:
            time.sleep(0.01)
        return quiet

    def _read(self, line: _Line) -> None:
        idle = _IDLE_SECONDS
        while not self._stopping.is_set():
            line.wake.clear()
            if line.feed.shard.progress.outstanding > _READ_AHEAD:
                line.wake.wait(_IDLE_SECONDS)
                continue
            before = self._invocations.finished
            records = self._carefully(line.feed.shard.read, _READ_AT_ONCE)
            for record in records or ():
                line.lanes[lane_of(record, len(line.lanes))].put(record)
            if records:
                idle = _IDLE_SECONDS
            else:
                line.dry_at = before if records is not None else -1
                woken = line.wake.wait(idle)
                idle = _IDLE_SECONDS if woken else min(idle * 1.05, _LONG_IDLE_SECONDS)

    def _hand_over(self, line: _Line, lane: "SimpleQueue[Record]") -> None:
        while not self._stopping.is_set():
            batch = self._collect(line, lane)
            while batch and not self._stopping.is_set():
                batch = self._deliver(line.feed, batch)
                self.wake()

    def _collect(self, line: _Line, lane: "SimpleQueue[Record]") -> list[Record]:
        """Return a batch, after the window that its first record opens; or nothing yet."""
        try:
            batch = [lane.get(timeout=_IDLE_SECONDS)]
        except Empty:
            return []
        settings = line.feed.stream.settings
        deadline = time.monotonic() + min(settings.window, _LONGEST_WINDOW_SECONDS)
        while len(batch) < settings.batch_size:
            try:
                batch.append(lane.get(timeout=max(0.0, deadline - time.monotonic())))
            except Empty:
                break
        return batch

    def _deliver(self, feed: Feed, batch: list[Record]) -> list[Record]:
        """Deliver a batch; return what is left of it because something of ours failed."""
        left = list(batch)

        def done(records: Sequence[Record]) -> None:
            numbers = set(map(number_of, records))
            left[:] = [record for record in left if number_of(record) not in numbers]

        try:
            feed.deliver(batch, pause=self._pause, done=done)
        except _Leaving:
            pass
        except Exception:  # the other door of the runtime: the emulator may be away for a moment
            log.exception("%s: could not go on, trying again", feed.stream.function.name)
            self._stopping.wait(_BREATH_SECONDS)
        return left

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise _Leaving

    def _tick(self, timer: Timer) -> None:
        while not self._stopping.wait(until_next_minute(now := datetime.now(UTC))):
            self._invocations.begin()
            try:
                timer.fire(now + timedelta(minutes=1))
            finally:
                self._invocations.end()
                self.wake()

    def _receive(self, counter: _Counter) -> None:
        queue = counter.queue
        free = BoundedSemaphore(queue.settings.concurrency)
        while not self._stopping.is_set():
            if not free.acquire(timeout=_IDLE_SECONDS):
                continue
            before = self._invocations.finished
            batch = self._carefully(queue.receive, _LONG_POLL_SECONDS)
            if batch:  # handed over even when stopping, or it would hide for minutes
                self._invocations.begin()
                _run(self._hand_over_messages, queue, batch, free)
            else:
                free.release()
                counter.dry_at = -1 if batch is None else before
                self._stopping.wait(_BETWEEN_POLLS_SECONDS)

    def _hand_over_messages(
        self, queue: Queue, batch: list[dict[str, Any]], free: BoundedSemaphore
    ) -> None:
        try:
            self._carefully(queue.hand_over, batch)
        finally:
            free.release()
            self._invocations.end()
            self.wake()

    def _carefully(self, what: Callable[[Any], Any], argument: Any) -> Any:
        """Return what a call gives; None, after a moment, when it failed."""
        try:
            return what(argument)
        except Exception:  # the other door of the runtime
            if not self._stopping.is_set():
                log.exception("could not go on, trying again")
                self._stopping.wait(_BREATH_SECONDS)
            return None


def _run(what: Callable[..., None], *arguments: Any) -> Thread:
    thread = Thread(target=what, args=arguments, name=f"events{what.__name__}", daemon=True)
    thread.start()
    return thread
