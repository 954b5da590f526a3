"""Having large transaction documents made: in the queue of documents, `captures`."""

from datetime import timedelta

from chalicelib.access.model import Actor
from chalicelib.notify.queue import send

QUEUE = "captures"


def enqueue(shipment: str, actor: Actor, delay: float = 0, *, tries: int = 0) -> None:
    """Have the document of a shipment made.

    Twice is harmless: whoever makes it finds that it is there.

    Args:
        shipment: id of the shipping event, a bare UUID.
        actor: who asked for it; a party of it.
        delay: seconds for which it is held back; a quarter of an hour at most.
        tries: how often in a row it was put off because something was busy.

    Raises:
        Busy: it may be in the queue or not.
    """
    body = {
        "transaction": shipment,
        "organisation": actor.organisation,
        "gln": actor.gln.digits,
        "client": actor.client_id,
        "tries": tries,
    }
    send(QUEUE, [body], delay=timedelta(seconds=delay))
