"""What the queue `captures` brings: one job a message, and perhaps the same job twice."""

import json
from contextlib import nullcontext

from chalicelib.capture import usecases
from chalicelib.capture.lease import alone
from chalicelib.capture.queue import enqueue
from chalicelib.clock import TimeLeft, endless
from chalicelib.errors import Busy
from chalicelib.goods.staging import OutOfTime

FIRST_PAUSE = 15
"""Seconds until a job that met something busy goes on; twice as many after each further time."""

MOST_TRIES = 8
"""How often in a row a job is put off before the queue's own retries take over."""

LAST = 8
"""The time that a message comes for the last time, as the template has it."""


class GivenUp(Exception):
    """A message that came too often: it goes where a person finds it."""


def captures(body: str, receipt: str = "", times: int = 1, left: TimeLeft = endless) -> None:
    """Take one message of queue `captures`: work on a job.

    Args:
        body: JSON, as `queue.enqueue` makes it.
        receipt: handle of the message; empty where no queue holds it.
        times: how often it came, this time included.
        left: until this process is cut off; before that, a message of our own goes on.

    Raises:
        Busy: put off too often in a row, or the queue is busy too.
        GivenUp: it came for the last time, so no worker got to the end of it.
    """
    asked = json.loads(body)
    job_id = asked["job"]
    try:
        with alone(job_id, receipt) if receipt else nullcontext():
            if times >= LAST:
                usecases.let_go(job_id)
                raise GivenUp(job_id)
            usecases.run(job_id, left)
    except OutOfTime:
        enqueue(job_id)
    except Busy:
        _put_off(job_id, asked.get("tries", 0))


def _put_off(job_id: str, tries: int) -> None:
    """Try again soon, by a message of our own: the time until this one comes back is too long.

    Raises:
        Busy: put off too often in a row, or the queue is busy too.
    """
    if tries >= MOST_TRIES:
        raise Busy("The capture was put off too often in a row.", code="contended")
    enqueue(job_id, FIRST_PAUSE * 2**tries, tries=tries + 1)
