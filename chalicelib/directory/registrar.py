"""Where the secrets of clients come from: this process on one machine, Cognito on AWS.

A registrar keeps nothing in our tables. Whatever it makes for an operation it finds again by that
operation, so a request that was cut off half-way can simply be repeated.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from chalicelib.errors import Busy, Conflict, NotFound
from chalicelib.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh credential.

    Attributes:
        id: what is presented with the secret, and what tokens then carry as `client_id`.
        digest: of the secret; empty where we need not check it ourselves.
    """

    id: str
    digest: str = ""


class ClientRegistrar(Protocol):
    """Makes, shows and withdraws secrets.

    Promises: `issue` is idempotent by operation; `withdraw` may be repeated. Two `issue` of one
    operation at the same instant may make two credentials; the caller withdraws the one that it
    does not keep.
    """

    def issue(self, client: str, operation: str) -> Issued:
        """Make a credential for a client, or return what this operation made before."""
        ...

    def reveal(self, credential: str, operation: str) -> str:
        """Return the secret of a credential.

        Raises:
            NotFound: it was withdrawn.
        """
        ...

    def withdraw(self, credential: str) -> None:
        """End a credential; of one that is not there, nothing."""
        ...


class LocalRegistrar:
    """Secrets of the built-in issuer.

    A secret is derived from the root key and the operation, 256 bits of it. So a repeated request
    shows the same secret again without anybody having kept it; only its digest is stored. The
    digest needs no slow hash: nobody can try out 256 bits.
    """

    def issue(self, client: str, operation: str) -> Issued:
        """Make the credential of this operation; always the same."""
        return Issued(client, digest_of(client, self.reveal(client, operation)))

    def reveal(self, credential: str, operation: str) -> str:
        """Derive the secret anew."""
        # Imported here: most requests derive nothing (cold start).
        from chalicelib.keys import derive  # noqa: PLC0415

        return derive("client-secret", operation).hex()

    def withdraw(self, credential: str) -> None:
        """Do nothing: what the directory no longer lists is worth nothing."""


class CognitoRegistrar:
    """App clients of a Cognito user pool, one for each secret.

    A rotated client so gets another `client_id` at the token endpoint, and the directory can end
    the old one at the very second without a timer anywhere. An app client is found again by its
    name, which ends in the operation.

    Source: Amazon Cognito user pools API, CreateUserPoolClient.
    """

    SCOPE = "packtrail/api"
    """Of the resource server in `infra/resources.yaml`; what a client may do is in its roles."""

    def __init__(self, user_pool: str) -> None:
        self._pool = user_pool

    def issue(self, client: str, operation: str) -> Issued:
        """Make an app client, unless this operation made it before."""
        name = f"{client} {operation}"
        with _meanings():
            return Issued(self._named(name) or self._made(name))

    def reveal(self, credential: str, operation: str) -> str:
        """Ask Cognito for the secret."""
        with _meanings(_WITHDRAWN):
            found = _cognito().describe_user_pool_client(UserPoolId=self._pool, ClientId=credential)
        return found["UserPoolClient"]["ClientSecret"]

    def withdraw(self, credential: str) -> None:
        """Delete the app client; its token requests are refused from then on."""
        with suppress(NotFound), _meanings(_WITHDRAWN):
            _cognito().delete_user_pool_client(UserPoolId=self._pool, ClientId=credential)

    def _made(self, name: str) -> str:
        made = _cognito().create_user_pool_client(
            UserPoolId=self._pool,
            ClientName=name,
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=[self.SCOPE],
            AccessTokenValidity=1,
            TokenValidityUnits={"AccessToken": "hours"},
            EnableTokenRevocation=True,
        )
        return made["UserPoolClient"]["ClientId"]

    def _named(self, name: str) -> str | None:
        pages = _cognito().get_paginator("list_user_pool_clients").paginate(UserPoolId=self._pool)
        for page in pages:
            for described in page["UserPoolClients"]:
                if described["ClientName"] == name:
                    return described["ClientId"]
        return None


class SeededRegistrar(LocalRegistrar):
    """One known secret for all, for the example organisations of one machine; never elsewhere."""

    def __init__(self, secret: str) -> None:
        if not settings().local:
            raise RuntimeError("a known secret is for one machine only")
        self._secret = secret

    def reveal(self, credential: str, operation: str) -> str:
        """Return the known secret."""
        return self._secret


def registrar() -> ClientRegistrar:
    """Return the registrar of this deployment.

    Raises:
        Conflict: `no_registrar`: tokens come from an issuer at which we can make no clients.
    """
    if settings().local:
        return LocalRegistrar()
    if pool := settings().user_pool:
        return CognitoRegistrar(pool)
    message = "Clients of this deployment are made at its token issuer, not here."
    raise Conflict(message, code="no_registrar")


def digest_of(client: str, secret: str) -> str:
    """Return what is stored in place of a secret; the client's id salts it."""
    return sha256(f"{client}\0{secret}".encode()).hexdigest()


def matches(client: str, secret: str, digest: str) -> bool:
    """Return whether it is the secret; takes the same time either way."""
    return hmac.compare_digest(digest_of(client, secret), digest)


_BUSY = frozenset({"ThrottlingException", "TooManyRequestsException"})


_WITHDRAWN = "The secret of this client was withdrawn."


@contextmanager
def _meanings(missing: str | None = None) -> Iterator[None]:
    """Turn Cognito's refusals that mean something here into ours; bugs pass unchanged."""
    try:
        yield
    except (HTTPClientError, NoConnection) as error:
        raise Busy("Cognito did not answer in time; try again.", code="no_answer") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException" and missing:
            raise NotFound(missing) from error
        if code == "LimitExceededException":
            message = "The user pool holds as many clients as its quota allows."
            raise Conflict(message, code="client_limit") from error
        if code in _BUSY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise Busy("Cognito is busy; try again.", code="throttled") from error
        raise


@lru_cache(maxsize=1)
def _cognito() -> "CognitoIdentityProviderClient":
    # Imported here: only the registration of clients needs boto3 (cold start).
    import boto3  # noqa: PLC0415

    return boto3.client("cognito-idp")
