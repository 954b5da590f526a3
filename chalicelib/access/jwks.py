"""The issuer's public keys, fetched from its JWKS address and kept (RFC 7517).

A flood of tokens with invented key ids must not become a flood of requests to the issuer: it is
asked at most once in five minutes, whatever comes. Keys once fetched outlive an outage.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.access.tokens import VerifyingKey
from chalicelib.errors import Busy

PAUSE = timedelta(minutes=5)
"""Between two requests to the issuer."""

FIRST_PAUSE = timedelta(seconds=5)
"""The same, as long as there are no keys at all."""

FRESH = timedelta(hours=1)
"""After that the set is fetched again, so that a key the issuer took back is forgotten."""

_TIMEOUT_SECONDS = 3
_MAX_BYTES = 256 * 1024
_MIN_RSA_BITS = 2048
_ALGORITHM_OF = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}

Fetch = Callable[[str], bytes]


class Jwks:
    """The keys behind one JWKS address; a `KeySource`.

    Trust: whoever can answer for the address can sign tokens. Only https is asked, and no
    redirect is followed.
    """

    def __init__(self, url: str, fetch: Fetch | None = None) -> None:
        """Ask nothing yet.

        Args:
            url: the issuer's, https.
            fetch: what gets the document behind an address; over https unless given.
        """
        if not url.startswith("https://"):
            raise ValueError(f"{url!r} is no https address")
        self._url = url
        self._fetch = fetch or fetch_https
        self._keys: Mapping[str, VerifyingKey] = {}
        self._fetched: datetime | None = None
        self._next: datetime | None = None

    def key(self, kid: str, *, at: datetime) -> VerifyingKey | None:
        """Return the key of that id, or None when the issuer has none.

        Raises:
            Busy: the issuer has not answered yet, so nobody can be told apart.
        """
        stale = self._fetched is None or at - self._fetched > FRESH
        if (stale or kid not in self._keys) and (self._next is None or at >= self._next):
            self._refresh(at)
        if self._fetched is None:
            raise Busy("The issuer of access tokens does not answer", retry_after=5)
        return self._keys.get(kid)

    def _refresh(self, at: datetime) -> None:
        """Fetch the set; when that fails the old one stays."""
        self._next = at + (PAUSE if self._keys else FIRST_PAUSE)
        try:
            keys = keys_of(self._fetch(self._url))
        except (OSError, ValueError):
            return
        self._keys, self._fetched, self._next = keys, at, at + PAUSE


def keys_of(document: bytes) -> dict[str, VerifyingKey]:
    """Return the usable keys of a JWKS document by id; others are passed over.

    Raises:
        ValueError: it is no JWKS.
    """
    found = {}
    for jwk in _listed(json.loads(document)):
        algorithm = _ALGORITHM_OF.get((str(jwk.get("kty")), jwk.get("crv")))
        kid = jwk.get("kid")
        if algorithm is None or not isinstance(kid, str) or not _for_signatures(jwk, algorithm):
            continue
        key = _public_key(jwk, algorithm)
        if key is not None:
            found[kid] = VerifyingKey(algorithm, key)
    return found


def _listed(document: Any) -> list[dict[str, Any]]:
    listed = document.get("keys") if isinstance(document, dict) else None
    if isinstance(listed, list):
        return [jwk for jwk in listed if isinstance(jwk, dict)]
    raise ValueError("the document has no list of keys")


def _for_signatures(jwk: Mapping[str, Any], algorithm: str) -> bool:
    return jwk.get("use", "sig") == "sig" and str(jwk.get("alg", algorithm)) == algorithm


def _public_key(jwk: dict[str, Any], algorithm: str) -> Any:
    """Return the key itself; None for one that is broken, private or too short."""
    import jwt  # noqa: PLC0415 - only where tokens are verified (cold start)

    try:
        key = jwt.PyJWK(jwk, algorithm).key
    except (jwt.PyJWTError, ValueError, KeyError, TypeError):
        return None
    short = algorithm == "RS256" and key.key_size < _MIN_RSA_BITS
    return None if short or "d" in jwk else key


def fetch_https(url: str) -> bytes:
    """Return the document behind an https address, at most 256 KiB.

    Raises:
        OSError: it did not answer in time with 200.
        ValueError: it is too large.
    """
    from urllib.request import HTTPRedirectHandler, build_opener  # noqa: PLC0415 - cold start

    class Straight(HTTPRedirectHandler):
        """Follows no redirect: another address is another issuer."""

        def redirect_request(self, *_args: Any) -> None:
            return None

    with build_opener(Straight).open(url, timeout=_TIMEOUT_SECONDS) as response:
        document: bytes = response.read(_MAX_BYTES + 1)
    if len(document) > _MAX_BYTES:
        raise ValueError(f"the document has more than {_MAX_BYTES} bytes")
    return document
