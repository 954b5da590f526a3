"""The secret that a subscriber gave us, and the signatures that prove who sends.

EPCIS 2.0 leaves the form of `GS1-Signature` to the implementation. Ours is the HMAC-SHA-256 of the
body under the token, in lower-case hexadecimal. It says nothing of when: so the signature of
Standard Webhooks 1.0 under the same token, which does, stands beside it.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib import keys
from chalicelib.notify.signing import signed

HEADER = "GS1-Signature"


def seal(token: str, subscription: str) -> str:
    """Return a token encrypted for one subscription; the same again is the same."""
    if not token:
        return ""
    return b64encode(_cipher().encrypt(token.encode(), [subscription.encode()])).decode()


def unseal(sealed: str, subscription: str) -> str:
    """Return the token that `seal` encrypted.

    Raises:
        cryptography.exceptions.InvalidTag: it is not of this subscription, or was altered.
    """
    if not sealed:
        return ""
    opened: bytes = _cipher().decrypt(b64decode(sealed), [subscription.encode()])
    return opened.decode()


def signatures(token: str, message: str, body: bytes, at: datetime) -> Mapping[str, str]:
    """Return the headers that identify one attempt and, if there is a token, sign it."""
    if not token:
        return signed(message, body.decode(), at, ())
    secret = "whsec_" + b64encode(token.encode()).decode()
    mac = hmac.digest(token.encode(), body, "sha256").hex()
    return {**signed(message, body.decode(), at, [secret]), HEADER: mac}


def _cipher() -> Any:
    # Imported here: cold start.
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415

    return AESSIV(keys.derive("signature-token"))
