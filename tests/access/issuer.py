"""An issuer of access tokens, good or forged as asked, and its JWKS document."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.access.tokens import VerifyingKey

ISSUER = "https://issuer.example"
AUDIENCE = "packtrail"


def private_key(algorithm: str = "RS256", bits: int = 2048, number: int = 0) -> Any:
    """A private key; made once for the whole run, another one by `number`."""
    return _made(algorithm, bits, number)


@lru_cache(maxsize=8)
def _made(algorithm: str, bits: int, _number: int) -> Any:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_pem(key: Any) -> str:
    """What everybody may know, and an attacker may use as an HMAC secret."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return str(pem.decode())


def claims_at(at: datetime, **changes: Any) -> dict[str, Any]:
    """Claims of a good access token; a change to None takes the claim away."""
    now = int(at.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "acme-line",
        "client_id": "acme-line",
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    claims: Any,
    *,
    kid: str | None = "key-1",
    algorithm: str = "RS256",
    key: Any = None,
    **headers: Any,
) -> str:
    """A token whose header and payload are just what they are told to be."""
    key = key if key is not None else private_key(algorithm)
    header = {"alg": algorithm, "typ": "JWT", **({} if kid is None else {"kid": kid}), **headers}
    start = f"{encoded(header)}.{encoded(claims)}"
    signer = jwt.get_algorithm_by_name(algorithm)
    return f"{start}.{encoded(signer.sign(start.encode(), signer.prepare_key(key)))}"


def assembled(header: Any, payload: Any, signature: bytes = b"x") -> str:
    """A token of these three parts, whatever they are."""
    return ".".join(encoded(part) for part in (header, payload, signature))


def encoded(part: Any) -> str:
    octets = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


@dataclass
class Keys:
    """A key source that counts how often it is asked."""

    algorithm: str = "RS256"
    asked: list[str] = field(default_factory=list)

    def key(self, kid: str, *, at: datetime) -> VerifyingKey | None:
        self.asked.append(kid)
        if kid != "key-1":
            return None
        return VerifyingKey(self.algorithm, private_key(self.algorithm).public_key())


def jwk_of(key: Any, **changes: Any) -> dict[str, Any]:
    """The public half as JWK."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        made = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        made = jwt.algorithms.ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        made = jwt.algorithms.OKPAlgorithm.to_jwk(public, as_dict=True)
    made.pop("key_ops", None)
    return {**made, "kid": "key-1", **changes}


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()
