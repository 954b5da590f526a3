"""What the streams and queues bring: each function takes one record, and may get it twice.

Here, at the door, the clock is read and chance is drawn.
"""

import json
from collections.abc import Mapping
from secrets import SystemRandom
from typing import Any
from uuid import uuid4

from chalicelib import clock
from chalicelib.alerts import usecases as alerts
from chalicelib.gs1.keys import Gln
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.usecases import read_retry
from chalicelib.recall import telling, usecases
from chalicelib.recall.identification import identify
from chalicelib.settings import settings
from chalicelib.table.items import ALONE

_CHANCE = SystemRandom()


def recall_changed(record: Mapping[str, Any]) -> None:
    """Take one record of the stream of table `recalls`: begin with what was opened or raised.

    Everything else in that table, such as notices, is nobody's concern here.

    Args:
        record: as Lambda gives it: `eventName` and `dynamodb` with `Keys` and `NewImage`.
    """
    keys = record["dynamodb"]["Keys"]
    kind, _, name = keys["pk"]["S"].partition("#")
    if record["eventName"] != "INSERT" or keys["sk"]["S"] != ALONE:
        return
    if kind == "recall":
        usecases.started(name, Gln(record["dynamodb"]["NewImage"]["owner"]["S"]))
    elif kind == "alert":
        alerts.raised(name)


def recall_work(body: str, message_id: str) -> None:
    """Take one message of queue `recall`: find one shipper's customers.

    Args:
        body: JSON, as `usecases.identify_body` makes it.
        message_id: the queue's, the same when the message comes again.
    """
    asked = json.loads(body)["identify"]
    identify(asked["recall"], Gln(asked["shipper"]), run=message_id, at=clock.now())


def notices(body: str) -> None:
    """Take one message of queue `notices`: whom to tell, or a later attempt at one message.

    Args:
        body: JSON, as `identification.tell_bodies`, `alerts.usecases.raised` or
            `notify.usecases.retry_body` makes it.
    """
    work = json.loads(body)
    turn = Turn(clock.now(), uuid4().hex, _CHANCE.random(), settings().local)
    if "retry" in work:
        telling.tell_again(read_retry(work), turn)
        return
    if "alert" in work:
        alerts.tell(work["alert"], turn)
        return
    asked = work["tell"]
    telling.tell(asked["recall"], Gln(asked["shipper"]), asked["notices"], turn)
