from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.directory.clients import BELIEVED_SECONDS, ClientStore, actor_of
from chalicelib.directory.model import Client, Credential, Done, Request
from chalicelib.directory.store import Directory
from chalicelib.errors import AlreadyExists, KeyReused, Raced
from tests.directory.web import ACME
from tests.harness.aws import Aws
from tests.harness.faults import Case, injected, survives_everything


@pytest.fixture
def client(aws: Aws, at: datetime) -> Client:
    Directory().add(ACME, Request("op-0", "f", at))
    secret = Credential("credential-1", "op-1", at, digest="d")
    return Client("acme-line", "acme", frozenset({Role.LINE, Role.ADMIN}), (secret,), at)


def added(client: Client, at: datetime) -> Client:
    assert ClientStore().add(client, Request("op-1", "f", at)) is None
    return replace(client, version=1)


def test_a_client_is_kept_whole(client: Client, at: datetime) -> None:
    kept = added(client, at)

    assert ClientStore().get("acme-line") == kept
    assert ClientStore().of_credential("credential-1") == kept
    assert ClientStore().page("acme", after=None, limit=9) == ([kept], None)
    assert ClientStore().get("nobody") is None
    assert ClientStore().of_credential("unknown") is None
    assert ClientStore().page("meddist", after=None, limit=9) == ([], None)


def test_a_client_id_is_never_given_twice(client: Client, at: datetime) -> None:
    added(client, at)

    with pytest.raises(AlreadyExists) as refusal:
        ClientStore().add(replace(client, organisation="other"), Request("op-2", "f", at))

    assert refusal.value.code == "client_exists"


def test_a_repeat_is_recognised(client: Client, at: datetime) -> None:
    added(client, at)

    assert ClientStore().add(client, Request("op-1", "f", at)) == Done("acme-line", "credential-1")
    with pytest.raises(KeyReused):
        ClientStore().add(client, Request("op-1", "another", at))


def test_clients_are_listed_by_id(client: Client, at: datetime) -> None:
    for name in "cab":
        other = replace(client, id=f"acme-{name}")
        ClientStore().add(other, Request(f"op-{name}", "f", at))

    first, last = ClientStore().page("acme", after=None, limit=2)
    rest, _ = ClientStore().page("acme", after=last, limit=2)

    assert [each.id for each in first + rest] == ["acme-a", "acme-b", "acme-c"]


def test_a_rotated_client_is_found_by_both_credentials(client: Client, at: datetime) -> None:
    kept = added(client, at)
    fresh = Credential("credential-2", "op-2", at)
    rotated = kept.rotated(fresh, overlap=timedelta(hours=1), at=at)

    ClientStore().rotate(rotated, Request("op-2", "f", at))

    wanted = replace(rotated, version=2)
    assert ClientStore().of_credential("credential-1") == wanted
    assert ClientStore().of_credential("credential-2") == wanted


def test_a_rotation_on_an_old_version_is_refused(client: Client, at: datetime) -> None:
    kept = added(client, at)
    ClientStore().revoke(kept.id, at)

    with pytest.raises(Raced):
        ClientStore().rotate(kept, Request("op-2", "f", at))


def test_revoking_is_for_ever_and_needs_a_client(client: Client, at: datetime) -> None:
    kept = added(client, at)

    ClientStore().revoke(kept.id, at)
    ClientStore().revoke(kept.id, at + timedelta(days=1))

    assert ClientStore().get(kept.id) == replace(kept, revoked=at, version=2)
    with pytest.raises(Raced):
        ClientStore().revoke("nobody", at)


def test_a_credential_stands_for_its_client(client: Client, at: datetime) -> None:
    added(client, at)

    assert actor_of("credential-1", at) == Actor(
        "acme", ACME.gln, "acme-line", frozenset({Role.LINE, Role.ADMIN}), operator=True
    )
    assert actor_of("unknown", at) is None


def test_what_was_read_of_a_credential_is_believed_for_a_minute(
    client: Client, at: datetime
) -> None:
    kept = added(client, at)
    actor_of("credential-1", at)
    ClientStore().revoke(kept.id, at)

    with injected() as calls:
        believed = actor_of("credential-1", at + timedelta(seconds=BELIEVED_SECONDS - 1))
    assert believed is not None
    assert calls.made == []

    assert actor_of("credential-1", at + timedelta(seconds=BELIEVED_SECONDS)) is None


def test_an_expired_credential_is_out_at_its_second(client: Client, at: datetime) -> None:
    kept = added(client, at)
    fresh = Credential("credential-2", "op-2", at)
    rotated = kept.rotated(fresh, overlap=timedelta(seconds=20), at=at)
    ClientStore().rotate(rotated, Request("op-2", "f", at))

    assert actor_of("credential-1", at + timedelta(seconds=19)) is not None
    assert actor_of("credential-1", at + timedelta(seconds=20)) is None
    assert actor_of("credential-2", at + timedelta(seconds=20)) is not None


def test_changing_clients_survives_every_fault(client: Client, aws: Aws, at: datetime) -> None:
    def add() -> Client | None:
        ClientStore().add(client, Request("op-1", "f", at))
        return ClientStore().get("acme-line")

    assert survives_everything(Case("add a client", add), aws) > 20

    kept = added(client, at)
    fresh = kept.rotated(Credential("c-2", "op-2", at), overlap=timedelta(hours=1), at=at)

    def rotate() -> Client | None:
        ClientStore().rotate(fresh, Request("op-2", "f", at))
        return ClientStore().get("acme-line")

    assert survives_everything(Case("rotate a secret", rotate), aws) > 20
