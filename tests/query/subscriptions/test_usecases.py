"""Subscribing, and who may still be told."""

from chalicelib.access.model import ROLES, Role
from chalicelib.directory.clients import ClientStore
from chalicelib.query.subscriptions.store import SubscriptionStore
from chalicelib.query.subscriptions.usecases import SCOPES, allowed, disable
from tests.harness.network import AT, Network
from tests.notify.receiver import Receiver
from tests.query.subscriptions.builders import ACME, a_subscription
from tests.query.subscriptions.world import body_of, named, subscribed


def test_who_made_it_must_still_be_there_and_allowed(network: Network) -> None:
    assert allowed(a_subscription())
    assert not allowed(a_subscription(client="acme-line"))
    assert not allowed(a_subscription(client="nobody"))
    ClientStore().revoke("acme-quality", AT)
    assert not allowed(a_subscription())


def test_roles_that_may_subscribe_are_those_with_webhooks() -> None:
    able = {role for role in Role if all(role in ROLES[scope] for scope in SCOPES)}

    assert able == {Role.ADMIN, Role.QUALITY, Role.PARTNER}


def test_the_first_reason_to_stop_stays(network: Network, receiver: Receiver) -> None:
    subscribed(network, receiver)
    (standing,) = SubscriptionStore(ACME).all()

    disable(standing, "the first")
    disable(standing, "the second")

    assert [each.disabled for each in SubscriptionStore(ACME).all()] == ["the first"]


def test_the_same_request_again_makes_nothing_new(network: Network, receiver: Receiver) -> None:
    path = named(network)
    first = network.post("acme-quality", path, body_of(receiver), key="k")
    again = network.post("acme-quality", path, body_of(receiver), key="k")
    other = network.ask(
        "acme-quality",
        "POST",
        path,
        body_of(receiver, stream=None, schedule={"minute": "1"}),
        key="k",
    )

    assert first.body == again.body
    assert (other.status, other["code"]) == (422, "key_reused")
    assert len(SubscriptionStore(ACME).all()) == 1
