"""Subscribing and unsubscribing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chalicelib.access.model import ROLES, Actor, Scope
from chalicelib.directory.clients import ClientStore
from chalicelib.errors import Malformed, NoSuchName, Raced
from chalicelib.http.epcis import EpcFormat
from chalicelib.notify.address import read_url
from chalicelib.query.store import QueryStore
from chalicelib.query.subscriptions.model import Subscription, added, check_query, controls
from chalicelib.query.subscriptions.signing import seal
from chalicelib.query.subscriptions.store import ROUNDS, SubscriptionStore
from chalicelib.query.subscriptions.wire import SubscriptionBody
from chalicelib.table.transaction import Transaction

SCOPES = (Scope.READ_GOODS, Scope.WEBHOOKS)
"""What it takes to subscribe: to see the events, and to have messages sent."""


def subscribe(
    actor: Actor,
    query_name: str,
    body: SubscriptionBody,
    *,
    operation: UUID,
    epc_format: EpcFormat,
    at: datetime,
    local: bool,
) -> Subscription:
    """Keep a subscription to a named query; a repeat returns the first.

    Raises:
        NoSuchName: there is no query of that name.
        Malformed: the address may not be called.
        SubscriptionControls: the query cannot stand, or the schedule not be kept.
        Conflict: the organisation has as many subscriptions as it may have.
        KeyReused: the operation made another one.
    """
    query = QueryStore(actor.organisation).item(query_name)
    check_query(query.asked)
    schedule = controls(body.stream, body.schedule, report_if_empty=body.report_if_empty)
    _check_address(body.dest, local=local)
    subscription = str(operation)
    wanted = Subscription(
        id=subscription,
        organisation=actor.organisation,
        gln=actor.gln,
        client=actor.client_id,
        query_name=query_name,
        query=query.asked,
        url=body.dest,
        token=seal(body.signature_token or "", subscription),
        schedule=schedule,
        report_if_empty=body.report_if_empty,
        initial=body.initial_record_time or at,
        created=at,
        epc_format=epc_format,
    )
    return SubscriptionStore(actor.gln).create(wanted, added, query=query)


def unsubscribe(actor: Actor, query_name: str, subscription: str) -> None:
    """End a subscription; what waits to be sent there is given up.

    Raises:
        NotFound: there is none.
        Raced: others were changing them all the while.
    """
    store = SubscriptionStore(actor.gln)
    store.get(query_name, subscription)
    store.change(lambda standing: [each for each in standing if each.id != subscription])


def forget_query(actor: Actor, name: str) -> None:
    """Forget a named query, and end every subscription to it, in one write.

    Raises:
        NoSuchName: there is none of that name.
        Raced: others were changing them all the while.
    """
    store = QueryStore(actor.organisation)
    for number in range(ROUNDS):
        tx = Transaction()
        SubscriptionStore(actor.gln).end(_of(name), along=tx)
        try:
            store.delete(name, along=tx)
        except Raced:
            continue
        except NoSuchName:
            if number == 0:
                raise
        return
    raise Raced("The query was being changed all the while; try again.")


def allowed(subscription: Subscription) -> bool:
    """Whether who made a subscription may still do so."""
    client = ClientStore().get(subscription.client)
    if client is None or client.revoked is not None:
        return False
    return all(not client.roles.isdisjoint(ROLES[scope]) for scope in SCOPES)


def disable(subscription: Subscription, reason: str) -> None:
    """Send nothing more to a subscriber; the subscription says why, until it is deleted."""
    SubscriptionStore(subscription.gln).change(
        lambda standing: [
            replace(each, disabled=each.disabled or reason) if each.id == subscription.id else each
            for each in standing
        ]
    )


def _of(name: str) -> Callable[[Subscription], bool]:
    return lambda each: each.query_name == name


def _check_address(url: str, *, local: bool) -> None:
    try:
        read_url(url, local=local)
    except Malformed as error:
        code = error.errors[0].code
        raise Malformed.field("/dest", code, error.detail) from error
