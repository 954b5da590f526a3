"""One worker at a job, and another soon after it died.

A worker takes the job's **lease** and renews it, and hides its message a little longer, for as long
as it lives. Both are short: when the process is killed, the message comes back a minute later and
not when the queue's own time has passed, and whoever takes it finds the lease free.

The lease only saves work. Who works on although another one took over (its clock was wrong, it was
frozen) does no harm: attempts at a batch are fenced off, and what is recorded is found recorded.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import clock
from chalicelib.capture.queue import QUEUE
from chalicelib.errors import Busy, Conflict, PacktrailError
from chalicelib.goods.staging import OutOfTime
from chalicelib.http.observe import log
from chalicelib.notify.queue import hide
from chalicelib.table.items import Item
from chalicelib.table.transaction import Transaction

HIDDEN = 60
"""Seconds after a worker's last sign of life until its message comes back."""

HELD = 50
"""Seconds after a worker's last sign of life until another may begin; below `HIDDEN`."""

BEAT = 15.0
"""Seconds between two signs of life."""


class LeaseItem(Item):
    """Who works on a job; pk `capture#{job}`, sk `lease`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    holder = UnicodeAttribute()
    until = NumberAttribute()


@contextmanager
def alone(job_id: str, receipt: str) -> Iterator[None]:
    """Hold a job's lease inside the block.

    Args:
        job_id: that is worked on.
        receipt: handle of the message that asked for it, of queue `captures`.

    Raises:
        Busy: another worker is at it, or no answer.
    """
    holder = uuid.uuid4().hex
    _renew(job_id, holder, receipt)
    over = threading.Event()
    pulse = threading.Thread(target=_beat, args=(job_id, holder, receipt, over), daemon=True)
    pulse.start()
    going_on = False  # by a message of our own; else this one comes back when the lease is over
    try:
        yield
        going_on = True
    except (PacktrailError, OutOfTime):
        going_on = True
        raise
    finally:
        over.set()
        pulse.join()
        if going_on:
            _free(job_id, holder)


def _beat(job_id: str, holder: str, receipt: str, over: threading.Event) -> None:
    while not over.wait(BEAT):
        try:
            _renew(job_id, holder, receipt)
        except Busy:
            log.warning("no sign of life could be given; the next one may be", job=job_id)


def _renew(job_id: str, holder: str, receipt: str) -> None:
    now = clock.now()
    until = int((now + timedelta(seconds=HELD)).timestamp())
    item = LeaseItem(pk=f"capture#{job_id}", sk="lease", holder=holder, until=until)
    free = (
        LeaseItem.holder.does_not_exist()
        | (LeaseItem.holder == holder)
        | (LeaseItem.until < int(now.timestamp()))
    )
    taken = Conflict("Another worker is at this capture.")
    tx = Transaction()
    tx.update(
        LeaseItem, item.pk, item.sk,
        actions=[LeaseItem.holder.set(holder), LeaseItem.until.set(until)],
        condition=free, refused=taken,
    )  # fmt: skip
    try:
        tx.commit()
    except Conflict as refusal:
        raise Busy("Another worker is at this capture.", code="contended") from refusal
    hide(QUEUE, receipt, timedelta(seconds=HIDDEN))


def _free(job_id: str, holder: str) -> None:
    """Let the next worker begin at once; one that took over meanwhile keeps it."""
    tx = Transaction()
    tx.update(
        LeaseItem, f"capture#{job_id}", "lease", actions=[LeaseItem.until.set(0)],
        condition=LeaseItem.holder == holder, refused=Conflict("Another worker took over."),
    )  # fmt: skip
    with suppress(Conflict):
        tx.commit()
