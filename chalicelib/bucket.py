"""The bucket: how objects are found, kept once, and given out by links.

Promises: what is kept under a key stays what it is. Links work for a quarter of an hour, without
any other credential.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.session import get_session

from chalicelib.errors import Busy
from chalicelib.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_LIVES = timedelta(minutes=15)
"""How long a link works."""

THERE_ALREADY = "PreconditionFailed"

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_BUSY = frozenset(
    {"ConditionalRequestConflict", "OperationAborted", "RequestTimeout", "SlowDown", "Throttling"}
)
_SERVER_ERROR = 500


def head(key: str) -> Any:
    """Return what S3 says of an object; None when it is not there.

    Raises:
        Busy: throttled, or no answer.
    """
    try:
        with failures():
            return client().head_object(Bucket=settings().bucket, Key=key)
    except ClientError as error:
        if code(error) in _MISSING:
            return None
        raise


def read(key: str) -> bytes | None:
    """Return a small object; None when it is not there.

    Raises:
        Busy: throttled, or no answer.
    """
    try:
        with failures():
            body: bytes = client().get_object(Bucket=settings().bucket, Key=key)["Body"].read()
    except ClientError as error:
        if code(error) in _MISSING:
            return None
        raise
    return body


def keep(key: str, body: bytes | IO[bytes], media_type: str) -> None:
    """Keep an object; one that is there already stays as it is.

    Raises:
        Busy: throttled, or no answer; it may be kept or not.
    """
    try:
        with failures():
            client().put_object(
                Bucket=settings().bucket,
                Key=key,
                Body=body,
                ContentType=media_type,
                IfNoneMatch="*",
            )
    except ClientError as error:
        if code(error) != THERE_ALREADY:
            raise


def link(key: str, filename: str) -> str:
    """Return a link from which an object can be fetched, and saved under a name."""
    return client().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings().bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
        },
        ExpiresIn=int(LINK_LIVES.total_seconds()),
    )


@lru_cache(maxsize=1)
def client() -> "S3Client":
    """Return the one S3 client; `AWS_ENDPOINT_URL` leads it to an emulator."""
    config = Config(
        signature_version="s3v4",  # for links too, where botocore would take the old one
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 4},
    )
    return cast("S3Client", get_session().create_client("s3", config=config))


@contextmanager
def failures() -> Iterator[None]:
    """Turn what a retry may cure into `Busy`; refused conditions and bugs pass unchanged."""
    try:
        yield
    except (HTTPClientError, IncompleteReadError, NoConnection) as error:
        detail = "The store of documents did not answer in time; try again."
        raise Busy(detail, code="no_answer") from error
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code(error) in _BUSY or status >= _SERVER_ERROR:
            raise Busy("The store of documents is busy; try again.", code="throttled") from error
        raise


def code(error: ClientError) -> str:
    """Return S3's word for why it refused."""
    return str(error.response["Error"]["Code"])
