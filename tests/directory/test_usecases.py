from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.access.model import Role
from chalicelib.directory.clients import ClientStore, actor_of
from chalicelib.directory.model import Request
from chalicelib.directory.registrar import CognitoRegistrar, LocalRegistrar, registrar
from chalicelib.directory.store import Directory
from chalicelib.directory.usecases import (
    Admitted,
    add_client,
    client_of,
    register,
    revoke_client,
    rotate_secret,
    seed,
)
from chalicelib.errors import AlreadyExists, Conflict, KeyReused, NotFound, PacktrailError
from tests.directory.web import ACME, MEDDIST, ROLES, member, seed_members
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

HOUR = timedelta(hours=1)


@pytest.fixture
def acme(aws: Aws, at: datetime) -> str:
    register(ACME, Request("op-0", "f", at), directory=Directory())
    return ACME.id


@pytest.fixture
def pool(aws: Aws, acme: str, environment: Callable[..., None]) -> str:
    created = aws.client("cognito-idp").create_user_pool(PoolName="clients")
    identity: str = created["UserPool"]["Id"]
    environment(PACKTRAIL_LOCAL="0", PACKTRAIL_USER_POOL=identity)
    return identity


@pytest.fixture(params=["local", "cognito"])
def anywhere(request: pytest.FixtureRequest, acme: str) -> None:
    """On one machine, and with Cognito."""
    if request.param == "cognito":
        request.getfixturevalue("pool")


def add(at: datetime, operation: str = "op-1", fingerprint: str = "f", **more: Any) -> Admitted:
    return add_client(
        more.get("organisation", "acme"),
        more.get("name", "line"),
        [Role.LINE],
        Request(operation, fingerprint, at),
        directory=Directory(),
        clients=ClientStore(),
        registrar=registrar(),
    )


def rotate(
    at: datetime, operation: str, overlap: timedelta = HOUR, fingerprint: str = "f"
) -> Admitted:
    return rotate_secret(
        "acme",
        "acme-line",
        overlap,
        Request(operation, fingerprint, at),
        clients=ClientStore(),
        registrar=registrar(),
    )


def revoke(at: datetime, identity: str = "acme-line") -> None:
    revoke_client("acme", identity, at, clients=ClientStore(), registrar=registrar())


def app_clients(aws: Aws, pool: str) -> set[str]:
    found = aws.client("cognito-idp").list_user_pool_clients(UserPoolId=pool, MaxResults=60)
    return {client["ClientId"] for client in found["UserPoolClients"]}


def test_a_registration_may_be_repeated(aws: Aws, at: datetime) -> None:
    first = register(ACME, Request("op-1", "f", at), directory=Directory())
    again = register(ACME, Request("op-1", "f", at), directory=Directory())

    assert (first.replayed, again.replayed) == (False, True)
    assert first.organisation == again.organisation == ACME


@pytest.mark.usefixtures("anywhere")
def test_a_new_client_acts_for_its_organisation(at: datetime) -> None:
    admitted = add(at)

    actor = actor_of(admitted.credential, at)
    assert actor is not None
    assert (actor.organisation, actor.client_id) == ("acme", "acme-line")
    assert actor.roles == {Role.LINE}
    assert not admitted.replayed


@pytest.mark.usefixtures("anywhere")
def test_a_repeat_shows_the_same_secret(aws: Aws, at: datetime) -> None:
    first, before = add(at), aws.snapshot()

    again = add(at + HOUR)

    assert again.replayed
    assert (again.credential, again.secret) == (first.credential, first.secret)
    assert aws.snapshot() == before


@pytest.mark.usefixtures("anywhere")
def test_a_key_is_for_one_request(at: datetime) -> None:
    add(at)

    with pytest.raises(KeyReused):
        add(at, fingerprint="another", name="other")


def test_a_client_name_is_given_once_and_leaves_nothing_behind(
    pool: str, aws: Aws, at: datetime
) -> None:
    add(at)
    before = app_clients(aws, pool)

    with pytest.raises(AlreadyExists):
        add(at, operation="op-2")

    assert app_clients(aws, pool) == before


def test_two_organisations_cannot_share_a_client_id(acme: str, at: datetime) -> None:
    register(member(5, "acme-x"), Request("op-5", "f", at), directory=Directory())
    add(at, name="x-line")

    with pytest.raises(AlreadyExists) as refusal:
        add(at, operation="op-2", organisation="acme-x", name="line")
    assert refusal.value.code == "client_exists"


def test_only_members_have_clients(aws: Aws, at: datetime) -> None:
    with pytest.raises(NotFound):
        add(at, organisation="nobody")


def test_of_simultaneous_repeats_all_get_the_one_secret(acme: str, aws: Aws, at: datetime) -> None:
    with ThreadPoolExecutor(8) as threads:
        admitted = list(threads.map(lambda _: add(at), range(8)))

    assert len({(each.credential, each.secret) for each in admitted}) == 1
    assert [each.replayed for each in admitted].count(False) == 1


def test_a_repeat_that_was_overtaken_keeps_the_winner_and_drops_its_own(
    pool: str, aws: Aws, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CognitoRegistrar, "_named", lambda *_: None)
    first = add(at)

    again = add(at)

    assert again.credential == first.credential
    assert app_clients(aws, pool) == {first.credential}


@pytest.mark.usefixtures("anywhere")
def test_both_secrets_are_good_while_they_overlap(at: datetime) -> None:
    old = add(at)
    new = rotate(at, "op-2")

    assert new.secret != old.secret
    for credential in (old.credential, new.credential):
        assert actor_of(credential, at + HOUR - timedelta(seconds=1)) is not None
    assert actor_of(new.credential, at + HOUR) is not None
    by_operation = {held.operation: held.expires for held in new.client.credentials}
    assert by_operation == {"op-1": at + HOUR, "op-2": None}


def test_on_cognito_the_old_secret_is_out_when_the_overlap_is(
    pool: str, aws: Aws, at: datetime
) -> None:
    old = add(at)
    new = rotate(at, "op-2")

    assert actor_of(old.credential, at + HOUR) is None
    assert app_clients(aws, pool) == {old.credential, new.credential}

    newest = rotate(at + HOUR, "op-3", overlap=timedelta())
    assert app_clients(aws, pool) == {newest.credential}


@pytest.mark.usefixtures("anywhere")
def test_a_repeated_rotation_rotates_once(aws: Aws, at: datetime) -> None:
    add(at)
    first, before = rotate(at, "op-2"), aws.snapshot()

    again = rotate(at + HOUR, "op-2")

    assert again.replayed
    assert (again.credential, again.secret) == (first.credential, first.secret)
    assert aws.snapshot() == before
    with pytest.raises(KeyReused):
        rotate(at, "op-2", fingerprint="another")


def test_of_many_rotations_at_once_each_counts_or_is_told(acme: str, at: datetime) -> None:
    add(at)

    def one(number: int) -> str:
        try:
            return rotate(at, f"rotation-{number}").secret
        except PacktrailError as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(one, range(4)))

    kept = ClientStore().get("acme-line")
    assert kept is not None
    done = [result for result in results if result != "raced"]
    assert kept.version == 1 + len(done)
    assert len(kept.credentials) <= 2


@pytest.mark.usefixtures("anywhere")
def test_a_revoked_client_stays_out(at: datetime) -> None:
    admitted = add(at)
    revoke(at)
    revoke(at + HOUR)

    assert actor_of(admitted.credential, at + HOUR) is None
    with pytest.raises(Conflict) as refusal:
        rotate(at, "op-2")
    assert refusal.value.code == "client_revoked"
    assert client_of("acme", "acme-line", clients=ClientStore()).revoked == at


def test_on_cognito_a_revoked_client_gets_no_more_tokens(pool: str, aws: Aws, at: datetime) -> None:
    add(at)
    rotate(at, "op-2")

    revoke(at)

    assert app_clients(aws, pool) == set()
    with pytest.raises(NotFound):
        add(at)


@pytest.mark.parametrize("identity", ["acme-nobody", "meddist-line"])
def test_another_organisations_client_is_not_there(identity: str, aws: Aws, at: datetime) -> None:
    seed_members(at)

    with pytest.raises(NotFound) as refusal:
        revoke(at, identity)
    assert refusal.value.detail == f"There is no client '{identity}' here."


def test_seeding_twice_changes_nothing(aws: Aws, at: datetime) -> None:
    seed_members(at)
    before = aws.snapshot()

    seed_members(at + timedelta(days=30))

    assert aws.snapshot() == before
    assert len(ClientStore().page("acme", after=None, limit=50)[0]) == len(ROLES)


def test_nothing_is_seeded_on_aws(pool: str, at: datetime) -> None:
    with pytest.raises(RuntimeError):
        seed(MEDDIST, ROLES, secret="x", at=at, directory=Directory(), clients=ClientStore())


def test_a_secret_is_nowhere_in_the_table(acme: str, aws: Aws, at: datetime) -> None:
    secrets = [add(at).secret, rotate(at, "op-2").secret]

    stored = repr(aws.items("directory"))
    assert not any(secret in stored for secret in secrets)


def test_every_use_case_survives_every_fault(acme: str, aws: Aws, at: datetime) -> None:
    def plain(admitted: Admitted) -> object:
        return admitted.client, admitted.credential, admitted.secret

    def register_meddist() -> object:
        request = Request("op-m", "f", at)
        return register(MEDDIST, request, directory=Directory()).organisation

    assert isinstance(registrar(), LocalRegistrar)
    survives_everything(Case("register", register_meddist), aws)
    survives_everything(Case("add a client", lambda: plain(add(at))), aws)
    add(at)
    survives_everything(Case("rotate", lambda: plain(rotate(at, "op-2"))), aws)
    survives_everything(Case("revoke", lambda: revoke(at)), aws)
