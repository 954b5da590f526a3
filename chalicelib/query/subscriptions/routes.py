"""The doors for subscriptions to named queries (EPCIS 2.0, 12.8)."""

from typing import Annotated
from urllib.parse import quote

from pydantic import StringConstraints

from chalicelib.access.model import Scope
from chalicelib.http.epcis_paging import EpcisPageQuery, page_after, page_headers, per_page
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.notify.store.deliveries import DeliveryStore
from chalicelib.notify.wire import DeliveriesAnswer, DeliveryAnswer
from chalicelib.query.store import QueryStore
from chalicelib.query.subscriptions import usecases
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.store import State, SubscriptionStore, states
from chalicelib.query.subscriptions.wire import SubscriptionBody, answer_of
from chalicelib.settings import settings

routes = Routes(__name__)

SubscriptionField = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_ALL = "/queries/{name}/subscriptions"
_ONE = "/queries/{name}/subscriptions/{subscription}"


@routes.epcis_post(_ALL, scope=Scope.WEBHOOKS, body=SubscriptionBody, status=201)
def subscribe(call: Call[SubscriptionBody], name: str) -> Answer:
    """Have what a named query finds sent to an address, as it comes or by the clock."""
    kept = usecases.subscribe(
        call.actor,
        name,
        call.body,
        operation=call.operation,
        epc_format=call.epcis.epc_format,
        at=call.at,
        local=settings().local,
    )
    shown = _shown(kept, State())
    where = f"/queries/{quote(name)}/subscriptions/{kept.id}"
    return Answer(shown.body, headers={**shown.headers, "Location": where})


@routes.epcis_get(_ALL, scope=Scope.WEBHOOKS, query=EpcisPageQuery)
def subscriptions(call: Call, name: str) -> Answer:
    """List the subscriptions to a named query."""
    QueryStore(call.actor.organisation).item(name)
    found = [each for each in SubscriptionStore(call.actor.gln).all() if each.query_name == name]
    first, most = int(page_after(call) or 0), per_page(call)
    page = found[first : first + most]
    known = states(each.id for each in page)
    listed = [answer_of(each, known.get(each.id, State())) for each in page]
    position = str(first + most) if first + most < len(found) else None
    return Answer(listed, headers=page_headers(call, position))


@routes.epcis_get(_ONE, scope=Scope.WEBHOOKS)
def subscription(call: Call, name: str, subscription: SubscriptionField) -> Answer:
    """Show a subscription, and when its query ran last."""
    found = SubscriptionStore(call.actor.gln).get(name, subscription)
    return _shown(found, states([found.id]).get(found.id, State()))


@routes.epcis_delete(_ONE, scope=Scope.WEBHOOKS)
def unsubscribe(call: Call, name: str, subscription: SubscriptionField) -> None:
    """End a subscription; what waits to be sent is given up."""
    usecases.unsubscribe(call.actor, name, subscription)


@routes.get(
    "/v1/subscriptions/{subscription}/deliveries",
    scope=Scope.WEBHOOKS,
    query=PageQuery,
    answer=DeliveriesAnswer,
)
def subscription_deliveries(call: Call[None, PageQuery], subscription: SubscriptionField) -> Answer:
    """List what was sent for a subscription, newest first, with every attempt."""
    found = SubscriptionStore(call.actor.gln).one(subscription)
    sent, last = DeliveryStore(found.id).page(after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    body = DeliveriesAnswer(deliveries=tuple(map(DeliveryAnswer.of, sent)), next=cursor)
    return Answer(body, headers=next_link(call, cursor))


def _shown(found: Subscription, state: State) -> Answer:
    body = answer_of(found, state)
    least = str(body["minRecordTime"])
    return Answer(body, headers={"GS1-Query-Min-Record-Time": least})
