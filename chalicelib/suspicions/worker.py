"""What the stream and the queue bring about notices; each may come twice.

Here, at the door, the clock is read and chance is drawn.
"""

import json
from collections.abc import Mapping
from secrets import SystemRandom
from typing import Any
from uuid import uuid4

from chalicelib import clock
from chalicelib.notify import queue
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.ways import Webhooks
from chalicelib.settings import settings
from chalicelib.suspicions import telling

_WORK = "suspicion"
_CHANCE = SystemRandom()


def made(record: Mapping[str, Any]) -> bool:
    """Take one record of the stream of table `recalls`: begin to tell of a new notice.

    Args:
        record: as Lambda gives it: `eventName` and `dynamodb` with `Keys`.

    Returns:
        Whether it was about a notice; all others are somebody else's.

    Raises:
        Busy: the queue did not take it; to be called again.
    """
    kind, _, name = record["dynamodb"]["Keys"]["pk"]["S"].partition("#")
    if kind != "suspicion-notice":
        return False
    if record["eventName"] == "INSERT":
        queue.send(Webhooks.queue, [{_WORK: name}])
    return True


def asks(body: str) -> bool:
    """Return whether a message of queue `notices` is about a notice."""
    return _WORK in json.loads(body)


def tell(body: str) -> None:
    """Take one message of queue `notices`: a partner that is to be told."""
    turn = Turn(clock.now(), uuid4().hex, _CHANCE.random(), settings().local)
    telling.tell(json.loads(body)[_WORK], turn)
