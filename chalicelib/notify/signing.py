"""Signatures of messages (Standard Webhooks 1.0, symmetric).

Secrets are derived from the deployment's root secret and never stored: whoever reads the table
learns nothing to sign with, and a repeated registration answers with the same secret.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.keys import derive


def secret(seed: str) -> str:
    """Return the signing secret that belongs to a seed: `whsec_` and 32 bytes in base64."""
    return "whsec_" + b64encode(derive("webhook", seed)).decode()


def signed(message: str, body: str, at: datetime, secrets: Iterable[str]) -> Mapping[str, str]:
    """Return the headers that identify and sign one attempt.

    Args:
        message: id, the same in every attempt.
        body: exactly what is sent.
        at: of this attempt; receivers refuse what is five minutes off.
        secrets: newest first; the receiver accepts any one of the signatures. Without any, the
            attempt is identified and not signed.
    """
    from standardwebhooks import Webhook  # noqa: PLC0415 (cold start)

    signatures = [Webhook(each).sign(message, at, body) for each in secrets]
    headers = {"webhook-id": message, "webhook-timestamp": str(int(at.timestamp()))}
    return headers | ({"webhook-signature": " ".join(signatures)} if signatures else {})
