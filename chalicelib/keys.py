"""One root secret per network, and every key that is derived from it.

On AWS the root is what a KMS HMAC key says to a fixed message: it is stored nowhere, and asking for
it is logged. On one machine it is a key file, made at the first start. Whoever loses the root can
no longer tell which serial numbers it issued; whoever gets hold of it can foretell them.
"""

import hmac
import os
import secrets
import stat
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chalicelib.errors import Busy
from chalicelib.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

ROOT_BYTES = 32

_MESSAGE = b"packtrail-root/1"
_SALT = b"packtrail-derive/1"
_BLOCK = 32
_LONGEST = 255 * _BLOCK

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_lock = threading.Lock()


class RootUnusable(RuntimeError):
    """The root secret is not configured or not safe: for the operator, not for a caller."""


def derive(purpose: str, *context: str, length: int = 32) -> bytes:
    """Return the key of a purpose: always the same, and independent of all others.

    Args:
        purpose: what the key is for, such as `serial`.
        context: what it is bound to, such as a GTIN; any number of parts, in a fixed order.
        length: in bytes, at most 8,160.

    Raises:
        RootUnusable: no root is configured, or its file is not safe.
        Busy: KMS did not answer.

    Source: HKDF-SHA256, RFC 5869. Parts carry their length, so that no two lists of them are one.
    """
    if not 1 <= length <= _LONGEST:
        raise ValueError(f"a key of {length} bytes: expected 1 to {_LONGEST}")
    parts = [part.encode() for part in (purpose, *context)]
    info = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    made, last = b"", b""
    for counter in range(1, -(-length // _BLOCK) + 1):
        last = hmac.digest(_pseudorandom_key(), last + info + bytes([counter]), "sha256")
        made += last
    return made[:length]


def _pseudorandom_key() -> bytes:
    with _lock:  # one thread asks KMS or makes the file; the others wait for it
        return _extracted()


@lru_cache(maxsize=1)
def _extracted() -> bytes:
    return hmac.digest(_SALT, _root(), "sha256")


def _root() -> bytes:
    known = settings()
    if known.key_id:
        return _from_kms(known.key_id)
    if known.key_file:
        return _from_file(Path(known.key_file))
    raise RootUnusable("No root secret: set PACKTRAIL_KEY_ID (KMS) or PACKTRAIL_KEY_FILE.")


def _from_kms(key_id: str) -> bytes:
    # Imported here: cold start; most requests derive nothing.
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import ClientError, HTTPClientError  # noqa: PLC0415
    from botocore.exceptions import ConnectionError as NoConnection  # noqa: PLC0415
    from botocore.session import get_session  # noqa: PLC0415

    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard"})
    kms = cast("KMSClient", get_session().create_client("kms", config=config))
    try:
        answer = kms.generate_mac(KeyId=key_id, MacAlgorithm="HMAC_SHA_256", Message=_MESSAGE)
    except (HTTPClientError, NoConnection) as error:
        raise Busy("The key service did not answer in time; try again.") from error
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status >= 500 or error.response["Error"]["Code"] == "ThrottlingException":
            raise Busy("The key service is busy; try again.") from error
        raise
    return bytes(answer["Mac"])


def _from_file(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & _OTHERS:
            raise RootUnusable(
                f"Others may read the key file {path} (mode {stat.S_IMODE(mode):04o}): "
                "make it yours alone with chmod 600."
            )
        text = file.read().strip()
    try:
        root = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        root = b""
    if len(root) != ROOT_BYTES:
        raise RootUnusable(f"The key file {path} is damaged: expected {2 * ROOT_BYTES} hex digits.")
    return root


def _make(path: Path) -> None:
    """Write a new root, whole or not at all; of two processes that start at once, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(ROOT_BYTES).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
