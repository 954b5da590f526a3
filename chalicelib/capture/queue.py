"""Putting jobs into the queue `captures`, from which workers take them."""

from datetime import timedelta
from typing import Any

from chalicelib.notify.queue import send

QUEUE = "captures"


def enqueue(job_id: str, delay: float = 0, *, tries: int = 0) -> None:
    """Have a job worked on, or worked on further.

    Twice is harmless: whoever works on a job finds what is done already.

    Args:
        job_id: whose document is kept already.
        delay: seconds for which it is held back; a quarter of an hour at most.
        tries: how often in a row it was put off because something was busy.

    Raises:
        Busy: it may be in the queue or not.
    """
    body: dict[str, Any] = {"job": job_id} | ({"tries": tries} if tries else {})
    send(QUEUE, [body], delay=timedelta(seconds=delay))
