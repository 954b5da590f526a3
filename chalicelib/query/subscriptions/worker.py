"""What the clock and the queue `subscriptions` bring; each may come twice.

Here, at the door, the clock is read and chance is drawn.
"""

import json
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import Any
from uuid import uuid4

from chalicelib import clock
from chalicelib.errors import Busy, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.notify import queue
from chalicelib.notify.model.delivery import LEASE, Turn
from chalicelib.notify.usecases import read_retry, retry
from chalicelib.query.subscriptions.catching_up import catch_up, catch_up_body
from chalicelib.query.subscriptions.delivering import tell
from chalicelib.query.subscriptions.hearing import QUEUE, tell_body
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.store import advance, due, subscriptions_of
from chalicelib.query.subscriptions.way import ToSubscribers
from chalicelib.settings import settings

AT_ONCE = 500
"""Subscriptions that one look at the clock takes."""

LOOKS = 4
"""So often the clock is looked at in a minute; what is due beyond runs with the next."""

MOST_TRIES = 8
"""How often in a row a message is put off before the queue's own retries take over."""

_CHANCE = SystemRandom()


def subscriptions(body: str) -> None:
    """Take one message of the queue: a list to be told, or made; a later attempt at one delivery.

    Args:
        body: JSON, as `hearing.tell_body`, `catching_up.catch_up_body` or
            `notify.usecases.retry_body` makes it.

    Raises:
        Busy, Raced: put off too often in a row.
    """
    work = json.loads(body)
    try:
        if "retry" in work:
            retry(read_retry(work), _turn(), ToSubscribers())
            return
        if "catchUp" in work:
            which = work["catchUp"]
            after = which["after"]
            catch_up(Gln(which["gln"]), which["id"], None if after is None else tuple(after))
            return
        which = work["tell"]
        run = datetime.fromisoformat(which["run"]) if "run" in which else None
        tell(Gln(which["gln"]), which["id"], run, _turn)
    except (Busy, Raced):
        tries = work.get("tries", 0)
        if tries >= MOST_TRIES:
            raise
        queue.send(QUEUE, [work | {"tries": tries + 1}], delay=LEASE + timedelta(seconds=5))


def run_due() -> None:
    """Have every subscription told whose time has come; a run that was missed is one run, late.

    The first time of each is when it was made: then it catches up. The message is sent before the
    next run is set: whoever is interrupted sends it again, and the same run tells nothing again.
    """
    for _ in range(LOOKS):
        now = clock.now()
        found = due(now, limit=AT_ONCE)
        if not found:
            return
        standing = subscriptions_of({gln for _, gln, _ in found})
        live = {each.id: each for of in standing.values() for each in of if not each.disabled}
        queue.send(QUEUE, [_body(live[which], at) for at, _, which in found if which in live])
        for at, gln, which in found:
            _advance(gln, which, live.get(which), at, now)


def _advance(
    gln: Gln, which: str, subscription: Subscription | None, at: datetime, now: datetime
) -> None:
    """Say when a subscription is due next, if it is still there."""
    if subscription is None:
        advance(gln, which, ran=at, then=None, run=False)
    elif at == subscription.created:
        then = subscription.next_run(max(at, subscription.initial))
        advance(gln, which, ran=at, then=then, run=False)
    else:
        advance(gln, which, ran=at, then=subscription.next_run(max(at, now)))


def _body(subscription: Subscription, at: datetime) -> dict[str, Any]:
    if at == subscription.created:
        return catch_up_body(subscription.gln, subscription.id)
    return tell_body(subscription.gln, subscription.id, at)


def _turn() -> Turn:
    return Turn(clock.now(), uuid4().hex, _CHANCE.random(), settings().local)
