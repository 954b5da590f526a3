"""Who asks: the access token in the request, turned into an actor by what `api` installed.

Authentication happens here and not in an API Gateway authorizer: one shape of errors, no grant
that outlives its token, one hop less. Nothing installed means that nobody gets in.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.access.model import Actor, Scope
from chalicelib.errors import Forbidden, Unauthenticated

Authenticate = Callable[[str, datetime], Actor]

# RFC 6750, section 2.1.
_BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9\-._~+/]+=*)")
_LONGEST = 8192

_installed: list[Authenticate] = []


def install(authenticate: Authenticate) -> None:
    """Set what turns an access token, at an instant, into an actor; the last one set counts.

    It raises `Unauthenticated` for a token that it does not accept.
    """
    _installed[:] = [authenticate]


def actor_of(headers: Mapping[str, str], at: datetime) -> Actor:
    """Return who asks.

    Raises:
        Unauthenticated: no token, or not a valid one.
    """
    header = headers.get("authorization")
    if not header:
        message = "Found no access token, expected the header Authorization: Bearer …"
        raise Unauthenticated(message, code="token_missing")
    token = _BEARER.fullmatch(header) if len(header) <= _LONGEST else None
    if not token:
        message = "Found no bearer token in the header, expected Authorization: Bearer …"
        raise Unauthenticated(message, code="token_invalid")
    if not _installed:
        raise Unauthenticated("No access token is accepted here", code="token_invalid")
    return _installed[0](token[1], at)


def authorise(actor: Actor, scope: Scope) -> None:
    """Refuse an actor whose roles do not have the scope.

    Raises:
        Forbidden: with the scope that is missing.
    """
    if not actor.may(scope):
        roles = ", ".join(sorted(actor.roles)) or "none"
        message = f"Found the roles {roles}, expected one that has the scope {scope.value}"
        raise Forbidden(message, code="scope", facts={"scope": scope.value})
