"""What the queue `captures` brings: one job a message, and perhaps the same job twice."""

import json

from chalicelib.capture import usecases
from chalicelib.capture.queue import enqueue
from chalicelib.errors import Busy

FIRST_PAUSE = 15
"""Seconds until a job that met something busy goes on; twice as many after each further time."""

MOST_TRIES = 8
"""How often in a row a job is put off before the queue's own retries take over."""


def captures(body: str) -> None:
    """Take one message of queue `captures`: work on a job.

    A message that fails comes back only when its time out of sight has passed, an hour and a half.
    So what a retry may cure at once is put off by a message of our own.

    Args:
        body: JSON, as `queue.enqueue` makes it.

    Raises:
        Busy: put off too often in a row, or the queue is busy too.
    """
    asked = json.loads(body)
    job_id, tries = asked["job"], asked.get("tries", 0)
    try:
        usecases.run(job_id)
    except Busy:
        if tries >= MOST_TRIES:
            raise
        enqueue(job_id, FIRST_PAUSE * 2**tries, tries=tries + 1)
