"""Tokens of this deployment: the strict reader, set as the environment says."""

from datetime import datetime
from functools import lru_cache

from chalicelib.access.jwks import Jwks
from chalicelib.access.tokens import Claims, KeySource, read_token
from chalicelib.errors import Unauthenticated
from chalicelib.settings import settings


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
    known = settings()
    source = keys or _published(known.jwks_url)
    if source is None:
        raise Unauthenticated("No access token is accepted here", code="token_invalid")
    return read_token(token, at=at, issuer=known.issuer, audience=known.audience, keys=source)


@lru_cache(maxsize=1)
def _published(url: str) -> Jwks | None:
    """Return the keys behind an address; one set for a process."""
    return Jwks(url) if url else None
