"""Token requests as RFC 6749 words them, read from a form, from JSON or from Basic authentication.

Refusals here are the standard's, `error` and `error_description`, not our problem documents: OAuth
libraries read nothing else.
"""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_plus

from chalicelib.errors import Malformed
from chalicelib.gs1.refusal import shown
from chalicelib.http.gate import read_json


class Credentials(NamedTuple):
    """What a client presents."""

    client: str
    secret: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A token request that was understood.

    Attributes:
        credentials: who asks.
        scopes: that it asks for; empty for all that it may have.
    """

    credentials: Credentials
    scopes: frozenset[str]


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, section 5.2; not one of our problem documents.

    Attributes:
        error: the standard's code.
        description: for people.
        status: 401 for `invalid_client`, otherwise 400.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = 401 if error == "invalid_client" else 400


def parameters_of(raw: bytes, media_type: str) -> Mapping[str, str]:
    """Read the body of a token request, form or JSON.

    Raises:
        OAuthError: it is neither, or names a parameter twice (RFC 6749, section 3.2).
    """
    is_json = media_type.partition(";")[0].strip().lower() == "application/json"
    try:
        return _from_json(raw) if is_json else _from_form(raw)
    except (Malformed, ValueError) as error:
        message = str(error.errors[0].message) if isinstance(error, Malformed) else str(error)
        raise OAuthError("invalid_request", f"The body cannot be read: {message}") from error


def _from_json(raw: bytes) -> Mapping[str, str]:
    body = read_json(raw)
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise ValueError("found something else, expected an object of strings")
    return body


def _from_form(raw: bytes) -> Mapping[str, str]:
    pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=100, errors="strict")
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("found a parameter twice, expected it once")
    return {name: value for name, value in fields.items() if value}  # empty: as if left out


def understood(parameters: Mapping[str, str], authorization: str | None) -> Grant:
    """Read a token request.

    Args:
        parameters: of the body, form or JSON.
        authorization: the header of that name.

    Raises:
        OAuthError: it is not a client credentials request, or names no client.
    """
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        raise OAuthError("invalid_request", "Found no grant_type, expected client_credentials.")
    if grant_type != "client_credentials":
        message = f"Found grant_type {shown(grant_type)}, expected client_credentials."
        raise OAuthError("unsupported_grant_type", message)
    credentials = _credentials(parameters, authorization)
    return Grant(credentials, frozenset(parameters.get("scope", "").split()))


def _credentials(parameters: Mapping[str, str], authorization: str | None) -> Credentials:
    """Return what the client presents, by the one way that it chose (RFC 6749, 2.3)."""
    named, secret = parameters.get("client_id"), parameters.get("client_secret")
    if authorization is None:
        if named is None or secret is None:
            message = "Found no client_id and client_secret, and no Basic authentication."
            raise OAuthError("invalid_client", message)
        return Credentials(named, secret)
    if secret is not None:
        message = "Found a secret in the body and an Authorization header, expected one of them."
        raise OAuthError("invalid_request", message)
    basic = _basic(authorization)
    if named not in {None, basic.client}:
        message = "Found a client_id in the body that is not that of the Authorization header."
        raise OAuthError("invalid_request", message)
    return basic


def _basic(header: str) -> Credentials:
    """Read Basic authentication; both parts are form-encoded first (RFC 6749, 2.3.1)."""
    scheme, _, encoded = header.strip().partition(" ")
    try:
        decoded = b64decode(encoded.strip(), validate=True).decode()
    except (NoBase64, UnicodeDecodeError, ValueError):
        decoded = ""
    client, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        message = "Found an Authorization header that is not Basic with client id and secret."
        raise OAuthError("invalid_client", message)
    return Credentials(unquote_plus(client), unquote_plus(secret))
