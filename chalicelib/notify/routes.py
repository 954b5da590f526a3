"""Webhooks: where an organisation wants to be told, and what was sent there."""

from typing import Annotated

from pydantic import StringConstraints

from chalicelib.access.model import Scope
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.notify import usecases
from chalicelib.notify.signing import secret
from chalicelib.notify.store.deliveries import DeliveryStore
from chalicelib.notify.store.endpoints import EndpointStore
from chalicelib.notify.wire import (
    DeliveriesAnswer,
    DeliveryAnswer,
    NewWebhookAnswer,
    SecretAnswer,
    WebhookAnswer,
    WebhookBody,
    WebhooksAnswer,
)
from chalicelib.settings import settings

routes = Routes(__name__)

IdField = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@routes.post(
    "/v1/webhooks", scope=Scope.WEBHOOKS, body=WebhookBody, answer=NewWebhookAnswer, status=201
)
def register_webhook(call: Call[WebhookBody]) -> Answer:
    """Register an address; the answer is the only one that shows its signing secret."""
    endpoint, replayed = usecases.register(
        call.body.url,
        tuple(call.body.types),
        operation=call.operation,
        fingerprint=call.fingerprint,
        at=call.at,
        local=settings().local,
        endpoints=_endpoints(call),
    )
    shown = WebhookAnswer.of(endpoint).model_dump(by_alias=False)
    body = NewWebhookAnswer(**shown, secret=secret(endpoint.seeds[0].text))
    return Answer(body, headers={"Location": f"/v1/webhooks/{endpoint.id}"}, replayed=replayed)


@routes.get("/v1/webhooks", scope=Scope.WEBHOOKS, answer=WebhooksAnswer)
def webhooks(call: Call) -> WebhooksAnswer:
    """List the organisation's addresses."""
    found = _endpoints(call).all()
    return WebhooksAnswer(webhooks=tuple(map(WebhookAnswer.of, found)))


@routes.get("/v1/webhooks/{webhook}", scope=Scope.WEBHOOKS, answer=WebhookAnswer)
def webhook(call: Call, webhook: IdField) -> WebhookAnswer:
    """Show one address."""
    return WebhookAnswer.of(_endpoints(call).get(webhook))


@routes.delete("/v1/webhooks/{webhook}", scope=Scope.WEBHOOKS)
def remove_webhook(call: Call, webhook: IdField) -> Answer:
    """Take an address away; what waits to be sent there is given up."""
    usecases.remove(webhook, endpoints=_endpoints(call))
    return Answer()


@routes.post("/v1/webhooks/{webhook}/secret", scope=Scope.WEBHOOKS, answer=SecretAnswer, status=201)
def rotate_webhook_secret(call: Call, webhook: IdField) -> Answer:
    """Make a new signing secret; for a day both sign, so that no message is lost."""
    endpoint, replayed = usecases.rotate(
        webhook, operation=call.operation, at=call.at, endpoints=_endpoints(call)
    )
    body = SecretAnswer(id=endpoint.id, secret=secret(call.operation.hex))
    return Answer(body, replayed=replayed)


@routes.get(
    "/v1/webhooks/{webhook}/deliveries",
    scope=Scope.WEBHOOKS,
    query=PageQuery,
    answer=DeliveriesAnswer,
)
def webhook_deliveries(call: Call[None, PageQuery], webhook: IdField) -> Answer:
    """List what was sent to an address, newest first, with every attempt."""
    endpoint = _endpoints(call).get(webhook)
    found, last = DeliveryStore(endpoint.id).page(after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    body = DeliveriesAnswer(deliveries=tuple(map(DeliveryAnswer.of, found)), next=cursor)
    return Answer(body, headers=next_link(call, cursor))


def _endpoints(call: Call) -> EndpointStore:
    return EndpointStore(call.actor.organisation)
