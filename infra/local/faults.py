"""What streams do on a bad day, on demand: duplicates, and any order across items.

Lambda promises at least once, and order per item only. `Disturbance` makes use of all that this
allows, from a seed, so that a test that fails can be run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from infra.local.delivery import Record

T = TypeVar("T")


@dataclass(slots=True)
class Disturbance:
    """Hands records over more often than asked, and lanes in any order.

    Attributes:
        random: seeded by the test.
        duplicates: share of batches after which the answer is lost: they are handed over again.
        revenants: share of batches before which an earlier one, long done, comes again.
    """

    random: Random
    duplicates: float = 0.0
    revenants: float = 0.0
    _earlier: list[Sequence[Record]] = field(default_factory=list)

    def invoke(
        self, call: Callable[[Sequence[Record]], object], records: Sequence[Record]
    ) -> object:
        """Call with the records, and around that with what was handed over before."""
        if self._earlier and self.random.random() < self.revenants:
            call(self.random.choice(self._earlier))
        answer = call(records)
        self._earlier.append(records)
        if self.random.random() < self.duplicates:
            answer = call(records)
        return answer

    def order(self, batches: Sequence[T]) -> list[T]:
        """Return batches of different lanes in another order."""
        return self.random.sample(batches, len(batches))
