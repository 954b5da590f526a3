"""Finding out whom a recall concerns: one shipper's customers at a time.

A run reads what the shipper sent, writes what is new, queues what was not told, and says that it is
done, in that order. It may be cut off anywhere and run again, and two may run at once: what goods
were found in only grows, each notice has one identity, and a notice counts as queued only when the
run that wrote it is complete.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.directory.store import Directory
from chalicelib.errors import NotFound, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.notify import queue
from chalicelib.recall.model.notice import (
    Findings,
    Notice,
    Sent,
    Told,
    changes,
    findings,
)
from chalicelib.recall.model.recall import Leg, Recall, Stage
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import ROUNDS, RecallStore
from chalicelib.recall.units import sent_units
from chalicelib.recall.usecases import QUEUE, identify_body
from chalicelib.trace.store import DeliveryStore

NOTICES_QUEUE = "notices"

PER_MESSAGE = 25
"""Notices in one message: so many are told at once by one worker."""


def identify(recall_id: str, shipper: Gln, *, run: str, at: datetime) -> None:
    """Find a shipper's customers and have each of them told.

    Args:
        recall_id: of the recall.
        shipper: whose customers.
        run: identity of this piece of work, the same when it is done again after a crash.
        at: now.

    Raises:
        NotFound: the recall has not reached that shipper.
        Raced: somebody else changed the same all the while; to be called again.
        Busy: to be called again.
    """
    recalls = RecallStore()
    recall, leg = recalls.get(recall_id), recalls.leg(recall_id, shipper)
    if leg is None:
        raise NotFound(f"Recall {recall_id} has not reached {shipper}.")
    if run in leg.finished:
        return
    but = frozenset({shipper, recall.owner})
    found = findings(sent_by(recall, shipper), but=but)
    members = {gln: member.id for gln, member in Directory().organisations_of(found).items()}
    notices = _kept(recall, leg, found, members, run=run, at=at)
    _queue(recall, notices, leg)
    got = {gln for gln, lots in found.items() if any(lot.quantity for lot in lots)}
    _reach(recall, leg, {gln: member for gln, member in members.items() if gln in got})
    _complete(leg, run, at)


def sent_by(recall: Recall, shipper: Gln) -> Iterator[Sent]:
    """Yield what a shipper sent of what is recalled; with quantity 0 what was all taken back."""
    for covered in recall.scope:
        if covered.partial:
            yield from sent_units(recall.id, covered.lgtin, shipper)
        else:
            for delivery in DeliveryStore().of(covered.lgtin, shipper):
                yield delivery, ()


def tell_bodies(recall_id: str, notices: Sequence[Notice]) -> Iterator[dict[str, Any]]:
    """Yield requests to tell parties as they stand in the queue; all of one shipper."""
    for start in range(0, len(notices), PER_MESSAGE):
        part = notices[start : start + PER_MESSAGE]
        yield {
            "tell": {
                "recall": recall_id,
                "shipper": str(part[0].shipper),
                "notices": [notice.id for notice in part],
            }
        }


def _kept(
    recall: Recall,
    leg: Leg,
    found: Findings,
    members: dict[Gln, str],
    *,
    run: str,
    at: datetime,
) -> dict[Gln, Notice]:
    """Keep what is new; return every notice in the shipper's name."""
    store = NoticeStore(recall)
    for _ in range(ROUNDS):
        known = store.of(leg.shipper)
        changed = changes(leg, found, known, members, run=run, at=at)
        try:
            store.keep(changed)
        except Raced:
            continue
        return known | {notice.party: notice for notice in changed}
    raise Raced("The notices were being changed all the while.")


def _queue(recall: Recall, notices: dict[Gln, Notice], leg: Leg) -> None:
    """Have everybody told who was not, unless a run that is complete has seen to it."""
    waiting = [
        notice
        for notice in notices.values()
        if notice.status is Told.PENDING and notice.run not in leg.finished
    ]
    queue.send(NOTICES_QUEUE, tell_bodies(recall.id, waiting))


def _reach(recall: Recall, leg: Leg, members: dict[Gln, str]) -> None:
    """Go on to the customers' customers, each shipper once: goods may go in circles."""
    wanted = [leg.next(gln, member, recall.cascade) for gln, member in members.items()]
    legs = RecallStore().begin(wanted)
    queue.send(QUEUE, _requests(legs))


def _requests(legs: Iterable[Leg]) -> Iterator[dict[str, Any]]:
    for leg in legs:
        if leg.stage is Stage.REQUESTED:
            yield identify_body(leg.recall, leg.shipper)


def _complete(leg: Leg, run: str, at: datetime) -> None:
    recalls = RecallStore()
    for _ in range(ROUNDS):
        standing = recalls.leg(leg.recall, leg.shipper) or leg
        if run in standing.finished:
            return
        try:
            recalls.replace(standing.completed(run, at))
        except Raced:
            continue
        return
    raise Raced("The leg was being changed all the while.")
