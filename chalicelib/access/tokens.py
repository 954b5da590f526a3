"""Access tokens: JWTs of one issuer, read so strictly that only its own get through.

The algorithm is the key's, never the token's word. Headers that bring or point to a key (`jwk`,
`jku`, `x5c`, `x5u`) and extensions (`crit`, `b64`) are refused whole. Time is an argument.

Trust: whoever holds the issuer's signing key, or can answer for its JWKS address, is anybody here.

Sources: RFC 7519, RFC 8725 (best current practice), RFC 9068; for Cognito, whose access tokens
carry no `aud`, its own `token_use` and `client_id`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol

from chalicelib.errors import Unauthenticated

LEEWAY_SECONDS = 10
"""How far the clocks of issuer and verifier may differ."""

ALGORITHMS = ("RS256", "ES256", "EdDSA")

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_FORBIDDEN_HEADERS = {"b64", "crit", "jku", "jwk", "x5c", "x5u"}
_TYPES = {None, "JWT", "at+jwt", "application/at+jwt"}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key of the issuer.

    Attributes:
        algorithm: the one algorithm it verifies, of `ALGORITHMS`.
        key: an object of `cryptography`, or a PEM text.
    """

    algorithm: str
    key: Any


class KeySource(Protocol):
    """Where the issuer's public keys come from.

    Promises: a key that was ever good is kept through an outage of the issuer; however many
    unknown key ids come, the issuer is asked seldom.
    """

    def key(self, kid: str, *, at: datetime) -> VerifyingKey | None:
        """Return the key of that id, or None when the issuer has none."""
        ...


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says.

    Attributes:
        client_id: the client that it was given to. What the client is and may do is not the
            token's to say.
        expires: UTC.
    """

    client_id: str
    expires: datetime


def read_token(token: str, *, at: datetime, issuer: str, audience: str, keys: KeySource) -> Claims:
    """Return what the token says, if the issuer signed it and it is good now.

    Args:
        token: compact serialisation (RFC 7515, 3.1).
        at: now, UTC.
        issuer: that `iss` must be.
        audience: that must be in `aud`; empty for Cognito, whose tokens must then be marked as
            access tokens.
        keys: the issuer's.

    Raises:
        Unauthenticated: code `token_expired`, or `token_invalid` for everything else.
    """
    header = _header(token)
    found = keys.key(header["kid"], at=at)
    if found is None or found.algorithm != header["alg"] or found.algorithm not in ALGORITHMS:
        _refuse("it is signed with no key of the issuer")
    payload = _signed_payload(token, found)
    _check_parties(payload, issuer, audience)
    expires = _check_times(payload, at)
    client_id = payload.get("client_id")
    if not isinstance(client_id, str) or not client_id:
        _refuse("it names no client")
    return Claims(client_id, expires)


def _header(token: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - only authenticated requests need it (cold start)

    if not _TOKEN.fullmatch(token):
        _refuse("it is no compact JWS")
    try:
        header: dict[str, Any] = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        _refuse("its header cannot be read", error)
    if not _FORBIDDEN_HEADERS.isdisjoint(header):
        _refuse("its header has parameters that are not accepted")
    kid, kind = header.get("kid"), header.get("typ")
    if not isinstance(kid, str) or not 1 <= len(kid) <= 200 or kind not in _TYPES:
        _refuse("its header names no key, or it is no access token")
    return header


def _signed_payload(token: str, key: VerifyingKey) -> dict[str, Any]:
    """Return the payload once the signature holds; what it says is checked by the caller."""
    import jwt  # noqa: PLC0415 - as above

    off = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
    options: Any = {f"verify_{name}": False for name in off}
    try:
        payload: dict[str, Any] = jwt.decode(
            token, key.key, algorithms=[key.algorithm], options=options
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        _refuse("its signature or its payload does not hold", error)
    return payload


def _check_parties(payload: Mapping[str, Any], issuer: str, audience: str) -> None:
    """Refuse a token that is another's: by issuer, by audience, by use."""
    if not issuer or payload.get("iss") != issuer:
        _refuse("it is of another issuer")
    if audience:
        named = payload.get("aud")
        if audience not in (named if isinstance(named, list) else [named]):
            _refuse("it is for another audience")
    # An id token tells a client who its user is; it grants nothing (OpenID Connect Core, 2).
    if payload.get("token_use", "access" if audience else None) != "access":
        _refuse("it is no access token")


def _check_times(payload: Mapping[str, Any], at: datetime) -> datetime:
    """Refuse a token that is not good yet or any more (RFC 7519, 4.1.4 to 4.1.6)."""
    now = int(at.timestamp())
    expires, issued = _seconds(payload, "exp"), _seconds(payload, "iat")
    if issued > now + LEEWAY_SECONDS:
        _refuse("it was issued in the future")
    if "nbf" in payload and _seconds(payload, "nbf") > now + LEEWAY_SECONDS:
        _refuse("it is not valid yet")
    if expires <= now - LEEWAY_SECONDS:
        raise Unauthenticated("The access token has expired; get a new one", code="token_expired")
    return datetime.fromtimestamp(expires, UTC)


def _seconds(payload: Mapping[str, Any], claim: str) -> int:
    value = payload.get(claim)
    if type(value) is not int or not 0 <= value < 2**40:
        _refuse(f"its claim {claim} is missing or is no date")
    return value


def _refuse(reason: str, cause: Exception | None = None) -> NoReturn:
    message = f"The access token is not valid: {reason}"
    raise Unauthenticated(message, code="token_invalid") from cause
