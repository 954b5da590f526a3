"""One shard of a stream on its way into one function: what threads and tests both drive."""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from infra.local.delivery import GivenUp, Record, Surroundings, deliver, failure_note
from infra.local.faults import Disturbance
from infra.local.mapping import Stream
from infra.local.streams import Shard

log = logging.getLogger("packtrail.local")


@dataclass(slots=True)
class Invocations:
    """How many run now, and how many have finished since the start."""

    running: int = 0
    finished: int = 0
    _lock: Lock = field(default_factory=Lock)

    def begin(self) -> None:
        """Count one in."""
        with self._lock:
            self.running += 1

    def end(self) -> None:
        """Count one out."""
        with self._lock:
            self.running -= 1
            self.finished += 1


@dataclass(frozen=True, slots=True)
class Feed:
    """A shard and the function that it feeds.

    Attributes:
        stream: settings and function.
        shard: where the records come from.
        invocations: counts of all feeds together.
        disturbance: what goes wrong on demand, if anything.
        started: epoch seconds; records that were written before grow old from then on.
    """

    stream: Stream
    shard: Shard
    invocations: Invocations
    disturbance: Disturbance | None = None
    started: float = field(default_factory=time.time)

    def deliver(
        self,
        batch: Sequence[Record],
        *,
        pause: Callable[[float], None],
        done: Callable[[Sequence[Record]], None] | None = None,
    ) -> None:
        """Hand a batch over by the rules of `delivery.deliver`, and move the checkpoint.

        Records that are not for the function are done without it.

        Args:
            batch: of one lane.
            pause: see `Surroundings`.
            done: also told what is done, after the checkpoint has moved.
        """

        def both(records: Sequence[Record]) -> None:
            self.shard.done(records)
            if done:
                done(records)

        world = Surroundings(
            self._invoke, both, self._give_up, pause, now=time.time, since=self.started
        )
        both([record for record in batch if not self.stream.fits(record)])
        deliver(list(filter(self.stream.fits, batch)), self.stream.settings, world)

    def _invoke(self, records: Sequence[Record]) -> object:
        self.invocations.begin()
        try:
            if self.disturbance:
                return self.disturbance.invoke(self._call, records)
            return self._call(records)
        finally:
            self.invocations.end()

    def _call(self, records: Sequence[Record]) -> object:
        return self.stream.function({"Records": list(records)})

    def _give_up(self, given_up: GivenUp) -> None:
        log.error(
            "%s: gave up %d records, %s",
            self.stream.function.name,
            len(given_up.records),
            given_up.condition,
        )
        note = failure_note(
            given_up,
            stream_arn=self.stream.arn,
            shard_id=self.shard.shard_id,
            function_arn=self.stream.function.arn,
            request_id=str(uuid.uuid4()),
            at=time.time(),
        )
        self.stream.give_up(note)
