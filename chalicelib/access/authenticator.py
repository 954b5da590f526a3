"""From an access token to an actor, as the environment says: what `api` installs."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from chalicelib.access.jwks import Jwks
from chalicelib.access.model import Actor
from chalicelib.access.tokens import Claims, KeySource, read_token
from chalicelib.errors import Malformed, Unauthenticated
from chalicelib.gs1.keys import Gln
from chalicelib.settings import settings

Resolve = Callable[[str], Actor | None]


def authenticator(
    *, keys: KeySource | None = None, resolve: Resolve | None = None
) -> Callable[[str, datetime], Actor]:
    """Return what turns an access token, at an instant, into an actor.

    Args:
        keys: of the issuer; those behind `settings().jwks_url` when None.
        resolve: from a client's id to its actor, or None for a client that is not known or not
            any more. Without it the token itself must say all: organisation, GLN and roles.

    Returns:
        A function that raises `Unauthenticated` for what it does not accept.
    """

    def authenticate(token: str, at: datetime) -> Actor:
        claims = verify(token, at=at, keys=keys)
        actor = resolve(claims.client_id) if resolve else _stated(claims)
        if actor is None:
            message = "The access token is of a client that is not registered"
            raise Unauthenticated(message, code="token_invalid")
        return actor

    return authenticate


def verify(token: str, *, at: datetime, keys: KeySource | None = None) -> Claims:
    """Return what a token of this deployment's issuer says.

    Args:
        token: compact serialisation.
        at: now, UTC.
        keys: of the issuer; those behind `settings().jwks_url` when None.

    Raises:
        Unauthenticated: it is not accepted, or no issuer is configured.
        Busy: the issuer's keys cannot be fetched.
    """
    issuer, audience = settings().issuer, settings().audience
    source = keys or _published(settings().jwks_url)
    if source is None:
        raise Unauthenticated("No access token is accepted here", code="token_invalid")
    return read_token(token, at=at, issuer=issuer, audience=audience, keys=source)


@lru_cache(maxsize=1)
def _published(url: str) -> Jwks | None:
    """Return the keys behind an address; one set for a process."""
    return Jwks(url) if url else None


def _stated(claims: Claims) -> Actor | None:
    """Return the actor that the token itself describes; None when it does not, or wrongly."""
    if claims.organisation is None or claims.gln is None:
        return None
    try:
        gln = Gln.parse(claims.gln)
    except Malformed:
        return None
    return Actor(claims.organisation, gln, claims.client_id, claims.roles, claims.operator)
