"""The identity of a request: what makes a retry a repeat and not a second order.

The operation is computed, so a client that never saw its answer asks for the very same thing
again; the fingerprint tells a repeat from another request under a used key (IETF draft
httpapi-idempotency-key-header-06).
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from chalicelib.errors import Malformed
from chalicelib.gs1.refusal import shown

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_POINTER = f"#/header/{HEADER}"


def key_of(headers: Mapping[str, str], *, required: bool) -> str | None:
    """Return the request's idempotency key.

    Raises:
        Malformed: it is required and missing, or is not 1 to 255 printable ASCII characters.
    """
    key = headers.get(HEADER.lower())
    if key is None:
        if required:
            message = f"found no header {HEADER}, expected 1 to 255 characters of your choice"
            raise Malformed.field(_POINTER, "missing", message)
        return None
    if not _KEY.fullmatch(key):
        message = f"found {shown(key)}, expected 1 to 255 printable ASCII characters"
        raise Malformed.field(_POINTER, "idempotency_key", message)
    return key


def operation_of(*parts: str) -> UUID:
    """Return the UUIDv8 (RFC 9562, 5.8) of these parts; its last byte is zero.

    Zero leaves room: the events that one request records are numbered in that byte.
    """
    octets = bytearray(sha256(_canonical(parts)).digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    octets[15] = 0
    return UUID(bytes=bytes(octets))


def fingerprint_of(method: str, path: str, query: Mapping[str, str], body: Any) -> str:
    """Return the SHA-256, in hex, of what is asked; white space and key order do not count."""
    return sha256(_canonical([method, path, dict(query), body])).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
