"""The built-in token issuer, for one machine: client credentials in, access tokens out.

Anywhere but on one machine its doors answer that there is nothing, and it signs nothing: there,
tokens are Cognito's or another issuer's.

Sources: RFC 6749 (section 4.4), RFC 7519, RFC 8037 (Ed25519), RFC 9068.
"""

import json
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from chalicelib import keys
from chalicelib.access.model import ROLES, Actor
from chalicelib.access.tokens import VerifyingKey
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Client, Organisation
from chalicelib.directory.oauth import Credentials, OAuthError
from chalicelib.directory.registrar import matches
from chalicelib.directory.store import Directory
from chalicelib.errors import NotFound
from chalicelib.gs1.refusal import shown
from chalicelib.settings import settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LIFETIME_SECONDS = 3600
"""Of an access token."""

_NOBODY = "0" * 64


class LocalKeys:
    """The issuer's only key, made from the root secret; a `KeySource` of `access.tokens`."""

    def key(self, kid: str, *, at: datetime) -> VerifyingKey | None:
        """Return the key if that is its id."""
        return VerifyingKey("EdDSA", _signer().public_key()) if kid == _kid() else None


def local_only() -> None:
    """Refuse to be an issuer anywhere but on one machine.

    Raises:
        NotFound: always, elsewhere.
    """
    if not settings().local:
        raise NotFound("There is no token issuer here.")


def jwks() -> dict[str, list[dict[str, str]]]:
    """Return the issuer's public key as a JWK set (RFC 7517)."""
    return {"keys": [{**_jwk(), "kid": _kid(), "alg": "EdDSA", "use": "sig"}]}


def admitted(
    credentials: Credentials, at: datetime, *, clients: ClientStore, directory: Directory
) -> Actor:
    """Return whom these credentials stand for.

    Raises:
        OAuthError: `invalid_client`, whatever is wrong with them.
    """
    client = clients.of_credential(credentials.client)
    organisation = directory.get(client.organisation) if client else None
    # The digest of nobody takes as long to compare as that of somebody.
    digests = _digests(client, at) or [_NOBODY]
    known = [matches(credentials.client, credentials.secret, digest) for digest in digests]
    if client is None or organisation is None or client.revoked or not any(known):
        raise OAuthError("invalid_client", "The client or its secret is not known.")
    return _actor(client, organisation)


def granted(actor: Actor, asked: frozenset[str]) -> str:
    """Return the scopes of a token: all that the roles have, whatever part was asked for.

    Raises:
        OAuthError: `invalid_scope`: something was asked for that the roles do not have.
    """
    scopes = {scope.value for scope in ROLES if actor.may(scope)}
    if beyond := sorted(asked - scopes):
        message = f"Found {shown(' '.join(beyond))}, expected none but: {' '.join(sorted(scopes))}."
        raise OAuthError("invalid_scope", message)
    return " ".join(sorted(scopes))


def token(actor: Actor, scope: str, *, at: datetime, identity: str) -> str:
    """Sign an access token.

    Args:
        actor: whom it is for.
        scope: what it grants, for the client to know; the roles decide.
        at: when it begins.
        identity: its `jti`.

    Raises:
        NotFound: elsewhere than on one machine.
    """
    local_only()
    # Imported here: only token requests sign anything (cold start).
    import jwt  # noqa: PLC0415

    issued = int(at.timestamp())
    claims = {
        "iss": settings().issuer,
        "aud": settings().audience,
        "sub": actor.client_id,
        "client_id": actor.client_id,
        "organisation": actor.organisation,
        "gln": str(actor.gln),
        "roles": sorted(role.value for role in actor.roles),
        "operator": actor.operator,
        "scope": scope,
        "token_use": "access",
        "iat": issued,
        "exp": issued + LIFETIME_SECONDS,
        "jti": identity,
    }
    return jwt.encode(
        claims, _signer(), algorithm="EdDSA", headers={"kid": _kid(), "typ": "at+jwt"}
    )


def _digests(client: Client | None, at: datetime) -> list[str]:
    if client is None:
        return []
    return [held.digest for held in client.credentials if held.digest and held.valid(at)]


def _actor(client: Client, organisation: Organisation) -> Actor:
    return Actor(organisation.id, organisation.gln, client.id, client.roles, organisation.operator)


def _signer() -> "Ed25519PrivateKey":
    return _signer_of(keys.derive("issuer"))


@lru_cache(maxsize=1)
def _signer_of(seed: bytes) -> "Ed25519PrivateKey":
    # Imported here: as in `token`.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    return Ed25519PrivateKey.from_private_bytes(seed)


def _jwk() -> dict[str, str]:
    public = _signer().public_key().public_bytes_raw()
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64(public)}


def _kid() -> str:
    """Return the key's thumbprint (RFC 7638)."""
    canonical: Any = json.dumps(_jwk(), sort_keys=True, separators=(",", ":"))
    return _base64(sha256(canonical.encode()).digest())


def _base64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")
