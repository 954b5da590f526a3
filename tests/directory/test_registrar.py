from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.directory.registrar import (
    ClientRegistrar,
    CognitoRegistrar,
    Issued,
    LocalRegistrar,
    SeededRegistrar,
    digest_of,
    matches,
    registrar,
)
from chalicelib.errors import Busy, Conflict, NotFound
from tests.harness.aws import Aws
from tests.harness.faults import KINDS, Kind, injected

Environment = Callable[..., None]


@pytest.fixture
def pool(aws: Aws, environment: Environment) -> str:
    created = aws.client("cognito-idp").create_user_pool(PoolName="clients")
    identity: str = created["UserPool"]["Id"]
    environment(PACKTRAIL_LOCAL="0", PACKTRAIL_USER_POOL=identity)
    return identity


@pytest.fixture(params=["local", "cognito"])
def issuing(request: pytest.FixtureRequest) -> ClientRegistrar:
    """Each implementation in turn: what follows is what both promise."""
    if request.param == "cognito":
        request.getfixturevalue("pool")
    return registrar()


def test_a_secret_is_shown_again_for_the_same_operation(issuing: ClientRegistrar) -> None:
    first = issuing.issue("acme-line", "op-1")
    again = issuing.issue("acme-line", "op-1")

    assert first == again
    assert issuing.reveal(first.id, "op-1") == issuing.reveal(again.id, "op-1")


def test_every_operation_has_a_secret_of_its_own(issuing: ClientRegistrar) -> None:
    secrets = set()
    for number in range(5):
        issued = issuing.issue("acme-line", f"op-{number}")
        secrets.add(issuing.reveal(issued.id, f"op-{number}"))

    assert len(secrets) == 5
    assert all(len(secret) >= 32 for secret in secrets)


def test_a_credential_may_be_withdrawn_twice(issuing: ClientRegistrar) -> None:
    issued = issuing.issue("acme-line", "op-1")

    issuing.withdraw(issued.id)
    issuing.withdraw(issued.id)


def test_a_local_credential_is_the_client_and_the_digest_of_its_secret() -> None:
    issued = LocalRegistrar().issue("acme-line", "op-1")
    secret = LocalRegistrar().reveal("acme-line", "op-1")

    assert issued == Issued("acme-line", digest_of("acme-line", secret))
    assert matches("acme-line", secret, issued.digest)
    assert not matches("acme-line", secret + "x", issued.digest)
    assert not matches("acme-quality", secret, issued.digest)
    assert secret not in issued.digest


def test_a_cognito_credential_gets_tokens_by_client_credentials_alone(aws: Aws, pool: str) -> None:
    issued = registrar().issue("acme-line", "op-1")

    made = aws.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=issued.id)[
        "UserPoolClient"
    ]
    assert issued.digest == ""
    assert made["ClientName"] == "acme-line op-1"
    assert made["AllowedOAuthFlows"] == ["client_credentials"]
    assert made["AllowedOAuthScopes"] == ["packtrail/api"]
    assert made["AllowedOAuthFlowsUserPoolClient"] is True
    assert made["ClientSecret"] == registrar().reveal(issued.id, "op-1")


def test_a_withdrawn_credential_has_no_secret_to_show(pool: str) -> None:
    issued = registrar().issue("acme-line", "op-1")
    registrar().withdraw(issued.id)

    with pytest.raises(NotFound):
        registrar().reveal(issued.id, "op-1")


def test_an_app_client_is_found_again_among_many(pool: str) -> None:
    made = [registrar().issue("acme-line", f"op-{number}") for number in range(70)]

    assert registrar().issue("acme-line", "op-69") == made[69]
    assert registrar().issue("acme-line", "op-3") == made[3]


def app_clients(aws: Aws, pool: str) -> list[Any]:
    found = aws.client("cognito-idp").list_user_pool_clients(UserPoolId=pool, MaxResults=60)
    return list(found["UserPoolClients"])


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in (Kind.PARTIAL, Kind.CONFLICT)]
)
@pytest.mark.parametrize("call", [1, 2])
def test_a_repeat_after_any_fault_makes_no_second_app_client(
    kind: Kind, call: int, aws: Aws, pool: str
) -> None:
    with injected({call: kind}) as calls, pytest.raises(BaseException) as failure:  # noqa: PT011
        registrar().issue("acme-line", "op-1")
    assert calls.hit
    assert kind.kills or isinstance(failure.value, Busy)

    registrar().issue("acme-line", "op-1")

    assert len(app_clients(aws, pool)) == 1


def test_a_full_pool_is_a_conflict(pool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def full(self: CognitoRegistrar, name: str) -> str:
        response: Any = {
            "Error": {"Code": "LimitExceededException"},
            "ResponseMetadata": {"HTTPStatusCode": 400},
        }
        raise ClientError(response, "CreateUserPoolClient")

    monkeypatch.setattr(CognitoRegistrar, "_made", full)

    with pytest.raises(Conflict) as refusal:
        registrar().issue("acme-line", "op-1")
    assert refusal.value.code == "client_limit"


def test_a_pool_that_is_not_there_is_a_bug(pool: str) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        CognitoRegistrar("eu-central-1_nowhere").issue("acme-line", "op-1")


def test_an_issuer_that_is_not_ours_makes_its_own_clients(environment: Environment) -> None:
    environment(PACKTRAIL_LOCAL="0", PACKTRAIL_USER_POOL="")

    with pytest.raises(Conflict) as refusal:
        registrar()
    assert refusal.value.code == "no_registrar"


def test_a_known_secret_is_for_one_machine_only(environment: Environment) -> None:
    assert SeededRegistrar("local").reveal("acme-line", "op-1") == "local"
    environment(PACKTRAIL_LOCAL="0")

    with pytest.raises(RuntimeError, match="one machine"):
        SeededRegistrar("local")
