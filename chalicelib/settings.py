"""The environment as a frozen type, read once.

Importing this module needs no environment: `chalice package` imports the app without one.
"""

import os
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between deployments.

    Attributes:
        prefix: first part of every table and queue name; the stack's name on AWS.
        issuer: `iss` that a token must carry.
        audience: the app clients' audience; empty for Cognito, whose access tokens carry none.
        jwks_url: where the issuer's public keys are; empty for the local issuer.
        local: true only under `make run` and in tests: the built-in issuer works, webhooks may go
            to this machine.
        key_id: KMS HMAC key of the root secret; empty for the key file.
        key_file: path of the root secret on one machine.
        user_pool: Cognito user pool in which clients are made; empty for the local issuer.
        public_url: scheme, host and port that links in answers begin with.
        bucket: full name of the bucket of documents; on AWS, only functions that use it know it.
    """

    prefix: str
    issuer: str
    audience: str
    jwks_url: str
    local: bool
    key_id: str
    key_file: str
    user_pool: str
    public_url: str
    bucket: str

    def table(self, name: str) -> str:
        """Return the full name of one of the tables: `events`, `units`, `lots`, …."""
        return f"{self.prefix}-{name}"

    def queue(self, name: str) -> str:
        """Return the full name of one of the queues: `recall`, `notices`, …."""
        return f"{self.prefix}-{name}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment; `settings.cache_clear()` reads it anew."""
    env = os.environ
    return Settings(
        prefix=env.get("PACKTRAIL_PREFIX", "packtrail"),
        issuer=env.get("PACKTRAIL_ISSUER", ""),
        audience=env.get("PACKTRAIL_AUDIENCE", ""),
        jwks_url=env.get("PACKTRAIL_JWKS_URL", ""),
        local=env.get("PACKTRAIL_LOCAL", "") == "1",
        key_id=env.get("PACKTRAIL_KEY_ID", ""),
        key_file=env.get("PACKTRAIL_KEY_FILE", ""),
        user_pool=env.get("PACKTRAIL_USER_POOL", ""),
        public_url=env.get("PACKTRAIL_PUBLIC_URL", ""),
        bucket=env.get("PACKTRAIL_BUCKET", ""),
    )
