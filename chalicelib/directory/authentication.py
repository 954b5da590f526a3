"""From an access token to an actor: what `api` installs in the HTTP boundary.

The token proves which client asks. What the client may do is in the directory, not in the token:
so a revoked client is out within a minute, not when its last token ends.
"""

from datetime import datetime

from chalicelib.access.authenticator import verify
from chalicelib.access.model import Actor
from chalicelib.directory.clients import actor_of
from chalicelib.directory.issuer import LocalKeys
from chalicelib.errors import Unauthenticated
from chalicelib.settings import settings


def authenticate(token: str, at: datetime) -> Actor:
    """Return who holds this token.

    Raises:
        Unauthenticated: it is not accepted, or its client is not known or not any more.
        Busy: the issuer's keys or the directory cannot be read.
    """
    keys = LocalKeys() if settings().local else None
    claims = verify(token, at=at, keys=keys)
    actor = actor_of(claims.client_id, at)
    if actor is None:
        message = "The access token is of a client that is not registered, or not any more."
        raise Unauthenticated(message, code="token_invalid")
    return actor
