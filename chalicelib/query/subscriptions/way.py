"""What is sent to subscribers: results of a query, or why there are none (EPCIS 2.0, 8.2.5).

A delivery does not keep its body but says of what it is made: events never change, so every attempt
sends the same bytes, and a delivery may be larger than an item of a table.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chalicelib.epcis import json_format
from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.jsonld import instant, render
from chalicelib.http.epcis import JSON, Epcis
from chalicelib.http.problem import MEDIA_TYPE
from chalicelib.ledger.model import event_uri
from chalicelib.ledger.store import read_records
from chalicelib.notify.model.delivery import Attempt, Delivery, Turn, held
from chalicelib.notify.ways import USER_AGENT, Post, Unwanted
from chalicelib.query.answers import spelled
from chalicelib.query.subscriptions.hearing import QUEUE
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.signing import signatures, unseal
from chalicelib.query.subscriptions.store import SubscriptionStore, note, owner
from chalicelib.query.subscriptions.usecases import allowed, disable
from chalicelib.serial.store import Numbers

TYPE = "epcis.results"


@dataclass(frozen=True, slots=True)
class Results:
    """Of what a delivery is made.

    Attributes:
        events: numbers of events by their record, in the order in which they are told.
        problem: instead of events: why there are none, as a problem document.
    """

    events: Sequence[tuple[str, Sequence[int]]] = ()
    problem: str = ""

    def write(self) -> str:
        """Return it as a delivery keeps it."""
        return json.dumps({"events": self.events, "problem": self.problem})

    @classmethod
    def read(cls, text: str) -> "Results":
        """Read what `write` wrote."""
        found = json.loads(text)
        return cls([(record, numbers) for record, numbers in found["events"]], found["problem"])


def begun(subscription: Subscription, results: Results, message: str, turn: Turn) -> Delivery:
    """Return a new delivery to a subscriber, claimed by the one who begins it."""
    return held(
        message,
        endpoint=subscription.id,
        organisation=subscription.organisation,
        kind=TYPE,
        created=turn.at,
        body=results.write(),
        turn=turn,
    )


class ToSubscribers:
    """Results to the addresses of subscriptions."""

    queue = QUEUE
    dead_queue = f"{QUEUE}-dead"

    def __init__(self, subscription: Subscription | None = None) -> None:
        """Send to a subscription that was read and is allowed, or to the delivery's."""
        self._known = subscription

    def post(self, delivery: Delivery, at: datetime) -> Post:
        """Return the results, signed if the subscriber gave a token."""
        subscription = self._known or _subscription(delivery)
        self._known = subscription
        results = Results.read(delivery.body)
        problem = results.problem.encode()
        body = problem or _document(subscription, results, delivery)
        token = unseal(subscription.token, subscription.id)
        headers = {
            "Content-Type": MEDIA_TYPE if problem else JSON,
            "User-Agent": USER_AGENT,
            "GS1-EPCIS-Version": "2.0",
            "GS1-CBV-Version": "2.0",
            **signatures(token, delivery.message, body, at),
        }
        return Post(subscription.url, headers, body)

    def answered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Note when the receiver took something; stop when it wants nothing more."""
        if attempt.accepted:
            note(delivery.endpoint, notified=attempt.at)
        if attempt.gone and self._known:
            disable(self._known, "it answered 410 Gone")


def _subscription(delivery: Delivery) -> Subscription:
    gln = owner(delivery.endpoint)
    found = SubscriptionStore(gln).find(delivery.endpoint) if gln else None
    if found is None:
        raise Unwanted("the subscription was deleted")
    if not allowed(found):
        disable(found, "its client was revoked")
        raise Unwanted("its client was revoked")
    if found.disabled:
        raise Unwanted(f"the subscription is disabled: {found.disabled}")
    return found


def _document(subscription: Subscription, results: Results, delivery: Delivery) -> bytes:
    """Return the results as the standard writes them, in the spelling that was asked for."""
    spell = spelled(Epcis(epc_format=subscription.epc_format))
    document = EpcisDocument(
        events=[spell(event) for event in _events(results)],
        kind=Kind.RESULTS,
        created=instant(delivery.created),
        results={"queryName": subscription.query_name, "subscriptionID": subscription.id},
    )
    return b"".join(json_format.write(document))


def _events(results: Results) -> list[EventObject]:
    wanted = [(UUID(record), numbers) for record, numbers in results.events]
    records = read_records((record for record, _ in wanted), Numbers())
    return [
        render(records[record].events[number], event_uri(record, number), records[record].recorded)
        for record, numbers in wanted
        for number in numbers
    ]
