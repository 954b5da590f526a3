"""Feeding functions step by step, without threads and without waiting: for tests."""

from collections.abc import Sequence
from typing import Any

from infra.local.delivery import Record
from infra.local.feed import Feed
from infra.local.queues import Queue
from infra.local.streams import lane_of

_READ_AT_ONCE = 1000


def settle(feeds: Sequence[Feed], queues: Sequence[Queue], *, rounds: int = 1000) -> int:
    """Feed until nothing comes any more.

    Retries follow each other at once. Messages that are out of sight, because their function
    failed or asked for a later try, do not come.

    Returns:
        How many records and messages were handed over, retries not counted.

    Raises:
        TimeoutError: after so many rounds there was still something to do.
    """
    total = 0
    for _ in range(rounds):
        handed_over = sum(step_stream(feed) for feed in feeds) + sum(map(step_queue, queues))
        if not handed_over:
            return total
        total += handed_over
    raise TimeoutError(f"{rounds} rounds, {total} records and messages, and no end")


def step_stream(feed: Feed) -> int:
    """Read once, hand over what came, and return how many records that were."""
    records = feed.shard.read(_READ_AT_ONCE)
    settings = feed.stream.settings
    dealt = _dealt(records, settings.lanes, settings.batch_size)
    turns = [lane for lane, batches in enumerate(dealt) for _ in batches]
    if feed.disturbance:
        turns = feed.disturbance.order(turns)
    for lane in turns:
        feed.deliver(dealt[lane].pop(0), pause=_do_not_wait)
    return len(records)


def step_queue(queue: Queue) -> int:
    """Receive once, hand over what came, and return how many messages that were."""
    batch = queue.receive(0)
    if batch:
        queue.hand_over(batch)
    return len(batch)


def _do_not_wait(seconds: float) -> None:
    """Retry at once."""


def _dealt(records: Sequence[Any], lanes: int, size: int) -> list[list[list[Record]]]:
    """Return the batches of each lane, in order."""
    dealt: list[list[Record]] = [[] for _ in range(lanes)]
    for record in records:
        dealt[lane_of(record, lanes)].append(record)
    return [
        [those[start : start + size] for start in range(0, len(those), size)] for those in dealt
    ]
