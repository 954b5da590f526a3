"""Streams and queues feeding the app's own functions, step by step, on good and on bad days.

The code that does it is that of the local runtime (`infra.local.eventsource`), with the settings of
the template; here it only gets an app, a seed, and a way to die in the middle.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from chalice.app import Chalice

from infra.local.checkpoints import Checkpoints
from infra.local.eventsource import EventSources
from infra.local.faults import Disturbance
from tests.harness.aws import Aws, forget
from tests.harness.faults import Killed, Kind, injected


class Streams:
    """The event sources of an app on the emulated account.

    What is done is remembered outside of the runtime, as Lambda does, so that after a crash a new
    one goes on where the old one stopped.
    """

    def __init__(self, aws: Aws, app: Chalice, disturbance: Disturbance | None = None) -> None:
        self._aws, self._app, self._disturbance = aws, app, disturbance
        self._checkpoints = Checkpoints(None)
        self._sources = self._start()

    def _start(self) -> EventSources:
        return EventSources.of(
            self._app,
            self._aws.stack,
            checkpoints=self._checkpoints,
            disturbance=self._disturbance,
        )

    def settle(self) -> int:
        """Hand over until nothing comes any more; return how many records and messages."""
        return self._sources.settle()

    def settle_later(self) -> int:
        """Let failed messages come back before each of many rounds, until nothing comes."""
        total = 0
        while handed_over := self.settle():
            total += handed_over
            self._aws.reveal()
        return total

    def settle_with(self, plan: Mapping[int, Kind]) -> tuple[int, list[str]]:
        """Hand over while calls to AWS go wrong by plan; die and start anew where it says killed.

        Returns:
            How many records and messages in the end, and the faults that really happened.
        """
        with injected(plan) as calls:
            while True:
                try:
                    return self.settle_later(), calls.hit
                except Killed:
                    forget()
                    self._aws.reveal()
                    self._sources = self._start()


def bad_day(seed: int) -> Disturbance:
    """Return what streams may do: duplicates at once, old batches again, any order across lanes."""
    return Disturbance(Random(seed), duplicates=0.3, revenants=0.3)


def given_up(aws: Aws) -> list[Any]:
    """Return Lambda's notes about stream records that were given up."""
    return [json.loads(body) for body in aws.messages("stream-failures")]
